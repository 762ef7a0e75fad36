import { bytes, int32s, larger } from '../graph/numbers.ts'
import { BrokenInvariantError } from '../model/errors.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource, Step } from '../model/plan.ts'
import type { Edge } from '../model/relation.ts'
import { blockLength, countObjects } from './fetch.ts'
import { rises } from './intern.ts'
import { indexKeys } from './key-index.ts'
import { type Places, placesOf } from './places.ts'

/** A plan with the places of its resources in the list, and for each the step that asks for it: its own, or that of the whole that takes it along. */
interface Indexed {
  readonly plan: Plan
  /** Those of the resources, in the same order. */
  readonly keys: readonly ResourceKey[]
  readonly places: Places
  /** Resource → its step, −1 where it has none. */
  readonly stepOf: Int32Array
  readonly askedBy: Int32Array
  find(key: ResourceKey): number
  needs(step: number, need: number): boolean
}

/**
 * Checks what must hold of a plan and what must never: when it is built and again before it is executed, from the plan's own data alone; whoever
 * knows the places of what edges and steps name saves looking them up, and they are checked too. Throws a `BrokenInvariantError`; nothing has been sent then.
 */
export function assertPlan(plan: Plan, places: Places = placesOf(plan)): void {
  const stepOf = int32s(plan.resources.length)
  const keys = plan.resources.map(({ key, step = -1 }, at) => {
    stepOf[at] = step
    return key
  })
  const find = finder(keys)
  const needs = assertNeeds(plan)
  assertEachOnce(keys)
  const indexed: Indexed = { plan, keys, places, find, needs, stepOf, askedBy: askingSteps(plan, stepOf, find) }
  assertTargets(indexed)
  assertAccounted(indexed)
  assertDependentsFirst(indexed)
  assertCuts(indexed)
  assertReleases(indexed)
}

/** Looks a resource up, −1 where it is not in the plan. Most plans need it for some steps only. */
function finder(keys: readonly ResourceKey[]): (key: ResourceKey) => number {
  let find: ((key: ResourceKey) => number) | undefined
  return (key) => {
    find ??= indexKeys(keys).find
    return find(key)
  }
}

/** Every need comes before its step. Gives what says whether a step needs another: a million lists are slow to look into, one is not. */
function assertNeeds({ steps, edges }: Plan): Indexed['needs'] {
  const rows = int32s(steps.length + 1)
  let all = int32s(edges.length)
  let count = 0
  for (let index = 0; index < steps.length; index++) {
    const { needs, target } = steps[index] as Step
    const start = count
    let rising = true
    for (const need of needs) {
      if (!(Number.isInteger(need) && need >= 0 && need < index))
        throw new BrokenInvariantError(`step ${index} needs step ${need}, which does not come before it`, [target])
      if (count > start && need < (all[count - 1] as number)) rising = false
      if (count === all.length) all = larger(all)
      all[count++] = need
    }
    if (!rising) all.subarray(start, count).sort()
    rows[index + 1] = count
  }
  return (step, need) => {
    let [low, high] = [rows[step] as number, rows[step + 1] as number]
    while (low < high) {
      const middle = (low + high) >> 1
      const found = all[middle] as number
      if (found === need) return true
      if (found < need) low = middle + 1
      else high = middle
    }
    return false
  }
}

/** In the order of keys, as plans are written, one look at each is enough. */
function assertEachOnce(keys: readonly ResourceKey[]): void {
  if (!rises(keys) && new Set(keys).size < keys.length)
    throw new BrokenInvariantError('a resource stands in the plan twice')
}

function askingSteps({ steps }: Plan, stepOf: Int32Array, find: Indexed['find']): Int32Array {
  const asks = int32s(stepOf.length).fill(-1)
  for (let at = 0; at < stepOf.length; at++) {
    const step = stepOf[at] as number
    const own = steps[step]
    const whole = own?.action === 'await' ? (stepOf[find(own.with)] ?? -1) : -1
    asks[at] = whole < 0 ? step : whole
  }
  return asks
}

/** Nothing foreign, shared, disputed or kept is ever a target, but for marks of ours and for writers that are silenced. */
function assertTargets({ plan, keys, find, places: { targets } }: Indexed): void {
  const approved = withParts(plan)
  const mayGo = bytes(keys.length)
  for (let at = 0; at < keys.length; at++) mayGo[at] = Number(plainlyGoes(plan.resources[at] as PlannedResource))
  for (let index = 0; index < plan.steps.length; index++) {
    const step = plan.steps[index] as Step
    const place = targets[index] as number
    if (place < 0 ? find(step.target) >= 0 : keys[place] !== step.target)
      throw new BrokenInvariantError('a step aims elsewhere than it says', [step.target])
    if (mayGo[place] === 1) continue
    const resource = plan.resources[place]
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

/** Whatever a step does to it: nothing forbids that. */
const plainlyGoes = ({ decision, ownership: { level } }: PlannedResource): boolean =>
  (decision === 'remove' || decision === 'await') && (level === 'owned' || level === 'suspected')

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
function assertAccounted({ plan, find, places: { targets } }: Indexed): void {
  const { resources, steps } = plan
  const removing = bytes(resources.length)
  for (let step = 0; step < steps.length; step++) {
    const { action, target } = steps[step] as Step
    if (action !== 'remove' && action !== 'sever') continue
    const index = targets[step] as number
    if (removing[index] === 1) throw new BrokenInvariantError('two steps remove the same resource', [target])
    removing[index] = 1
  }
  const blocked = bytes(resources.length)
  for (const { key } of plan.blocked) blocked[find(key)] = 1
  for (let index = 0; index < resources.length; index++) {
    const { key, decision, step } = resources[index] as PlannedResource
    if ((decision === 'remove') !== (removing[index] === 1))
      throw new BrokenInvariantError(`the plan says ${decision}, its steps say otherwise`, [key])
    if (decision === 'await' && step === undefined)
      throw new BrokenInvariantError('it goes with a whole that no step removes', [key])
    if ((decision === 'blocked' || decision === 'ask') !== (blocked[index] === 1))
      throw new BrokenInvariantError(`the plan says ${decision}, its list of blocked says otherwise`, [key])
  }
}

/** No step before its dependents are gone: for each "A dependsOn B" where both go by different steps, B's step needs A's. */
function assertDependentsFirst({ plan, keys, places, find, needs, stepOf, askedBy }: Indexed): void {
  const { resources, edges } = plan
  for (let edge = 0; edge < edges.length; edge++) {
    if (edge % blockLength === 0) countObjects(edges, edge, Math.min(edge + blockLength, edges.length))
    const { type, ifBroken, from, to } = edges[edge] as Edge
    const [user, used] = [places.from[edge] as number, places.to[edge] as number]
    if (!standsAt(user, from) || !standsAt(used, to))
      throw new BrokenInvariantError('an edge ends elsewhere than it says', [from, to])
    if (user < 0 || used < 0) continue
    if (type !== 'dependsOn' || ifBroken === 'leaks') continue
    const ask = askedBy[used] as number
    if (ask < 0) continue
    if ((stepOf[user] as number) < 0) {
      const { link, decision, key } = resources[user] as PlannedResource
      if (link && decision === 'keep') throw new BrokenInvariantError('a link that stays holds what goes', [key, to])
      throw new BrokenInvariantError('what stays uses what goes', [key, to])
    }
    if (askedBy[user] === ask) continue // one whole orders its own
    if (!needs(ask, stepOf[user] as number))
      throw new BrokenInvariantError('a removal does not wait for what uses it', [from, to])
  }

  function standsAt(place: number, key: ResourceKey): boolean {
    return place < 0 ? find(key) < 0 : keys[place] === key
  }
}

/** No cut inside a stack, and none for nothing: what a link is cut for goes after it. */
function assertCuts({ plan, find, askedBy }: Indexed): void {
  let members: ReadonlySet<ResourceKey> | undefined
  for (let index = 0; index < plan.steps.length; index++) {
    const step = plan.steps[index] as Step
    if (step.action !== 'sever') continue
    members ??= new Set(plan.edges.filter((edge) => edge.type === 'partOf' && !edge.alone).map((edge) => edge.from))
    if (members.has(step.target))
      throw new BrokenInvariantError('a member of a whole would be cut out of it', [step.target])
    const ask = askedBy[find(step.freedFor)] ?? -1
    if (!plan.steps[ask]?.needs.includes(index))
      throw new BrokenInvariantError('a link would be cut for nothing', [step.target, step.freedFor])
  }
}

/** A finalizer is released only where the policy names it, after everything that proves that it may be, and before what it holds. */
function assertReleases({ plan, find, askedBy }: Indexed): void {
  for (const [index, step] of plan.steps.entries()) {
    if (step.action !== 'release') continue
    const { finalizer, proof, target, needs } = step
    if (!plan.policy.releaseFinalizers?.includes(finalizer))
      throw new BrokenInvariantError(`finalizer ${finalizer} would be released and the policy does not name it`, [
        target,
      ])
    if (proof.length === 0)
      throw new BrokenInvariantError(`finalizer ${finalizer} would be released without proof`, [target])
    for (const key of proof) {
      const part = plan.resources[find(key)]
      const missing = part && (part.step === undefined ? isPart(key, target) : !needs.includes(part.step))
      if (missing)
        throw new BrokenInvariantError(`finalizer ${finalizer} would be released before its proof is gone`, [
          target,
          key,
        ])
    }
    const asks = plan.steps[askedBy[find(target)] ?? -1]
    if (!asks?.needs.includes(index))
      throw new BrokenInvariantError('a finalizer would be released for nothing', [target])
  }

  function isPart(part: ResourceKey, whole: ResourceKey): boolean {
    return plan.edges.some(({ type, from, to }) => type === 'partOf' && from === part && to === whole)
  }
}
