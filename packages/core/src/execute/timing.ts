import type { ResourceKey } from '../model/key.ts'
import type { Plan, Step } from '../model/plan.ts'
import type { Report, StepResult } from '../model/report.ts'

/** The makespan beside the longest path with the durations that were observed: what is above it was lost to rates, polling and us. */
export function measure(
  plan: Plan,
  results: readonly StepResult[],
  makespanMs: number,
  phases: Readonly<Record<string, number>>,
): NonNullable<Report['timing']> {
  const own = new Map(results.filter((result) => result.plan === plan.id).map((result) => [result.step, result]))
  const took = (index: number): number => {
    const result = own.get(index)
    return result?.startedAt && result.endedAt
      ? Math.max(0, Date.parse(result.endedAt) - Date.parse(result.startedAt))
      : 0
  }
  const ends = new Float64Array(plan.steps.length)
  let lowerBoundMs = 0
  let longest: { key: ResourceKey; waitedMs: number } | undefined
  plan.steps.forEach((step: Step, index) => {
    let from = 0
    for (const need of step.needs) from = Math.max(from, ends[need] as number)
    ends[index] = from + took(index)
    lowerBoundMs = Math.max(lowerBoundMs, ends[index] as number)
    if (!longest || took(index) > longest.waitedMs) longest = { key: step.target, waitedMs: took(index) }
  })
  const ratio = lowerBoundMs > 0 ? makespanMs / lowerBoundMs : 1
  return {
    makespanMs,
    lowerBoundMs,
    ratio,
    limitedBy: ratio <= 1.05 ? 'critical-path' : 'polling',
    ...(longest ? { longest } : {}),
    phases,
  }
}
