import type { Json } from '../model/json.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Outcome } from '../model/outcome.ts'
import { type Plan, removing } from '../model/plan.ts'
import type { Removed } from '../model/report.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'

/** One run as the ledger tells it. */
export interface RecordedRun {
  readonly runId: string
  readonly planId: string
  /** ISO time. */
  readonly openedAt: string
  readonly scope: string
  /** The run that it continued. */
  readonly resumes?: string
  /** Absent: it was killed, or it is still at work. `interrupted`: it was stopped and can be resumed. */
  readonly outcome?: Outcome
}

/** A change that a run made, or may have made, and that is not known to have been put back. */
export interface PendingChange {
  readonly plan: Plan
  readonly step: number
  readonly incarnation: string
  /** How often it was sent. */
  readonly attempt: number
  /** The value to put back; for a link, its `data`. */
  readonly before: Json
}

interface AskedRemoval {
  readonly incarnation: string
  readonly step: number
  /** Milliseconds of the wall clock when it was first sent. */
  readonly at: number
  readonly accepted: boolean
}

/** All that a run and the runs that it continued left behind. */
export interface RunHistory {
  readonly last: RecordedRun
  /** So many entries the ledger had when this was read. */
  readonly entries: number
  /** In the order in which they were made; never empty. */
  readonly plans: readonly Plan[]
  readonly gone: ReadonlyMap<ResourceKey, Removed & { readonly incarnation: string }>
  /** Removals that were sent, not refused, and not yet read as gone; `accepted`: the answer is on record. */
  readonly asked: ReadonlyMap<ResourceKey, AskedRemoval>
  /** In the order in which they were made. */
  readonly changes: readonly PendingChange[]
}

/** Every run of a ledger, oldest first. What is not closed was killed or is at work; a lease tells which. */
export async function readRuns(ledger: Ledger): Promise<readonly RecordedRun[]> {
  const runs = new Map<string, RecordedRun>()
  for await (const entry of ledger.read()) {
    if (entry.type === 'run-opened') {
      const { runId, planId, at, scope, resumes } = entry
      runs.set(runId, { runId, planId, openedAt: at, scope, ...(resumes === undefined ? {} : { resumes }) })
    } else if (entry.type === 'run-closed') {
      const run = runs.get(entry.runId)
      if (run) runs.set(entry.runId, { ...run, outcome: entry.outcome })
    }
  }
  return [...runs.values()]
}

/** Every plan of a ledger, oldest first. */
export async function readPlans(ledger: Ledger): Promise<readonly Plan[]> {
  const plans: Plan[] = []
  for await (const entry of ledger.read()) if (entry.type === 'plan') plans.push(entry.plan)
  return plans
}

/** Can it be continued without being named? */
const isOpen = ({ outcome }: RecordedRun): boolean => outcome === undefined || outcome === 'interrupted'

/**
 * The run that `resumeTeardown` continues: the named one, or the last that was not closed. What another run has continued is not it.
 * Undefined: there is nothing to resume. It may still be at work: only its lease tells.
 */
export function runToResume(runs: readonly RecordedRun[], runId?: string): RecordedRun | undefined {
  const continued = new Map(runs.flatMap((run) => (run.resumes === undefined ? [] : [[run.resumes, run] as const])))
  if (runId === undefined) return runs.findLast((run) => !continued.has(run.runId) && isOpen(run))
  let named = runs.find((run) => run.runId === runId)
  for (let next = named && continued.get(named.runId); next; next = continued.get(next.runId)) named = next
  return named
}

/** The last run on the same scope that did not come to its end: who begins anew there has to know what it left changed. */
export const unfinishedOn = (runs: readonly RecordedRun[], scope: string): RecordedRun | undefined =>
  runToResume(runs.filter((run) => run.scope === scope))

/** What the run and those that it continued did, from their entries. Undefined: it wrote no plan, so it sent nothing. */
export async function readHistory(
  ledger: Ledger,
  runs: readonly RecordedRun[],
  last: RecordedRun,
): Promise<RunHistory | undefined> {
  const byId = new Map(runs.map((run) => [run.runId, run]))
  const chain = new Set<string>()
  for (let run: RecordedRun | undefined = last; run && !chain.has(run.runId); run = byId.get(run.resumes ?? ''))
    chain.add(run.runId)

  const plans = new Map<string, Plan>()
  const gone = new Map<ResourceKey, Removed & { incarnation: string }>()
  const asked = new Map<ResourceKey, AskedRemoval>()
  const changes = new Map<string, PendingChange>()
  let entries = 0
  for await (const entry of ledger.read()) {
    entries++
    if (!('runId' in entry) || !chain.has(entry.runId)) continue
    switch (entry.type) {
      case 'plan':
        plans.set(entry.plan.id, entry.plan)
        break
      case 'intent':
        intent(entry)
        break
      case 'outcome':
        outcome(entry)
        break
      case 'gone': {
        const { target: key, at, proof, incarnation } = entry
        const since = asked.get(key)?.at
        gone.set(key, {
          key,
          at,
          tookMs: since === undefined ? 0 : Math.max(0, Date.parse(at) - since),
          proof,
          incarnation,
        })
        asked.delete(key)
      }
    }
  }
  if (plans.size === 0) return undefined
  return {
    last,
    entries,
    plans: [...plans.values()],
    gone,
    asked,
    changes: [...changes.values()],
  }

  function intent(entry: Extract<LedgerEntry, { type: 'intent' }>): void {
    const { target, incarnation, planId, step, action, before, attempt } = entry
    if (removing.has(action))
      asked.set(target, { incarnation, step, at: asked.get(target)?.at ?? Date.parse(entry.at), accepted: false })
    const plan = plans.get(planId)
    if (!plan || before === undefined || action === 'undo') return
    const name = `${planId} ${step}`
    // sent again, its first value is the one to put back
    changes.set(name, { plan, step, incarnation, before: changes.get(name)?.before ?? before, attempt })
  }

  function outcome({ target, planId, step, action, result, failure }: Extract<LedgerEntry, { type: 'outcome' }>): void {
    const name = `${planId} ${step}`
    const known = removing.has(action) ? asked.get(target) : undefined
    if (action === 'undo') {
      if (result === 'refused' && failure?.code !== 'gone') return
      changes.delete(name)
      gone.delete(target) // a link that was cut is there again
      asked.delete(target)
      return
    }
    if (result === 'accepted') {
      if (known) asked.set(target, { ...known, accepted: true })
      return
    }
    // an answer that was lost may have had its effect all the same: it is read before anything is sent or put back
    if (failure?.code === 'transient' || failure?.code === 'unknown') return
    if (known) asked.delete(target)
    if (changes.get(name)?.attempt === 1) changes.delete(name)
  }
}
