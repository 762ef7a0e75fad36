import type { Context } from '../adapter/context.ts'
import type { ExecuteOptions } from '../adapter/options.ts'
import type { Lease, Ledger, LedgerEntry } from '../ledger/ledger.ts'
import type { Emit } from '../model/emitter.ts'
import type { Failure } from '../model/failure.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource } from '../model/plan.ts'
import type { Removed, StepResult } from '../model/report.ts'
import type { Known, Reader } from './reader.ts'

/** Undefined: it was put back. `nothing`: it never was changed, or somebody else was faster. */
export type PutBack = Failure | 'nothing' | undefined

/** A change that is put back if the removal it was made for does not come about. */
export interface Prepared {
  readonly plan: Plan
  readonly step: number
  readonly freedFor: ResourceKey
  /** Reads first. */
  undo(attempt: number): Promise<PutBack>
}

/** What all steps of one run share. */
export interface RunContext {
  readonly runId: string
  readonly context: Context
  readonly options: ExecuteOptions
  readonly reader: Reader
  readonly emit: Emit
  readonly ledger: Ledger
  readonly lease: Lease
  /** Aborted by the first stop: start nothing new. */
  readonly soft: AbortSignal
  /** Aborted by the second stop: at once. */
  readonly hard: AbortSignal
  readonly removed: Map<ResourceKey, Removed>
  /** Asked for by an earlier run, accepted, and not yet read as gone: key → incarnation. */
  readonly joins: Map<ResourceKey, string>
  readonly prepared: Prepared[]
  /** Key → the longest estimated way from its step to the end: whose calls go first where they wait for each other. */
  readonly urgency: Map<ResourceKey, number>
  /** Key → how often its removal was asked for in this run. */
  readonly asked: Map<ResourceKey, number>
  readonly results: StepResult[]
  /** Words of `oneAtATime` that are taken, each with the end of who has it. */
  readonly taken: Map<string, Promise<void>>
}

/** Stops the run before its next call: no ledger write, no further call. */
export class RunLostError extends Error {
  override readonly name: string = 'RunLostError'
}

/** Shorter than this, a lease is renewed before the next call: it must outlast the call. */
const leaseReserveMs = 20_000

/** Durable before it returns; a lease that is lost ends the run. */
export async function record(run: RunContext, entry: LedgerEntry): Promise<void> {
  try {
    await holdLease(run)
    await run.ledger.append([entry], run.lease.fence)
  } catch (error) {
    throw new RunLostError(`the ledger took no entry (${String(error)}); nothing more is sent`, { cause: error })
  }
}

/** Renews the lease where it would not outlast a call. Rejects when another run has taken it. */
export async function holdLease({ lease }: RunContext): Promise<void> {
  if (lease.leftMs() < leaseReserveMs) await lease.renew()
}

/** How often its removal is asked for where it is accepted and then fails. */
export const attemptsOf = ({ kind }: Known): number => kind.attempts ?? 2

export function plannedOf(plan: Plan, key: ResourceKey): PlannedResource {
  const known = byKey.get(plan) ?? new Map(plan.resources.map((resource) => [resource.key, resource]))
  byKey.set(plan, known)
  const found = known.get(key)
  if (!found) throw new Error(`the plan has no ${key}`)
  return found
}

/** What the steps aim at that need this one. */
export const targetsBehind = ({ steps }: Plan, index: number): ResourceKey[] =>
  steps.flatMap(({ target, needs }) => (needs.includes(index) ? [target] : []))

/** Every step asks for its resource: an index per plan, gone with it. */
const byKey = new WeakMap<Plan, ReadonlyMap<ResourceKey, PlannedResource>>()

/** How a step ended. */
export type StepEnd = Pick<StepResult, 'result' | 'failure'>

/** From asked to gone, at most. */
export function stepTimeoutMs(run: RunContext, known: Known): number {
  const worst = (run.options.latency?.[known.kind.name] ?? known.kind.latency).worstMs
  return run.options.stepTimeoutMs ?? Math.max(600_000, 2 * worst)
}
