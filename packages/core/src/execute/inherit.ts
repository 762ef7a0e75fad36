import { isoTime } from '../adapter/context.ts'
import type { Facts } from '../adapter/kind.ts'
import type { PendingChange, RunHistory } from '../ledger/run-history.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Plan } from '../model/plan.ts'
import { undoChange } from './change-step.ts'
import { undoCut } from './cut.ts'
import { type Prepared, plannedOf, type RunContext, record } from './run-context.ts'

/** Takes over what earlier runs did: what is gone, what is on its way, and what has to be put back if its removal does not come about. */
export function inherit(run: RunContext, history: RunHistory): void {
  for (const [key, { incarnation: _, ...removed }] of history.gone) run.removed.set(key, removed)
  takeOver(run, history)
}

/** What is on its way is joined, what was changed is put back if its removal does not come about: also by a run that begins anew after a crash. */
export function takeOver(run: RunContext, history: RunHistory): void {
  for (const [key, { incarnation, accepted }] of history.asked) if (accepted) run.joins.set(key, incarnation)
  for (const change of history.changes) {
    const prepared = preparedBy(run, change)
    if (prepared) run.prepared.push(prepared)
  }
}

/** What was on its way when the run before ended and is not to be seen any more: read by id, and written down as gone. */
export async function settleGone(run: RunContext, history: RunHistory, plan: Plan): Promise<void> {
  const there = new Map(plan.resources.map(({ key, incarnation }) => [key, incarnation]))
  for (const [key, { incarnation, step, at: askedAt }] of history.asked) {
    if (there.get(key) === incarnation) continue
    const fresh = await run.reader.read(key, { sure: true })
    const gone = 'absent' in fresh || ('found' in fresh && fresh.found.facts.incarnation !== incarnation)
    if (!gone) continue
    const now = run.context.now()
    const at = isoTime(now)
    const proof = 'absent' in fresh && !fresh.absent.sure ? 'two-absences' : 'not-found' // the other absence is discovery's
    await record(run, { at, type: 'gone', runId: run.runId, target: key, incarnation, proof })
    run.removed.set(key, { key, step, at, tookMs: Math.max(0, now - askedAt), proof })
  }
}

function preparedBy(run: RunContext, { plan, step: index, incarnation, before }: PendingChange): Prepared | undefined {
  const step = plan.steps[index]
  if (step?.action === 'quiesce' || step?.action === 'unprotect')
    return {
      plan,
      step: index,
      freedFor: step.freedFor,
      undo: (attempt) => undoChange(run, plan, index, step, before, attempt),
    }
  if (step?.action !== 'sever') return undefined
  const { id, name } = plannedOf(plan, step.target)
  const link: Facts = {
    id,
    ...(name === undefined ? {} : { name }),
    incarnation,
    phase: 'gone',
    state: 'cut',
    relations: [],
    data: before,
  }
  return {
    plan,
    step: index,
    freedFor: step.freedFor,
    undo: (attempt) => undoCut(run, plan, index, step, link, attempt),
  }
}

/** What a run that continues another finds: done, removed by others meanwhile, in flight and joined, new. */
export function resumedFinding(run: RunContext, history: RunHistory, plan: Plan): Finding {
  const now = new Map(plan.resources.map((resource) => [resource.key, resource]))
  const before = new Set<ResourceKey>(history.plans.flatMap(({ resources }) => resources.map(({ key }) => key)))
  const asked = history.plans.at(-1)?.resources.filter(({ step }) => step !== undefined) ?? []
  const byOthers = asked.filter(
    ({ key, incarnation }) => !run.removed.has(key) && now.get(key)?.incarnation !== incarnation,
  )
  const joined = [...history.asked].filter(([key, { incarnation }]) => now.get(key)?.incarnation === incarnation)
  const fresh = plan.resources.filter(({ key, step }) => step !== undefined && !before.has(key))
  const evidence = {
    run: history.last.runId,
    done: [...run.removed.keys()],
    goneMeanwhile: byOthers.map(({ key }) => key),
    joined: joined.map(([key]) => key),
    new: fresh.map(({ key }) => key),
  }
  return {
    code: 'resumed',
    severity: 'info',
    message:
      `continues ${history.last.runId}: ${evidence.done.length} were gone, ${evidence.goneMeanwhile.length} went meanwhile, ` +
      `${evidence.joined.length} are on their way, ${evidence.new.length} are new, ${history.changes.length} changes may have to be put back`,
    keys: [],
    evidence,
  }
}
