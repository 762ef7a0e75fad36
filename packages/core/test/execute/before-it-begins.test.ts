import { describe, expect, it } from 'vitest'
import {
  executeTeardown,
  type Ledger,
  memoryLedger,
  type Plan,
  type Policy,
  planTeardown,
  verifyTeardown,
} from '../../src/index.ts'
import type { MemoryCloud } from '../../src/kit/testing/index.ts'
import { BrokenInvariantError } from '../../src/model/errors.ts'
import { planHashes } from '../../src/plan/hash.ts'
import { entriesOf, exactCloud, mine, writesOf } from './tear-down.ts'

function boxOnNet(): MemoryCloud {
  const cloud = exactCloud()
  const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
  cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: net, field: 'net' }] })
  return cloud
}
const planOf = ({ adapters, context }: MemoryCloud, policy: Policy = {}): Promise<Plan> =>
  planTeardown({ adapters, context, target: mine, policy })

describe('before its first call a run', () => {
  it('refuses a plan that was refused, with its reasons and nothing else, and asks nobody anything', async () => {
    const cloud = boxOnNet()
    const { adapters, context, world } = cloud
    const plan = await planOf(cloud, { maxRemovals: 1 })
    const calls = world.journal.length
    const ledger = memoryLedger({ context })
    const report = await executeTeardown(plan, { adapters, context, ledger }).report
    expect(report).toMatchObject({ outcome: 'refused', removed: [], steps: [], left: [], planId: plan.id })
    expect(report.calls).toEqual({ reads: 0, writes: 0, verify: 0 })
    expect(report.findings.filter(({ severity }) => severity === 'refusal')).toEqual(plan.refused)
    expect(world.journal).toHaveLength(calls)
    expect(await entriesOf(ledger)).toEqual([])
  })

  it('checks the plan once more: one that was changed on its way is a bug, and nothing is sent', async () => {
    const cloud = boxOnNet()
    const { adapters, context, world } = cloud
    const plan = await planOf(cloud)
    const calls = world.journal.length
    const changed: Plan = { ...plan, steps: plan.steps.map((step) => ({ ...step, needs: [], because: [] })) }
    const run = executeTeardown({ ...changed, ...planHashes(changed) }, { adapters, context })
    await expect(run.report).rejects.toThrow(BrokenInvariantError)
    expect(world.journal).toHaveLength(calls)
  })

  it('lets a plan that could not look be verified by one that can', async () => {
    const cloud = boxOnNet()
    const { adapters, context } = cloud
    const restore = cloud.world.fail({ what: 'unauthenticated', provider: 'cloud' })
    const plan = await planOf(cloud)
    restore()
    const report = await verifyTeardown(plan, { adapters, context })
    expect([report.outcome, report.left.length]).toEqual(['incomplete', 2])
  })

  it('tells who could not be connected, and not that adapters are missing for that', async () => {
    const cloud = boxOnNet()
    const { adapters, context } = cloud
    const plan = await planOf(cloud)
    cloud.world.fail({ what: 'unauthenticated', provider: 'cloud' })
    const report = await executeTeardown(plan, { adapters, context }).report
    expect(report.findings.flatMap(({ code, severity }) => (severity === 'refusal' ? [code] : []))).toEqual([
      'no-credentials',
    ])
    expect(writesOf(cloud)).toEqual([])
  })
})

describe('a call', () => {
  /** The lease is there until somebody takes it. */
  function takenAway(ledger: Ledger): { readonly ledger: Ledger; readonly take: () => void } {
    let taken = false
    return {
      take: () => {
        taken = true
      },
      ledger: {
        ...ledger,
        async acquire(scope, holder) {
          const lease = await ledger.acquire(scope, holder)
          if (!('fence' in lease)) return lease
          return {
            fence: lease.fence,
            leftMs: () => (taken ? 0 : 60_000),
            renew: () => (taken ? Promise.reject(new Error('another has it')) : Promise.resolve()),
            release: () => lease.release(),
          }
        },
      },
    }
  }

  it('whose turn comes after the lease was lost is not sent', async () => {
    const cloud = exactCloud({
      providers: [{ name: 'cloud', limits: { api: { ratePerSecond: 0.1, burst: 1, concurrency: 1 } } }],
    })
    for (const id of ['a', 'b']) cloud.world.add({ kind: 'cloud:box', id, tags: mine, rules: { goingMs: 1_000 } })
    const { adapters, context } = cloud
    const plan = await planOf(cloud)
    const { ledger, take } = takenAway(memoryLedger({ context }))
    const run = executeTeardown(plan, { adapters, context, ledger })
    const writes = (): number => writesOf(cloud).length
    let taken = false
    for await (const event of run)
      if (event.type === 'step-asked' && !taken) {
        taken = true
        expect(writes()).toBe(1)
        take()
      }
    const report = await run.report
    expect(taken).toBe(true)
    expect(writes()).toBe(1)
    expect(report.outcome).toBe('interrupted')
  })
})
