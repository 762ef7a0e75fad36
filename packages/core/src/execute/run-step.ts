import { isoTime } from '../adapter/context.ts'
import type { Facts } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import { kindAndId, type ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource, Step } from '../model/plan.ts'
import { type Awaited, awaitGone } from './await-gone.ts'
import { change, unmark } from './change-step.ts'
import { freesNothing, rememberCut } from './cut.ts'
import { live, lookBefore, sinceText } from './look-before.ts'
import { isOver, presenceOf } from './presence.ts'
import type { Known } from './reader.ts'
import { release } from './release-step.ts'
import { attemptsOf, plannedOf, type RunContext, record, type StepEnd, stepTimeoutMs } from './run-context.ts'
import { afterRefusal, send } from './send.ts'

/** One step: read again, write the intent, call, write the outcome, wait until it is gone. */
export async function runStep(run: RunContext, plan: Plan, index: number): Promise<StepEnd> {
  const step = plan.steps[index] as Step
  const planned = plannedOf(plan, step.target)
  switch (step.action) {
    case 'remove':
      return inTurn(run, planned, () => removeIt(run, plan, index, step, planned))
    case 'sever':
      return removeIt(run, plan, index, step, planned)
    case 'await':
      return awaitPart(run, plan, index, step, planned)
    case 'quiesce':
    case 'unprotect':
      return change(run, plan, index, step, planned)
    case 'unmark':
      return unmark(run, plan, index, step, planned)
    case 'release':
      return release(run, plan, index, step, planned)
  }
}

/** Removals with the same word never overlap (Fargate profiles of one cluster). */
async function inTurn(
  { taken }: RunContext,
  { oneAtATime: word }: PlannedResource,
  work: () => Promise<StepEnd>,
): Promise<StepEnd> {
  if (word === undefined) return work()
  const mine = (taken.get(word) ?? Promise.resolve()).then(work)
  const over = (): void => undefined
  taken.set(word, mine.then(over, over))
  return mine
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
  const attempts = attemptsOf(known) + except.length
  let lagSince: number | undefined
  let sends = 0
  for (;;) {
    if (run.soft.aborted) return { result: 'aborted' }
    const look = await lookBefore(run, plan, known, planned)
    if ('end' in look) return look.end
    if ('gone' in look) return confirmGone(run, plan, index, planned, look.gone)
    const { facts, raw } = look
    // an earlier run asked and was answered, and was killed before it saw the end: its removal is joined, not sent again
    const joins = run.joins.get(step.target) === facts.incarnation
    run.joins.delete(step.target)

    if (facts.phase !== 'going' && !joins) {
      const standing = protectedSince(plan, step, facts)
      if (standing) return { result: 'blocked', failure: standing }
      const asked = run.asked.get(step.target) ?? 0
      if (asked >= attempts) return { result: 'failed', failure: givenUp(planned, asked, facts) }
      if (step.action === 'sever') {
        if (asked === 0 && (await freesNothing(run, plan, index, step))) return { result: 'already-gone' }
        // a cut whose answer is lost has to be put back as well; what was never cut is found standing
        rememberCut(run, plan, index, step, facts)
      }
      const refused = await send(
        run,
        plan,
        index,
        known,
        facts,
        step.action,
        asked + sends + 1,
        known.kind.link ? facts.data : undefined,
        async (io) => known.kind.remove?.(io, live(step.target, known, facts, raw), { except }),
      )
      if (refused) {
        sends++
        const verdict = await afterRefusal(run, known, facts, refused, sends, lagSince)
        if (verdict.end) return verdict.end
        if (verdict.gone) return confirmGone(run, plan, index, planned, false)
        lagSince = verdict.lagSince ?? lagSince
        continue
      }
      run.asked.set(step.target, asked + 1)
      run.emit({ type: 'step-asked', step: index, action: step.action, key: step.target })
    }
    const awaited = await wait(run, plan, index, planned, known, facts)
    if (awaited.end === 'failed' && awaited.failure.code === 'blocked' && except.length > 0) continue
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
  const patienceMs = Math.min(known.kind.latency.worstMs, stepTimeoutMs(run, known))
  const patient = { follows: true, ...(step.otherwise === 'remove' ? { timeoutMs: patienceMs } : {}) }
  const awaited = await wait(run, plan, index, planned, known, undefined, patient)
  if (awaited.end !== 'timed-out' || step.otherwise !== 'remove' || awaited.facts.phase === 'going')
    return endOf(run, index, planned, awaited)
  const user = await livingUser(run, plan, step)
  return user
    ? { result: 'blocked', failure: heldBy(user) }
    : inTurn(run, planned, () => removeIt(run, plan, index, step, planned))
}

/** The whole would have ordered its parts; where they outlive it, the plan that is made anew does. */
async function livingUser(
  run: RunContext,
  plan: Plan,
  step: Extract<Step, { action: 'await' }>,
): Promise<ResourceKey | undefined> {
  const users = plan.edges.filter(
    ({ type, to, ifBroken }) => type === 'dependsOn' && to === step.target && ifBroken !== 'leaks',
  )
  for (const { from } of users) if (!run.removed.has(from) && !isOver(await presenceOf(run, plan, from))) return from
  return undefined
}

const heldBy = (user: ResourceKey): Failure => ({
  code: 'blocked',
  providerCode: 'Used',
  message: `it outlived its whole and is still used; held by ${kindAndId(user)}`,
})

async function wait(
  run: RunContext,
  plan: Plan,
  index: number,
  planned: PlannedResource,
  known: Known,
  before: Facts | undefined,
  more: { timeoutMs?: number; absentOnce?: boolean; follows?: boolean } = {},
): Promise<Awaited> {
  // the step's estimate is the kind's, or what the ledger has seen
  const typicalMs =
    run.options.latency?.[known.kind.name]?.typicalMs ?? plan.steps[index]?.estimateMs ?? known.kind.latency.typicalMs
  return awaitGone(
    {
      key: planned.key,
      incarnation: planned.incarnation,
      typicalMs,
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

async function confirmGone(
  run: RunContext,
  plan: Plan,
  index: number,
  planned: PlannedResource,
  sure: boolean,
): Promise<StepEnd> {
  const known = run.reader.locate(planned.key)
  const awaited: Awaited = sure
    ? { end: 'gone', proof: 'not-found' }
    : await wait(run, plan, index, planned, known, undefined, { absentOnce: true })
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
          message: `it is ${awaited.facts.state}${sinceText(awaited.facts)} and its provider does not move it`,
        },
      }
    case 'timed-out':
      return {
        result: 'timed-out',
        failure: {
          code: 'conflict',
          providerCode: awaited.facts.state,
          message: `it was still ${awaited.facts.state} when its time was over`,
        },
      }
    case 'aborted':
      return { result: 'aborted' }
  }
}

/** A protection that was set after the plan was made: nobody has decided about it. What the plan lifted is the provider's to check. */
function protectedSince(plan: Plan, step: Step, { protections = [] }: Facts): Failure | undefined {
  if (step.action !== 'remove') return undefined
  const lifted = new Set(
    plan.steps.flatMap((one) => (one.action === 'unprotect' && one.target === step.target ? [one.what] : [])),
  )
  const standing = protections.find(({ id }) => !lifted.has(id))
  return (
    standing && {
      code: 'protected',
      providerCode: standing.id,
      message: `${standing.id} (${standing.says}) was set after the plan was made`,
    }
  )
}

function givenUp(planned: PlannedResource, asked: number, facts: Facts): Failure {
  return {
    code: 'blocked',
    providerCode: facts.state,
    message: `${planned.kind} ${planned.id} was asked for ${asked} times and is ${facts.state}`,
  }
}
