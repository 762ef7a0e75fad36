import type { RunContext } from './run-context.ts'

/**
 * Puts back, in reverse order, what was changed for a removal that did not come about: lifted protections, silenced writers, cut links. Only where
 * the value is still what the run set.
 */
export async function undoPreparations(run: RunContext): Promise<void> {
  for (const prepared of [...run.prepared].reverse()) {
    if (run.removed.has(prepared.freedFor)) continue
    const step = prepared.plan.steps[prepared.step]
    if (!step) continue
    const put = await prepared.undo()
    if (put) run.emit({ type: 'undone', step: prepared.step, key: step.target })
    run.results.push({
      plan: prepared.plan.id,
      step: prepared.step,
      action: step.action,
      target: step.target,
      result: put ? 'undone' : 'failed',
      calls: 1,
    })
  }
  run.prepared.length = 0
}
