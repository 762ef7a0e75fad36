import type { Phase } from '../adapter/kind.ts'
import type { Json } from './json.ts'
import type { KindName, ResourceKey } from './key.ts'
import type { Coverage, Finding, Identity } from './outcome.ts'
import type { Ownership } from './ownership.ts'
import type { Policy } from './policy.ts'
import type { Edge } from './relation.ts'
import type { Target } from './target.ts'

/**
 * `remove`: by a step of its own · `await`: goes with its whole · `keep`: stays, as wanted or because it is not ours ·
 * `ask`: stays until a person decides · `blocked`: should go and cannot.
 */
export type Decision = 'remove' | 'await' | 'keep' | 'ask' | 'blocked'

/** One resource as the plan knows it: enough to judge and to explain the plan, no provider data. */
export interface PlannedResource {
  readonly key: ResourceKey
  readonly kind: KindName
  readonly adapter: string
  readonly id: string
  readonly name?: string
  readonly place: string
  readonly incarnation: string
  readonly phase: Phase
  /** The provider's own word. */
  readonly state: string
  readonly createdAt?: string
  readonly link?: true
  readonly ownership: Ownership
  readonly decision: Decision
  /** Why this decision, in words; the first is the deciding one. */
  readonly because: readonly string[]
  /** The step that removes it, or the one it goes with; absent for what stays. */
  readonly step?: number
  /** The exact command for a person, where the kind has one. */
  readonly manual?: string
  /** Removals with the same word never overlap. */
  readonly oneAtATime?: string
}

/** Why something stays. */
export type StayReason =
  | 'kept-by-policy'
  | 'shared'
  | 'foreign'
  /** unknown: nothing says that it is ours */
  | 'not-ours'
  /** its maker or the policy wants the data kept */
  | 'retained'
  /** hints only: a person decides */
  | 'suspected'
  | 'disputed'
  /** nobody said what shall become of the data: a person decides */
  | 'holds-data'
  | 'protected'
  | 'too-young'
  /** a kind that could use it could not be listed */
  | 'unseen'
  /** what makes it again cannot be silenced */
  | 'writer'
  /** what must finish its removal does not serve, and no other way is permitted */
  | 'server'
  /** never removed by us, and its whole is not there */
  | 'fixed'
  /** the tool itself still needs it */
  | 'needed'
  /** something that stays uses it */
  | 'used'
  /** a part of it stays */
  | 'part-stays'
  /** its whole stays */
  | 'whole-stays'
  /** it serves what stays */
  | 'serves'
  /** a cycle that nothing may cut */
  | 'cycle'
  /** the adapter has no way to remove it */
  | 'no-removal'

/** One link of the chain that holds something: `key` stays because of `by`. */
export interface Blocker {
  readonly key: ResourceKey
  readonly reason: StayReason
  /** The field or mark that shows it. */
  readonly because: string
}

export interface Kept {
  readonly key: ResourceKey
  readonly reason: StayReason
  readonly because: string
}

/**
 * Something in the target that does not go, with the chain down to what holds it; the last one is the one to decide about. A longer chain than twelve is
 * told by its eleven nearest and its last.
 */
export interface Blocked {
  readonly key: ResourceKey
  readonly reason: StayReason
  readonly because: string
  readonly chain: readonly Blocker[]
}

/** Where a policy entry changed a default; for the reader of the plan. */
export interface Override {
  readonly policy: keyof Policy
  readonly value: string
  readonly keys: readonly ResourceKey[]
}

/** Actions of steps that ask for a thing to go, or wait until it went. A change of the same thing says nothing of that. */
export const removing: ReadonlySet<string> = new Set(['remove', 'sever', 'await'] satisfies Step['action'][])

export type Step = {
  /** What is called (the link of a `sever`, the holder of a mark). */
  readonly target: ResourceKey
  /** Indexes of earlier steps that are gone (done) first. */
  readonly needs: readonly number[]
  /** Why the needs are there. */
  readonly because: readonly string[]
  readonly estimateMs: number
} & (
  | {
      readonly action: 'quiesce' | 'unprotect'
      readonly what: string
      readonly before: Json
      readonly freedFor: ResourceKey
    }
  | { readonly action: 'sever'; readonly holder: ResourceKey; readonly freedFor: ResourceKey }
  | { readonly action: 'remove'; readonly route: 'served' | 'direct'; readonly except?: readonly ResourceKey[] }
  | { readonly action: 'await'; readonly with: ResourceKey; readonly otherwise: 'remove' | 'report' }
  | { readonly action: 'release'; readonly finalizer: string; readonly proof: readonly ResourceKey[] }
  | { readonly action: 'unmark'; readonly mark: string }
)

/** What will be done, in an order that holds: to be read, reviewed, stored, executed. */
export interface Plan {
  readonly format: 'cleardown-plan/1'
  /** sha-256 of the canonical rest. */
  readonly id: string
  /** The same without times and estimates: equal for the same world and policy. */
  readonly contentId: string
  readonly createdAt: string
  readonly expiresAt: string
  /** The plan that this one continues. */
  readonly amends?: string
  readonly target: Target
  readonly policy: Policy
  readonly overrides: readonly Override[]
  readonly identities: readonly Identity[]
  readonly adapters: readonly { readonly name: string; readonly version: string }[]
  readonly roots: readonly { readonly key: ResourceKey; readonly incarnation: string }[]
  readonly coverage: readonly Coverage[]
  /** Decided or asked, and their neighbours. */
  readonly resources: readonly PlannedResource[]
  /** Relations between `resources`: what the order follows from. */
  readonly edges: readonly Edge[]
  /** Topological. */
  readonly steps: readonly Step[]
  readonly kept: readonly Kept[]
  readonly blocked: readonly Blocked[]
  readonly findings: readonly Finding[]
  /** Not empty: executing sends nothing. */
  readonly refused: readonly Finding[]
  readonly estimate: { readonly makespanMs: number; readonly criticalPath: readonly number[] }
}
