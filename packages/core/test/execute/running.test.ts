import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Adapter, Kind } from '../../src/adapter/kind.ts'
import {
  type ExecuteOptions,
  executeTeardown,
  type Ledger,
  memoryLedger,
  type Plan,
  planTeardown,
  type Report,
  resumeTeardown,
  type TeardownEvent,
  verifyTeardown,
} from '../../src/index.ts'
import type { MemoryCloud } from '../../src/kit/testing/index.ts'
import { killedBefore, on } from './story.ts'
import { aliveIn, entriesOf, exactCloud, idOf, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

const msOf = (iso: string | undefined): number => Date.parse(iso ?? '')

describe('a run', () => {
  const boxCloud = (goingMs = 0): MemoryCloud => {
    const cloud = exactCloud()
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, rules: { goingMs } })
    return cloud
  }
  const planOf = ({ adapters, context }: MemoryCloud): Promise<Plan> =>
    planTeardown({ adapters, context, target: mine })

  it('has an id with its time, and every entry, event and the report carry it', async () => {
    const cloud = boxCloud()
    let before = 0
    const { report, events, ledger, plan } = await tearDown(cloud, {
      meanwhile: () => {
        before = cloud.world.journal.length
      },
    })
    expect(report.runId).toMatch(/^run-20260101T00\d{4}Z-[0-9a-z]{6}$/)
    expect(new Set(events.map(({ runId }) => runId))).toEqual(new Set([report.runId]))
    const entries = await entriesOf(ledger)
    expect(new Set(entries.map((entry) => ('runId' in entry ? entry.runId : '')))).toEqual(new Set([report.runId]))
    expect(entries[0]).toMatchObject({
      type: 'run-opened',
      planId: plan.id,
      principals: plan.identities.map(({ principal }) => principal),
    })
    expect(entries[0]).not.toHaveProperty('resumes')
    expect(entries.filter(({ type }) => type === 'verified')).toMatchObject([
      { round: 1, left: [] },
      { round: 2, left: [] },
    ])
    expect(entries.at(-1)).toMatchObject({ type: 'run-closed', outcome: 'clean' })
    expect(report.planId).toBe(plan.id)
    expect(report.calls.writes).toBe(1)
    expect(report.calls.reads).toBeGreaterThan(0)
    expect(report.calls.verify).toBeGreaterThan(0)
    const { reads, writes, verify } = report.calls
    expect(reads + writes + verify).toBe(cloud.world.journal.length - before)
  })

  it('shows all its events to everybody who iterates, also to who comes late', async () => {
    const cloud = boxCloud(5_000)
    const { adapters, context } = cloud
    const run = executeTeardown(await planOf(cloud), { adapters, context })
    const read = async (): Promise<TeardownEvent[]> => Array.fromAsync(run)
    const [early, other] = await Promise.all([read(), read()])
    expect((await run.report).outcome).toBe('clean')
    expect(early.map(({ type }) => type)).toEqual(expect.arrayContaining(['step-started', 'gone', 'ended']))
    expect(other).toEqual(early)
    expect(await read()).toEqual(early)
  })

  it('does nothing under a signal that was aborted before', async () => {
    const cloud = boxCloud()
    const { report } = await tearDown(cloud, { signal: AbortSignal.abort() })
    expect(report.outcome).toBe('interrupted')
    expect(writesOf(cloud)).toEqual([])
    expect(stepsOf(report)).toEqual([])
  })

  it('starts nothing new when stopped, waits for nothing more, and puts back what it changed', async () => {
    const cloud = exactCloud()
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, protections: ['lock'], rules: { goingMs: 600_000 } })
    const next = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    cloud.world.add({
      kind: 'cloud:box',
      id: 'user',
      tags: mine,
      uses: [{ to: next, field: 'net' }],
      rules: { goingMs: 600_000 },
    })
    const { adapters, context } = cloud
    const plan = await planTeardown({ adapters, context, target: mine, policy: { liftProtection: ['box'] } })
    cloud.world.fail({ what: 'throttled', effect: 'write', call: 'DeleteBox', id: 'box' })
    const run = executeTeardown(plan, { adapters, context, ledger: memoryLedger({ context }) })
    await context.sleep(300)
    const report = await run.stop()
    expect(report.outcome).toBe('interrupted')
    expect(report.exitCode).toBe(4)
    expect(context.elapsedMs()).toBeLessThan(10_000)
    expect(writesOf(cloud).at(-1)).toBe('ProtectBox box ok')
    expect(report).not.toHaveProperty('timing')
    expect(report.calls.verify).toBe(0)
    expect(report.calls.writes).toBeGreaterThan(1)
    expect((await run.stop()).outcome).toBe('interrupted')
  })

  it('stopped twice ends at once, though a call hangs', async () => {
    const cloud = boxCloud()
    const { adapters, context } = cloud
    const plan = await planOf(cloud)
    cloud.world.fail({ what: 'hang', effect: 'write' })
    const run = executeTeardown(plan, { adapters, context })
    await context.sleep(1_000)
    void run.stop()
    await context.sleep(1_000)
    const began = context.monotonic()
    await run.stop().catch((error: unknown) => expect(String(error)).toContain('the run was stopped at once'))
    expect(context.monotonic() - began).toBeLessThan(2_000)
  })

  it('is stopped by the end of the block that used it', async () => {
    const cloud = boxCloud(600_000)
    const { adapters, context } = cloud
    const plan = await planOf(cloud)
    let report: Promise<Report> | undefined
    {
      await using run = executeTeardown(plan, { adapters, context })
      report = run.report
      await context.sleep(1_000)
    }
    expect((await report).outcome).toBe('interrupted')
    expect(context.elapsedMs()).toBeLessThan(20_000)
  })

  it('that takes longer than it may is stopped and says so', async () => {
    const cloud = boxCloud(86_400_000)
    const { report } = await tearDown(cloud, { timeoutMs: 100_000 })
    expect(report.outcome).toBe('interrupted')
    expect(report.findings.find(({ code }) => code === 'out-of-time')).toEqual({
      code: 'out-of-time',
      severity: 'warning',
      message: 'the run was stopped after 100000 ms (timeoutMs); resumeTeardown goes on where it ended',
      keys: [],
    })
    const long = boxCloud(86_400_000)
    const { report: two } = await tearDown(long, { stepTimeoutMs: 86_400_000 })
    expect(two.findings.map(({ code }) => code)).toContain('out-of-time')
    expect(msOf(two.endedAt) - msOf(two.startedAt)).toBeGreaterThanOrEqual(7_200_000)
    expect(msOf(two.endedAt) - msOf(two.startedAt)).toBeLessThan(7_300_000)
  })

  it('renews its lease while it waits, so that nobody else begins', async () => {
    const cloud = boxCloud(3_600_000)
    const { adapters, context } = cloud
    const ledger = memoryLedger({ context })
    const plan = await planOf(cloud)
    const first = executeTeardown(plan, { adapters, context, ledger, stepTimeoutMs: 7_200_000 })
    await context.sleep(1_800_000)
    const second = await executeTeardown(plan, { adapters, context, ledger }).report
    expect(second.findings.filter(({ severity }) => severity === 'refusal')).toMatchObject([
      {
        code: 'held',
        severity: 'refusal',
        message: expect.stringMatching(
          new RegExp(`^another run works on this target: ${first.id}, since 2026\\S+\\. Wait for it, or stop it$`),
        ),
      },
    ])
    expect(second.runId).not.toBe(first.id)
    expect((await first.report).outcome).toBe('clean')
    const third = await executeTeardown(plan, { adapters, context, ledger }).report
    expect(third.outcome).toBe('clean') // the lease was given back
  })

  it('works beside one on another target of the same ledger', async () => {
    const cloud = boxCloud(600_000)
    cloud.world.add({ kind: 'cloud:box', id: 'other', tags: { cluster: 'ci-2' } })
    const { adapters, context } = cloud
    const ledger = memoryLedger({ context })
    const first = executeTeardown(await planOf(cloud), { adapters, context, ledger })
    const other = await planTeardown({ adapters, context, target: { cluster: 'ci-2' } })
    expect((await executeTeardown(other, { adapters, context, ledger }).report).outcome).toBe('clean')
    expect((await first.report).outcome).toBe('clean')
  })

  /** As one that another run has taken the lease of, or whose disk is full. */
  const losing = (
    ledger: Ledger,
    fits: string,
    how: Partial<{ renew: () => Promise<void>; leftMs: () => number }> = {},
  ): Ledger => ({
    ...ledger,
    append: (entries, fence) =>
      entries.some(({ type }) => type === fits)
        ? Promise.reject(new Error('disk full'))
        : ledger.append(entries, fence),
    async acquire(scope, holder) {
      const lease = await ledger.acquire(scope, holder)
      if (!('fence' in lease)) return lease
      return {
        fence: lease.fence,
        leftMs: how.leftMs ?? (() => lease.leftMs()),
        renew: how.renew ?? (() => lease.renew()),
        release: () => lease.release(),
      }
    },
  })

  it.each([
    ['intent', [], []],
    ['outcome', ['DeleteBox box ok'], []],
    ['gone', ['DeleteBox box ok'], []],
  ] as const)(
    'that cannot write its %s ends there, tells it, and gives its lease back',
    async (entry, writes, removed) => {
      const cloud = boxCloud()
      const { context } = cloud
      const kept = memoryLedger({ context })
      const { report } = await tearDown(cloud, { ledger: losing(kept, entry) })
      expect(report.outcome).toBe('interrupted')
      expect(writesOf(cloud)).toEqual(writes)
      expect(report.removed).toEqual(removed)
      expect(report.calls.verify).toBe(0)
      expect(report.calls.writes).toBe(writes.length)
      expect(report.calls.reads).toBeGreaterThan(0)
      expect(report.findings.find(({ code }) => code === 'ledger-lost')).toEqual({
        code: 'ledger-lost',
        severity: 'warning',
        message: 'the ledger took no entry (Error: disk full); nothing more is sent',
        keys: [],
      })
      expect('fence' in (await kept.acquire('any', 'other'))).toBe(true)
    },
  )

  it('that cannot write any more tells what it had removed', async () => {
    const cloud = boxCloud()
    const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    cloud.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine, uses: [{ to: net, field: 'net' }] })
    const kept = memoryLedger({ context: cloud.context })
    const full: Ledger = {
      ...kept,
      append: (entries, fence) =>
        entries.some((one) => one.type === 'intent' && idOf(one.target) === 'net')
          ? Promise.reject(new Error('disk full'))
          : kept.append(entries, fence),
    }
    const { report } = await tearDown(cloud, { ledger: full })
    expect(report.outcome).toBe('interrupted')
    expect(report.removed.map(({ key }) => idOf(key))).toContain('disk')
    expect(aliveIn(cloud)).toContain('net')
  })

  it('leaves nothing behind on the signal of its caller', async () => {
    const { signal } = new AbortController()
    await tearDown(boxCloud(), { signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('that cannot write what it saw at the end tells that', async () => {
    const cloud = boxCloud()
    const { report } = await tearDown(cloud, { ledger: losing(memoryLedger({ context: cloud.context }), 'verified') })
    expect(report.outcome).toBe('interrupted')
    expect(report.findings.map(({ code }) => code)).toContain('ledger-lost')
  })

  it('that cannot write any more still waits for what is on its way', async () => {
    const cloud = boxCloud()
    cloud.world.add({ kind: 'cloud:box', id: 'slow', tags: mine, rules: { goingMs: 60_000 } })
    const { report } = await tearDown(cloud, { ledger: losing(memoryLedger({ context: cloud.context }), 'gone') })
    expect(report.outcome).toBe('interrupted')
    expect(msOf(report.endedAt) - msOf(report.startedAt)).toBeGreaterThanOrEqual(60_000)
  })

  it('renews a lease that is short before it writes, and ends where it cannot', async () => {
    for (const [leftMs, renewals] of [
      [19_999, true],
      [20_000, false],
    ] as const) {
      const cloud = boxCloud()
      let renewed = 0
      const ledger = losing(memoryLedger({ context: cloud.context }), 'none', {
        leftMs: () => leftMs,
        renew: async () => {
          renewed++
        },
      })
      expect((await tearDown(cloud, { ledger, settleMs: 0 })).report.outcome).toBe('clean')
      expect(renewed > 0).toBe(renewals)
    }
    const cloud = boxCloud()
    const lost = losing(memoryLedger({ context: cloud.context }), 'none', {
      leftMs: () => 0,
      renew: () => Promise.reject(new Error('another has it')),
    })
    const { report } = await tearDown(cloud, { ledger: lost })
    expect(report.findings.map(({ message }) => message)).toContain(
      'the ledger took no entry (Error: another has it); nothing more is sent',
    )
    expect(writesOf(cloud)).toEqual([])
  })

  it('is told as ended once, also where the ledger does not take its end', async () => {
    const cloud = boxCloud()
    const { report, events } = await tearDown(cloud, {
      ledger: killedBefore(memoryLedger({ context: cloud.context }), ({ type }) => type === 'run-closed'),
    })
    expect(report.findings.map(({ code }) => code)).toContain('ledger-lost')
    expect(events.flatMap((event) => (event.type === 'ended' ? [event.outcome] : []))).toEqual([report.outcome])
  })

  it('takes place only with the adapters and accounts that the plan was made with', async () => {
    const cloud = boxCloud()
    const { context } = cloud
    const plan = await planOf(cloud)
    const [account] = plan.identities.map((one) => one.account)
    for (const [providers, names] of [
      [[{ name: 'cloud' }], `cloud ${account}`],
      [[{ name: 'cloud' }, { name: 'kube' }, { name: 'more' }], `cloud ${account}, kube ${account}, more ${account}`],
      [[{ name: 'cloud', account: 'x' }, { name: 'kube' }], `cloud x, kube ${account}`],
    ] as const) {
      const { adapters, world } = exactCloud({ context, providers })
      const report = await executeTeardown(plan, { adapters, context }).report
      expect(report.outcome).toBe('refused')
      expect(report.findings.filter(({ severity }) => severity === 'refusal')).toEqual([
        {
          code: 'wrong-adapters',
          severity: 'refusal',
          message:
            `the plan was made for cloud ${account}, kube ${account}, the adapters are ${names}; ` +
            'give it the adapters that it was made with',
          keys: [],
        },
      ])
      expect(world.journal.filter(({ effect }) => effect === 'write')).toEqual([])
    }
  })

  it.each(['executed', 'verified'])(
    'does not take place where less is looked at than was planned for (%s)',
    async (how) => {
      const all = exactCloud({ providers: [{ name: 'cloud', places: ['a', 'b'] }] })
      for (const place of ['a', 'b']) all.world.add({ kind: 'cloud:box', id: `box-${place}`, place, tags: mine })
      const { adapters, context } = all
      const plan = await planTeardown({ adapters, context, target: mine })
      for (const [provider, names] of [
        [
          { name: 'cloud', places: ['a'] },
          'cloud 111122223333 a, cloud 111122223333 b, the adapters are cloud 111122223333 a',
        ],
        [{ name: 'cloud', account: 'x' }, 'cloud 111122223333, the adapters are cloud x'],
      ] as const) {
        const fewer = { adapters: exactCloud({ context, providers: [provider] }).adapters, context }
        const report =
          how === 'verified' ? await verifyTeardown(plan, fewer) : await executeTeardown(plan, fewer).report
        expect([report.outcome, report.findings.map(({ message }) => message)]).toEqual([
          'refused',
          expect.arrayContaining([`the plan was made for ${names}; give it the adapters that it was made with`]),
        ])
      }
    },
  )

  it.each(['begun', 'resumed'])(
    'is not %s with an adapter that has dropped a kind that the plan deals with',
    async (how) => {
      const cloud = boxCloud()
      const { context } = cloud
      const ledger = memoryLedger({ context })
      const killed = how === 'resumed' ? killedBefore(ledger, on('gone', 'box')) : ledger
      const plan = await planOf(cloud)
      if (how === 'resumed') await executeTeardown(plan, { adapters: cloud.adapters, context, ledger: killed }).report
      const adapters = cloud.adapters.map(
        (adapter): Adapter => ({
          ...adapter,
          async connect(io) {
            const session = await adapter.connect(io)
            return { ...session, kinds: session.kinds.filter(({ name }) => name !== 'cloud:box') }
          },
        }),
      )
      const run = { adapters, context, ledger }
      const report = await (how === 'resumed' ? resumeTeardown(run) : executeTeardown(plan, run)).report
      expect([report.outcome, report.findings.filter(({ severity }) => severity === 'refusal')]).toEqual([
        'refused',
        [
          {
            code: 'wrong-adapters',
            severity: 'refusal',
            message:
              'no adapter speaks for cloud:box, which the plan deals with; give it the adapters that it was made with, in that version',
            keys: [],
          },
        ],
      ])
    },
  )

  it('asks the adapter of the place, where two speak for one account', async () => {
    const cloud = exactCloud({
      providers: ['a', 'b'].map((place) => ({ name: 'cloud', places: [place] })),
    })
    for (const place of ['a', 'b']) cloud.world.add({ kind: 'cloud:box', id: 'box', place, tags: mine })
    const asked: string[] = []
    const adapters = cloud.adapters.map(
      (adapter, index): Adapter => ({
        ...adapter,
        async connect(io) {
          const session = await adapter.connect(io)
          const kinds = session.kinds.map(
            (kind): Kind => ({
              ...kind,
              async remove(io, it) {
                asked.push(`${index} ${io.place}`)
                await kind.remove?.(io, it)
              },
            }),
          )
          return { ...session, kinds }
        },
      }),
    )
    const { report } = await tearDown({ ...cloud, adapters })
    expect(asked.sort()).toEqual(['0 a', '1 b'])
    expect(report.outcome).toBe('clean')
  })

  it('does not take place with a plan that has expired, and does up to then', async () => {
    const cloud = boxCloud()
    const plan = await planOf(cloud)
    const { adapters, context } = cloud
    await context.sleep(msOf(plan.expiresAt) - context.now())
    const report = await executeTeardown(plan, { adapters, context }).report
    expect(report.findings).toContainEqual({
      code: 'plan-expired',
      severity: 'refusal',
      message: `the plan expired at ${plan.expiresAt}; the world has moved on: plan again and compare`,
      keys: [],
    })
    expect(report.exitCode).toBe(3)
    expect(writesOf(cloud)).toEqual([])
    const other = boxCloud()
    const fresh = await planOf(other)
    await other.context.sleep(msOf(fresh.expiresAt) - other.context.now() - 1_000)
    const options: ExecuteOptions = { adapters: other.adapters, context: other.context }
    expect((await executeTeardown(fresh, options).report).outcome).toBe('clean')
  })

  it('throws for a bug of an adapter that is none of its calls, and whoever does not ask is not hurt', async () => {
    const cloud = boxCloud()
    const { adapters, context } = cloud
    const plan = await planOf(cloud)
    const run = executeTeardown(plan, {
      adapters,
      context,
      ledger: { ...memoryLedger({ context }), acquire: () => Promise.reject(new TypeError('no such table')) },
    })
    await expect(run.report).rejects.toThrow('no such table')
    await expect(Array.fromAsync(run)).resolves.toBeInstanceOf(Array)
  })

  it('stopped while it looks again is interrupted, and has removed what it removed', async () => {
    const cloud = boxCloud()
    const stopping = new AbortController()
    void cloud.context.sleep(15_000).then(() => stopping.abort())
    const { report } = await tearDown(cloud, { signal: stopping.signal })
    expect(report.outcome).toBe('interrupted')
    expect(report.removed.map(({ key }) => idOf(key))).toEqual(['box'])
    expect(msOf(report.endedAt) - msOf(report.startedAt)).toBeLessThan(20_000)
  })

  it('is not ended by whoever watches it and breaks', async () => {
    const { report } = await tearDown(boxCloud(), {
      onEvent: () => {
        throw new TypeError('the watcher broke')
      },
    })
    expect(report.outcome).toBe('clean')
  })

  it('tells of a thing that came back within the settling time', async () => {
    const cloud = boxCloud()
    let gone = false
    const { report, ledger } = await tearDown(cloud, {
      settleMs: 60_000,
      onEvent: ({ type }) => {
        if (type !== 'verified' || gone) return
        gone = true
        cloud.world.add({ kind: 'cloud:box', id: 'again', tags: mine })
      },
    })
    expect(report.outcome).not.toBe('clean')
    expect(report.left.map(({ key, why }) => `${idOf(key)} ${why}`)).toEqual(['again new'])
    expect((await entriesOf(ledger)).filter(({ type }) => type === 'verified')).toMatchObject([
      { round: 1, left: [] },
      { round: 2, left: [expect.stringMatching(/again$/)] },
    ])
  })

  it('does not take its word for gone for what is still listed', async () => {
    const cloud = boxCloud()
    const lying = speaking(cloud, 'cloud:box', (kind) => ({
      remove: async () => undefined,
      read: (io, id) => (writesAsked(cloud) ? Promise.resolve(undefined) : (kind.read?.(io, id) as Promise<unknown>)),
    }))
    const { report } = await tearDown(lying)
    expect(report.outcome).not.toBe('clean')
    expect(aliveIn(cloud)).toEqual(['box'])
  })
})

const writesAsked = ({ world }: MemoryCloud): boolean => world.elapsedMs() > 100
