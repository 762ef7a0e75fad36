import type { Ledger } from '../ledger/ledger.ts'
import type { TeardownEvent } from '../model/event.ts'
import type { KindName } from '../model/key.ts'
import type { Policy } from '../model/policy.ts'
import type { Report } from '../model/report.ts'
import type { Target } from '../model/target.ts'
import type { Context } from './context.ts'
import type { Adapter } from './kind.ts'

export interface PlanOptions {
  readonly adapters: readonly Adapter[]
  readonly target: Target
  readonly policy?: Policy
  readonly ledger?: Ledger
  /** Default: the machine's clock and randomness. */
  readonly context?: Context
  readonly signal?: AbortSignal
  readonly onEvent?: (event: TeardownEvent) => void
}

export interface ExecuteOptions {
  readonly adapters: readonly Adapter[]
  /** Default: a memory ledger. A run that may be killed needs `fileLedger`. */
  readonly ledger?: Ledger
  readonly signal?: AbortSignal
  readonly onEvent?: (event: TeardownEvent) => void
  readonly context?: Context
  /** The whole run; default 2 h. */
  readonly timeoutMs?: number
  /** One step, from asked to gone; default: twice the kind's worst time, at least 10 min. */
  readonly stepTimeoutMs?: number
  /** How often a run may plan anew for what it met; default 5. */
  readonly maxAmendments?: number
  /** Between the two verification rounds; default 30 s. */
  readonly settleMs?: number
  /** Estimates: option > ledger > kind. */
  readonly latency?: Readonly<Record<KindName, { readonly typicalMs: number; readonly worstMs: number }>>
}

export interface VerifyOptions {
  readonly adapters: readonly Adapter[]
  readonly ledger?: Ledger
  /** Between the two rounds; default 30 s. */
  readonly settleMs?: number
  readonly context?: Context
  readonly signal?: AbortSignal
  readonly onEvent?: (event: TeardownEvent) => void
}

export type ResumeOptions = ExecuteOptions & {
  readonly ledger: Ledger
  /** Default: the last run in the ledger that was not closed. */
  readonly runId?: string
  /** Default `finish`. `undo`: only put back what the run had prepared. */
  readonly then?: 'finish' | 'undo'
}

/** Runs by itself; iterate for events if you like. */
export interface TeardownRun extends AsyncIterable<TeardownEvent>, AsyncDisposable {
  readonly id: string
  /** Never rejects for what a provider does; a bug of cleardown or of an adapter is thrown. */
  readonly report: Promise<Report>
  /** First call: starts nothing new, lets calls in flight end, undoes preparations. Second call: at once; it waits for nothing more and undoes nothing. */
  stop(): Promise<Report>
}
