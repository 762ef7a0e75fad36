import type { Facts } from '../adapter/kind.ts'
import type { Plan, Step } from '../model/plan.ts'
import { noAbility } from './change-step.ts'
import { waitedForLag } from './look-before.ts'
import { isOver, presenceOf } from './presence.ts'
import { type PutBack, type RunContext, targetsBehind } from './run-context.ts'
import { send } from './send.ts'

type Sever = Extract<Step, { action: 'sever' }>

/** A link that was cut goes back if what it named stays after all. */
export function rememberCut(run: RunContext, plan: Plan, index: number, step: Sever, link: Facts): void {
  if (!run.reader.locate(step.target).kind.restore) return
  if (run.prepared.some((one) => one.plan === plan && one.step === index)) return
  const cutAt = run.context.monotonic()
  run.prepared.push({
    plan,
    step: index,
    freedFor: step.freedFor,
    undo: (attempt) => undoCut(run, plan, index, step, link, attempt, run.asked.has(step.target) ? cutAt : undefined),
  })
}

/** Whether all that waits for the cut went, and other things have their ids by now: then the link ties nothing that is to go. */
export async function freesNothing(run: RunContext, plan: Plan, index: number, { freedFor }: Sever): Promise<boolean> {
  if ((await presenceOf(run, plan, freedFor)) !== 'another') return false
  for (const target of targetsBehind(plan, index))
    if (target !== freedFor && (await presenceOf(run, plan, target)) !== 'another') return false
  return true
}

/** Puts a link back. It may be there: the cut was never sent, or somebody was faster. */
export async function undoCut(
  run: RunContext,
  plan: Plan,
  index: number,
  step: Sever,
  link: Facts,
  attempt: number,
  cutAt?: number,
): Promise<PutBack> {
  const known = run.reader.locate(step.target)
  const { kind } = known
  const restore = kind.restore
  if (!restore) return noAbility(kind.name, 'restore')
  const holder = await presenceOf(run, plan, step.holder)
  if (holder === 'going' || isOver(holder)) return 'nothing' // it goes with its holder; another under that id never had it
  // what this run has read as gone is not there again because a later answer is old; putting it back twice does no harm
  if (!run.removed.has(step.target)) {
    const now = await run.reader.read(step.target, { sure: true })
    if ('failure' in now) return now.failure
    if ('found' in now && now.found.facts.phase === 'steady') {
      if (attempt === 1 && (await waitedForLag(run, cutAt))) return undoCut(run, plan, index, step, link, attempt)
      return 'nothing'
    }
  }
  return send(run, plan, index, known, link, 'undo', attempt, link.data, (io) => restore.call(kind, io, link))
}
