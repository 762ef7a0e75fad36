import { checkPlanOptions } from './adapter/check-options.ts'
import { connectAll } from './adapter/connect-all.ts'
import { type Context, systemContext } from './adapter/context.ts'
import type { PlanOptions } from './adapter/options.ts'
import { discover } from './discover/discover.ts'
import type { Ledger } from './ledger/ledger.ts'
import { observedLatency, withObserved } from './ledger/observed-latency.ts'
import { readPlans } from './ledger/run-history.ts'
import { createEmitter } from './model/emitter.ts'
import type { Plan } from './model/plan.ts'
import type { Discovery } from './model/resource.ts'
import { buildPlan, refusedPlan } from './plan/build-plan.ts'
import { type KnownParts, knownParts, knowsNothing } from './plan/release.ts'

/**
 * Looks at everything that belongs to the target and plans its removal. Sends no mutating call.
 *
 * Throws a `MisuseError` for an empty target or an unknown option; a wrong account or an endpoint that nobody answers is `plan.refused`.
 * A target that matches nothing gives a plan without steps and the finding `matched-nothing`.
 */
export async function planTeardown(options: PlanOptions): Promise<Plan> {
  checkPlanOptions(options)
  const context: Context = options.context ?? systemContext()
  const signal = options.signal ?? new AbortController().signal
  const policy = options.policy ?? {}
  const emit = createEmitter(context, options.onEvent)

  const connected = await connectAll(options.adapters, context, signal, emit)
  if (connected.refused.length > 0)
    return refusedPlan(options.target, policy, connected.refused, context.now(), connected)
  const discovery = await discover({
    connections: connected.connections,
    target: options.target,
    policy,
    ledger: options.ledger,
  })
  emit({
    type: 'discovered',
    resources: discovery.resources.length,
    kinds: discovery.coverage.length,
    reads: connected.counts.reads,
  })
  const observed = options.ledger ? await observedLatency(options.ledger) : new Map()
  return buildPlan({
    discovery: withObserved(discovery, observed),
    target: options.target,
    policy,
    now: context.now(),
    known: await partsBefore(discovery, options.ledger),
  })
}

/** What earlier runs knew as parts of what nobody serves any more: their absence proves that its finalizer may be released. */
async function partsBefore({ unserved }: Discovery, ledger: Ledger | undefined): Promise<KnownParts> {
  if (!ledger || !unserved.some(({ finalizer }) => finalizer !== undefined)) return knowsNothing
  return knownParts(await readPlans(ledger))
}
