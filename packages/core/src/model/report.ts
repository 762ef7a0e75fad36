import type { Failure } from './failure.ts'
import type { ResourceKey } from './key.ts'
import type { Coverage, Finding, Outcome } from './outcome.ts'
import type { Ownership } from './ownership.ts'
import type { Blocker, Kept, StayReason, Step } from './plan.ts'

/** Gone, with the read that proved it. */
export interface Removed {
  readonly key: ResourceKey
  /** With which step of which plan; absent: somebody else removed it. */
  readonly step?: number
  /** ISO time of the read that proved it. */
  readonly at: string
  /** From asked to read as gone. */
  readonly tookMs: number
  /** `not-found`: by id. `two-absences`: two complete listings a tick apart. `state`: the provider's own final state. */
  readonly proof: 'not-found' | 'two-absences' | 'state'
}

/** Why something of the target is still there after a run. */
export type LeftReason =
  | StayReason
  | 'denied'
  | 'stuck'
  | 'timed-out'
  /** the provider accepted the removal and it failed */
  | 'failed'
  /** a step before it did not come about */
  | 'not-reached'
  | 'interrupted'
  /** appeared after the plan */
  | 'new'

export interface Leftover {
  readonly key: ResourceKey
  readonly ownership: Ownership
  readonly why: LeftReason
  readonly because: string
  /** The chain that holds it; the last one is the one to decide about. */
  readonly blockers: readonly Blocker[]
  /** Exact commands for a person. */
  readonly manual: readonly string[]
  /** What it costs, where the adapter knows. */
  readonly cost?: string
}

export interface StepResult {
  readonly plan: string
  readonly step: number
  readonly action: Step['action']
  readonly target: ResourceKey
  readonly result:
    | 'done'
    /** nothing was sent: it is not there any more, or another thing has the id of what it was to free */
    | 'already-gone'
    | 'blocked'
    | 'failed'
    | 'stuck'
    | 'timed-out'
    | 'skipped'
    | 'aborted'
    | 'undone'
  readonly startedAt?: string
  readonly endedAt?: string
  readonly calls: number
  readonly failure?: Failure
}

/** What a run did and what it left. */
export interface Report {
  readonly format: 'cleardown-report/1'
  readonly planId?: string
  readonly runId: string
  readonly outcome: Outcome
  readonly exitCode: 0 | 1 | 2 | 3 | 4
  readonly startedAt: string
  readonly endedAt: string
  readonly coverage: readonly Coverage[]
  readonly removed: readonly Removed[]
  readonly kept: readonly Kept[]
  readonly left: readonly Leftover[]
  readonly findings: readonly Finding[]
  readonly steps: readonly StepResult[]
  /** Requests sent, by effect; `verify`: those of the verification rounds, counted apart. */
  readonly calls: { readonly reads: number; readonly writes: number; readonly verify: number }
  readonly timing?: {
    readonly makespanMs: number
    readonly lowerBoundMs: number
    readonly ratio: number
    readonly limitedBy: 'critical-path' | 'rate' | 'concurrency' | 'polling'
    /** The step that was waited for longest. */
    readonly longest?: { readonly key: ResourceKey; readonly waitedMs: number }
    /** Milliseconds per phase of the run. */
    readonly phases?: Readonly<Record<string, number>>
  }
}
