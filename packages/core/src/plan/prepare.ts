import type { Json } from '../model/json.ts'
import type { Policy } from '../model/policy.ts'
import type { Resource } from '../model/resource.ts'
import { askedAt, type Choices, type Moments, role } from './carry.ts'
import { go, mayLift } from './decide.ts'
import type { Settled } from './settle.ts'
import { each, some, type World } from './world.ts'

/** A reversible change just before the removal that needs it. `frees`: the resource whose removal it is for; `before`: the moment it comes ahead of. */
export interface Preparation {
  readonly action: 'unprotect' | 'quiesce'
  readonly target: number
  readonly what: string
  readonly value: Json
  readonly frees: number
  readonly before: number
}

/** Protections to lift and writers to silence. Links that are cut are moments of their own and not listed here. */
export function prepare(
  world: World,
  settled: Settled,
  choices: Choices,
  moments: Moments,
  policy: Policy,
): Preparation[] {
  const all: Preparation[] = []
  for (let node = 0; node < world.size; node++) {
    const head = moments.head[node] as number
    if (head < 0) continue
    const resource = world.resources[node] as Resource
    for (const protection of resource.facts.protections ?? []) {
      const value = resource.abilities.unprotect[protection.id]
      if (value !== undefined && mayLift(resource, protection, policy))
        all.push({ action: 'unprotect', target: node, what: protection.id, value, frees: node, before: askedAt(head) })
    }
  }
  const silenced = new Set<number>()
  world.writers.edges.forEach((edge, id) => {
    const [made, writer] = [world.indexOf.get(edge.from) as number, world.indexOf.get(edge.to) as number]
    const head = moments.head[made] as number
    const { abilities, facts } = world.resources[writer] as Resource
    const goesFirst = settled.stay[writer] === go && !choices.droppedWriters.has(id)
    if (head < 0 || goesFirst || abilities.quiesce === undefined || silenced.has(writer)) return
    silenced.add(writer)
    all.push({
      action: 'quiesce',
      target: writer,
      what: facts.id,
      value: abilities.quiesce,
      frees: made,
      before: askedAt(head),
    })
  })
  return all
}

/** What a cut link is cut for: everything that it names and that goes. */
export function freedBy(world: World, moments: Moments, link: number): number[] {
  const freed: number[] = []
  each(world.uses.out, link, (other, edge) => {
    if ((moments.head[other] as number) >= 0 && world.uses.edges[edge]?.ifBroken !== 'leaks') freed.push(other)
  })
  return freed
}

/** Who loses the link: its whole that stays or goes later, or one of the two that it ties. */
export function holderOf(world: World, link: number, freedFor: number): number {
  let holder = -1
  each(world.wholes.out, link, (whole) => {
    if (holder < 0) holder = whole
  })
  if (holder >= 0) return holder
  some(world.uses.out, link, (other) => {
    if (other !== freedFor) holder = other
    return holder >= 0
  })
  return holder >= 0 ? holder : link
}

export const isCut = (moments: Moments, node: number): boolean => moments.role[node] === role.cut
