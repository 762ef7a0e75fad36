import { type Connected, connectAll } from '../adapter/connect-all.ts'
import { type Context, isoTime } from '../adapter/context.ts'
import type { ExecuteOptions } from '../adapter/options.ts'
import { earlierKnowledge } from '../discover/earlier.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { memoryLedger } from '../ledger/memory-ledger.ts'
import {
  type RecordedRun,
  type RunHistory,
  readHistory,
  readRuns,
  runToResume,
  unfinishedOn,
} from '../ledger/run-history.ts'
import type { Emit } from '../model/emitter.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Plan } from '../model/plan.ts'
import type { Report } from '../model/report.ts'
import { assertPlan } from '../plan/assert-plan.ts'
import { knownParts } from '../plan/release.ts'
import { defaultSettleMs, lookAgain } from '../verify/look-again.ts'
import { makeReport, type ReportInput } from '../verify/report.ts'
import { executeAmending, planAnew } from './amend.ts'
import { awaitLingering } from './await-lingering.ts'
import { checkAge, checkIdentity, heldBy, nothingToResume, tookTooLong } from './check-run.ts'
import { inherit, resumedFinding, settleGone, takeOver } from './inherit.ts'
import { isLease, scopeOf } from './lease.ts'
import { stalled } from './no-progress.ts'
import { createReader } from './reader.ts'
import { notReleased } from './release-step.ts'
import { type RunContext, RunLostError, record } from './run-context.ts'
import { measure } from './timing.ts'
import { undoPreparations } from './undo.ts'

/** The whole run, from the first look to the last. */
const defaultTimeoutMs: number = 2 * 60 * 60 * 1000

/** A plan that was reviewed, or what a ledger tells of a run that did not come to its end. */
type Work =
  | { readonly plan: Plan }
  | { readonly resume: { readonly runId: string | undefined; readonly then: 'finish' | 'undo' } }

export interface RunInput {
  readonly runId: string
  readonly work: Work
  readonly options: ExecuteOptions
  readonly context: Context
  readonly emit: Emit
  readonly soft: AbortSignal
  readonly hard: AbortSignal
}

/** check · lease · (inherit, plan anew) · execute, amending what is met · undo · verify · report. Never rejects for what a provider does. */
export async function runTeardown(input: RunInput): Promise<Report> {
  const { work, options, context, emit, runId } = input
  const startedAt = isoTime(context.now())
  const ledger: Ledger = options.ledger ?? memoryLedger({ context })
  let base: ReportInput = {
    runId,
    knownKeys: new Set(),
    removed: [],
    steps: [],
    refused: [],
    findings: [],
    interrupted: false,
    startedAt,
    endedAt: startedAt,
    calls: { reads: 0, writes: 0, verify: 0 },
  }
  const finish = (more: Partial<ReportInput>): Report => {
    const report = makeReport({ ...base, ...more, endedAt: isoTime(context.now()) })
    emit({ type: 'ended', outcome: report.outcome })
    return report
  }

  let history: RunHistory | undefined
  if ('resume' in work) {
    history = await historyOf(ledger, (runs) => runToResume(runs, work.resume.runId))
    if (!history) return finish({ refused: [nothingToResume(work.resume.runId)] })
  }
  const reviewed = 'plan' in work ? work.plan : (history?.plans.at(-1) as Plan)
  base = about(base, reviewed)
  if (reviewed.refused.length > 0 && !history) return finish({ refused: reviewed.refused })
  if (!history) assertPlan(reviewed)

  const connected = await connectAll(options.adapters, context, input.hard, emit)
  const refused =
    connected.refused.length > 0
      ? connected.refused
      : [...checkIdentity(reviewed, connected), ...(history ? [] : checkAge(reviewed, context))]
  if (refused.length > 0) return finish({ refused })

  const scope = scopeOf(reviewed.target, connected.identities)
  const lease = await ledger.acquire(scope, runId)
  if (!isLease(lease)) return finish({ refused: [heldBy(lease.heldBy, lease.since)] })

  const urgency = new Map<ResourceKey, number>()
  const outOfTime = new AbortController()
  const run: RunContext = {
    runId,
    context,
    options,
    reader: createReader(connected.connections, context, input.hard, (key) => urgency.get(key)),
    urgency,
    emit,
    ledger,
    lease,
    soft: AbortSignal.any([input.soft, outOfTime.signal]),
    hard: input.hard,
    removed: new Map(),
    goneBefore: new Map(),
    joins: new Map(),
    prepared: [],
    asked: new Map(),
    results: [],
    taken: new Map(),
  }
  const beating = new AbortController()
  void keepAlive(run, beating.signal)
  void context.sleep(options.timeoutMs ?? defaultTimeoutMs, beating.signal).then(
    () => outOfTime.abort(new Error('the run took longer than it may')),
    () => undefined, // it ended before
  )
  try {
    let plan = reviewed
    let earlier: readonly Plan[] = []
    if ('resume' in work) {
      // whoever held the lease may have come further since
      history = await historyOf(ledger, (runs) => runToResume(runs, work.resume.runId))
      if (!history) return finish({ refused: [nothingToResume(work.resume.runId)] })
      inherit(run, history)
      earlier = history.plans
      plan = await planAnew({ earlier, removed: run.removed.size, connected, ledger, now: context.now() })
      base = about(base, plan, ...earlier)
    }
    const unfinished =
      history ?? (options.ledger && (await historyOf(options.ledger, (runs) => unfinishedOn(runs, scope))))
    if (unfinished && !history) takeOver(run, unfinished)
    await record(run, {
      at: isoTime(context.now()),
      type: 'run-opened',
      runId,
      planId: plan.id,
      principals: connected.identities.map(({ principal }) => principal),
      scope,
      ...(unfinished ? { resumes: unfinished.last.runId } : {}),
    })
    await record(run, { at: isoTime(context.now()), type: 'plan', runId, plan })
    if (history) {
      await settleGone(run, history, plan)
      base = { ...base, findings: [...plan.findings, resumedFinding(run, history, plan)] }
    }
    const undoOnly = 'resume' in work && work.resume.then === 'undo'
    return await carryOut(run, [...earlier, plan], connected, base, undoOnly, (more) =>
      finish(outOfTime.signal.aborted ? { ...more, findings: [...(more.findings ?? []), tookTooLong(options)] } : more),
    )
  } catch (error) {
    if (!(error instanceof RunLostError)) throw error
    const lost: Finding = { code: 'ledger-lost', severity: 'warning', message: error.message, keys: [] }
    return finish({
      removed: [...run.removed.values()],
      steps: run.results,
      findings: [...base.findings, lost],
      interrupted: true,
      calls: { reads: connected.counts.reads, writes: connected.counts.writes, verify: 0 },
    })
  } finally {
    beating.abort()
    await lease.release().catch(() => undefined)
  }
}

/** From the first step to the last look, under a lease. */
async function carryOut(
  run: RunContext,
  earlier: readonly Plan[],
  connected: Connected,
  { findings }: ReportInput,
  undoOnly: boolean,
  finish: (more: Partial<ReportInput>) => Report,
): Promise<Report> {
  const { context, runId, ledger, options, emit, soft } = run
  const plan = earlier.at(-1) as Plan
  const began = context.monotonic()
  const close = (outcome: Report['outcome']): Promise<void> =>
    record(run, { at: isoTime(context.now()), type: 'run-closed', runId, outcome })

  const plans = undoOnly || plan.refused.length > 0 ? [plan] : await executeAmending(run, earlier, connected)
  const last = plans.at(-1) as Plan
  const executeMs = context.monotonic() - began
  const notUndone = await undoPreparations(run)
  const done = {
    plan: last,
    removed: [...run.removed.values()],
    steps: run.results,
    findings: [
      ...findings,
      ...last.findings,
      ...stalled([...earlier, ...plans], run.results),
      ...notReleased(run.results),
      ...notUndone,
    ],
    refused: plan.refused,
  }
  const { reads, writes } = connected.counts
  if (soft.aborted || undoOnly) {
    const report = finish({ ...done, interrupted: true, calls: { reads, writes, verify: 0 } })
    await close(report.outcome)
    return report
  }
  const looked = await lookAgain({
    connected,
    removed: removedBy(run, last),
    onLingering: (keys) => awaitLingering(run, last, keys),
    target: plan.target,
    policy: plan.policy,
    ledger,
    context,
    signal: soft,
    settleMs: options.settleMs ?? defaultSettleMs,
    earlier: earlierKnowledge([...earlier, ...plans]),
    known: knownParts([...earlier, ...plans]),
    emit,
    onRound: (round, left) => record(run, { at: isoTime(context.now()), type: 'verified', runId, round, left }),
  }).catch((error) => {
    if (soft.aborted) return undefined
    throw error
  })
  const verifyMs = context.monotonic() - began - executeMs
  const report = finish({
    ...done,
    ...(looked ? { fresh: looked.plan, lingering: looked.lingering } : {}),
    interrupted: looked === undefined,
    calls: { reads, writes, verify: connected.counts.reads - reads },
    timing: measure(plan, run.results, executeMs, { execute: executeMs, verify: verifyMs }),
  })
  await close(report.outcome)
  return report
}

/** What the chosen run and those that it continued left behind. */
async function historyOf(
  ledger: Ledger,
  choose: (runs: readonly RecordedRun[]) => RecordedRun | undefined,
): Promise<RunHistory | undefined> {
  const runs = await readRuns(ledger)
  const last = choose(runs)
  return last && readHistory(ledger, runs, last)
}

const about = (base: ReportInput, plan: Plan, ...earlier: readonly Plan[]): ReportInput => ({
  ...base,
  planId: plan.id,
  plan,
  knownKeys: new Set([plan, ...earlier].flatMap(({ resources }) => resources.map(({ key }) => key))),
  findings: plan.findings,
})

/** A wait of many minutes writes nothing; the lease must not run out meanwhile. */
async function keepAlive(run: RunContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const stopped = await run.context.sleep(Math.max(1_000, run.lease.leftMs() / 3), signal).then(
      () => false,
      () => true,
    )
    if (stopped) return
    await run.lease.renew().catch(() => undefined) // the next record() finds it lost and ends the run
  }
}

/** What steps removed, and what went along with it: in no listing any more, or not gone. */
function removedBy(run: RunContext, plan: Plan): Map<ResourceKey, string> {
  const gone = new Map(run.goneBefore)
  for (const { key, step, incarnation } of plan.resources) {
    const asked = step === undefined ? undefined : plan.steps[step]
    if (asked && (run.removed.has(key) || run.removed.has(asked.target))) gone.set(key, incarnation)
  }
  return gone
}
