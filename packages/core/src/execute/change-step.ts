import { backoffMs } from '../adapter/connection.ts'
import type { Facts, Io } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import type { Json } from '../model/json.ts'
import type { Plan, PlannedResource, Step } from '../model/plan.ts'
import { closer, live, lookBefore, waitedForLag } from './look-before.ts'
import { type PutBack, plannedOf, type RunContext, type StepEnd } from './run-context.ts'
import { send, sendAttempts } from './send.ts'

type Change = Extract<Step, { action: 'quiesce' | 'unprotect' }>

/** Lifts a protection or silences a writer; the value before is durable first, and put back if the removal does not come about. */
export async function change(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Change,
  planned: PlannedResource,
): Promise<StepEnd> {
  const known = run.reader.locate(step.target)
  const reversible = known.kind[step.action]
  if (!reversible) return { result: 'failed', failure: noAbility(known.kind.name, step.action) }
  let changed = false
  let answeredAt: number | undefined
  const end = await sendUntilDone(run, plan, planned, async (seen, attempt) => {
    const close = await closer(known, seen)
    if ('failure' in close) return close.failure
    const { facts, raw } = close.value
    const value = reversible.before(facts, step.what)
    if (value === undefined) return undefined // it is so already; after a lost answer, by our own call
    if (!changed)
      run.prepared.push({
        plan,
        step: index,
        freedFor: step.freedFor,
        undo: (again) => undoChange(run, plan, index, step, value, again, answeredAt),
      })
    changed = true // also where the answer is lost: what was never changed is found as it was
    const refused = await send(
      run,
      plan,
      index,
      known,
      facts,
      step.action,
      attempt,
      value,
      (io) => reversible.apply(io, live(step.target, known, facts, raw), step.what),
      step.what,
    )
    if (!refused) answeredAt = run.context.monotonic()
    return refused
  })
  if (end.result === 'done' && changed)
    run.emit({ type: 'step-asked', step: index, action: step.action, key: step.target })
  return end
}

/** Puts the value back, only while it is still what the run set. `changedAt`: when that was, on the monotonic clock. */
export async function undoChange(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Change,
  value: Json,
  attempt: number,
  changedAt?: number,
): Promise<PutBack> {
  const known = run.reader.locate(step.target)
  const reversible = known.kind[step.action]
  if (!reversible) return noAbility(known.kind.name, step.action)
  const now = await run.reader.read(step.target, { sure: true })
  if ('failure' in now) return now.failure
  if ('absent' in now || now.found.facts.incarnation !== plannedOf(plan, step.target).incarnation) return 'nothing'
  const close = await closer(known, now.found)
  if ('failure' in close) return close.failure
  const { facts, raw } = close.value
  if (reversible.before(facts, step.what) !== undefined) {
    if (attempt === 1 && (await waitedForLag(run, changedAt))) return undoChange(run, plan, index, step, value, attempt)
    return 'nothing' // never changed, or changed by somebody else since: not ours to put back
  }
  const it = live(step.target, known, facts, raw)
  return send(run, plan, index, known, facts, 'undo', attempt, value, (io) => reversible.undo(io, it, value), step.what)
}

/** Takes our mark off what stays. */
export async function unmark(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Extract<Step, { action: 'unmark' }>,
  planned: PlannedResource,
): Promise<StepEnd> {
  const known = run.reader.locate(step.target)
  let sent = false
  const end = await sendUntilDone(run, plan, planned, ({ facts, raw }, attempt) => {
    if (!carries(facts, step.mark)) return Promise.resolve(undefined)
    sent = true
    const call = async (io: Io<unknown>): Promise<void> =>
      known.kind.unmark?.(io, live(step.target, known, facts, raw), step.mark)
    return send(run, plan, index, known, facts, step.action, attempt, undefined, call, step.mark)
  })
  if (end.result === 'done' && sent)
    run.emit({ type: 'step-asked', step: index, action: step.action, key: step.target })
  return end
}

function carries(facts: Facts, mark: string): boolean {
  const at = mark.indexOf('=')
  return facts.tags?.[mark.slice(0, at)] === mark.slice(at + 1)
}

/** Looks, sends, and looks again after an answer that was throttled, lost or too late; other refusals end the step. */
export async function sendUntilDone(
  run: RunContext,
  plan: Plan,
  planned: PlannedResource,
  work: (seen: { facts: Facts; raw: unknown }, attempt: number) => Promise<Failure | undefined>,
): Promise<StepEnd> {
  const known = run.reader.locate(planned.key)
  let missed = false
  for (let attempt = 1; ; attempt++) {
    if (run.soft.aborted) return { result: 'aborted' }
    const look = await lookBefore(run, plan, known, planned)
    if ('end' in look) return look.end
    if ('gone' in look) {
      const sure = look.gone || missed || 'absent' in (await run.reader.read(planned.key, { sure: true }))
      if (sure) return { result: 'already-gone' }
      missed = true // by one listing
      continue
    }
    const refused = await work(look, attempt)
    if (!refused) return { result: 'done' }
    if (refused.code === 'gone') return { result: 'already-gone' }
    const passing = refused.code === 'throttled' || refused.code === 'transient' || refused.code === 'conflict'
    if (!passing || attempt >= sendAttempts)
      return { result: refused.code === 'blocked' ? 'blocked' : 'failed', failure: refused }
    await run.context.sleep(refused.retryAfterMs ?? backoffMs(attempt, run.context), run.soft).catch(() => undefined)
  }
}

/** A plan made by another version of the adapter. */
export const noAbility = (kind: string, ability: string): Failure => ({
  code: 'unsupported',
  providerCode: 'NoSuchAbility',
  message: `${kind} has no ${ability}`,
})
