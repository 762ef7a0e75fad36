import type { Facts, Io } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import { kindAndId, type ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Plan, PlannedResource, Step } from '../model/plan.ts'
import type { StepResult } from '../model/report.ts'
import { type Awaited, awaitGone } from './await-gone.ts'
import { noAbility, sendUntilDone } from './change-step.ts'
import { closer, live } from './look-before.ts'
import type { RunContext, StepEnd } from './run-context.ts'
import { send } from './send.ts'

type Release = Extract<Step, { action: 'release' }>

/** A listing that lags shows what is gone for so long at most; then it counts as there. */
const proofPatienceMs = 30_000

/** What was read longer ago is read again before the release. */
const maxAgeMs = 5_000

const lookAgain: Failure = {
  code: 'conflict',
  providerCode: 'ReadAgain',
  message: 'its proof took so long that it may have changed',
  retryAfterMs: 0,
}

/**
 * Releases a finalizer once everything that it stands for has been read as gone, now and not only by the plan. Does nothing where it stands no more: a
 * controller came back, or an earlier call had its effect. Never taken back.
 */
export async function release(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Release,
  planned: PlannedResource,
): Promise<StepEnd> {
  const known = run.reader.locate(step.target)
  if (!known.kind.release) return { result: 'failed', failure: noAbility(known.kind.name, 'release') }
  let sent = false
  const end = await sendUntilDone(run, plan, planned, async (seen, attempt) => {
    const close = await closer(known, seen)
    if ('failure' in close) return close.failure
    const { facts, raw } = close.value
    if (!stands(facts, step.finalizer)) return undefined
    const began = run.context.monotonic()
    const missing = await unproved(run, step)
    if (run.soft.aborted) return lookAgain
    if (missing) return missing
    if (run.context.monotonic() - began > maxAgeMs) return lookAgain
    if (!sent) run.prepared.push({ plan, step: index, freedFor: step.target, undo: () => Promise.resolve(undefined) })
    sent = true
    const call = async (io: Io<unknown>): Promise<void> =>
      known.kind.release?.(io, live(step.target, known, facts, raw), step.finalizer)
    return send(run, plan, index, known, facts, step.action, attempt, undefined, call, step.finalizer)
  })
  if (end.result === 'done' && sent)
    run.emit({ type: 'step-asked', step: index, action: step.action, key: step.target })
  return end
}

const stands = ({ relations }: Facts, finalizer: string): boolean =>
  relations.some((one) => one.type === 'servedBy' && one.finalizer === finalizer)

/** Each proof is read anew. Undefined: all are gone. */
async function unproved(run: RunContext, { finalizer, proof }: Release): Promise<Failure | undefined> {
  const reads = await Promise.all(proof.map(async (key) => ({ key, awaited: await untilGone(run, key) })))
  const there = reads.find(({ awaited }) => awaited.end !== 'gone')
  if (!there) return undefined
  const { key, awaited } = there
  const how = awaited.end === 'failed' ? `could not be read: ${awaited.failure.message}` : 'is still there'
  return {
    code: 'blocked',
    providerCode: 'NoProof',
    message: `finalizer ${finalizer} stays: ${kindAndId(key)}, which it stands for, ${how}`,
  }
}

/**
 * Whatever stands under its key counts as it: who made it again under the same id made it for the same purpose. What is not found by id need not be
 * forgotten by listings too.
 */
async function untilGone({ reader, context, soft }: RunContext, key: ResourceKey): Promise<Awaited> {
  const fresh = await reader.read(key, { sure: true })
  if ('absent' in fresh && fresh.absent.sure) return { end: 'gone', proof: 'not-found' }
  const wait = { key, typicalMs: 0, timeoutMs: proofPatienceMs, signal: soft, onWaiting: () => undefined }
  return awaitGone({ ...wait, ...('absent' in fresh ? { absentOnce: true } : { follows: true }) }, reader, context)
}

/** Releases that did not come about, each with its reason. */
export const notReleased = (results: readonly StepResult[]): Finding[] =>
  results.flatMap(({ action, failure, target }): Finding[] => {
    if (action !== 'release' || !failure) return []
    return [
      {
        code: 'not-released',
        severity: 'warning',
        message: `${kindAndId(target)}: ${failure.providerCode}: ${failure.message}`,
        keys: [target],
      },
    ]
  })
