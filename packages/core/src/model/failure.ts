import type { Ref } from './relation.ts'

/** Every refusal of every provider is one of these; the engine has one behaviour for each. */
export type FailureCode =
  | 'gone' // it does not exist (any more)
  | 'blocked' // something that lives still uses it
  | 'conflict' // it changes just now, or has changed since it was read: read again
  | 'throttled' // too many calls: slow down
  | 'transient' // the provider or the way to it failed: the same call may work
  | 'protected' // a protection stands on it
  | 'denied' // the caller may not
  | 'unauthenticated' // the caller is nobody, or no longer
  | 'unsupported' // the provider does not have this here
  | 'invalid' // the call is wrong: a bug of the adapter
  | 'unknown' // no row of the adapter's table matched

/** A refusal as a value. Made by an adapter's `failures.ts` from the vendor's error; past that border no refusal is thrown. */
export interface Failure {
  readonly code: FailureCode
  /** The provider's own words. */
  readonly message: string
  /** The provider's own code (`DependencyViolation`). */
  readonly providerCode: string
  /** Who holds it, where the provider says so. */
  readonly blockers?: readonly Ref[]
  readonly retryAfterMs?: number
  /** What right is missing; `explicit`: a deny statement, not just no allow. */
  readonly missing?: { readonly principal: string; readonly permission: string; readonly explicit: boolean }
}
