import { BrokenInvariantError } from '../model/errors.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource } from '../model/plan.ts'

/**
 * Checks what must hold of a plan and what must never: when it is built and again before it is executed, from the plan's own data alone.
 * Throws a `BrokenInvariantError`; nothing has been sent then.
 */
export function assertPlan(plan: Plan): void {
  const byKey = new Map(plan.resources.map((resource) => [resource.key, resource]))
  if (byKey.size !== plan.resources.length) throw new BrokenInvariantError('a resource stands in the plan twice')
  assertNeeds(plan)
  assertTargets(plan, byKey)
  assertAccounted(plan, byKey)
  assertDependentsFirst(plan, byKey)
  assertCuts(plan, byKey)
}

function assertNeeds(plan: Plan): void {
  plan.steps.forEach((step, index) => {
    for (const need of step.needs)
      if (!(need >= 0 && need < index))
        throw new BrokenInvariantError(`step ${index} needs step ${need}, which does not come before it`, [step.target])
  })
}

/** Nothing foreign, shared, disputed or kept is ever a target, but for marks of ours and for writers that are silenced. */
function assertTargets(plan: Plan, byKey: ReadonlyMap<ResourceKey, PlannedResource>): void {
  const approved = new Set(plan.policy.approve ?? [])
  for (const step of plan.steps) {
    const resource = byKey.get(step.target)
    if (!resource) throw new BrokenInvariantError('a step names what is not in the plan', [step.target])
    const { level } = resource.ownership
    const named = approved.has(resource.key) || approved.has(resource.id)
    if (level === 'foreign') throw new BrokenInvariantError('a step touches what is foreign', [step.target])
    if (step.action === 'unmark') continue
    if (level === 'shared' || ((level === 'disputed' || level === 'unknown') && !named))
      throw new BrokenInvariantError(`a step touches what is ${level}`, [step.target])
    if (step.action === 'quiesce') {
      if (resource.decision === 'keep' || resource.decision === 'ask')
        throw new BrokenInvariantError('a step silences what is kept', [step.target])
      continue
    }
    if (resource.decision !== 'remove' && resource.decision !== 'await')
      throw new BrokenInvariantError(`a step touches what the plan says to ${resource.decision}`, [step.target])
  }
}

/** Every resource is removed, awaited, kept or blocked exactly once. */
function assertAccounted(plan: Plan, byKey: ReadonlyMap<ResourceKey, PlannedResource>): void {
  const removing = new Map<ResourceKey, number>()
  plan.steps.forEach((step, index) => {
    if (step.action !== 'remove' && step.action !== 'sever') return
    if (removing.has(step.target)) throw new BrokenInvariantError('two steps remove the same resource', [step.target])
    removing.set(step.target, index)
  })
  const blockedKeys = new Set(plan.blocked.map(({ key }) => key))
  for (const resource of byKey.values()) {
    const { key, decision } = resource
    if ((decision === 'remove') !== removing.has(key))
      throw new BrokenInvariantError(`the plan says ${decision}, its steps say otherwise`, [key])
    if (decision === 'await' && resource.step === undefined)
      throw new BrokenInvariantError('it goes with a whole that no step removes', [key])
    if ((decision === 'blocked' || decision === 'ask') !== blockedKeys.has(key))
      throw new BrokenInvariantError(`the plan says ${decision}, its list of blocked says otherwise`, [key])
  }
}

/** No step before its dependents are gone: for each "A dependsOn B" where both go by different steps, B's step needs A's. */
function assertDependentsFirst(plan: Plan, byKey: ReadonlyMap<ResourceKey, PlannedResource>): void {
  const askedBy = askingSteps(plan, byKey)
  const needs = needsOf(plan)
  for (const edge of plan.edges) {
    if (edge.type !== 'dependsOn' || edge.ifBroken === 'leaks') continue
    const [user, used] = [byKey.get(edge.from), byKey.get(edge.to)]
    if (!user || !used) continue
    const ask = askedBy.get(used.key)
    if (ask === undefined) continue
    if (user.step === undefined) {
      if (user.link && user.decision === 'keep')
        throw new BrokenInvariantError('a link that stays holds what goes', [user.key, used.key])
      throw new BrokenInvariantError('what stays uses what goes', [user.key, used.key])
    }
    if (askedBy.get(user.key) === ask) continue // one whole orders its own
    if (!needs(ask, user.step))
      throw new BrokenInvariantError('a removal does not wait for what uses it', [user.key, used.key])
  }
}

/** Which step asks for a resource: its own, or the one of the whole that takes it along. */
function askingSteps(plan: Plan, byKey: ReadonlyMap<ResourceKey, PlannedResource>): Map<ResourceKey, number> {
  const asks = new Map<ResourceKey, number>()
  for (const { key, step } of byKey.values()) {
    if (step === undefined) continue
    const own = plan.steps[step]
    asks.set(key, own?.action === 'await' ? (byKey.get(own.with)?.step ?? step) : step)
  }
  return asks
}

/** A set per step, made when first asked: a VPC may wait for a hundred thousand. */
function needsOf(plan: Plan): (step: number, need: number) => boolean {
  const sets = new Map<number, ReadonlySet<number>>()
  return (step, need) => {
    const set = sets.get(step) ?? new Set(plan.steps[step]?.needs)
    sets.set(step, set)
    return set.has(need)
  }
}

/** No cut inside a stack, and none for nothing: what a link is cut for goes after it. */
function assertCuts(plan: Plan, byKey: ReadonlyMap<ResourceKey, PlannedResource>): void {
  const needs = needsOf(plan)
  const askedBy = askingSteps(plan, byKey)
  const members = new Set(plan.edges.filter((edge) => edge.type === 'partOf' && !edge.alone).map((edge) => edge.from))
  plan.steps.forEach((step, index) => {
    if (step.action !== 'sever') return
    if (members.has(step.target))
      throw new BrokenInvariantError('a member of a whole would be cut out of it', [step.target])
    const ask = askedBy.get(step.freedFor)
    if (ask === undefined || !needs(ask, index))
      throw new BrokenInvariantError('a link would be cut for nothing', [step.target, step.freedFor])
  })
}
