import { describe, expect, it } from 'vitest'
import { type MemoryCloud, MemoryCloudError, type MemoryKind } from '../../src/kit/testing/index.ts'
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

function net(kind: Partial<MemoryKind> = {}): MemoryCloud & { net: ReturnType<MemoryCloud['world']['add']> } {
  const cloud = exactCloud({
    kinds: [
      { name: 'cloud:net', blockers: 'unnamed', ...kind },
      { name: 'cloud:box', uses: ['cloud:net'] },
    ],
  })
  return { ...cloud, net: cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine }) }
}

describe('what is met on the way', () => {
  it('and is proved ours is planned anew and removed, under the same policy; each plan is written down', async () => {
    const cloud = net()
    const { report, events, ledger, plan } = await tearDown(cloud, {
      meanwhile: () =>
        void cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: cloud.net, field: 'net' }] }),
    })
    expect(stepsOf(report)).toEqual(['remove net: blocked', 'remove box: done', 'remove net: done'])
    expect(report.outcome).toBe('clean')
    const [amended] = events.filter(({ type }) => type === 'amended')
    expect(amended).toMatchObject({ amends: plan.id, added: [expect.stringMatching(/box$/)] })
    const entries = await entriesOf(ledger)
    const plans = entries.flatMap((one) => (one.type === 'plan' ? [one.plan] : []))
    expect(plans.map(({ amends }) => amends)).toEqual([undefined, plan.id])
    expect(entries.filter(({ type }) => type === 'amended')).toMatchObject([
      { runId: report.runId, planId: plans[1]?.id, amends: plan.id },
    ])
    expect(plans[1]?.policy).toMatchObject({ ifBlocked: 'continue', maxRemovals: 500 })
    expect(report.steps.map((step) => step.plan)).toEqual([plan.id, plans[1]?.id, plans[1]?.id])
  })

  it('stays where the run may not amend', async () => {
    for (const how of [{ policy: { amend: 'never' } }, { maxAmendments: 0 }] as const) {
      const cloud = net()
      const { report, events } = await tearDown(cloud, {
        ...how,
        meanwhile: () =>
          void cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: cloud.net, field: 'net' }] }),
      })
      expect(stepsOf(report)).toEqual(['remove net: blocked'])
      expect(events.filter(({ type }) => type === 'amended')).toEqual([])
      expect(aliveIn(cloud)).toEqual(['box', 'net'])
      expect(report.left.map(({ key }) => idOf(key)).sort()).toEqual(['box', 'net'])
    }
  })

  it('stays where that would be more than may be removed, and that is told', async () => {
    const cloud = net()
    const { report } = await tearDown(cloud, {
      policy: { maxRemovals: 1 },
      meanwhile: () =>
        void cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: cloud.net, field: 'net' }] }),
    })
    expect([report.outcome, stepsOf(report)]).toEqual(['incomplete', ['remove net: blocked']])
    expect(report.findings.find(({ code }) => code === 'too-many-removals')).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('would remove 2 resources, policy.maxRemovals allows 1'),
    })
  })

  it("and is another's is not touched; the plan anew has nothing more to do", async () => {
    const cloud = net()
    const { report, events } = await tearDown(cloud, {
      meanwhile: () =>
        void cloud.world.add({
          kind: 'cloud:box',
          id: 'box',
          tags: { cluster: 'ci-2' },
          uses: [{ to: cloud.net, field: 'net' }],
        }),
    })
    expect(stepsOf(report)).toEqual(['remove net: blocked'])
    expect(events.filter(({ type }) => type === 'amended')).toEqual([])
    expect(report.outcome).toBe('blocked')
    expect(aliveIn(cloud)).toEqual(['box', 'net'])
  })

  it('counts against the number of removals that the first plan may make', async () => {
    const cloud = net()
    cloud.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
    const { report } = await tearDown(cloud, {
      policy: { maxRemovals: 2 },
      meanwhile: () =>
        void cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: cloud.net, field: 'net' }] }),
    })
    expect(aliveIn(cloud)).toEqual(['box', 'net'])
    expect(report.outcome).not.toBe('clean')
    const enough = net()
    enough.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
    const { report: whole } = await tearDown(enough, {
      policy: { maxRemovals: 3 },
      meanwhile: () =>
        void enough.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: enough.net, field: 'net' }] }),
    })
    expect(whole.outcome).toBe('clean')
  })

  it('is met again and again five times, unless the run says otherwise', async () => {
    for (const [maxAmendments, rounds] of [
      [undefined, 5],
      [2, 2],
    ] as const) {
      const cloud = net()
      let count = 0
      const again = speaking(cloud, 'cloud:net', (kind) => ({
        async remove(io, it, how) {
          cloud.world.add({
            kind: 'cloud:box',
            id: `box-${++count}`,
            tags: mine,
            uses: [{ to: cloud.net, field: 'net' }],
          })
          await kind.remove?.(io, it, how)
        },
        attempts: 99,
      }))
      const { report, events } = await tearDown(again, maxAmendments === undefined ? {} : { maxAmendments })
      expect(events.filter(({ type }) => type === 'amended')).toHaveLength(rounds)
      expect(writesOf(cloud).filter((one) => one.startsWith('DeleteNet'))).toHaveLength(rounds + 1)
      expect(report.outcome).not.toBe('clean')
    }
  })

  it('is asked for once more where its removal was accepted and failed, and not a third time', async () => {
    const once = net({ goingMs: 1_000, failsTimes: 1 })
    expect(stepsOf((await tearDown(once)).report)).toEqual(['remove net: blocked', 'remove net: done'])
    const never = net({ goingMs: 1_000, failsTimes: 9 })
    const { report } = await tearDown(never)
    expect(writesOf(never)).toEqual(['DeleteNet net ok', 'DeleteNet net ok'])
    expect(stepsOf(report)).toEqual(['remove net: blocked', 'remove net: blocked'])
    expect(report.outcome).toBe('incomplete')
  })

  it('is planned anew where a removal was refused as invalid, and goes where that was a passing thing', async () => {
    const cloud = net()
    let refused = false
    const once = speaking(cloud, 'cloud:net', (kind) => ({
      async remove(io, it, how) {
        if (!refused) {
          refused = true
          throw new MemoryCloudError('Invalid', 'not now')
        }
        await kind.remove?.(io, it, how)
      },
    }))
    const { report, ledger } = await tearDown(once)
    expect(stepsOf(report)).toEqual(['remove net: failed', 'remove net: done'])
    expect(report.outcome).toBe('clean')
    expect((await entriesOf(ledger)).filter(({ type }) => type === 'plan')).toHaveLength(2)
  })

  it('is not planned anew where nothing was met', async () => {
    const cloud = net()
    const { ledger, events } = await tearDown(cloud)
    expect((await entriesOf(ledger)).filter(({ type }) => type === 'plan')).toHaveLength(1)
    expect(events.filter(({ type }) => type === 'discovered')).toEqual([])
    const lists = cloud.world.journal.filter(({ call }) => call === 'ListNets')
    expect(lists).toHaveLength(3) // to plan, and twice to verify
  })

  it('is not planned anew where a right is missing', async () => {
    const cloud = net()
    cloud.world.fail({ what: 'denied', effect: 'write' })
    const { report, ledger } = await tearDown(cloud)
    expect(stepsOf(report)).toEqual(['remove net: failed'])
    expect((await entriesOf(ledger)).filter(({ type }) => type === 'plan')).toHaveLength(1)
    expect(writesOf(cloud)).toHaveLength(1)
  })

  it('is not planned anew once the run was stopped', async () => {
    const cloud = net()
    const stopping = new AbortController()
    const { report, ledger } = await tearDown(cloud, {
      signal: stopping.signal,
      onEvent: ({ type }) => type === 'failed' && stopping.abort(),
      meanwhile: () =>
        void cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: cloud.net, field: 'net' }] }),
    })
    expect(report.outcome).toBe('interrupted')
    expect((await entriesOf(ledger)).filter(({ type }) => type === 'plan')).toHaveLength(1)
    expect(aliveIn(cloud)).toEqual(['box', 'net'])
  })
})

describe('a part that outlives its whole', () => {
  it('is looked at at once when its whole is gone: it may be gone as well', async () => {
    const cloud = exactCloud()
    const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const whole = cloud.world.add({ kind: 'cloud:pool', id: 'pool', tags: mine })
    cloud.world.add({
      kind: 'cloud:claim',
      id: 'claim',
      partOf: [{ of: whole, field: 'pool' }],
      uses: [{ to: net, field: 'net' }],
    })
    const { report } = await tearDown(cloud)
    const [, waited] = report.steps
    expect(stepsOf(report)[1]).toBe('await claim: done')
    expect(Date.parse(waited?.endedAt ?? '') - Date.parse(waited?.startedAt ?? '')).toBeLessThan(100)
  })

  it('is not waited for where no removal took its whole along', async () => {
    const cloud = exactCloud()
    cloud.world.add({ kind: 'cloud:interface', id: 'eni', tags: mine, managed: 'somebody' })
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
    const { report } = await tearDown(cloud, { settleMs: 0 })
    expect(aliveIn(cloud)).toEqual(['eni'])
    expect(Date.parse(report.endedAt) - Date.parse(report.startedAt)).toBeLessThan(30_000)
  })

  const balancer = (outlivesMs: number): MemoryCloud => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:interface', latency: { typicalMs: 1_000, worstMs: 60_000 } }] })
    const whole = cloud.world.add({ kind: 'cloud:balancer', id: 'lb', tags: mine })
    cloud.world.add({
      kind: 'cloud:interface',
      id: 'eni',
      managed: 'the load balancer',
      partOf: [{ of: whole, field: 'owner' }],
      rules: { outlivesMs },
    })
    return cloud
  }

  it.each([
    ['ten minutes', {}, 600_000],
    ['what the caller says', { stepTimeoutMs: 200_000 }, 200_000],
  ])(
    'and that no step waits for is waited for at the end, for as long as a step may take: %s',
    async (_, how, longestMs) => {
      const cloud = balancer(longestMs - 30_000)
      const { report } = await tearDown(cloud, how)
      expect(report.outcome).toBe('clean')
      expect(aliveIn(cloud)).toEqual([])
      const longer = balancer(3_600_000)
      const { report: left } = await tearDown(longer, how)
      expect(left.outcome).not.toBe('clean')
      expect(left.left.map(({ key }) => idOf(key))).toEqual(['eni'])
      expect(longer.context.monotonic()).toBeGreaterThan(longestMs)
      expect(longer.context.monotonic()).toBeLessThan(longestMs + 60_000)
    },
  )

  it('and that another of its parts uses goes after that one', async () => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:claim', latency: { typicalMs: 1_000, worstMs: 30_000 } }] })
    const { world } = cloud
    const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const whole = world.add({ kind: 'kube:pool', id: 'pool', tags: mine, aliases: ['pool:one'] })
    const partOf = [{ of: { alias: 'pool:one' }, field: 'pool', alone: true }]
    const uses = [{ to: net, field: 'net' }]
    const used = world.add({ kind: 'cloud:claim', id: 'a-used', partOf, uses })
    world.add({ kind: 'cloud:claim', id: 'user', partOf, uses: [...uses, { to: used, field: 'uses' }] })
    const { report } = await tearDown(cloud, { meanwhile: () => world.remove(whole) })
    expect(report.outcome).toBe('clean')
    expect(writesOf(cloud)).toEqual(['DeleteClaim user ok', 'DeleteClaim a-used ok', 'DeleteNet net ok'])
    expect(failureOf(report, 'a-used')).toBe(
      'blocked, Used: it outlived its whole and is still used; held by cloud:claim user',
    )
  })

  it.each([
    ['is removed by itself after its time where it stands as it was', 'steady', undefined, true],
    ['is left where it says that it goes and does not', 'going', undefined, false],
    ['is left where only its service may remove it', 'steady', 'the pool', false],
  ] as const)('%s', async (_, phase, managed, goes) => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:claim', latency: { typicalMs: 1_000, worstMs: 30_000 } }] })
    const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const whole = cloud.world.add({ kind: 'cloud:pool', id: 'pool', tags: mine })
    const claim = cloud.world.add({
      kind: 'cloud:claim',
      id: 'claim',
      ...(managed ? { managed } : {}),
      partOf: [{ of: whole, field: 'pool', alone: true }],
      uses: [{ to: net, field: 'net' }],
      rules: { outlivesMs: 86_400_000 },
    })
    let removals = 0
    const standing = speaking(cloud, 'cloud:claim', (kind) => ({
      facts: (raw) => {
        const facts = kind.facts(raw)
        return facts.phase === 'going' ? { ...facts, phase } : facts
      },
      remove: async () => {
        removals++
        cloud.world.remove(claim)
      },
    }))
    const { report } = await tearDown(standing, { maxAmendments: 0, ...(managed ? { stepTimeoutMs: 40_000 } : {}) })
    const waited = report.steps[1]
    const tookMs = Date.parse(waited?.endedAt ?? '') - Date.parse(waited?.startedAt ?? '')
    expect(tookMs).toBeGreaterThanOrEqual(30_000)
    expect(tookMs).toBeLessThan(60_000)
    expect(removals).toBe(goes ? 1 : 0)
    expect(stepsOf(report)).toEqual(
      goes
        ? ['remove pool: done', 'await claim: done', 'remove net: done']
        : ['remove pool: done', 'await claim: timed-out', 'remove net: skipped'],
    )
  })
})
