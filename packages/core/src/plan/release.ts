import { eachEdge, graphOf } from '../graph/graph.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource } from '../model/plan.ts'
import type { Policy } from '../model/policy.ts'
import type { Discovery, Resource } from '../model/resource.ts'
import { noRelation } from './carry.ts'
import { directRefusal } from './decide.ts'
import { degree, each, nameOf, some, type World } from './world.ts'

/**
 * How something goes whose controller will not finish it: what the finalizer stands for goes ahead by its own adapters, is read as gone, and only then
 * the finalizer is released.
 */
export interface Release {
  readonly finalizers: readonly string[]
  /** Everything of another provider that it is the whole of, also through others. */
  readonly proof: readonly number[]
  /** The same, as plans before this one knew it, and no longer there. */
  readonly goneBefore: readonly ResourceKey[]
  /** Relations `partOf` it of those that go ahead of it. */
  readonly ahead: readonly number[]
}

/** What earlier plans knew as part of a resource, of another provider than it. */
export type KnownParts = (whole: ResourceKey, incarnation: string) => ReadonlySet<ResourceKey>

/** Where each resource that nobody serves gets: it is released, or it stays. */
export interface Unfinished {
  readonly releases: ReadonlyMap<number, Release>
  /** Resource → why it may not go without its controller. */
  readonly refusals: ReadonlyMap<number, string>
}

/** For everything that nobody finishes: may it go without its controller, and how. */
export function unfinished(world: World, discovery: Discovery, policy: Policy, known: KnownParts): Unfinished {
  const releases = new Map<number, Release>()
  const refusals = new Map<number, string>()
  for (const { key, controller, because, finalizer } of discovery.unserved) {
    const node = world.find(key)
    if (node < 0 || refusals.has(node)) continue
    const before = releases.get(node)
    const way = wayOut(world, discovery, policy, known, node, controller, finalizer)
    if (typeof way === 'string') refusals.set(node, `${way} (${because})`)
    else if (way) releases.set(node, before ? { ...way, finalizers: [...before.finalizers, ...way.finalizers] } : way)
  }
  for (const node of refusals.keys()) releases.delete(node)
  return { releases, refusals }
}

/** How it goes without `controller`: as it is (undefined), by a release, or not at all (why). */
function wayOut(
  world: World,
  { unseen }: Discovery,
  policy: Policy,
  known: KnownParts,
  node: number,
  controller: string,
  finalizer: string | undefined,
): Release | string | undefined {
  const refusal = directRefusal(policy, controller, finalizer)
  if (refusal !== undefined || finalizer === undefined) return refusal
  const waits = `finalizer ${finalizer} waits for ${controller}, which does not serve`
  const { key, kind, adapter, facts, abilities } = world.resources[node] as Resource
  if (!abilities.finalizers.includes(finalizer)) return `${waits}; ${kind} has no way to release it`
  const blind = unseen.find((one) => providerOf(one.kind) !== providerOf(kind))
  if (blind) return `${waits}; ${blind.kind} could not be listed in ${blind.place}, so what it stands for may be there`

  const parts = partsUnder(world, node)
  const proof = parts.filter((part) => (world.resources[part] as Resource).adapter !== adapter)
  const ahead: number[] = []
  let stuck: number | undefined
  each(world.wholes.in, node, (part, edge) => {
    if ((world.resources[part] as Resource).link) return
    const stands = [part, ...partsUnder(world, part)].some((one) => proof.includes(one))
    if (!stands) return
    if (mayGoAhead(world, part, node, edge)) ahead.push(edge)
    else stuck ??= part
  })
  if (stuck !== undefined) return `${waits}; its part ${nameOf(world, stuck)} cannot be removed ahead of it`
  const left = proof.find((part) => {
    const {
      key: own,
      facts: { id },
    } = world.resources[part] as Resource
    return policy.retainMembers?.some((one) => one === own || one === id)
  })
  if (left !== undefined) return `${waits}; its part ${nameOf(world, left)} stays by policy.retainMembers`

  const goneBefore: ResourceKey[] = []
  for (const part of known(key, facts.incarnation)) {
    const there = world.find(part)
    if (there < 0) goneBefore.push(part)
    // still on its way, or made again under the same id, which is for the same purpose
    else if (!proof.includes(there)) proof.push(there)
  }
  if (proof.length + goneBefore.length === 0)
    return `${waits}; nothing outside of ${adapter} is known that was part of it, so nothing proves that what the finalizer stands for is gone`
  return { finalizers: [finalizer], proof, goneBefore: goneBefore.sort(), ahead }
}

/** All that it is the whole of, also through others. Links are left out: they cannot outlive their holder. */
function partsUnder(world: World, node: number): number[] {
  const seen = new Set([node])
  for (const one of seen)
    each(world.wholes.in, one, (part) => {
      if (!(world.resources[part] as Resource).link) seen.add(part)
    })
  seen.delete(node)
  return [...seen].sort((a, b) => a - b)
}

/** It has a removal of its own, or another whole that takes it along. */
function mayGoAhead(world: World, part: number, whole: number, edge: number): boolean {
  const { abilities, facts } = world.resources[part] as Resource
  return (
    world.edges[edge]?.alone === true &&
    (abilities.remove || facts.phase === 'going' || some(world.wholes.out, part, (other) => other !== whole))
  )
}

const providerOf = (kind: string): string => kind.slice(0, kind.indexOf(':'))

/** The world as it is for what is released: its parts do not go with it but before it, as if they used it. */
export function asReleased(world: World, releases: ReadonlyMap<number, Release>): World {
  if (releases.size === 0) return world
  const ahead = new Set([...releases.values()].flatMap((one) => one.ahead))
  const added = [...releases].flatMap(([node, { proof, ahead: own }]) => {
    const direct = own.map((edge) => [world.from[edge] as number, node, edge] as const)
    const through = proof
      .filter((part) => !direct.some(([from]) => from === part))
      .map((part) => [part, node, wholeEdge(world, part)] as const)
    return [...direct, ...through]
  })
  const index = (walk: (add: (from: number, to: number, id: number) => void) => void): World['uses'] => ({
    out: graphOf(world.size, walk),
    in: graphOf(world.size, (add) => walk((from, to, id) => add(to, from, id))),
  })
  return {
    ...world,
    uses: index((add) => {
      eachEdge(world.uses.out, add)
      for (const [from, to, id] of added) add(from, to, id)
    }),
    wholes: index((add) =>
      eachEdge(world.wholes.out, (from, to, id) => {
        if (!ahead.has(id)) add(from, to, id)
      }),
    ),
  }
}

/** Why it has to go first, where it still says so: a part whose whole is gone says nothing. */
function wholeEdge({ wholes }: World, part: number): number {
  return degree(wholes.out, part) > 0 ? (wholes.out.edgeIds[wholes.out.offsets[part] as number] as number) : noRelation
}

/** From the plans that were made before: what each whole had of other providers. Read only when a finalizer has to be released. */
export function knownParts(plans: readonly Plan[]): KnownParts {
  let indexed: ReturnType<typeof partsIn>[] | undefined
  return (whole, incarnation) => {
    indexed ??= plans.map(partsIn)
    const found = new Set<ResourceKey>()
    for (const { resources, partsOf } of indexed) {
      const known = resources.get(whole)
      if (known?.incarnation !== incarnation) continue
      const under = new Set([whole])
      for (const one of under) for (const part of partsOf.get(one) ?? []) under.add(part)
      for (const part of under) {
        const one = resources.get(part)
        if (one && one.adapter !== known.adapter) found.add(part)
      }
    }
    return found
  }
}

function partsIn(plan: Plan): {
  readonly resources: ReadonlyMap<ResourceKey, PlannedResource>
  readonly partsOf: ReadonlyMap<ResourceKey, readonly ResourceKey[]>
} {
  const resources = new Map(plan.resources.map((resource) => [resource.key, resource]))
  const partsOf = new Map<ResourceKey, ResourceKey[]>()
  for (const { type, from, to } of plan.edges) {
    if (type !== 'partOf' || resources.get(from)?.link) continue
    const parts = partsOf.get(to)
    if (parts) parts.push(from)
    else partsOf.set(to, [from])
  }
  return { resources, partsOf }
}

export const knowsNothing: KnownParts = () => new Set()
