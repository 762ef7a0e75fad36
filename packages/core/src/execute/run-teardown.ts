import { type Connected, connectAll } from '../adapter/connect-all.ts'
import { type Context, isoTime } from '../adapter/context.ts'
import type { ExecuteOptions } from '../adapter/options.ts'
import { discover } from '../discover/discover.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { memoryLedger } from '../ledger/memory-ledger.ts'
import type { Emit } from '../model/emitter.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Plan } from '../model/plan.ts'
import { defaultMaxRemovals } from '../model/policy.ts'
import type { Report, StepResult } from '../model/report.ts'
import { assertPlan } from '../plan/assert-plan.ts'
import { buildPlan } from '../plan/build-plan.ts'
import { defaultSettleMs, lookAgain } from '../verify/look-again.ts'
import { makeReport, type ReportInput } from '../verify/report.ts'
import { awaitGone } from './await-gone.ts'
import { isLease, scopeOf } from './lease.ts'
import { createReader } from './reader.ts'
import { plannedOf, type RunContext, RunLostError, record } from './run-context.ts'
import { runPlan } from './scheduler.ts'
import { measure } from './timing.ts'
import { undoPreparations } from './undo.ts'

const defaultTimeoutMs: number = 2 * 60 * 60 * 1000
const defaultMaxAmendments = 5

export interface RunInput {
  readonly runId: string
  readonly plan: Plan
  readonly options: ExecuteOptions
  readonly context: Context
  readonly emit: Emit
  readonly soft: AbortSignal
  readonly hard: AbortSignal
}

/** check · lease · execute, amending what is met · undo · verify · report. Never rejects for what a provider does. */
export async function runTeardown(input: RunInput): Promise<Report> {
  const { plan, options, context, emit, runId } = input
  const startedAt = isoTime(context.now())
  const began = context.monotonic()
  const phases: Record<string, number> = {}
  const base: ReportInput = {
    runId,
    planId: plan.id,
    plan,
    knownKeys: new Set(plan.resources.map(({ key }) => key)),
    removed: [],
    steps: [],
    refused: plan.refused,
    findings: plan.findings,
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
  if (plan.refused.length > 0) return finish({})
  assertPlan(plan)

  const connected = await connectAll(options.adapters, context, input.hard, emit)
  const refused =
    connected.refused.length > 0 ? connected.refused : [...checkIdentity(plan, connected), ...checkAge(plan, context)]
  if (refused.length > 0) return finish({ refused })

  const ledger: Ledger = options.ledger ?? memoryLedger({ context })
  const lease = await ledger.acquire(scopeOf(plan.target, connected.identities), runId)
  if (!isLease(lease))
    return finish({
      refused: [
        {
          code: 'held',
          severity: 'refusal',
          message: `another run works on this target: ${lease.heldBy}, since ${lease.since}. Wait for it, or stop it`,
          keys: [],
        },
      ],
    })

  const run: RunContext = {
    runId,
    context,
    options,
    reader: createReader(connected.connections, context, input.hard),
    emit,
    ledger,
    lease,
    soft: input.soft,
    removed: new Map(),
    prepared: [],
    asked: new Map(),
    results: [],
    taken: new Map(),
  }
  const beating = new AbortController()
  void keepAlive(run, beating.signal)
  try {
    const at = (): string => isoTime(context.now())
    await record(run, {
      at: at(),
      type: 'run-opened',
      runId,
      planId: plan.id,
      principals: connected.identities.map(({ principal }) => principal),
      scope: scopeOf(plan.target, connected.identities),
    })
    await record(run, { at: at(), type: 'plan', runId, plan })
    const { last, results } = await executeAmending(run, plan, connected, emit)
    phases['execute'] = context.monotonic() - began
    await undoPreparations(run)
    const done = { plan: last, removed: [...run.removed.values()], steps: run.results, findings: last.findings }
    const counted = (): Report['calls'] => ({
      reads: connected.counts.reads,
      writes: connected.counts.writes,
      verify: 0,
    })
    if (input.soft.aborted) {
      await record(run, { at: at(), type: 'run-closed', runId, outcome: 'interrupted' })
      return finish({ ...done, interrupted: true, calls: counted() })
    }
    const before = { ...connected.counts }
    const looked = await lookAgain({
      connected,
      removed: removedBy(run, last),
      onLingering: (keys) => awaitLingering(run, last, keys),
      target: plan.target,
      policy: plan.policy,
      ledger,
      context,
      signal: input.soft,
      settleMs: options.settleMs ?? defaultSettleMs,
      emit,
      onRound: (round, left) => record(run, { at: at(), type: 'verified', runId, round, left }),
    }).catch((error) => {
      if (input.soft.aborted) return undefined
      throw error
    })
    phases['verify'] = context.monotonic() - began - (phases['execute'] ?? 0)
    const report = finish({
      ...done,
      ...(looked ? { fresh: looked.plan, lingering: looked.lingering } : {}),
      interrupted: looked === undefined,
      calls: { reads: before.reads, writes: before.writes, verify: connected.counts.reads - before.reads },
      timing: measure(plan, results, phases['execute'] ?? 0, phases),
    })
    await record(run, { at: at(), type: 'run-closed', runId, outcome: report.outcome })
    return report
  } catch (error) {
    if (!(error instanceof RunLostError)) throw error
    const lost: Finding = { code: 'ledger-lost', severity: 'warning', message: error.message, keys: [] }
    return finish({
      removed: [...run.removed.values()],
      steps: run.results,
      findings: [...plan.findings, lost],
      interrupted: true,
      calls: { reads: connected.counts.reads, writes: connected.counts.writes, verify: 0 },
    })
  } finally {
    beating.abort()
    await lease.release().catch(() => undefined)
  }
}

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
  const gone = new Map<ResourceKey, string>()
  for (const { key, step, incarnation } of plan.resources) {
    const asked = step === undefined ? undefined : plan.steps[step]
    if (asked && (run.removed.has(key) || run.removed.has(asked.target))) gone.set(key, incarnation)
  }
  return gone
}

/** Parts that outlive their whole and that no step had to wait for: they are given their kind's time before they count as left. */
async function awaitLingering(run: RunContext, plan: Plan, keys: readonly ResourceKey[]): Promise<void> {
  await Promise.all(
    keys.map(async (key) => {
      const { incarnation } = plannedOf(plan, key)
      const { latency } = run.reader.locate(key).kind
      await awaitGone(
        {
          key,
          incarnation,
          typicalMs: latency.typicalMs,
          timeoutMs: Math.max(60_000, 2 * latency.worstMs),
          follows: true,
          signal: run.soft,
          onWaiting: () => undefined,
        },
        run.reader,
        run.context,
      )
    }),
  )
}

/**
 * Executes a plan; what was blocked or failed on the way is looked at again, planned again by the same pure function, and executed, as long as that
 * gets further. Same policy, same assertions; what is added counts against `maxRemovals`.
 */
async function executeAmending(
  run: RunContext,
  plan: Plan,
  connected: Connected,
  emit: Emit,
): Promise<{ last: Plan; results: StepResult[] }> {
  const most = plan.policy.amend === 'never' ? 0 : (run.options.maxAmendments ?? defaultMaxAmendments)
  const deadline = run.context.monotonic() + (run.options.timeoutMs ?? defaultTimeoutMs)
  let current = plan
  let results = await runPlan(run, plan)
  const all = [...results]
  const known = new Set(plan.resources.filter(({ step }) => step !== undefined).map(({ key }) => key))
  for (let round = 0; round < most; round++) {
    if (run.soft.aborted || run.context.monotonic() > deadline) break
    const met = results.filter(
      ({ result, failure }) => (result === 'blocked' || result === 'failed') && failure?.code !== 'denied',
    )
    if (met.length === 0) break
    const removedBefore = run.removed.size
    const next = await planAnew(run, current, connected)
    const targets = new Set(next.steps.map(({ target }) => target))
    const added = next.resources.filter(({ key, step }) => step !== undefined && !known.has(key)).map(({ key }) => key)
    const movesOn =
      added.length > 0 ||
      next.blocked.length !== current.blocked.length ||
      met.some(({ target }) => (run.asked.get(target) ?? 0) < 2 && targets.has(target))
    if (next.refused.length > 0 || next.steps.length === 0 || !movesOn) {
      current = next
      break
    }
    emit({ type: 'amended', plan: next.id, amends: current.id, added })
    await record(run, { at: isoTime(run.context.now()), type: 'plan', runId: run.runId, plan: next })
    await record(run, {
      at: isoTime(run.context.now()),
      type: 'amended',
      runId: run.runId,
      planId: next.id,
      amends: current.id,
    })
    for (const key of added) known.add(key)
    current = next
    results = await runPlan(run, next)
    all.push(...results)
    if (run.removed.size === removedBefore) break
  }
  return { last: current, results: all }
}

async function planAnew(run: RunContext, current: Plan, connected: Connected): Promise<Plan> {
  const discovery = await discover({
    connections: connected.connections,
    target: current.target,
    approved: current.policy.approve ?? [],
    ledger: run.ledger,
  })
  const allowed = (current.policy.maxRemovals ?? defaultMaxRemovals) - run.removed.size
  return buildPlan({
    discovery,
    target: current.target,
    policy: { ...current.policy, maxRemovals: Math.max(0, allowed), ifBlocked: 'continue' },
    now: run.context.now(),
    amends: current.id,
  })
}

function checkIdentity(plan: Plan, connected: Connected): Finding[] {
  const now = new Set(connected.identities.map(({ adapter, account }) => `${adapter} ${account}`))
  const planned = new Set(plan.identities.map(({ adapter, account }) => `${adapter} ${account}`))
  const missing = [...planned].filter((one) => !now.has(one))
  const extra = [...now].filter((one) => !planned.has(one))
  if (missing.length === 0 && extra.length === 0) return []
  return [
    {
      code: 'wrong-adapters',
      severity: 'refusal',
      message: `the plan was made for ${[...planned].join(', ') || 'nobody'}, the adapters are ${[...now].join(', ') || 'nobody'}; execute it with the adapters that it was made with`,
      keys: [],
    },
  ]
}

function checkAge(plan: Plan, context: Context): Finding[] {
  if (Date.parse(plan.expiresAt) > context.now()) return []
  return [
    {
      code: 'plan-expired',
      severity: 'refusal',
      message: `the plan expired at ${plan.expiresAt}; the world has moved on: plan again and compare`,
      keys: [],
    },
  ]
}
