import { checkPolicy, checkTarget } from './adapter/check-options.ts'
import { connectAll } from './adapter/connect-all.ts'
import { type Context, isoTime, systemContext } from './adapter/context.ts'
import type { VerifyOptions } from './adapter/options.ts'
import { earlierKnowledge } from './discover/earlier.ts'
import { checkIdentity } from './execute/check-run.ts'
import { createEmitter } from './model/emitter.ts'
import type { ResourceKey } from './model/key.ts'
import type { Plan, PlannedResource } from './model/plan.ts'
import type { Policy } from './model/policy.ts'
import type { Report } from './model/report.ts'
import type { Target } from './model/target.ts'
import { checkPlan } from './plan/parse-plan.ts'
import { defaultSettleMs, lookAgain } from './verify/look-again.ts'
import { makeReport } from './verify/report.ts'

/**
 * Looks again with fresh reads only, twice over `settleMs`, and names every leftover with its owner and its blocker: an assertion for tests.
 * Sends no mutating call. Other accounts than the plan was made for end as `refused`. Throws a `MisuseError` for an empty target or an altered plan.
 */
export async function verifyTeardown(
  what: Plan | { target: Target; policy?: Policy },
  options: VerifyOptions,
): Promise<Report> {
  const plan = 'format' in what ? what : undefined
  if (plan) checkPlan(plan)
  checkTarget(what.target)
  checkPolicy(what.policy ?? {})
  const context: Context = options.context ?? systemContext()
  const signal = options.signal ?? new AbortController().signal
  const emit = createEmitter(context, options.onEvent)
  const startedAt = isoTime(context.now())
  const base = {
    runId: 'verify',
    ...(plan ? { planId: plan.id } : {}),
    knownKeys: new Set(plan?.resources.map(({ key }) => key)),
    removed: [],
    steps: [],
    interrupted: false,
    startedAt,
  }

  const connected = await connectAll(options.adapters, context, signal, emit)
  const others = plan && plan.coverage.length > 0 ? checkIdentity(plan, connected) : [] // a plan that looked nowhere names not all
  const refused = connected.refused.length > 0 ? connected.refused : others
  if (refused.length > 0)
    return makeReport({
      ...base,
      refused,
      findings: [],
      endedAt: isoTime(context.now()),
      calls: { ...connected.counts, verify: 0 },
    })
  const removed = new Map<ResourceKey, PlannedResource>()
  for (const resource of plan?.resources ?? []) if (resource.step !== undefined) removed.set(resource.key, resource)
  const { plan: fresh, lingering } = await lookAgain({
    removed,
    connected,
    target: what.target,
    policy: what.policy ?? {},
    ledger: options.ledger,
    context,
    signal,
    settleMs: options.settleMs ?? defaultSettleMs,
    earlier: earlierKnowledge(plan ? [plan] : []),
    emit,
  })
  return makeReport({
    ...base,
    fresh,
    lingering,
    ...(plan ? { plan } : {}),
    refused: [],
    findings: [],
    endedAt: isoTime(context.now()),
    calls: { reads: 0, writes: connected.counts.writes, verify: connected.counts.reads },
  })
}
