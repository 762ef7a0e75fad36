import type { Connected } from '../adapter/connect-all.ts'
import type { Context } from '../adapter/context.ts'
import { discover } from '../discover/discover.ts'
import { type Earlier, policyNow } from '../discover/earlier.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Emit } from '../model/emitter.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource } from '../model/plan.ts'
import type { Policy } from '../model/policy.ts'
import type { Target } from '../model/target.ts'
import { buildPlan } from '../plan/build-plan.ts'
import type { KnownParts } from '../plan/release.ts'

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
  /** What the plans before knew. */
  readonly earlier?: Earlier
  readonly known?: KnownParts
  readonly emit: Emit
  readonly onRound?: (round: number, left: readonly ResourceKey[]) => Promise<void>
  /** What was removed, or went with something that was. Looked for by id in the same complete listings. */
  readonly removed?: ReadonlyMap<ResourceKey, PlannedResource>
  /** Called after the first round with those of them that are still there; waits for them as long as that makes sense. */
  readonly onLingering?: (them: readonly PlannedResource[]) => Promise<void>
}

export interface LookedAgain {
  /** Made from fresh reads: what it would remove is still there; what it blocks or asks about has its chain. */
  readonly plan: Plan
  /** Removed, or gone with something that was, and still listed; nothing need say any more that they are ours. */
  readonly lingering: readonly PlannedResource[]
}

/**
 * Fresh reads only, by criteria (the whole discovery again, planned by the same pure function) and by id (what was removed must be in none of the
 * listings, which are complete). Two rounds, because one complete look can lag or come just before a writer.
 */
export async function lookAgain(options: LookAgain): Promise<LookedAgain> {
  const first = await round(options, 1)
  if (first.lingering.length > 0) await options.onLingering?.(first.lingering)
  await options.context.sleep(options.settleMs, options.signal)
  // what only the first round saw has gone meanwhile; what only the second saw came back
  return round(options, 2)
}

async function round(options: LookAgain, number: number): Promise<LookedAgain> {
  const { connected, target, policy, context, emit, removed = new Map() } = options
  const discovery = await discover({
    connections: connected.connections,
    target,
    policy,
    ledger: options.ledger,
    watch: new Set(removed.keys()),
    earlier: options.earlier,
  })
  const plan = buildPlan({
    discovery,
    target,
    policy: {
      ...policyNow(policy, options.earlier, discovery),
      maxRemovals: Number.MAX_SAFE_INTEGER,
      ifBlocked: 'continue',
    },
    now: context.now(),
    ...(options.known ? { known: options.known } : {}),
  })
  const lingering = discovery.watched.flatMap(({ key, incarnation }) => {
    const known = removed.get(key)
    return known?.incarnation === incarnation ? [known] : []
  })
  const left = [...new Set([...stillThere(plan), ...lingering.map(({ key }) => key)])]
  emit({ type: 'verified', round: number, left: left.length })
  await options.onRound?.(number, left)
  return { plan, lingering }
}

/** What a plan made after the fact would still have to deal with: each resource, but not each link of something that stays. */
function stillThere(plan: Plan): ResourceKey[] {
  return plan.resources
    .filter(
      ({ decision }) => decision === 'remove' || decision === 'await' || decision === 'ask' || decision === 'blocked',
    )
    .map(({ key }) => key)
}
