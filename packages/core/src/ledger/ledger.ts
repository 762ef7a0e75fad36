import type { Context } from '../adapter/context.ts'
import type { Failure } from '../model/failure.ts'
import type { Json } from '../model/json.ts'
import type { KindName, ResourceKey } from '../model/key.ts'
import type { Outcome } from '../model/outcome.ts'
import type { Plan, Step } from '../model/plan.ts'

/**
 * The append-only record of what a harness created and what a run did. Small enough that a database can serve it. No secrets in it, ever:
 * entries are made of the fields below, never of a raw answer or request.
 */
export interface Ledger {
  /**
   * Durable when it resolves; returns the sequence number of the last entry. With a `fence` that is older than the newest lease it rejects
   * with a `FencedError` and nothing is written.
   */
  append(entries: readonly LedgerEntry[], fence?: number): Promise<number>
  /** From sequence number `from` (default 0), in order. */
  read(from?: number): AsyncIterable<LedgerEntry>
  /** Keeps two runs on one scope apart. A lease is taken over only when its heartbeat has not changed for its whole time on the observer's own clock. */
  acquire(scope: string, holder: string): Promise<Lease | Holder>
  /**
   * Who has the lease on a scope now, at once and without taking it; undefined: nobody. A holder that has died elsewhere counts until somebody takes the
   * lease over. Absent: only `acquire` tells.
   */
  holder?(scope: string): Promise<Holder | undefined>
  close(): Promise<void>
}

/** Who has a lease, and since when (ISO time). */
export interface Holder {
  readonly heldBy: string
  readonly since: string
}

export interface LedgerOptions {
  /** Time for leases; default the system's. */
  readonly context?: Context
  /** How long a lease of this ledger holds without being renewed; default 60,000. */
  readonly leaseMs?: number
}

export interface Lease {
  /** Grows with each acquisition. */
  readonly fence: number
  renew(): Promise<void>
  release(): Promise<void>
  /** What is left of it if it is not renewed; ≤ 0 = lost. */
  leftMs(): number
}

/** Thrown by `append` when another run has taken the lease. */
export class FencedError extends Error {
  override readonly name: string = 'FencedError'
  readonly code = 'fenced'
}

/** Thrown when a line in the middle of a ledger is not what was written. `offset`: byte offset of that line. */
export class LedgerCorruptError extends Error {
  override readonly name: string = 'LedgerCorruptError'
  readonly code = 'ledger-corrupt'
  readonly offset: number
  constructor(path: string, offset: number, why: string) {
    super(
      `ledger ${path} is corrupt at byte ${offset}: ${why}. Nothing after it can be trusted; restore it from a copy or start a new one`,
    )
    this.offset = offset
  }
}

/** `at` is ISO time. */
export type LedgerEntry = { readonly at: string } & (
  | {
      readonly type: 'run-opened'
      readonly runId: string
      readonly planId: string
      readonly principals: readonly string[]
      readonly scope: string
      /** The run that it continues. */
      readonly resumes?: string
    }
  /** The canonical plan, also each amended one. */
  | { readonly type: 'plan'; readonly runId: string; readonly plan: Plan }
  /** A harness is about to create something; `creation` is a fresh id of this record. */
  | {
      readonly type: 'creating'
      readonly creation: string
      readonly run: string
      readonly kind: KindName
      readonly parents: readonly string[]
    }
  | {
      readonly type: 'created'
      readonly creation: string
      readonly run: string
      readonly kind: KindName
      readonly id: string
      readonly place?: string
      readonly parents: readonly string[]
    }
  /** Durable before the call is sent. `before`: the value to put back; for a link, what `restore` needs. */
  | {
      readonly type: 'intent'
      readonly runId: string
      readonly planId: string
      readonly step: number
      readonly action: Step['action'] | 'undo'
      readonly target: ResourceKey
      readonly incarnation: string
      readonly principal: string
      readonly attempt: number
      readonly what?: string
      readonly before?: Json
    }
  | {
      readonly type: 'outcome'
      readonly runId: string
      readonly planId: string
      readonly step: number
      readonly action: Step['action'] | 'undo'
      readonly target: ResourceKey
      readonly result: 'accepted' | 'refused'
      readonly failure?: Failure
    }
  | {
      readonly type: 'gone'
      readonly runId: string
      readonly target: ResourceKey
      readonly incarnation: string
      readonly proof: 'not-found' | 'two-absences' | 'state'
    }
  | { readonly type: 'amended'; readonly runId: string; readonly planId: string; readonly amends: string }
  | { readonly type: 'verified'; readonly runId: string; readonly round: number; readonly left: readonly ResourceKey[] }
  | { readonly type: 'run-closed'; readonly runId: string; readonly outcome: Outcome }
)
