import { MisuseError } from '../model/errors.ts'
import type { Explanation, Neighbour } from '../model/explanation.ts'
import { isResourceKey, kindAndId, type ResourceKey, splitKey } from '../model/key.ts'
import type { Plan, PlannedResource, Step } from '../model/plan.ts'
import type { Report } from '../model/report.ts'
import { changesFor } from './what-would-change.ts'

/**
 * Why is it in the plan, why there in the order, what waits for it, what holds it, on which evidence, what would change the answer. Of a report: what
 * became of it. Pure; also for plans and reports that were stored.
 *
 * `key`: a key, or a provider's id that only one resource has; several → `MisuseError` that lists their keys. What is not known gives `fate: 'unknown'`.
 */
export function explain(source: Plan | Report, key: ResourceKey | string): Explanation {
  return source.format === 'cleardown-plan/1' ? explainPlanned(source, key) : explainReported(source, key)
}

function explainPlanned(plan: Plan, asked: string): Explanation {
  const key = find(
    plan.resources.map((resource) => resource.key),
    asked,
  )
  const resource = plan.resources.find((one) => one.key === key)
  if (!resource) return unknown(asked, `the plan for ${JSON.stringify(plan.target)} does not have it`)
  const blocked = plan.blocked.find((one) => one.key === key)
  const stays = blocked ?? plan.kept.find((one) => one.key === key)
  const chain = blocked?.chain ?? []
  const step = resource.step
  return {
    key: resource.key,
    fate: resource.decision,
    because: resource.because,
    ...(stays ? { reason: stays.reason } : {}),
    ownership: resource.ownership.level,
    evidence: resource.ownership.evidence,
    ...(step === undefined ? {} : { step }),
    after:
      step === undefined
        ? []
        : (plan.steps[step] as Step).needs.map((need) => neighbour(plan, resource, need, 'after')),
    before:
      step === undefined
        ? []
        : plan.steps.flatMap((one, index) =>
            one.needs.includes(step) ? [neighbour(plan, resource, index, 'before')] : [],
          ),
    chain,
    changes: stays
      ? changesFor(resource.key, stays.reason, chain)
      : resource.step === undefined
        ? []
        : [{ what: `policy.keep: ['${resource.id}']`, then: 'it stays, with everything that it uses' }],
    manual: resource.manual ? [resource.manual] : [],
  }
}

/** The relation between the two that the order follows from; preparations and parts have none of their own, and say why themselves. */
function neighbour(plan: Plan, resource: PlannedResource, index: number, side: 'after' | 'before'): Neighbour {
  const step = plan.steps[index] as Step
  const own = going(plan, resource.step as number)
  const theirs = going(plan, index)
  const [users, used] = side === 'after' ? [theirs, own] : [own, theirs]
  const because = plan.edges.flatMap((edge) => {
    if (edge.type === 'dependsOn' || edge.type === 'servedBy')
      return users.has(edge.from) && used.has(edge.to)
        ? [`${kindAndId(edge.from)} uses ${kindAndId(edge.to)}: ${edge.because}`]
        : []
    if (edge.type === 'restoredBy')
      return users.has(edge.to) && used.has(edge.from)
        ? [`${kindAndId(edge.to)} would make ${kindAndId(edge.from)} again: ${edge.because}`]
        : []
    return []
  })
  const { because: otherwise } = side === 'after' ? (plan.steps[resource.step as number] as Step) : step
  return { step: index, action: step.action, key: step.target, because: because.length > 0 ? because : otherwise }
}

/** Everything that goes with a step: its target and what is carried along. */
function going(plan: Plan, index: number): ReadonlySet<ResourceKey> {
  const all = new Set(plan.resources.filter(({ step }) => step === index).map(({ key }) => key))
  return all.add((plan.steps[index] as Step).target)
}

function explainReported(report: Report, asked: string): Explanation {
  const keys = new Set(
    [...report.removed, ...report.left, ...report.kept, ...report.steps.map(({ target }) => ({ key: target }))].map(
      ({ key }) => key,
    ),
  )
  const key = find([...keys], asked)
  if (!key) return unknown(asked, `the report of ${report.runId} does not have it`)
  const base = { key, evidence: [], after: [], before: [], chain: [], changes: [], manual: [] }
  const left = report.left.find((one) => one.key === key)
  if (left)
    return {
      ...base,
      fate: 'left',
      because: [left.because],
      reason: left.why,
      ownership: left.ownership.level,
      evidence: left.ownership.evidence,
      chain: left.blockers,
      changes: changesFor(key, left.why, left.blockers),
      manual: left.manual,
    }
  const kept = report.kept.find((one) => one.key === key)
  if (kept)
    return {
      ...base,
      fate: 'keep',
      because: [kept.because],
      reason: kept.reason,
      changes: changesFor(key, kept.reason, []),
    }
  const removed = report.removed.find((one) => one.key === key)
  if (removed)
    return {
      ...base,
      fate: 'removed',
      because: [`read as gone at ${removed.at} (${removed.proof})`],
      ...(removed.step === undefined ? {} : { step: removed.step }),
    }
  const last = report.steps.findLast(({ target }) => target === key)
  return {
    ...base,
    fate: 'unknown',
    because: [`its last step ended ${last?.result}${last?.failure ? `: ${last.failure.message}` : ''}`],
  }
}

function find(keys: readonly ResourceKey[], asked: string): ResourceKey | undefined {
  const found = isResourceKey(asked)
    ? keys.filter((key) => key === asked)
    : keys.filter((key) => splitKey(key).id === asked)
  if (found.length > 1)
    throw new MisuseError(
      'not-unique',
      `"${asked}" is the id of ${found.length} resources; ask for one key of ${found.join(', ')}`,
    )
  return found[0]
}

const unknown = (asked: string, why: string): Explanation => ({
  key: asked as ResourceKey,
  fate: 'unknown',
  because: [`${why}: nothing said that it is the target's, and nothing of the target uses it`],
  evidence: [],
  after: [],
  before: [],
  chain: [],
  changes: [{ what: `policy.approve: ['${asked}']`, then: 'it comes into play, if it exists and is not of another' }],
  manual: [],
})
