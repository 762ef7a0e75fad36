import { describe, expect, it } from 'vitest'
import { executeTeardown, memoryLedger, type Plan, planTeardown } from '../../src/index.ts'
import { memoryCloud } from '../../src/kit/testing/index.ts'

/** Boxes that take three minutes, whatever their kind says. */
async function planAfter(removals: number): Promise<Plan> {
  const { world, adapters, context } = memoryCloud({
    seed: 1,
    kinds: [{ name: 'cloud:box', latency: { typicalMs: 1_000, worstMs: 600_000 } }],
  })
  const ledger = memoryLedger({ context })
  for (let run = 0; run < removals; run++) {
    world.add({ kind: 'cloud:box', tags: { cluster: 'old' }, rules: { goingMs: 180_000 } })
    const plan = await planTeardown({ adapters, context, target: { cluster: 'old' }, ledger })
    await executeTeardown(plan, { adapters, context, ledger }).report
  }
  world.add({ kind: 'cloud:box', tags: { cluster: 'new' } })
  return planTeardown({ adapters, context, target: { cluster: 'new' }, ledger })
}

describe('estimates', () => {
  it('are those of the kind until a ledger has seen three removals, then what it has seen', async () => {
    expect((await planAfter(2)).steps[0]?.estimateMs).toBe(1_000)
    const learned = (await planAfter(3)).steps[0]?.estimateMs as number
    expect(learned).toBeGreaterThanOrEqual(180_000)
    expect(learned).toBeLessThan(220_000)
  })
})
