import type { Json } from './json.ts'
import type { KindName, ResourceKey } from './key.ts'

/**
 * `refused`: nothing was touched · `interrupted`: resumable · `incomplete`: denied, stuck, timed out or unseen · `blocked`: needs a decision ·
 * `retained`: only what the user wanted kept is left · `clean`: nothing is left.
 */
export type Outcome = 'refused' | 'interrupted' | 'incomplete' | 'blocked' | 'retained' | 'clean'

/** Worst first. */
export const outcomes: readonly Outcome[] = ['refused', 'interrupted', 'incomplete', 'blocked', 'retained', 'clean']

export const exitCodes: Readonly<Record<Outcome, 0 | 1 | 2 | 3 | 4>> = {
  refused: 3,
  interrupted: 4,
  incomplete: 1,
  blocked: 2,
  retained: 0,
  clean: 0,
}

export function worstOutcome(seen: Iterable<Outcome>): Outcome {
  const all = new Set(seen)
  return outcomes.find((outcome) => all.has(outcome)) ?? 'clean'
}

/** What was listed. `denied` and `failed` mean that things may be there unseen (a partial listing is `failed`); `unsupported` that they cannot be. */
export interface Coverage {
  readonly kind: KindName
  readonly place: string
  readonly seen: 'yes' | 'denied' | 'failed' | 'unsupported'
  /** The permission or the reason, where it was not seen. */
  readonly missing?: string
}

export type FindingCode =
  /** an adapter broke the contract: duplicate key, relation to itself, unknown kind */
  | 'adapter-lies'
  /** two resources carry one alias: joined to neither */
  | 'alias-not-unique'
  /** policy.minAgeMs asks for an age, and nothing tells that of some of what goes */
  | 'age-unknown'
  /** something refers to what a complete listing does not have */
  | 'already-gone'
  /** a `leaks` edge was cut: both go, the order that leaks nothing was not possible */
  | 'broken-order'
  /** what serves it speaks through an adapter that was not given */
  | 'controller-not-seen'
  /** proof of ours and of another */
  | 'disputed'
  /** an earlier removal was accepted and failed; with what holds it */
  | 'failed-before'
  /** another run works on the same target */
  | 'held'
  /** it costs and serves nothing, and nobody is known to own it; left */
  | 'idle'
  /** it took no entry, or another run has the lease: the run stopped before its next call */
  | 'ledger-lost'
  /** its marks say that it is another's, however old it is */
  | 'left-out'
  /** a name that only looks like the target's; left out */
  | 'look-alike'
  | 'matched-nothing'
  /** the ledger has the intent to create it and no id: the process that made it ended in between */
  | 'may-exist'
  | 'no-credentials'
  /** something did not move within its time; with what waited for it */
  | 'no-progress'
  /** two adapters answer to one cluster and share no alias */
  | 'not-joined'
  /** a finalizer stays: what it stands for is not proved gone, or the release was refused */
  | 'not-released'
  /** a listing was denied or failed */
  | 'not-seen'
  /** a preparation could not be put back although its removal did not come about */
  | 'not-undone'
  /** what is in play refers to something that these credentials cannot see */
  | 'not-visible'
  /** the ledger has no such run, or none that was not ended */
  | 'nothing-to-resume'
  /** the whole run took longer than it may; it can be resumed */
  | 'out-of-time'
  | 'plan-expired'
  | 'protected'
  /** this run continues another: what it found done, gone meanwhile, on its way, new */
  | 'resumed'
  /** the cluster itself is not there; its marks still prove */
  | 'root-gone'
  /** another cluster of the same name */
  | 'root-replaced'
  | 'too-many-removals'
  | 'too-young'
  | 'unreachable'
  /** a vocabulary that should match something matches nothing */
  | 'vocabulary-silent'
  /** ifBlocked: 'refuse' and something is blocked */
  | 'would-block'
  | 'wrong-account'
  /** a plan is executed with other adapters than it was made with */
  | 'wrong-adapters'
  | 'wrong-cluster'

export interface Finding {
  readonly code: FindingCode
  readonly severity: 'info' | 'warning' | 'refusal'
  /** What, which one, what to do. */
  readonly message: string
  readonly keys: readonly ResourceKey[]
  readonly evidence?: Json
}

/** Who an adapter is at its provider. */
export interface Identity {
  readonly adapter: string
  readonly account: string
  readonly principal: string
  readonly places: readonly string[]
}
