import { describe, expect, it } from 'vitest'
import {
  executeTeardown,
  type Ledger,
  type LedgerEntry,
  memoryLedger,
  type Policy,
  planTeardown,
  type Report,
  readRuns,
  resumeTeardown,
} from '../src/index.ts'
import { type MemoryCloud, memoryCloud } from '../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }

/** Two groups that name each other, a protected box, a writer that makes a node again, and one thing of another that may hold the network. */
function cloud(heldByAnother = false): MemoryCloud {
  const it = memoryCloud({ seed: 3, kinds: [{ name: 'cloud:rule', link: true }] })
  const { world } = it
  const net = world.add({ kind: 'cloud:net', id: 'net-1', tags: mine })
  const a = world.add({ kind: 'cloud:group', id: 'sg-a', tags: mine, uses: [{ to: net, field: 'net' }] })
  const b = world.add({ kind: 'cloud:group', id: 'sg-b', tags: mine, uses: [{ to: net, field: 'net' }] })
  for (const [holder, names] of [
    [a, b],
    [b, a],
  ] as const)
    world.add({
      kind: 'cloud:rule',
      partOf: [{ of: holder, field: 'group', alone: true }],
      uses: [{ to: names, field: 'names' }],
    })
  world.add({
    kind: 'cloud:box',
    id: 'box-1',
    tags: mine,
    uses: [{ to: a, field: 'groups' }],
    protections: ['lock'],
    rules: { goingMs: 20_000 },
  })
  if (heldByAnother)
    world.add({ kind: 'cloud:box', id: 'box-10', tags: { cluster: 'ci-10' }, uses: [{ to: b, field: 'groups' }] })
  return it
}

const policy: Policy = { liftProtection: ['box-1'] }

/** The process ends right before its append number `last`: nothing is written, sent or released any more. */
function killedAfter(ledger: Ledger, last: number): Ledger {
  let count = 0
  return {
    ...ledger,
    append(entries, fence) {
      count++
      return count > last ? Promise.reject(new Error('killed')) : ledger.append(entries, fence)
    },
    async acquire(scope, holder) {
      const lease = await ledger.acquire(scope, holder)
      return 'fence' in lease
        ? { ...lease, fence: lease.fence, leftMs: () => lease.leftMs(), renew: async () => {}, release: async () => {} }
        : lease
    },
  }
}

async function entriesOf(ledger: Ledger): Promise<LedgerEntry[]> {
  return Array.fromAsync(ledger.read())
}

async function begin(one: MemoryCloud, ledger: Ledger): Promise<Report> {
  const { adapters, context } = one
  const plan = await planTeardown({ adapters, target: mine, policy, context })
  return executeTeardown(plan, { adapters, context, ledger }).report
}

describe('a run that was killed', () => {
  it('ends as it would have, wherever it was killed, and sends no removal twice', async () => {
    const whole = cloud()
    const ledger = memoryLedger({ context: whole.context })
    expect((await begin(whole, ledger)).outcome).toBe('clean')
    const appends = (await entriesOf(ledger)).length
    expect(appends).toBeGreaterThan(20)

    for (let last = 2; last < appends - 1; last++) {
      const one = cloud()
      const { adapters, context, world } = one
      const kept = memoryLedger({ context })
      const killed = await begin(one, killedAfter(kept, last))
      expect(killed.outcome, `killed after ${last}`).toBe('interrupted')

      const report = await resumeTeardown({ adapters, context, ledger: kept }).report
      expect([report.outcome, report.left], `killed after ${last}`).toEqual(['clean', []])
      expect(world.alive()).toEqual([])
      expect(world.refusals()).toEqual([])
      const removals = world.journal.filter(({ call }) => call.startsWith('Delete')).map(({ id }) => id)
      expect(removals.length, `killed after ${last}: ${removals.join()}`).toBe(new Set(removals).size)
      expect(report.findings.find(({ code }) => code === 'resumed')?.message).toMatch(/^continues run-/)
      expect(report.removed.map(({ key }) => key).length).toBe(5)
    }
  })

  it('puts back what it had prepared, wherever it was killed, when asked to undo only', async () => {
    const appends = await (async () => {
      const one = cloud(true)
      const ledger = memoryLedger({ context: one.context })
      await begin(one, ledger)
      return (await entriesOf(ledger)).length
    })()
    for (let last = 2; last < appends - 1; last++) {
      const one = cloud(true)
      const { adapters, context, world } = one
      const kept = memoryLedger({ context })
      await begin(one, killedAfter(kept, last))
      const report = await resumeTeardown({ adapters, context, ledger: kept, then: 'undo' }).report
      expect(report.outcome).toBe('interrupted')
      if (!world.alive().some(({ id, phase }) => id === 'box-1' && phase === 'steady')) continue
      const changes = world.journal.filter(({ id, effect }) => id === 'box-1' && effect === 'write')
      expect(changes.length % 2, `killed after ${last}: ${changes.map(({ call }) => call).join()}`).toBe(0)
    }
  })

  it('is continued once: the run that continued it is the one to resume', async () => {
    const one = cloud()
    const { adapters, context } = one
    const kept = memoryLedger({ context })
    await begin(one, killedAfter(kept, 8))
    await resumeTeardown({ adapters, context, ledger: killedAfter(kept, 6) }).report
    const [first, second] = await readRuns(kept)
    expect(second?.resumes).toBe(first?.runId)
    const report = await resumeTeardown({ adapters, context, ledger: kept }).report
    expect(report.outcome).toBe('clean')
    expect((await readRuns(kept)).at(-1)?.resumes).toBe(second?.runId)

    const again = await resumeTeardown({ adapters, context, ledger: kept }).report
    expect(again.outcome).toBe('refused')
    expect(again.findings.map(({ code }) => code)).toEqual(['nothing-to-resume'])
  })

  it('is not continued while it lives', async () => {
    const one = cloud()
    const { adapters, context } = one
    const ledger = memoryLedger({ context })
    const running = begin(one, ledger)
    await context.sleep(5_000)
    const report = await resumeTeardown({ adapters, context, ledger }).report
    expect(report.findings.map(({ code }) => code)).toContain('held')
    expect((await running).outcome).toBe('clean')
  })

  it('still knows whose the parts are when the whole, which alone proved it, is gone', async () => {
    const one = memoryCloud({ seed: 5 })
    const { world, adapters, context } = one
    const balancer = world.add({ kind: 'cloud:balancer', id: 'lb-1', tags: mine })
    world.add({
      kind: 'cloud:interface',
      id: 'eni-1',
      managed: 'the load balancer',
      partOf: [{ of: balancer, field: 'owner' }],
      rules: { outlivesMs: 300_000 },
    })
    const kept = memoryLedger({ context })
    const plan = await planTeardown({ adapters, target: mine, context })
    const appended = new Set<string>()
    const dying: Ledger = {
      ...killedAfter(kept, 1_000),
      async append(entries, fence) {
        if (appended.has('gone')) throw new Error('killed')
        for (const { type } of entries) appended.add(type)
        return kept.append(entries, fence)
      },
    }
    await executeTeardown(plan, { adapters, context, ledger: dying }).report
    expect(world.alive().map(({ id }) => id)).toEqual(['eni-1'])
    const report = await resumeTeardown({ adapters, context, ledger: kept }).report
    expect(world.alive()).toEqual([])
    expect(report.outcome).toBe('clean')
    expect(report.removed.map(({ key }) => key.split('/').at(-1)).sort()).toEqual(['eni-1', 'lb-1'])
  })
})

describe('resumeTeardown', () => {
  it('refuses a ledger without a run, and a run that the ledger does not have, and touches nothing', async () => {
    const { adapters, context, world } = cloud()
    const ledger = memoryLedger({ context })
    for (const options of [{}, { runId: 'run-x' }]) {
      const report = await resumeTeardown({ adapters, context, ledger, ...options }).report
      expect(report.outcome).toBe('refused')
      expect(report.findings.map(({ code }) => code)).toEqual(['nothing-to-resume'])
    }
    expect(world.journal).toEqual([])
  })

  it('refuses a word that it does not know', () => {
    const { adapters, context } = cloud()
    const ledger = memoryLedger({ context })
    expect(() => resumeTeardown({ adapters, context, ledger, then: 'stop' as 'undo' })).toThrow(
      /'finish' or 'undo'.*"stop"/,
    )
    expect(() => resumeTeardown({ adapters, context } as unknown as Parameters<typeof resumeTeardown>[0])).toThrow(
      /needs the ledger/,
    )
  })
})
