import { describe, expect, it } from 'vitest'
import type { MemoryCloud, MemoryKind } from '../../src/kit/testing/index.ts'
import { aliveIn, exactCloud, failureOf, mine, speaking, stepsOf, tearDown } from './tear-down.ts'

const latency = { typicalMs: 20_000, worstMs: 120_000 }

/** Many boxes that go at one time. */
function boxes(count: number, kind: Partial<MemoryKind> = {}, goingMs = 20_000): MemoryCloud {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:box', latency, ...kind }] })
  for (let index = 0; index < count; index++)
    cloud.world.add({ kind: 'cloud:box', id: `box-${index}`, tags: mine, rules: { goingMs } })
  return cloud
}

/** Calls about boxes while the removals are under way. */
async function readsOf(cloud: MemoryCloud): Promise<Record<string, number>> {
  const { report } = await tearDown(cloud)
  expect(report.outcome).toBe('clean')
  const { journal } = cloud.world
  const first = journal.findIndex(({ effect }) => effect === 'write')
  const reads = journal.slice(first).filter(({ effect, atMs }) => effect === 'read' && atMs < 35_000)
  const counts: Record<string, number> = {}
  for (const { call } of reads) counts[call] = (counts[call] ?? 0) + 1
  return counts
}

it.each(['first', 'last'])(
  'a listing that shows what had the id before, gone, %s, shows what has it now',
  async (where) => {
    const cloud = exactCloud({
      kinds: [{ name: 'cloud:box', idIsName: true, tombstoneMs: 600_000, finds: { read: false } }],
    })
    const box = { kind: 'cloud:box', id: 'box', name: 'box', tags: mine } as const
    cloud.world.remove(cloud.world.add(box))
    await cloud.context.sleep(60_000)
    cloud.world.add(box)
    await cloud.context.sleep(60_000)
    const { report } = await tearDown(
      speaking(cloud, 'cloud:box', (kind) => ({
        find: {
          async *all(io) {
            const rows = await Array.fromAsync(kind.find.all(io))
            yield* where === 'first' ? rows : rows.reverse()
          },
        },
      })),
    )
    expect(stepsOf(report)).toEqual(['remove box: done'])
    expect(aliveIn(cloud)).toEqual([])
  },
)

describe('looks of one kind and place that come together', () => {
  it('are one call for all of them, by their ids, or the listing of all where there is no such call', async () => {
    const byIds = await readsOf(boxes(50))
    expect(Object.keys(byIds)).toContain('FindBoxs')
    expect(byIds['FindBoxs']).toBeLessThan(40)
    expect(byIds['GetBox'] ?? 0).toBeLessThanOrEqual(50)
    const all = await readsOf(boxes(50, { finds: { ids: false, read: false } }))
    expect(Object.keys(all)).toContain('ListBoxs')
    expect(all['ListBoxs']).toBeLessThan(40)
    expect(all['FindBoxs']).toBeUndefined()
  })

  it('are one call each where a kind is read by id alone', async () => {
    const each = await readsOf(boxes(5, { finds: { ids: false } }))
    expect(each['FindBoxs']).toBeUndefined()
    expect(each['GetBox']).toBeGreaterThan(25)
  })

  it('are not answered by things of another place', async () => {
    const cloud = exactCloud({ providers: [{ name: 'cloud', places: ['here', 'there'] }] })
    for (const place of ['here', 'there'])
      for (const id of ['a', 'b'])
        cloud.world.add({ kind: 'cloud:box', id, place, tags: mine, rules: { goingMs: 5_000 } })
    expect((await tearDown(cloud)).report.outcome).toBe('clean')
    expect(aliveIn(cloud)).toEqual([])
  })

  it('are not answered by things of another account', async () => {
    const cloud = exactCloud({
      providers: [
        { name: 'cloud', account: '1' },
        { name: 'cloud', account: '2' },
      ],
    })
    for (const account of ['1', '2'])
      cloud.world.add({ kind: 'cloud:box', id: 'a', account, tags: mine, rules: { goingMs: 5_000 } })
    const { report } = await tearDown(cloud)
    expect(stepsOf(report)).toEqual(['remove a: done', 'remove a: done'])
    expect(aliveIn(cloud)).toEqual([])
  })
})

describe('a look before a removal', () => {
  it.each([
    ['one', 1],
    ['many', 3],
  ])('brings the tags that listings lack, for %s at once', async (_, count) => {
    const cloud = boxes(count, { labels: true })
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    expect(report.outcome).toBe('clean')
    const other = boxes(count, { labels: true })
    const { report: blocked } = await tearDown(other, {
      maxAmendments: 0,
      meanwhile: () => {
        for (const one of other.world.alive()) other.world.change(one, { tags: {} })
      },
    })
    expect(new Set(stepsOf(blocked).map((one) => one.replace(/box-\d/, 'box')))).toEqual(
      new Set(['remove box: blocked']),
    )
    expect(aliveIn(other)).toHaveLength(count)
  })

  it('takes things as they are where their tags cannot be read, and does not remove what it cannot judge', async () => {
    const cloud = boxes(2, { labels: true })
    const { report } = await tearDown(cloud, {
      maxAmendments: 0,
      meanwhile: () => void cloud.world.fail({ what: 'denied', effect: 'read', call: /Tags$/ }),
    })
    expect(aliveIn(cloud)).toEqual(['box-0', 'box-1'])
    expect(report.outcome).not.toBe('clean')
  })

  it('does not ask for tags while it only waits', async () => {
    const cloud = boxes(3, { labels: true })
    await tearDown(cloud)
    const last = cloud.world.journal.findLastIndex(({ effect }) => effect === 'write')
    const tags = cloud.world.journal.slice(last).filter(({ call, atMs }) => /Tags$/.test(call) && atMs < 25_000)
    expect(tags).toEqual([])
  })

  it('takes nobody for gone who is missing from a listing that was cut short', async () => {
    const cloud = boxes(3, { finds: { ids: false, read: false } }, 0)
    const cut = speaking(cloud, 'cloud:box', (kind) => ({
      find: {
        async *all(io) {
          let count = 0
          for await (const raw of kind.find.all(io)) {
            if (planned && count++ === 1) throw new TypeError('the connection broke')
            yield raw
          }
        },
      },
    }))
    let planned = false
    const { report } = await tearDown(cut, {
      maxAmendments: 0,
      meanwhile: () => {
        planned = true
      },
    })
    expect(report.removed).toEqual([])
    expect(stepsOf(report).every((one) => one.endsWith(': failed'))).toBe(true)
    expect(aliveIn(cloud)).toHaveLength(3)
  })

  it('takes nobody for gone who is missing from a listing with a row that nobody understands', async () => {
    const cloud = boxes(3, { finds: { ids: false, read: false } }, 0)
    let planned = false
    const odd = speaking(cloud, 'cloud:box', (kind) => ({
      facts: (raw) => {
        const facts = kind.facts(raw)
        return planned && facts.id === 'box-1' ? { ...facts, phase: 'dying' as never } : facts
      },
    }))
    const { report } = await tearDown(odd, {
      maxAmendments: 0,
      meanwhile: () => {
        planned = true
      },
    })
    expect(report.removed).toEqual([])
    expect(failureOf(report, 'box-1')).toMatch(/^invalid, AdapterLiesError: .*the phase "dying"/)
    expect(aliveIn(cloud)).toEqual(['box-1'])
  })

  it('is settled by an answer that says that it is gone', async () => {
    const cloud = boxes(1, {}, 0)
    const { MemoryCloudError } = await import('../../src/kit/testing/index.ts')
    let planned = false
    const gone = speaking(cloud, 'cloud:box', (kind) => ({
      read: async (io, id) => {
        if (planned) throw new MemoryCloudError('NotFound', `${id} does not exist`)
        return kind.read?.(io, id)
      },
    }))
    const { report } = await tearDown(gone, {
      maxAmendments: 0,
      meanwhile: () => {
        planned = true
        for (const one of cloud.world.alive()) cloud.world.remove(one)
      },
    })
    expect(stepsOf(report)).toEqual(['remove box-0: already-gone'])
    expect(report.removed).toMatchObject([{ proof: 'not-found' }])
  })
})
