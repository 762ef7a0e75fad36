import { backoffMs } from '../adapter/connection.ts'
import { isoTime } from '../adapter/context.ts'
import type { Facts, Live } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import type { Json } from '../model/json.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource, Step } from '../model/plan.ts'
import type { StepResult } from '../model/report.ts'
import { type Awaited, awaitGone } from './await-gone.ts'
import { findHolders } from './find-holders.ts'
import type { Fresh, Known } from './reader.ts'
import { plannedOf, type RunContext, record } from './run-context.ts'
import { noLongerOurs } from './still-ours.ts'

/** A call that was throttled or lost is looked at again and sent again this often. */
const sendAttempts = 6
/** The first refusal without a visible holder may be lag: how long to try at least. */
const leastLagMs = 30_000

export type StepEnd = Pick<StepResult, 'result' | 'failure'>

/** One step: read again, write the intent, call, write the outcome, wait until it is gone. */
export async function runStep(run: RunContext, plan: Plan, index: number): Promise<StepEnd> {
  const step = plan.steps[index] as Step
  const planned = plannedOf(plan, step.target)
  switch (step.action) {
    case 'remove':
    case 'sever':
      return removeIt(run, plan, index, step, planned)
    case 'await':
      return awaitPart(run, plan, index, step, planned)
    case 'quiesce':
    case 'unprotect':
      return change(run, plan, index, step, planned)
    case 'unmark':
    case 'release':
      return touch(run, plan, index, step, planned)
  }
}

async function removeIt(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Step,
  planned: PlannedResource,
): Promise<StepEnd> {
  const known = run.reader.locate(step.target)
  const except = step.action === 'remove' ? (step.except ?? []).map((key) => plannedOf(plan, key).id) : []
  // a member is left out once its own removal has failed, so each of them may cost one more deletion of the whole
  const attempts = (known.kind.attempts ?? 2) + except.length
  let lagSince: number | undefined
  let sends = 0
  for (;;) {
    if (run.soft.aborted) return { result: 'aborted' }
    const look = await lookBefore(run, plan, known, planned)
    if ('end' in look) return look.end
    if ('gone' in look) return confirmGone(run, index, planned, look.gone)
    const { facts, raw } = look

    if (facts.phase !== 'going') {
      const asked = run.asked.get(step.target) ?? 0
      if (asked >= attempts) return { result: 'failed', failure: givenUp(planned, asked, facts) }
      const refused = await send(
        run,
        plan,
        index,
        known,
        facts,
        step.action,
        asked + 1,
        known.kind.link ? facts.data : undefined,
        () =>
          known.kind.remove?.(known.connection.io(known.place), live(step.target, known, facts, raw), { except }) ??
          Promise.resolve(),
      )
      if (refused) {
        sends++
        const verdict = await afterRefusal(run, known, facts, refused, sends, lagSince)
        if (verdict.end) return verdict.end
        if (verdict.gone) return confirmGone(run, index, planned, false)
        lagSince = verdict.lagSince ?? lagSince
        continue
      }
      run.asked.set(step.target, asked + 1)
      run.emit({ type: 'step-asked', step: index, action: step.action, key: step.target })
      if (step.action === 'sever') rememberLink(run, plan, index, step, known, facts)
    }
    const awaited = await wait(run, index, planned, known, facts.phase === 'going' ? undefined : facts)
    if (
      awaited.end === 'failed' &&
      awaited.failure.code === 'blocked' &&
      step.action === 'remove' &&
      step.except &&
      step.except.length > 0
    )
      continue
    return endOf(run, index, planned, awaited)
  }
}

/** A part whose whole is gone: it follows by itself; where it does not, it is removed if that is permitted, else reported. */
async function awaitPart(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Extract<Step, { action: 'await' }>,
  planned: PlannedResource,
): Promise<StepEnd> {
  const known = run.reader.locate(step.target)
  const patient = { follows: true, ...(step.otherwise === 'remove' ? { timeoutMs: known.kind.latency.worstMs } : {}) }
  const awaited = await wait(run, index, planned, known, undefined, patient)
  if (awaited.end === 'timed-out' && step.otherwise === 'remove' && awaited.facts && awaited.facts.phase !== 'going')
    return removeIt(run, plan, index, step, planned)
  return endOf(run, index, planned, awaited)
}

/** Lifts a protection or silences a writer; the value before is durable first, and put back if the removal does not come about. */
async function change(
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

async function touch(
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

type Look = { readonly end: StepEnd } | { readonly gone: boolean } | { readonly facts: Facts; readonly raw: unknown }

/** Reads again and judges again: the same incarnation, settled, still ours. Waits while the provider changes it. */
async function lookBefore(run: RunContext, plan: Plan, known: Known, planned: PlannedResource): Promise<Look> {
  const startedAt = run.context.monotonic()
  for (let attempt = 1; ; attempt++) {
    const fresh: Fresh = await run.reader.read(planned.key, { labels: true })
    if ('absent' in fresh) return { gone: fresh.absent.sure }
    if ('failure' in fresh) {
      if (fresh.failure.code === 'transient' && attempt < sendAttempts) {
        await run.context.sleep(backoffMs(attempt, run.context), run.soft).catch(() => undefined)
        continue
      }
      return { end: { result: 'failed', failure: fresh.failure } }
    }
    const { facts, raw } = fresh.found
    if (facts.phase === 'gone' || facts.incarnation !== planned.incarnation) return { gone: true }
    if (facts.phase === 'stuck')
      return {
        end: {
          result: 'stuck',
          failure: {
            code: 'conflict',
            providerCode: facts.state,
            message: `it is ${facts.state} and its provider does not move it`,
          },
        },
      }
    const approved = (plan.policy.approve ?? []).some((id) => id === planned.id || id === planned.key)
    const why = noLongerOurs(planned, known, facts, plan.target, approved)
    if (why)
      return {
        end: { result: 'blocked', failure: { code: 'blocked', providerCode: 'OwnershipChanged', message: why } },
      }
    if (facts.phase !== 'changing') return { facts, raw }
    if (run.soft.aborted) return { end: { result: 'aborted' } }
    const waitedMs = run.context.monotonic() - startedAt
    if (waitedMs > stepTimeoutMs(run, known))
      return {
        end: {
          result: 'timed-out',
          failure: {
            code: 'conflict',
            providerCode: facts.state,
            message: `it was ${facts.state} for ${Math.round(waitedMs / 1000)} s`,
          },
        },
      }
    await run.context.sleep(Math.max(1_000, Math.min(15_000, waitedMs / 4)), run.soft).catch(() => undefined)
  }
}

/** The second look (attributes) where what is changed is not in the listing. */
async function closer(known: Known, seen: { facts: Facts; raw: unknown }): Promise<{ facts: Facts; raw: unknown }> {
  const { kind, connection, place } = known
  if (!kind.more) return seen
  const answer = await connection.attempt(
    kind,
    'more',
    seen.facts,
    () => kind.more?.(connection.io(place), [seen.raw]) ?? Promise.resolve([seen.raw]),
  )
  if (!('value' in answer) || answer.value[0] === undefined) return seen
  return { raw: answer.value[0], facts: kind.facts(answer.value[0]) }
}

/** Intent, durable; the call; its outcome. Returns the refusal, if it was one. */
async function send(
  run: RunContext,
  plan: Plan,
  index: number,
  known: Known,
  facts: Facts,
  action: Step['action'] | 'undo',
  attempt: number,
  before: Json | undefined,
  call: () => Promise<unknown>,
  what?: string,
): Promise<Failure | undefined> {
  const target = known.connection.keyOf(known.kind, known.place, facts.id)
  const common = { runId: run.runId, planId: plan.id, step: index, action, target }
  const at = (): string => isoTime(run.context.now())
  const principal = known.connection.identity.principal
  await record(run, {
    at: at(),
    type: 'intent',
    ...common,
    incarnation: facts.incarnation,
    principal,
    attempt,
    ...(what ? { what } : {}),
    ...(before === undefined ? {} : { before }),
  })
  const answer = await known.connection.attempt(known.kind, action, facts, call)
  const failure = 'failure' in answer ? answer.failure : undefined
  await record(run, {
    at: at(),
    type: 'outcome',
    ...common,
    result: failure ? 'refused' : 'accepted',
    ...(failure ? { failure } : {}),
  })
  if (failure) run.emit({ type: 'failed', step: index, key: target, failure })
  return failure
}

interface AfterRefusal {
  readonly end?: StepEnd
  readonly gone?: boolean
  readonly lagSince?: number
}

/** One behaviour for each failure code. Without an `end` the step reads again before it sends anything again. */
async function afterRefusal(
  run: RunContext,
  known: Known,
  facts: Facts,
  failure: Failure,
  sends: number,
  lagSince: number | undefined,
): Promise<AfterRefusal> {
  const now = run.context.monotonic()
  const again = async (): Promise<AfterRefusal> => {
    if (sends >= sendAttempts) return { end: { result: 'failed', failure } }
    await run.context.sleep(failure.retryAfterMs ?? backoffMs(sends + 1, run.context), run.soft).catch(() => undefined)
    return {}
  }
  switch (failure.code) {
    case 'gone':
      return { gone: true }
    case 'throttled':
    case 'transient':
    case 'conflict':
      return again()
    case 'blocked': {
      const holders = await findHolders(known, facts, failure.blockers)
      if (holders.length > 0)
        return {
          end: {
            result: 'blocked',
            failure: { ...failure, message: `${failure.message}; held by ${holders.join(', ')}` },
          },
        }
      // nobody to be seen: lag. Back off up to the kind's worst time, then say so
      const since = lagSince ?? now
      if (now - since > Math.max(leastLagMs, known.kind.latency.worstMs))
        return {
          end: {
            result: 'blocked',
            failure: {
              ...failure,
              message: `${failure.message}; nothing that uses it could be seen for ${Math.round((now - since) / 1000)} s`,
            },
          },
        }
      await run.context.sleep(Math.min(15_000, 1_000 * 2 ** Math.min(4, sends - 1)), run.soft).catch(() => undefined)
      return { lagSince: since }
    }
    case 'protected':
      return { end: { result: 'blocked', failure } }
    case 'denied':
    case 'unauthenticated':
    case 'unsupported':
    case 'invalid':
    case 'unknown':
      return { end: { result: 'failed', failure } }
  }
}

async function wait(
  run: RunContext,
  index: number,
  planned: PlannedResource,
  known: Known,
  before: Facts | undefined,
  more: { timeoutMs?: number; absentOnce?: boolean; follows?: boolean } = {},
): Promise<Awaited> {
  const latency = run.options.latency?.[known.kind.name] ?? known.kind.latency
  return awaitGone(
    {
      key: planned.key,
      incarnation: planned.incarnation,
      typicalMs: latency.typicalMs,
      timeoutMs: more.timeoutMs ?? stepTimeoutMs(run, known),
      ...(before ? { before } : {}),
      ...(more.absentOnce ? { absentOnce: true } : {}),
      ...(more.follows ? { follows: true } : {}),
      signal: run.soft,
      onWaiting: (waitedMs, state) => run.emit({ type: 'waiting', step: index, key: planned.key, waitedMs, state }),
    },
    run.reader,
    run.context,
  )
}

async function confirmGone(run: RunContext, index: number, planned: PlannedResource, sure: boolean): Promise<StepEnd> {
  const known = run.reader.locate(planned.key)
  const awaited: Awaited = sure
    ? { end: 'gone', proof: 'not-found' }
    : await wait(run, index, planned, known, undefined, { absentOnce: true })
  const end = await endOf(run, index, planned, awaited)
  return end.result === 'done' && (run.asked.get(planned.key) ?? 0) === 0 ? { result: 'already-gone' } : end
}

async function endOf(run: RunContext, index: number, planned: PlannedResource, awaited: Awaited): Promise<StepEnd> {
  switch (awaited.end) {
    case 'gone': {
      const at = isoTime(run.context.now())
      await record(run, {
        at,
        type: 'gone',
        runId: run.runId,
        target: planned.key,
        incarnation: planned.incarnation,
        proof: awaited.proof,
      })
      if (!run.removed.has(planned.key))
        run.removed.set(planned.key, { key: planned.key, step: index, at, tookMs: 0, proof: awaited.proof })
      return { result: 'done' }
    }
    case 'failed':
      return { result: awaited.failure.code === 'blocked' ? 'blocked' : 'failed', failure: awaited.failure }
    case 'stuck':
      return {
        result: 'stuck',
        failure: {
          code: 'conflict',
          providerCode: awaited.facts.state,
          message: `it is ${awaited.facts.state} and its provider does not move it`,
        },
      }
    case 'timed-out':
      return {
        result: 'timed-out',
        failure: {
          code: 'conflict',
          providerCode: awaited.facts?.state ?? 'unknown',
          message: `it was still ${awaited.facts?.state ?? 'there'} when its time was over`,
        },
      }
    case 'aborted':
      return { result: 'aborted' }
  }
}

/** A link that was cut goes back if what it named stays after all. */
function rememberLink(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Extract<Step, { action: 'sever' }>,
  known: Known,
  facts: Facts,
): void {
  const { kind, connection, place } = known
  if (!kind.restore) return
  run.prepared.push({
    plan,
    step: index,
    freedFor: step.freedFor,
    undo: async () => {
      const failed = await send(
        run,
        plan,
        index,
        known,
        facts,
        'undo',
        1,
        facts.data,
        () => kind.restore?.(connection.io(place), facts) ?? Promise.resolve(),
      )
      return failed === undefined || failed.code === 'gone'
    },
  })
}

function live(key: ResourceKey, known: Known, facts: Facts, raw: unknown): Live {
  const revision = known.kind.revision?.(raw)
  return { ...facts, key, ...(revision === undefined ? {} : { revision }) }
}

function givenUp(planned: PlannedResource, asked: number, facts: Facts): Failure {
  return {
    code: 'blocked',
    providerCode: facts.state,
    message: `${planned.kind} ${planned.id} was asked for ${asked} times and is ${facts.state}`,
  }
}

function stepTimeoutMs(run: RunContext, known: Known): number {
  const worst = (run.options.latency?.[known.kind.name] ?? known.kind.latency).worstMs
  return run.options.stepTimeoutMs ?? Math.max(600_000, 2 * worst)
}
