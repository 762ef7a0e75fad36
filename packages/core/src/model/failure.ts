import type { Ref } from './relation.ts'

/**
 * Every refusal of every provider is one of these; the engine has one behaviour for each.
 *
 * - `gone`: there is no such thing. A removal counts as done, a read as the proof of it. Never a default.
 * - `blocked`: something that lives uses it. The holders are looked for; a step with holders ends, one without waits for lag to pass.
 * - `protected`: a mark on it forbids the removal. The step ends.
 * - `conflict`: not now (still building, busy, changed meanwhile). It is read again and asked again, a few times.
 * - `throttled`: too many calls. The rate goes down; it is asked again after `retryAfterMs`.
 * - `transient`: the provider failed or nothing was heard; whether it had an effect is not known. A read is repeated, a write only after a fresh read.
 * - `denied`: a right is missing. A listing counts as not seen, and what it could use stays.
 * - `unauthenticated`: the credentials are none, or no longer valid. As `denied`.
 * - `unsupported`: this provider has no such service or call. A listing counts as *empty*: nothing can be there.
 * - `invalid`: the call itself is wrong. - `unknown`: no row says what it is. Both end the step.
 */
export type FailureCode =
  | 'gone'
  | 'blocked'
  | 'conflict'
  | 'throttled'
  | 'transient'
  | 'protected'
  | 'denied'
  | 'unauthenticated'
  | 'unsupported'
  | 'invalid'
  | 'unknown'

/** A refusal as a value. Made by an adapter's `failures.ts` from the vendor's error; past that border no refusal is thrown. */
export interface Failure {
  readonly code: FailureCode
  /** The provider's own words. */
  readonly message: string
  /** The provider's own code (`DependencyViolation`). */
  readonly providerCode: string
  /** Who holds it, where the provider says so. */
  readonly blockers?: readonly Ref[]
  /** How long to wait before it is asked again, where the provider says so; HTTP's `Retry-After` is in seconds. */
  readonly retryAfterMs?: number
  /** What right is missing; `explicit`: a deny statement, not just no allow. */
  readonly missing?: { readonly principal: string; readonly permission: string; readonly explicit: boolean }
}
