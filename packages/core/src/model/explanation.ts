import type { ResourceKey } from './key.ts'
import type { Evidence, OwnershipLevel } from './ownership.ts'
import type { Blocker, Decision, StayReason, Step } from './plan.ts'
import type { LeftReason } from './report.ts'

/** A step before or after the one in question. */
export interface Neighbour {
  readonly step: number
  readonly action: Step['action']
  readonly key: ResourceKey
  /** What makes one wait for the other, where the plan says it. */
  readonly because: readonly string[]
}

/** One thing that would change the answer, as a person would do it. */
export interface Change {
  /** The policy as it would have to read, or what has to happen at the provider. */
  readonly what: string
  /** What it leads to. */
  readonly then: string
}

/** Why something is in a plan or a report, why there, what holds it, on which evidence, and what would change that. */
export interface Explanation {
  /** As it was asked for, where nothing by that name is known. */
  readonly key: ResourceKey
  /** `unknown`: the plan or report does not have it; nothing said that it is the target's, and nothing in play uses it. */
  readonly fate: Decision | 'removed' | 'left' | 'unknown'
  /** The deciding reason first. */
  readonly because: readonly string[]
  readonly reason?: StayReason | LeftReason
  readonly ownership?: OwnershipLevel
  readonly evidence: readonly Evidence[]
  /** Its place in the order: the step that removes it, or the one that it goes with. */
  readonly step?: number
  /** What has to be gone (done) first. */
  readonly after: readonly Neighbour[]
  /** What waits for it. */
  readonly before: readonly Neighbour[]
  /** What holds it, down to what a person can decide about; empty for what goes. */
  readonly chain: readonly Blocker[]
  readonly changes: readonly Change[]
  /** Exact commands for a person. */
  readonly manual: readonly string[]
}
