import { buildGraph, type Graph } from '../graph/graph.ts'
import { BrokenInvariantError } from '../model/errors.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource } from '../model/plan.ts'
import { each } from './world.ts'

/** A plan with the places of its resources in the list, and for each the step that asks for it: its own, or that of the whole that takes it along. */
interface Indexed {
  readonly plan: Plan
  readonly indexOf: ReadonlyMap<ResourceKey, number>
  readonly askedBy: Int32Array
  /** Step → the place of its target, −1 where that is not in the plan. */
  readonly targets: Int32Array
}

/**
 * Checks what must hold of a plan and what must never: when it is built and again before it is executed, from the plan's own data alone.
 * Throws a `BrokenInvariantError`; nothing has been sent then.
 */
export function assertPlan(plan: Plan): void {
  const indexOf = new Map<ResourceKey, number>()
  for (const { key } of plan.resources) indexOf.set(key, indexOf.size)
  if (indexOf.size !== plan.resources.length) throw new BrokenInvariantError('a resource stands in the plan twice')
  assertNeeds(plan)
  const targets = Int32Array.from(plan.steps, ({ target }) => indexOf.get(target) ?? -1)
  const indexed: Indexed = { plan, indexOf, targets, askedBy: askingSteps(plan, indexOf) }
  assertTargets(indexed)
  assertAccounted(indexed)
  assertDependentsFirst(indexed)
  assertCuts(indexed)
}

function assertNeeds({ steps }: Plan): void {
  for (const [index, { needs, target }] of steps.entries())
    for (const need of needs)
      if (!(need >= 0 && need < index))
        throw new BrokenInvariantError(`step ${index} needs step ${need}, which does not come before it`, [target])
}

function askingSteps({ resources, steps }: Plan, indexOf: ReadonlyMap<ResourceKey, number>): Int32Array {
  const asks = new Int32Array(resources.length).fill(-1)
  for (const [index, { step }] of resources.entries()) {
    if (step === undefined) continue
    const own = steps[step]
    const whole = own?.action === 'await' ? resources[indexOf.get(own.with) ?? -1] : undefined
    asks[index] = whole?.step ?? step
  }
  return asks
}

/** Nothing foreign, shared, disputed or kept is ever a target, but for marks of ours and for writers that are silenced. */
function assertTargets({ plan, targets }: Indexed): void {
  const approved = withParts(plan)
  for (const [index, step] of plan.steps.entries()) {
    const resource = plan.resources[targets[index] as number]
    if (!resource) throw new BrokenInvariantError('a step names what is not in the plan', [step.target])
    const { level } = resource.ownership
    if (level === 'foreign') throw new BrokenInvariantError('a step touches what is foreign', [step.target])
    if (step.action === 'unmark') continue
    const named = approved.has(resource.key)
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

/** What a person named, and its parts. */
function withParts({ policy, resources, edges }: Plan): ReadonlySet<ResourceKey> {
  const names = new Set(policy.approve ?? [])
  if (names.size === 0) return new Set()
  const partsOf = new Map<ResourceKey, ResourceKey[]>()
  for (const { type, from, to } of edges) {
    if (type !== 'partOf') continue
    const parts = partsOf.get(to)
    if (parts) parts.push(from)
    else partsOf.set(to, [from])
  }
  const approved = new Set(resources.filter(({ key, id }) => names.has(key) || names.has(id)).map(({ key }) => key))
  for (const whole of approved) for (const part of partsOf.get(whole) ?? []) approved.add(part)
  return approved
}

/** Every resource is removed, awaited, kept or blocked exactly once. */
function assertAccounted({ plan, targets }: Indexed): void {
  const removing = new Uint8Array(plan.resources.length)
  for (const [step, { action, target }] of plan.steps.entries()) {
    if (action !== 'remove' && action !== 'sever') continue
    const index = targets[step] as number
    if (removing[index] === 1) throw new BrokenInvariantError('two steps remove the same resource', [target])
    removing[index] = 1
  }
  const blocked = new Set(plan.blocked.map(({ key }) => key))
  for (const [index, { key, decision, step }] of plan.resources.entries()) {
    if ((decision === 'remove') !== (removing[index] === 1))
      throw new BrokenInvariantError(`the plan says ${decision}, its steps say otherwise`, [key])
    if (decision === 'await' && step === undefined)
      throw new BrokenInvariantError('it goes with a whole that no step removes', [key])
    if ((decision === 'blocked' || decision === 'ask') !== blocked.has(key))
      throw new BrokenInvariantError(`the plan says ${decision}, its list of blocked says otherwise`, [key])
  }
}

/** No step before its dependents are gone: for each "A dependsOn B" where both go by different steps, B's step needs A's. */
function assertDependentsFirst({ plan, indexOf, askedBy }: Indexed): void {
  const { steps, resources } = plan
  const later = new Int32Array(plan.edges.length)
  const needed = new Int32Array(plan.edges.length)
  const ids = new Int32Array(plan.edges.length)
  let count = 0
  let user = -1
  plan.edges.forEach(({ type, ifBroken, from, to }, edge) => {
    if (type !== 'dependsOn' || ifBroken === 'leaks') return
    if (resources[user]?.key !== from) user = indexOf.get(from) ?? -1 // relations of one resource mostly stand together
    const used = indexOf.get(to)
    if (user < 0 || used === undefined) return
    const ask = askedBy[used] as number
    if (ask < 0) return
    const { step, link, decision, key } = resources[user] as PlannedResource
    if (step === undefined) {
      if (link && decision === 'keep') throw new BrokenInvariantError('a link that stays holds what goes', [key, to])
      throw new BrokenInvariantError('what stays uses what goes', [key, to])
    }
    if (askedBy[user] === ask) return // one whole orders its own
    later[count] = ask
    needed[count] = step
    ids[count++] = edge
  })
  const bySteps = buildGraph(steps.length, later.subarray(0, count), needed.subarray(0, count), ids)
  assertNeeded(plan, bySteps)
}

/** `needed`: step → the steps that have to be among its needs; its edges are called as those of the plan. */
function assertNeeded({ steps, edges }: Plan, needed: Graph): void {
  const neededBy = new Int32Array(steps.length).fill(-1)
  for (const [index, { needs }] of steps.entries()) {
    if (needed.offsets[index] === needed.offsets[index + 1]) continue
    for (const need of needs) neededBy[need] = index
    each(needed, index, (need, edge) => {
      if (neededBy[need] === index) return
      const { from, to } = edges[edge] as Plan['edges'][number]
      throw new BrokenInvariantError('a removal does not wait for what uses it', [from, to])
    })
  }
}

/** No cut inside a stack, and none for nothing: what a link is cut for goes after it. */
function assertCuts({ plan, indexOf, askedBy }: Indexed): void {
  const cuts = [...plan.steps.keys()].filter((index) => plan.steps[index]?.action === 'sever')
  if (cuts.length === 0) return
  const members = new Set(plan.edges.filter((edge) => edge.type === 'partOf' && !edge.alone).map((edge) => edge.from))
  for (const index of cuts) {
    const step = plan.steps[index]
    if (step?.action !== 'sever') continue
    if (members.has(step.target))
      throw new BrokenInvariantError('a member of a whole would be cut out of it', [step.target])
    const ask = askedBy[indexOf.get(step.freedFor) ?? -1] ?? -1
    if (!plan.steps[ask]?.needs.includes(index))
      throw new BrokenInvariantError('a link would be cut for nothing', [step.target, step.freedFor])
  }
}
