import { type Prepared, plannedOf, type RunContext } from './run-context.ts'

/**
 * Puts back, in reverse order, what was changed for a removal that did not come about: lifted protections, silenced writers, cut links. Only where
 * the value is still what the run set.
 */
export async function undoPreparations(run: RunContext): Promise<void> {
  for (const prepared of [...run.prepared].reverse()) {
    if (await isGone(run, prepared)) continue
    const step = prepared.plan.steps[prepared.step]
    if (!step) continue
    const put = await prepared.undo()
    if (put && step.action === 'sever') run.removed.delete(step.target)
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

/** It may have gone along with its whole, by a step that nobody had to wait for: then there is nothing to put back for. */
async function isGone(run: RunContext, { plan, freedFor }: Prepared): Promise<boolean> {
  if (run.removed.has(freedFor)) return true
  const fresh = await run.reader.read(freedFor, { sure: true })
  if ('absent' in fresh) return true
  if (!('found' in fresh)) return false
  const { phase, incarnation } = fresh.found.facts
  return phase === 'gone' || phase === 'going' || incarnation !== plannedOf(plan, freedFor).incarnation
}
