import type { KindName } from './key.ts'

export type Route = 'served' | 'direct' | 'auto'

/** Exact: an id or key, or every field given here at once. */
export type Selector =
  | string
  | { readonly kind?: KindName; readonly name?: string; readonly tags?: Readonly<Record<string, string>> }

/** What may be deleted. Every default is the careful one. */
export interface Policy {
  /** Always stays, with the whole of a part and the server of what stays; wins over everything. */
  readonly keep?: readonly Selector[]
  /** Exact ids or keys that a person decided on: suspected, disputed, unknown, data-holding, a link. Never foreign. */
  readonly approve?: readonly string[]
  /** Default `ask` → blocked; `keep` → retained. */
  readonly suspected?: 'ask' | 'keep' | 'remove'
  /** Data; default: ask where its maker said nothing, keep where it said retain. */
  readonly retained?: 'ask' | 'keep' | 'remove'
  /** Per controller (`elbv2.k8s.aws`), or one for all; default `auto`. */
  readonly route?: Route | Readonly<Record<string, Route>>
  /** Default `refuse-if-protected`: fail before anything is destroyed. */
  readonly ifBlocked?: 'continue' | 'refuse' | 'refuse-if-protected'
  /** Whether a run may add what is proved ours and in the way; default `owned`. */
  readonly amend?: 'owned' | 'never'
  /** A set (connected, ours) is old only when every member is; unknown age = too young. */
  readonly minAgeMs?: number
  /** Ids whose protection may be lifted; recorded, put back if the removal does not come about. */
  readonly liftProtection?: readonly string[]
  /**
   * Finalizers that may be released where their controller is not there or does not serve: each only after everything of another provider that was part
   * of the resource is read as gone, right before the call. A release is never taken back.
   */
  readonly releaseFinalizers?: readonly string[]
  /** Whether nodes are emptied before they go. Only `none` so far: no adapter can drain, and anything else is a `MisuseError`. */
  readonly drain?: { readonly mode: 'none' | 'graceful' | 'strict'; readonly timeoutMs: number }
  /** Stack members (ids) that may be left out of a second stack deletion. */
  readonly retainMembers?: readonly string[]
  /** Blast radius; default 500. */
  readonly maxRemovals?: number
}

export const defaultMaxRemovals = 500
