import { backoffMs } from '../adapter/connection.ts'
import type { Failure } from '../model/failure.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Plan, Step } from '../model/plan.ts'
import { readLagMs } from './look-before.ts'
import { isOver, presenceOf } from './presence.ts'
import { type Prepared, type PutBack, plannedOf, type RunContext, targetsBehind } from './run-context.ts'

/** A value that could not be put back is tried this often before it is told as a finding. */
const undoAttempts = 6

/**
 * Puts back, in reverse order, what was changed for a removal that did not come about: lifted protections, silenced writers, cut links. Only where
 * the value is still what the run set. Gives a finding for each that could not be put back.
 */
export async function undoPreparations(run: RunContext): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const prepared of [...run.prepared].reverse()) {
    if (await cameAbout(run, prepared)) continue
    const step = prepared.plan.steps[prepared.step] as Step
    if (step.action === 'release') {
      findings.push(staysReleased(prepared.plan, step))
      continue
    }
    const failure = await untilPutBack(run, prepared)
    if (failure === 'nothing') continue
    if (failure === undefined && step.action === 'sever') run.removed.delete(step.target)
    if (failure === undefined) run.emit({ type: 'undone', step: prepared.step, key: step.target })
    else findings.push(notUndone(run, prepared, failure))
    run.results.push({
      plan: prepared.plan.id,
      step: prepared.step,
      action: step.action,
      target: step.target,
      result: failure === undefined ? 'undone' : 'failed',
      calls: 1,
      ...(failure === undefined ? {} : { failure }),
    })
  }
  run.prepared.length = 0
  return findings
}

/** Its controller would have to serve it again, and what it stood for is gone. */
function staysReleased(plan: Plan, { target, finalizer }: Extract<Step, { action: 'release' }>): Finding {
  const { kind, id } = plannedOf(plan, target)
  return {
    code: 'not-undone',
    severity: 'warning',
    message: `${kind} ${id}: finalizer ${finalizer} was released and ${kind} ${id} is still there. A release is not put back: what the finalizer stood for is gone`,
    keys: [target],
  }
}

/** Reads and sends again after an answer that was throttled, lost or too late. */
async function untilPutBack(run: RunContext, { undo }: Prepared): Promise<PutBack> {
  for (let attempt = 1; ; attempt++) {
    const failure = await undo(attempt)
    if (failure === 'nothing') return attempt === 1 ? failure : undefined // after a lost answer: by our own call
    if (failure === undefined || failure.code === 'gone') return undefined
    const passing = failure.code === 'throttled' || failure.code === 'transient' || failure.code === 'conflict'
    if (!passing || attempt >= undoAttempts) return failure
    await run.context.sleep(failure.retryAfterMs ?? backoffMs(attempt, run.context), run.hard)
  }
}

function notUndone(run: RunContext, { plan, step: index, freedFor }: Prepared, failure: Failure): Finding {
  const step = plan.steps[index]
  const target = step?.target ?? freedFor
  const { kind, id } = plannedOf(plan, target)
  const what =
    step?.action === 'sever'
      ? 'the link was cut'
      : `${step?.action} was done (${step && 'what' in step ? step.what : ''})`
  return {
    code: 'not-undone',
    severity: 'warning',
    message:
      `${kind} ${id}: ${what} for ${freedFor}, which stays, and could not be put back: ${failure.providerCode}: ${failure.message}. ` +
      `Its value is in the ledger; resumeTeardown({ runId: '${run.runId}', then: 'undo' }) tries again`,
    keys: [target, freedFor],
  }
}

/** What it was made for is gone; a writer is silenced once for all that it makes, and `freedFor` is only the first of them. */
async function cameAbout(run: RunContext, { plan, step: index, freedFor }: Prepared): Promise<boolean> {
  if (!(await isGone(run, plan, freedFor))) return false
  const step = plan.steps[index] as Step
  if (step.action !== 'quiesce') return true
  for (const target of targetsBehind(plan, index))
    if (target !== step.target && !(await isGone(run, plan, target))) return false
  return true
}

/**
 * It may have gone along with its whole, by a step that nobody had to wait for: then there is nothing to put back for. What shows it on its way although
 * its removal was seen to fail may be older than that: then it is looked at once more.
 */
async function isGone(run: RunContext, plan: Plan, key: ResourceKey, last = false): Promise<boolean> {
  if (run.removed.has(key)) return true
  const presence = await presenceOf(run, plan, key)
  if (presence === 'going' && !last && hasFailed(run, key)) {
    await run.context.sleep(readLagMs, run.hard)
    return isGone(run, plan, key, true)
  }
  return presence === 'going' || isOver(presence)
}

function hasFailed({ results }: RunContext, key: ResourceKey): boolean {
  const removal = results.findLast(
    ({ action, target }) => target === key && (action === 'remove' || action === 'await'),
  )
  return removal?.result === 'failed' || removal?.result === 'blocked'
}
