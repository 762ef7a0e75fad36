import type { Connected } from '../adapter/connect-all.ts'
import type { Context } from '../adapter/context.ts'
import { discover } from '../discover/discover.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Emit } from '../model/emitter.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Plan } from '../model/plan.ts'
import type { Policy } from '../model/policy.ts'
import type { Target } from '../model/target.ts'
import { buildPlan } from '../plan/build-plan.ts'

/** Between the two rounds, unless the caller says otherwise: what a controller or a lagging listing brings back shows within it. */
export const defaultSettleMs = 30_000

export interface LookAgain {
  readonly connected: Connected
  readonly target: Target
  readonly policy: Policy
  readonly ledger?: Ledger | undefined
  readonly context: Context
  readonly signal: AbortSignal
  readonly settleMs: number
  readonly emit: Emit
  readonly onRound?: (round: number, left: readonly ResourceKey[]) => Promise<void>
}

/**
 * Fresh reads only, by criteria: the whole discovery again, planned by the same pure function. What the new plan would remove is still there;
 * what it blocks or asks about has its chain. Two rounds, because one complete look can lag or come just before a writer.
 * A removed thing is looked for by id in the same listings: they are complete.
 */
export async function lookAgain(options: LookAgain): Promise<Plan> {
  await round(options, 1)
  await options.context.sleep(options.settleMs, options.signal)
  // what only the first round saw has gone meanwhile; what only the second saw came back
  return round(options, 2)
}

async function round(options: LookAgain, number: number): Promise<Plan> {
  const { connected, target, policy, context, emit } = options
  const discovery = await discover({
    connections: connected.connections,
    target,
    approved: policy.approve ?? [],
    ledger: options.ledger,
    context,
  })
  const plan = buildPlan({
    discovery,
    target,
    policy: { ...policy, maxRemovals: Number.MAX_SAFE_INTEGER, ifBlocked: 'continue' },
    now: context.now(),
  })
  const left = stillThere(plan)
  emit({ type: 'verified', round: number, left: left.length })
  await options.onRound?.(number, left)
  return plan
}

/** What a plan made after the fact would still have to deal with: each resource, but not each link of something that stays. */
export function stillThere(plan: Plan): ResourceKey[] {
  return plan.resources
    .filter(
      ({ decision }) => decision === 'remove' || decision === 'await' || decision === 'ask' || decision === 'blocked',
    )
    .map(({ key }) => key)
}
