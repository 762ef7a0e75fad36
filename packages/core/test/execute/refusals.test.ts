import { describe, expect, it } from 'vitest'
import type { Kind } from '../../src/adapter/kind.ts'
import { type Fault, type MemoryCloud, MemoryCloudError, type MemoryKind } from '../../src/kit/testing/index.ts'
import {
  aliveIn,
  entriesOf,
  exactCloud,
  failureOf,
  idOf,
  mine,
  speaking,
  stepsOf,
  tearDown,
  writesOf,
} from './tear-down.ts'

/** A network that hidden things use, or not. */
function net(kind: Partial<MemoryKind> = {}): MemoryCloud {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:net', ...kind }] })
  cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
  return cloud
}

/** The network's removal is refused so, for so many times. */
function refusing(what: string, more: object = {}, times = 99, cloud: MemoryCloud = net()): MemoryCloud {
  let count = 0
  return speaking(cloud, 'cloud:net', (kind) => ({
    async remove(io, it, how) {
      if (++count <= times) throw new MemoryCloudError(what, `${what}: no`, more)
      await kind.remove?.(io, it, how)
    },
  }))
}

const tookMs = ({ steps }: { steps: readonly { startedAt?: string; endedAt?: string }[] }): number =>
  Date.parse(steps[0]?.endedAt ?? '') - Date.parse(steps[0]?.startedAt ?? '')

describe('a removal that is refused', () => {
  it('because the thing is not there is read again, and counts as gone by somebody else', async () => {
    const cloud = net()
    const { world } = cloud
    const gone = speaking(cloud, 'cloud:net', (kind) => ({
      async remove(io, it, how) {
        const found = world.get('cloud:net', 'net')
        if (found) world.remove(found)
        await kind.remove?.(io, it, how)
      },
    }))
    const { report } = await tearDown(gone)
    expect(stepsOf(report)).toEqual(['remove net: already-gone'])
    expect(report.removed).toMatchObject([{ proof: 'not-found' }])
    expect(report.outcome).toBe('clean')
  })

  it('because the thing is not there, while it can still be read, is not believed', async () => {
    const { report } = await tearDown(refusing('NotFound'), { stepTimeoutMs: 60_000, maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove net: timed-out'])
    expect(report.removed).toEqual([])
  })

  it.each([
    ['Throttled', 'throttled'],
    ['InternalError', 'transient'],
    ['ConnectionLost', 'transient'],
    ['Conflict', 'conflict'],
  ])('with %s is sent again after a pause that grows, six times at most', async (word, code) => {
    const twice = refusing(word, {}, 2)
    expect(stepsOf((await tearDown(twice)).report)).toEqual(['remove net: done'])
    const { report, ledger } = await tearDown(refusing(word), { maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove net: failed'])
    expect(failureOf(report, 'net')).toBe(`${code}, ${word}: ${word}: no`)
    const entries = await entriesOf(ledger)
    const sent = entries.flatMap((one) => (one.type === 'intent' ? [Date.parse(one.at)] : []))
    expect(sent).toHaveLength(6)
    expect(sent[1]).toBeGreaterThanOrEqual((sent[0] as number) + 200)
    const pauses = sent.slice(1).map((at, index) => at - (sent[index] as number))
    expect(pauses[4]).toBeGreaterThan(2 * (pauses[0] as number))
    expect(entries.filter(({ type }) => type === 'outcome')).toHaveLength(6)
    expect(entries.find(({ type }) => type === 'outcome')).toMatchObject({
      action: 'remove',
      result: 'refused',
      failure: { code, providerCode: word },
    })
  })

  it('is sent again when the provider says', async () => {
    const { report } = await tearDown(refusing('Throttled', { retryAfterMs: 77_000 }, 1))
    expect(tookMs(report)).toBeGreaterThanOrEqual(77_000)
    expect(tookMs(report)).toBeLessThan(80_000)
  })

  it.each([
    ['AccessDenied', 'denied', 'failed'],
    ['NotLoggedIn', 'unauthenticated', 'failed'],
    ['Unsupported', 'unsupported', 'failed'],
    ['Invalid', 'invalid', 'failed'],
    ['Whatever', 'unknown', 'failed'],
    ['Protected', 'protected', 'blocked'],
  ])('with %s is sent once, and the step is told with the reason', async (word, code, result) => {
    const { report, events, ledger } = await tearDown(refusing(word), { maxAmendments: 0 })
    expect(stepsOf(report)).toEqual([`remove net: ${result}`])
    expect(failureOf(report, 'net')).toBe(`${code}, ${word}: ${word}: no`)
    expect((await entriesOf(ledger)).filter(({ type }) => type === 'intent')).toHaveLength(1)
    expect(events.find(({ type }) => type === 'failed')).toMatchObject({
      step: 0,
      key: report.steps[0]?.target,
      failure: { code, providerCode: word },
    })
  })
})

describe('what is written down of a call', () => {
  it('is the intent, with who, what and which one, before; and the answer behind it', async () => {
    const { plan, report, ledger, events } = await tearDown(net())
    expect(events.map(({ type }) => type)).not.toContain('failed')
    const entries = await entriesOf(ledger)
    const common = { runId: report.runId, planId: plan.id, step: 0, action: 'remove', target: plan.steps[0]?.target }
    const intent = entries.find(({ type }) => type === 'intent')
    expect(intent).toEqual({
      at: expect.any(String),
      type: 'intent',
      ...common,
      incarnation: plan.resources[0]?.incarnation,
      principal: plan.identities[0]?.principal,
      attempt: 1,
    })
    expect(entries.find(({ type }) => type === 'outcome')).toEqual({
      at: expect.any(String),
      type: 'outcome',
      ...common,
      result: 'accepted',
    })
    expect(entries.map(({ type }) => type)).toEqual([
      'run-opened',
      'plan',
      'intent',
      'outcome',
      'gone',
      'verified',
      'verified',
      'run-closed',
    ])
    expect(entries.find(({ type }) => type === 'gone')).toMatchObject({ incarnation: plan.resources[0]?.incarnation })
  })
})

describe('a removal that something else prevents', () => {
  it('names the holders that the provider names, and is not sent again', async () => {
    const cloud = refusing('InUse', { blockers: [{ kind: 'cloud:box', id: 'b-1' }, { alias: 'arn:c' }] })
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove net: blocked'])
    expect(failureOf(report, 'net')).toBe('blocked, InUse: InUse: no; held by arn:c, cloud:box b-1')
    expect(tookMs(report)).toBeLessThan(1_000)
  })

  it.each([
    ['in one listing', {}],
    ['only on a second look', { more: true }],
    ['only in the listing of all', { finds: { using: false } }],
  ])('names the holders that came since the plan, seen %s', async (_, how: Partial<MemoryKind>) => {
    const cloud = exactCloud({
      kinds: [
        { name: 'cloud:net', blockers: 'unnamed' },
        { name: 'cloud:box', uses: ['cloud:net', 'cloud:disk'], ...how },
        { name: 'cloud:disk' },
      ],
    })
    const { world } = cloud
    const one = world.add({ kind: 'cloud:net', id: 'net', tags: mine, aliases: ['arn:net'] })
    const other = world.add({ kind: 'cloud:net', id: 'other-net' })
    const disk = world.add({ kind: 'cloud:disk', id: 'net' })
    const { report } = await tearDown(cloud, {
      maxAmendments: 0,
      meanwhile: () => {
        world.add({ kind: 'cloud:box', id: 'b-2', uses: [{ to: one, field: 'net' }] })
        world.add({ kind: 'cloud:box', id: 'b-1', uses: [{ to: { alias: 'arn:net' }, field: 'net' }] })
        world.add({ kind: 'cloud:box', id: 'elsewhere', uses: [{ to: other, field: 'net' }] })
        world.add({ kind: 'cloud:box', id: 'otherwise', uses: [{ to: { alias: 'arn:other' }, field: 'net' }] })
        world.add({ kind: 'cloud:box', id: 'same-id', uses: [{ to: disk, field: 'disk' }] })
        world.add({ kind: 'cloud:box', id: 'part', partOf: [{ of: one, field: 'net' }] })
        world.remove(
          world.add({ kind: 'cloud:box', id: 'gone', uses: [{ to: one, field: 'net' }], rules: { tombstoneMs: 1e9 } }),
        )
      },
    })
    expect(failureOf(report, 'net')).toBe(
      'blocked, InUse: net net has dependencies and cannot be deleted; held by cloud:box b-1, cloud:box b-2',
    )
    expect(writesOf(cloud)).toEqual(['DeleteNet net InUse'])
  })

  it('names a holder once, as it is listed, where the provider calls it otherwise', async () => {
    const boxes = exactCloud({ kinds: [{ name: 'cloud:net' }, { name: 'cloud:box', uses: ['cloud:net'] }] })
    const used = boxes.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const cloud = refusing('InUse', { blockers: [{ kind: 'cloud:port', id: 'b-1' }] }, 99, boxes)
    const { report } = await tearDown(cloud, {
      maxAmendments: 0,
      meanwhile: () => void boxes.world.add({ kind: 'cloud:box', id: 'b-1', uses: [{ to: used, field: 'net' }] }),
    })
    expect(failureOf(report, 'net')).toBe('blocked, InUse: InUse: no; held by cloud:box b-1')
  })

  it('names twenty holders at most', async () => {
    const blockers = Array.from({ length: 30 }, (_, index) => ({ kind: 'cloud:box', id: `b-${index + 10}` }))
    const { report } = await tearDown(refusing('InUse', { blockers }), { maxAmendments: 0 })
    expect(failureOf(report, 'net')?.match(/cloud:box/g)).toHaveLength(20)
    expect(failureOf(report, 'net')).toContain('cloud:box b-10, cloud:box b-11')
  })

  it('is tried for half a minute where nobody is to be seen, and then says so', async () => {
    const hidden = net({ latency: { typicalMs: 100, worstMs: 500 } })
    await hidden.context.sleep(1_000_000)
    const { report, ledger } = await tearDown(refusing('InUse', {}, 99, hidden), {
      maxAmendments: 0,
    })
    expect(stepsOf(report)).toEqual(['remove net: blocked'])
    expect(failureOf(report, 'net')).toMatch(
      /^blocked, InUse: InUse: no; nothing that uses it could be seen for (3\d|4[0-6]) s$/,
    )
    const sent = (await entriesOf(ledger)).flatMap((one) => (one.type === 'intent' ? [Date.parse(one.at)] : []))
    const pauses = sent.slice(1).map((at, index) => Math.round((at - (sent[index] as number)) / 1_000))
    expect(pauses).toEqual([1, 2, 4, 8, 15, 15].slice(0, pauses.length))
    expect(pauses.length).toBeGreaterThanOrEqual(5)
  })

  it('is tried up to the worst time of its kind, and succeeds when the lag is over', async () => {
    const slow = net({ latency: { typicalMs: 100, worstMs: 120_000 } })
    const { report } = await tearDown(refusing('InUse', {}, 9, slow), { maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove net: done'])
    expect(tookMs(report)).toBeGreaterThan(60_000)
    expect(aliveIn(slow)).toEqual([])
    const never = refusing('InUse', {}, 99, net({ latency: { typicalMs: 100, worstMs: 120_000 } }))
    expect(tookMs((await tearDown(never, { maxAmendments: 0 })).report)).toBeGreaterThan(120_000)
  })

  it('is not held by what says of itself what nobody can understand', async () => {
    const cloud = exactCloud({
      kinds: [
        { name: 'cloud:net', blockers: 'unnamed' },
        { name: 'cloud:box', uses: ['cloud:net'] },
      ],
    })
    const one = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const odd = speaking(cloud, 'cloud:box', (kind: Kind) => ({
      facts: (raw) => ({
        ...kind.facts(raw),
        ...((raw as { id: string }).id === 'odd' ? { phase: 'dying' as never } : {}),
      }),
    }))
    const { report } = await tearDown(odd, {
      maxAmendments: 0,
      meanwhile: () => {
        cloud.world.add({ kind: 'cloud:box', id: 'odd', uses: [{ to: one, field: 'net' }] })
        cloud.world.add({ kind: 'cloud:box', id: 'even', uses: [{ to: one, field: 'net' }] })
      },
    })
    expect(failureOf(report, 'net')).toMatch(/; held by cloud:box even$/)
  })

  it('names holders that are listed in another place than its own', async () => {
    const cloud = exactCloud({
      kinds: [
        { name: 'cloud:net', blockers: 'unnamed' },
        { name: 'cloud:rights', uses: ['cloud:net'], global: true },
      ],
    })
    const one = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const { report } = await tearDown(cloud, {
      maxAmendments: 0,
      meanwhile: () => void cloud.world.add({ kind: 'cloud:rights', id: 'r', uses: [{ to: one, field: 'net' }] }),
    })
    expect(failureOf(report, 'net')).toMatch(/; held by cloud:rights r$/)
    const calls = cloud.world.journal.map(({ call }) => call)
    const asked = calls.slice(calls.indexOf('DeleteNet') + 1, calls.indexOf('WhoAmI', calls.indexOf('DeleteNet')))
    expect(asked[0]).toMatch(/Rights/)
  })
})

describe('a fault', () => {
  const lost: Fault = { what: 'lost-response', effect: 'write', times: 1 }
  it('that loses the answer to a removal that came about leads to no second removal', async () => {
    const cloud = net({ goingMs: 5_000 })
    cloud.world.fail(lost)
    const { report } = await tearDown(cloud)
    expect(stepsOf(report)).toEqual(['remove net: done'])
    expect(writesOf(cloud)).toEqual(['DeleteNet net ok, answer lost'])
    expect(idOf(report.removed[0]?.key ?? '')).toBe('net')
  })
})
