import type { Facts } from '../adapter/kind.ts'
import type { Json } from './json.ts'
import type { KindName, ResourceKey } from './key.ts'
import type { Coverage, Finding, Identity } from './outcome.ts'
import type { Ownership } from './ownership.ts'
import type { Edge } from './relation.ts'

/** What the adapter can do with a resource, as data: planning is pure and never calls an adapter. */
export interface Abilities {
  readonly remove: boolean
  readonly restore: boolean
  /** Marks of ours on it (`key=value`) that can be taken off. */
  readonly unmark: readonly string[]
  /** Protection id → value to put back. */
  readonly unprotect: Readonly<Record<string, Json>>
  /** The value to put back after silencing it as a writer; absent: it cannot be silenced, or there is nothing to do. */
  readonly quiesce?: Json
  /** As a writer it asks for nothing just now: its kind can silence it, and it is silent already. */
  readonly silent: boolean
  /** That stand on it and that its kind can release. */
  readonly finalizers: readonly string[]
  readonly oneAtATime?: string
  readonly manual?: string
  readonly latency: { readonly typicalMs: number; readonly worstMs: number }
}

/** One live thing with everything known about it. */
export interface Resource {
  readonly key: ResourceKey
  readonly kind: KindName
  readonly adapter: string
  readonly account: string
  readonly place: string
  readonly link: boolean
  readonly facts: Facts
  readonly ownership: Ownership
  readonly abilities: Abilities
}

/** What discovery hands to the planner. Resources are in play (ours, perhaps ours, or with a mark of ours) or neighbours that matter to them. */
export interface Discovery {
  readonly resources: readonly Resource[]
  readonly edges: readonly Edge[]
  readonly roots: readonly { readonly key: ResourceKey; readonly incarnation: string }[]
  /** Of the keys that were to be watched: those that the listings still have. */
  readonly watched: readonly { readonly key: ResourceKey; readonly incarnation: string }[]
  readonly coverage: readonly Coverage[]
  /** For each listing that was not seen whole: the kinds whose resources it may use there. */
  readonly unseen: readonly Unseen[]
  /** What names a whole, a writer or a server that could not be listed: whether it would go behind somebody's back is not known. */
  readonly behindUnseen: readonly { readonly key: ResourceKey; readonly because: string }[]
  readonly findings: readonly Finding[]
  readonly identities: readonly Identity[]
  readonly adapters: readonly { readonly name: string; readonly version: string }[]
  /** What the tool itself still needs; never removed. */
  readonly needed: readonly ResourceKey[]
  /** What serves nothing because nobody speaks to it: `servedBy` of these goes by route `direct`. */
  readonly unserved: readonly {
    readonly key: ResourceKey
    readonly controller: string
    readonly because: string
    readonly finalizer?: string
  }[]
}

/** A kind whose listing was denied or failed in a place: it may use any resource of `uses` there. */
export interface Unseen {
  readonly kind: KindName
  readonly place: string
  readonly account: string
  readonly uses: readonly KindName[]
}
