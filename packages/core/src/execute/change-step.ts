import { backoffMs } from '../adapter/connection.ts'
import type { Facts } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import type { Json } from '../model/json.ts'
import type { Plan, PlannedResource, Step } from '../model/plan.ts'
import { closer, live, lookBefore } from './look-before.ts'
import type { RunContext, StepEnd } from './run-context.ts'
import { send, sendAttempts } from './send.ts'

/** Lifts a protection or silences a writer; the value before is durable first, and put back if the removal does not come about. */
export async function change(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Extract<Step, { action: 'quiesce' | 'unprotect' }>,
  planned: PlannedResource,
): Promise<StepEnd> {
  const known = run.reader.locate(step.target)
  const reversible = known.kind[step.action]
  if (!reversible) return failed('unsupported', 'NoSuchAbility', `${known.kind.name} has no ${step.action}`)
  const io = known.connection.io(known.place)
  let before: Json | undefined
  const end = await sendUntilDone(run, plan, planned, async (seen, attempt) => {
    const { facts, raw } = await closer(known, seen)
    const value = reversible.before(facts, step.what)
    if (value === undefined) return undefined // it is so already; after a lost answer, by our own call
    before = value
    return send(
      run,
      plan,
      index,
      known,
      facts,
      step.action,
      attempt,
      value,
      () => reversible.apply(io, live(step.target, known, facts, raw), step.what),
      step.what,
    )
  })
  if (end.result !== 'done' || before === undefined) return end
  const value = before
  run.emit({ type: 'step-asked', step: index, action: step.action, key: step.target })
  run.prepared.push({
    plan,
    step: index,
    freedFor: step.freedFor,
    undo: async () => {
      const now = await run.reader.read(step.target)
      if (!('found' in now) || now.found.facts.incarnation !== planned.incarnation) return true
      const seen = await closer(known, now.found)
      if (reversible.before(seen.facts, step.what) !== undefined) return true // somebody else has changed it since: not ours to put back
      const it = live(step.target, known, seen.facts, seen.raw)
      return (
        (await send(
          run,
          plan,
          index,
          known,
          seen.facts,
          'undo',
          1,
          value,
          () => reversible.undo(io, it, value),
          step.what,
        )) === undefined
      )
    },
  })
  return end
}

export async function touch(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Extract<Step, { action: 'unmark' | 'release' }>,
  planned: PlannedResource,
): Promise<StepEnd> {
  const known = run.reader.locate(step.target)
  if (step.action === 'release' && !step.proof.every((key) => run.removed.has(key)))
    return {
      result: 'blocked',
      failure: {
        code: 'blocked',
        providerCode: 'NoProof',
        message: `finalizer ${step.finalizer} stays: not everything it stands for was read as gone`,
      },
    }
  const io = known.connection.io(known.place)
  const what = step.action === 'unmark' ? step.mark : step.finalizer
  const end = await sendUntilDone(run, plan, planned, ({ facts, raw }, attempt) => {
    if (step.action === 'unmark' && !carries(facts, step.mark)) return Promise.resolve(undefined)
    const it = live(step.target, known, facts, raw)
    const call = async (): Promise<void> =>
      step.action === 'unmark' ? known.kind.unmark?.(io, it, what) : known.kind.release?.(io, it, what)
    return send(run, plan, index, known, facts, step.action, attempt, undefined, call, what)
  })
  if (end.result === 'done') run.emit({ type: 'step-asked', step: index, action: step.action, key: step.target })
  return end
}

function carries(facts: Facts, mark: string): boolean {
  const at = mark.indexOf('=')
  return facts.tags?.[mark.slice(0, at)] === mark.slice(at + 1)
}

/** Looks, sends, and looks again after an answer that was throttled, lost or too late; other refusals end the step. */
async function sendUntilDone(
  run: RunContext,
  plan: Plan,
  planned: PlannedResource,
  work: (seen: { facts: Facts; raw: unknown }, attempt: number) => Promise<Failure | undefined>,
): Promise<StepEnd> {
  const known = run.reader.locate(planned.key)
  for (let attempt = 1; ; attempt++) {
    if (run.soft.aborted) return { result: 'aborted' }
    const look = await lookBefore(run, plan, known, planned)
    if ('end' in look) return look.end
    if ('gone' in look) return { result: 'already-gone' }
    const refused = await work(look, attempt)
    if (!refused) return { result: 'done' }
    if (refused.code === 'gone') return { result: 'already-gone' }
    const passing = refused.code === 'throttled' || refused.code === 'transient' || refused.code === 'conflict'
    if (!passing || attempt >= sendAttempts)
      return { result: refused.code === 'blocked' ? 'blocked' : 'failed', failure: refused }
    await run.context.sleep(refused.retryAfterMs ?? backoffMs(attempt, run.context), run.soft).catch(() => undefined)
  }
}

const failed = (code: Failure['code'], providerCode: string, message: string): StepEnd => ({
  result: 'failed',
  failure: { code, providerCode, message },
})
