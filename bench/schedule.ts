// How close a run comes to the shortest possible one, in virtual time. The world's own clock is the second witness: a step that is noticed late
// lengthens the report's lower bound, but not the time at which the thing was really gone.
import { executeTeardown, type Plan, planTeardown, type Report, type ResourceKey } from '@cleardown/core'
import { type GeneratedWorld, generateWorld } from '@cleardown/core/testing'
import { printTable } from './table.ts'

const targetRatio = 1.05
const cases = [
  { size: 50, seeds: 20 },
  { size: 200, seeds: 10 },
  { size: 1_000, seeds: 5 },
  { size: 3_000, seeds: 2 },
]

interface Sample {
  readonly makespanMs: number
  readonly reported: number
  readonly true: number
  readonly clean: boolean
  readonly calls: number
  readonly removed: number
  readonly tookMs: number
}

/** Makespan ÷ lower bound over worlds of several sizes and seeds. */
export async function schedule(): Promise<void> {
  const rows = []
  for (const { size, seeds } of cases) {
    const samples: Sample[] = []
    for (let seed = 1; seed <= seeds; seed++) samples.push(await sample(seed, size))
    const reported = samples.map((one) => one.reported)
    const real = samples.map((one) => one.true)
    const mean = (all: readonly number[]): number => all.reduce((sum, one) => sum + one, 0) / all.length
    rows.push({
      resources: size,
      worlds: seeds,
      clean: samples.filter(({ clean }) => clean).length,
      'virtual minutes': mean(samples.map(({ makespanMs }) => makespanMs)) / 60_000,
      'ratio, mean': mean(reported),
      'ratio, worst': Math.max(...reported),
      'to the truth, mean': mean(real),
      'to the truth, worst': Math.max(...real),
      'calls per removal': mean(samples.map(({ calls, removed }) => calls / removed)),
      'CPU s': mean(samples.map(({ tookMs }) => tookMs)) / 1_000,
      target: Math.max(...reported) <= targetRatio ? 'met' : 'missed',
      'target, to the truth': Math.max(...real) <= targetRatio ? 'met' : 'missed',
    })
  }
  printTable(`Makespan ÷ lower bound on the memory cloud (target: ratio ≤ ${targetRatio})`, rows)
}

async function sample(seed: number, size: number): Promise<Sample> {
  const generated = generateWorld({ seed, size })
  const { adapters, context, target } = generated
  const startedAt = performance.now()
  const plan = await planTeardown({ adapters, context, target, policy: { maxRemovals: 2 * size } })
  const report = await executeTeardown(plan, { adapters, context }).report
  const { timing, calls } = report
  if (!timing) throw new Error(`seed ${seed}, size ${size}: ${report.outcome}, a report without timing`)
  return {
    makespanMs: timing.makespanMs,
    reported: timing.ratio,
    true: timing.makespanMs / trueLowerBoundMs(plan, report, generated),
    clean: report.outcome === 'clean',
    calls: calls.reads + calls.writes,
    removed: report.removed.length,
    tookMs: performance.now() - startedAt,
  }
}

/** The longest path with each removal as long as the world needed for it: from the call to the moment at which it was gone. */
function trueLowerBoundMs(plan: Plan, report: Report, { world }: GeneratedWorld): number {
  const results = new Map(report.steps.filter((one) => one.plan === plan.id).map((one) => [one.step, one]))
  const goneAt = new Map<ResourceKey, number>()
  for (const { key, goneAt: at } of world.all()) if (at !== undefined) goneAt.set(key, at)
  const ends: number[] = []
  plan.steps.forEach((step, index) => {
    const result = results.get(index)
    const startedAt = Date.parse(result?.startedAt ?? '')
    const noticedAt = Date.parse(result?.endedAt ?? '')
    const endedAt = Math.min(noticedAt, goneAt.get(step.target) ?? noticedAt)
    const tookMs = Number.isNaN(endedAt - startedAt) ? 0 : Math.max(0, endedAt - startedAt)
    ends[index] = tookMs + Math.max(0, ...step.needs.map((need) => ends[need] ?? 0))
  })
  return Math.max(1, ...ends)
}
