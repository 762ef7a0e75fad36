import { describe, expect, it } from 'vitest'
import { executeTeardown, memoryLedger, planTeardown, resumeTeardown } from '../src/index.ts'
import { type MemoryCloud, memoryCloud } from '../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }

/** A box that never goes, the network that waits for it, the account of networks that waits for that, and a disk. */
function cloud(): MemoryCloud {
  const it = memoryCloud({ seed: 1 })
  const { world } = it
  const top = world.add({ kind: 'cloud:area', id: 'area', tags: mine })
  const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine, uses: [{ to: top, field: 'area' }] })
  world.add({
    kind: 'cloud:box',
    id: 'box',
    tags: mine,
    uses: [{ to: net, field: 'net' }],
    rules: { goingMs: 86_400_000 },
  })
  world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
  return it
}

describe('a removal that does not come about', () => {
  it('ends after its time, and the report names the chain that it held', async () => {
    const { adapters, context, world } = cloud()
    const plan = await planTeardown({ adapters, context, target: mine })
    const report = await executeTeardown(plan, { adapters, context, stepTimeoutMs: 900_000 }).report
    expect(report.outcome).toBe('incomplete')
    const [finding] = report.findings.filter(({ code }) => code === 'no-progress')
    expect(finding?.message).toMatch(
      /^cloud:box box: it was still .* 2 steps wait for it: cloud:net net, cloud:area area$/,
    )
    expect(
      world
        .alive()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['area', 'box', 'net'])
  })

  it('does not keep a run beyond its own time; the run can be resumed', async () => {
    const { adapters, context } = cloud()
    const ledger = memoryLedger({ context })
    const plan = await planTeardown({ adapters, context, target: mine })
    const began = context.monotonic()
    const report = await executeTeardown(plan, { adapters, context, ledger, timeoutMs: 600_000 }).report
    expect(context.monotonic() - began).toBeLessThan(620_000)
    expect(report.outcome).toBe('interrupted')
    expect(report.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['out-of-time', 'no-progress']))
    await context.sleep(86_400_000)
    expect((await resumeTeardown({ adapters, context, ledger }).report).outcome).toBe('clean')
  })
})
