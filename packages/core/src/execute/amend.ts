import type { Connected } from '../adapter/connect-all.ts'
import { isoTime } from '../adapter/context.ts'
import { discover } from '../discover/discover.ts'
import { earlierKnowledge, policyNow } from '../discover/earlier.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../model/plan.ts'
import { defaultMaxRemovals } from '../model/policy.ts'
import { buildPlan } from '../plan/build-plan.ts'
import { knownParts } from '../plan/release.ts'
import { awaitLingering, stillFollowing } from './await-lingering.ts'
import { attemptsOf, type RunContext, record } from './run-context.ts'
import { runPlan } from './scheduler.ts'

const defaultMaxAmendments = 5

/**
 * Executes a plan; what was blocked or failed on the way is looked at again, planned again by the same pure function, and executed, as long as that
 * gets further. Same policy, same assertions; what is added counts against `maxRemovals`. Gives every plan that it made, the first one included.
 */
export async function executeAmending(
  run: RunContext,
  earlier: readonly Plan[],
  connected: Connected,
): Promise<readonly [Plan, ...Plan[]]> {
  const plan = earlier.at(-1) as Plan
  const most = plan.policy.amend === 'never' ? 0 : (run.options.maxAmendments ?? defaultMaxAmendments)
  const plans: [Plan, ...Plan[]] = [plan]
  let current = plan
  let results = await runPlan(run, plan)
  const known = new Set(plan.resources.filter(({ step }) => step !== undefined).map(({ key }) => key))
  for (let round = 0; round < most; round++) {
    const met = results.filter(
      ({ result, failure }) => (result === 'blocked' || result === 'failed') && failure?.code !== 'denied',
    )
    const following = stillFollowing(current)
    if (met.length === 0 && following.length === 0) break
    await awaitLingering(run, following)
    if (run.soft.aborted) break
    const removedBefore = run.removed.size
    const next = await planAnew({
      earlier: [...earlier, ...plans.slice(1)],
      removed: run.removed.size,
      connected,
      ledger: run.ledger,
      now: run.context.now(),
    })
    const targets = new Set(next.steps.map(({ target }) => target))
    const added = next.resources.filter(({ key, step }) => step !== undefined && !known.has(key)).map(({ key }) => key)
    const mayAsk = met.filter(
      ({ target }) => targets.has(target) && (run.asked.get(target) ?? 0) < attemptsOf(run.reader.locate(target)),
    )
    // what was accepted and failed is asked for as often as its kind allows; what is only ever refused, once more
    const again = mayAsk.some(({ target }) => run.asked.has(target))
    const tried = new Set(run.results.flatMap(({ target, startedAt }) => (startedAt === undefined ? [] : [target])))
    // new, or left out before because something stood in its way that is not there any more
    const free = next.steps.some(({ needs, target }) => needs.length === 0 && !tried.has(target))
    plans.push(next)
    if (next.refused.length > 0 || (mayAsk.length === 0 && !free)) break
    run.emit({ type: 'amended', plan: next.id, amends: current.id, added })
    const at = isoTime(run.context.now())
    await record(run, { at, type: 'plan', runId: run.runId, plan: next })
    await record(run, { at, type: 'amended', runId: run.runId, planId: next.id, amends: current.id })
    for (const key of added) known.add(key)
    current = next
    results = await runPlan(run, next)
    if (run.removed.size === removedBefore && !again) break
  }
  return plans
}

export interface Anew {
  /** All plans before it, oldest first; never empty. */
  readonly earlier: readonly Plan[]
  /** How many removals have been made for them. */
  readonly removed: number
  readonly connected: Connected
  readonly ledger: Ledger
  readonly now: number
}

/** What is known and found now, minus what is gone: the same target and policy, planned by the same pure function. */
export async function planAnew({ earlier, removed, connected, ledger, now }: Anew): Promise<Plan> {
  const { id, target, policy } = earlier.at(-1) as Plan
  const first = earlier[0] as Plan
  const known = earlierKnowledge(earlier)
  const discovery = await discover({
    connections: connected.connections,
    target,
    policy,
    ledger,
    earlier: known,
  })
  const allowed = (first.policy.maxRemovals ?? defaultMaxRemovals) - removed
  return buildPlan({
    discovery,
    target,
    policy: { ...policyNow(policy, known, discovery), maxRemovals: Math.max(0, allowed), ifBlocked: 'continue' },
    now,
    amends: id,
    known: knownParts(earlier),
  })
}
