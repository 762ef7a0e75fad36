import { isoTime } from '../adapter/context.ts'
import { type Plan, removing, type Step } from '../model/plan.ts'
import type { StepResult } from '../model/report.ts'
import { type RunContext, RunLostError } from './run-context.ts'
import { runStep } from './run-step.ts'

/**
 * Event-driven: a step starts when its needs are done; no layers, no global cap, waits hold no slot. A branch whose step does not come about ends
 * there; everything else goes on. All changes of state happen in `settle`, between awaits.
 */
export async function runPlan(run: RunContext, plan: Plan): Promise<StepResult[]> {
  const { steps } = plan
  const missing = Int32Array.from(steps, (step) => step.needs.length)
  const dependents: number[][] = steps.map(() => [])
  steps.forEach((step, index) => {
    for (const need of step.needs) dependents[need]?.push(index)
  })
  const results = new Array<StepResult | undefined>(steps.length)
  const rank = remainingPath(plan, dependents)
  steps.forEach(({ target }, index) => {
    run.urgency.set(target, Math.max(run.urgency.get(target) ?? 0, rank[index] as number))
  })
  let running = 0
  let lost: unknown
  let left = steps.length

  await new Promise<void>((resolve) => {
    const finished = (): boolean => running === 0 && (left === 0 || run.soft.aborted || lost !== undefined)
    const startAll = (ready: number[]): void => {
      for (const index of ready) {
        if (run.soft.aborted || lost) break
        running++
        void start(index).then(
          (result) => settle(index, result),
          (error) => {
            lost = error
            running--
            if (finished()) resolve()
          },
        )
      }
      if (finished()) resolve()
    }
    const settle = (index: number, result: StepResult): void => {
      running--
      results[index] = result
      left--
      run.results.push(result)
      const ready: number[] = []
      if (result.result === 'done' || result.result === 'already-gone') {
        const step = steps[index] as Step
        // a link that was not cut, because it has nothing to free any more, stands
        if (removing.has(step.action) && run.removed.has(step.target))
          run.emit({
            type: 'gone',
            step: index,
            key: step.target,
            tookMs: Math.max(0, Date.parse(result.endedAt ?? '') - Date.parse(result.startedAt ?? '')),
            left,
          })
        for (const dependent of dependents[index] ?? []) {
          missing[dependent] = (missing[dependent] as number) - 1
          if (missing[dependent] === 0) ready.push(dependent)
        }
      } else skipBelow(index)
      startAll(ready)
    }
    const skipBelow = (index: number): void => {
      const way = [...(dependents[index] ?? [])]
      while (way.length > 0) {
        const next = way.pop() as number
        if (results[next]) continue
        results[next] = {
          plan: plan.id,
          step: next,
          action: (steps[next] as Step).action,
          target: (steps[next] as Step).target,
          result: 'skipped',
          calls: 0,
        }
        run.results.push(results[next] as StepResult)
        left--
        way.push(...(dependents[next] ?? []))
      }
    }
    startAll(steps.map((_, index) => index).filter((index) => missing[index] === 0))
  })
  if (lost !== undefined && !(lost instanceof RunLostError && run.soft.aborted)) throw lost
  return results.filter((one) => one !== undefined)

  async function start(index: number): Promise<StepResult> {
    const step = steps[index] as Step
    const startedAt = isoTime(run.context.now())
    const began = run.context.monotonic()
    const askedBefore = run.asked.get(step.target) ?? 0
    run.emit({ type: 'step-started', step: index, action: step.action, key: step.target })
    const end = await runStep(run, plan, index)
    const removed = run.removed.get(step.target)
    if (removed?.step === index && removed.tookMs === 0)
      run.removed.set(step.target, { ...removed, tookMs: run.context.monotonic() - began })
    return {
      plan: plan.id,
      step: index,
      action: step.action,
      target: step.target,
      ...end,
      startedAt,
      endedAt: isoTime(run.context.now()),
      calls: (run.asked.get(step.target) ?? 0) - askedBefore,
    }
  }
}

/** The longest estimated way to the end from each step: where calls wait for each other, those on it go first. */
function remainingPath(plan: Plan, dependents: readonly number[][]): Float64Array {
  const rank = new Float64Array(plan.steps.length)
  for (let index = plan.steps.length - 1; index >= 0; index--) {
    let most = 0
    for (const dependent of dependents[index] ?? []) most = Math.max(most, rank[dependent] as number)
    rank[index] = most + (plan.steps[index] as Step).estimateMs
  }
  return rank
}
