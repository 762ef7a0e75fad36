import { describe, expect, it } from 'vitest'
import { type Plan, planTeardown, simulateTeardown } from '../../src/index.ts'
import { memoryCloud } from '../../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }

/** Boxes on one network; each takes as long as it is told. */
async function planOf(boxes: Readonly<Record<string, number>>): Promise<Plan> {
  const { world, adapters, context } = memoryCloud({
    seed: 1,
    kinds: Object.entries(boxes).map(([id, typicalMs]) => ({
      name: `cloud:${id}` as const,
      latency: { typicalMs, worstMs: typicalMs * 10 },
    })),
  })
  const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine })
  for (const id of Object.keys(boxes))
    world.add({ kind: `cloud:${id}`, id, tags: mine, uses: [{ to: net, field: 'net' }] })
  return planTeardown({ adapters, context, target: mine })
}

describe('simulateTeardown', () => {
  it('takes as long as the longest way where nothing limits it, and names that way', async () => {
    const plan = await planOf({ fast: 1_000, slow: 60_000 })
    const simulation = simulateTeardown(plan)
    expect(simulation.makespanMs).toBe(60_000 + (plan.steps.at(-1)?.estimateMs as number))
    expect(simulation.lowerBoundMs).toBe(simulation.makespanMs)
    expect(simulation.criticalPath).toEqual(plan.estimate.criticalPath)
    const names = simulation.criticalPath.map((index) => plan.steps[index]?.target.split('/').at(-1))
    expect(names).toEqual(['slow', 'net'])
    const slack = new Map(simulation.timeline.map(({ key, slackMs }) => [key.split('/').at(-1), slackMs]))
    expect(slack.get('slow')).toBe(0)
    expect(slack.get('fast')).toBe(59_000)
  })

  it('begins no step before its needs are done', async () => {
    const plan = await planOf({ a: 3_000, b: 9_000, c: 500 })
    const { timeline } = simulateTeardown(plan, { ratePerSecond: { cloud: 0.5 } })
    plan.steps.forEach(({ needs }, index) => {
      for (const need of needs) expect(timeline[index]?.startMs).toBeGreaterThanOrEqual(timeline[need]?.endMs as number)
    })
  })

  it('sends the longest remaining way first where a rate makes steps wait', async () => {
    const plan = await planOf({ a: 1_000, b: 2_000, z: 60_000 })
    const { timeline, makespanMs } = simulateTeardown(plan, { ratePerSecond: { cloud: 0.1 } })
    const starts = new Map(timeline.map(({ key, startMs }) => [key.split('/').at(-1), startMs]))
    expect([starts.get('z'), starts.get('b'), starts.get('a')]).toEqual([0, 10_000, 20_000])
    expect(makespanMs).toBe(60_000 + (timeline.at(-1)?.endMs as number) - (timeline.at(-1)?.startMs as number))
  })

  it('takes estimates that are known better, and refuses a rate that never begins anything', async () => {
    const plan = await planOf({ a: 1_000 })
    const net = plan.steps.at(-1)?.estimateMs as number
    expect(simulateTeardown(plan, { latency: { 'cloud:a': { typicalMs: 30_000 } } }).makespanMs).toBe(30_000 + net)
    expect(() => simulateTeardown(plan, { ratePerSecond: { cloud: 0 } })).toThrow(/ratePerSecond.cloud.*is 0/)
  })
})
