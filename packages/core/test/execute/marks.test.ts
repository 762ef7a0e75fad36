import { describe, expect, it } from 'vitest'
import type { MemoryCloud, WorldResource } from '../../src/kit/testing/index.ts'
import { aliveIn, entriesOf, exactCloud, failureOf, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

describe('our mark on what stays', () => {
  const shared = (): MemoryCloud & { shared: WorldResource } => {
    const cloud = exactCloud()
    const it = cloud.world.add({ kind: 'cloud:group', id: 'common', tags: { 'cluster-shared': 'ci-1', other: 'x' } })
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: it, field: 'group' }] })
    return { ...cloud, shared: it }
  }

  it('is taken off last, by one call, and nothing else of it is touched', async () => {
    const cloud = shared()
    const { report, ledger, events } = await tearDown(cloud)
    expect(stepsOf(report)).toEqual(['remove box: done', 'unmark common: done'])
    expect(writesOf(cloud)).toEqual(['DeleteBox box ok', 'UntagGroup common ok'])
    expect(cloud.shared.tags).toEqual({ other: 'x' })
    expect(report.outcome).toBe('clean')
    expect((await entriesOf(ledger)).filter((one) => one.type === 'intent').at(-1)).toMatchObject({
      action: 'unmark',
      what: 'cluster-shared=ci-1',
      attempt: 1,
    })
    expect(events.filter(({ type }) => type === 'step-asked').at(-1)).toMatchObject({
      action: 'unmark',
      key: cloud.shared.key,
    })
    expect(events.filter(({ type }) => type === 'gone')).toHaveLength(1)
  })

  it.each([
    ['was taken off by somebody else', { other: 'x' }],
    ["is another's by now", { 'cluster-shared': 'ci-2', other: 'x' }],
  ])('is left alone where it %s', async (_, tags) => {
    const cloud = shared()
    const { report, events } = await tearDown(cloud, { meanwhile: () => cloud.world.change(cloud.shared, { tags }) })
    expect(writesOf(cloud)).toEqual(['DeleteBox box ok'])
    expect(cloud.shared.tags).toEqual(tags)
    expect(stepsOf(report)).toHaveLength(2)
    expect(events.filter(({ type }) => type === 'step-asked')).toHaveLength(1)
  })

  it('stays on as long as something of ours is left', async () => {
    const cloud = shared()
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteBox' })
    const { report } = await tearDown(cloud)
    expect(stepsOf(report)).toEqual(['remove box: failed', 'unmark common: skipped'])
    expect(cloud.shared.tags['cluster-shared']).toBe('ci-1')
  })

  it('is told where it may not be taken off', async () => {
    const cloud = shared()
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'UntagGroup' })
    const { report, events } = await tearDown(cloud)
    expect(failureOf(report, 'common')).toMatch(/^denied, AccessDenied/)
    expect(events.filter(({ type }) => type === 'step-asked')).toHaveLength(1)
    expect(report.outcome).toBe('incomplete')
  })
})

describe('a member that is left out of its stack', () => {
  it('is asked to stay only once the deletion has failed because of it, and the stack then goes', async () => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:stack', ifUsed: 'fails', patienceMs: 1_000, goingMs: 1_000 }] })
    const { world } = cloud
    const stack = world.add({ kind: 'cloud:stack', id: 'stack', tags: mine })
    const subnet = world.add({ kind: 'cloud:net', id: 'subnet', partOf: [{ of: stack, field: 'member' }] })
    world.add({ kind: 'cloud:role', id: 'role', partOf: [{ of: stack, field: 'member' }] })
    world.add({ kind: 'cloud:box', id: 'stranger', uses: [{ to: subnet, field: 'net' }] })
    const excepts: unknown[] = []
    const { report } = await tearDown(
      speaking(cloud, 'cloud:stack', (kind) => ({
        remove: async (io, it, how) => {
          excepts.push(how?.except)
          // a provider that takes the list only after a failure
          await kind.remove?.(io, it, it.phase === 'failed' ? how : { except: [] })
        },
      })),
      { policy: { retainMembers: ['subnet'] } },
    )
    expect(aliveIn(cloud)).toEqual(['stranger', 'subnet'])
    expect(stepsOf(report)[0]).toBe('remove stack: done')
    expect(excepts).toEqual([['subnet'], ['subnet']])
    expect(report.outcome).not.toBe('clean')
  })

  it('costs one more deletion each, and not more', async () => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:stack', ifUsed: 'fails', goingMs: 1_000, failsTimes: 99 }] })
    const { world } = cloud
    const stack = world.add({ kind: 'cloud:stack', id: 'stack', tags: mine })
    const subnet = world.add({ kind: 'cloud:net', id: 'subnet', partOf: [{ of: stack, field: 'member' }] })
    world.add({ kind: 'cloud:box', id: 'stranger', uses: [{ to: subnet, field: 'net' }] })
    const tolerant = speaking(cloud, 'cloud:stack', (kind) => ({
      remove: (io, it) => kind.remove?.(io, it, { except: [] }) as Promise<void>,
    }))
    const { report } = await tearDown(tolerant, { policy: { retainMembers: ['subnet'] }, maxAmendments: 0 })
    expect(writesOf(cloud)).toEqual(['DeleteStack stack ok', 'DeleteStack stack ok', 'DeleteStack stack ok'])
    expect(failureOf(report, 'stack')).toBe(
      'blocked, delete-failed: cloud:stack stack was asked for 3 times and is delete-failed',
    )
    expect(stepsOf(report)[0]).toBe('remove stack: failed')
  })
})
