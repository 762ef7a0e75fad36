import { connectAll } from '../adapter/connect-all.ts'
import { type Context, isoTime } from '../adapter/context.ts'
import type { ExecuteOptions } from '../adapter/options.ts'
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
import { makeReport, type ReportInput } from '../verify/report.ts'
import { planAnew } from './amend.ts'
import { carryOut } from './carry-out.ts'
import { checkAdapters, checkAge, heldBy, nothingToResume, tookTooLong } from './check-run.ts'
import { inherit, resumedFinding, settleGone, takeOver } from './inherit.ts'
import { isLease, scopeOf } from './lease.ts'
import { createReader } from './reader.ts'
import { type RunContext, RunLostError, record } from './run-context.ts'

/** The whole run, from the first look to the last. */
const defaultTimeoutMs: number = 2 * 60 * 60 * 1000

/** Made once: an abort without a reason makes an error with a stack each time. */
const over = new Error('the run is over')

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
  const finish = (more: Partial<ReportInput>): Report =>
    makeReport({ ...base, ...more, endedAt: isoTime(context.now()) })

  /** What is thrown once the run is stopped at once is only that it was. */
  const unlessStopped = (error: unknown): undefined => {
    if (!input.hard.aborted) throw error
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

  const connected = await connectAll(options.adapters, context, input.hard, emit).catch(unlessStopped)
  if (!connected) return finish({ interrupted: true })
  const refused =
    connected.refused.length > 0
      ? connected.refused
      : [...checkAdapters(history?.plans ?? [reviewed], connected), ...(history ? [] : checkAge(reviewed, context))]
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
      if (await hasGrown(ledger, history as RunHistory))
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
    const lost: Finding[] = []
    if (error instanceof RunLostError)
      lost.push({ code: 'ledger-lost', severity: 'warning', message: error.message, keys: [] })
    else unlessStopped(error)
    return finish({
      removed: [...run.removed.values()],
      steps: run.results,
      findings: [...base.findings, ...lost],
      interrupted: true,
      calls: { reads: connected.counts.reads, writes: connected.counts.writes, verify: 0 },
    })
  } finally {
    beating.abort(over)
    await lease.release().catch(() => undefined)
  }
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

/** Has anything been written since? */
async function hasGrown(ledger: Ledger, { entries }: RunHistory): Promise<boolean> {
  for await (const _ of ledger.read(entries + 1)) return true
  return false
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
