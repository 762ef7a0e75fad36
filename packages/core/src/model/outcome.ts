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
  | 'adapter-lies' // an adapter broke the contract: duplicate key, relation to itself, unknown kind
  | 'alias-not-unique' // two resources carry one alias: joined to neither
  | 'age-unknown' // policy.minAgeMs asks for an age, and nothing tells that of some of what goes
  | 'already-gone' // something refers to what a complete listing does not have
  | 'broken-order' // a `leaks` edge was cut: both go, the order that leaks nothing was not possible
  | 'controller-not-seen' // what serves it speaks through an adapter that was not given
  | 'disputed' // proof of ours and of another
  | 'failed-before' // an earlier removal was accepted and failed; with what holds it
  | 'held' // another run works on the same target
  | 'idle' // it costs and serves nothing, and nobody is known to own it; left
  | 'ledger-lost' // it took no entry, or another run has the lease: the run stopped before its next call
  | 'left-out' // its marks say that it is another's, however old it is
  | 'look-alike' // a name that only looks like the target's; left out
  | 'matched-nothing'
  | 'may-exist' // the ledger has the intent to create it and no id: the process that made it ended in between
  | 'no-credentials'
  | 'no-progress' // something did not move within its time; with what waited for it
  | 'not-joined' // two adapters answer to one cluster and share no alias
  | 'not-released' // a finalizer stays: what it stands for is not proved gone, or the release was refused
  | 'not-seen' // a listing was denied or failed
  | 'not-undone' // a preparation could not be put back although its removal did not come about
  | 'not-visible' // what is in play refers to something that these credentials cannot see
  | 'nothing-to-resume' // the ledger has no such run, or none that was not ended
  | 'out-of-time' // the whole run took longer than it may; it can be resumed
  | 'plan-expired'
  | 'protected'
  | 'resumed' // this run continues another: what it found done, gone meanwhile, on its way, new
  | 'root-gone' // the cluster itself is not there; its marks still prove
  | 'root-replaced' // another cluster of the same name
  | 'too-many-removals'
  | 'too-young'
  | 'unreachable'
  | 'vocabulary-silent' // a vocabulary that should match something matches nothing
  | 'would-block' // ifBlocked: 'refuse' and something is blocked
  | 'wrong-account'
  | 'wrong-adapters' // a plan is executed with other adapters than it was made with
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
