import type { OwnershipLevel } from '../model/ownership.ts'
import type { Blocked, Blocker, Decision, Kept, PlannedResource } from '../model/plan.ts'
import type { Resource } from '../model/resource.ts'
import { type Moments, role } from './carry.ts'
import { asked, blocked, notOurs, onlyNearby, type Stay, type Verdicts, wished } from './decide.ts'
import { blockLength, fetchParts } from './fetch.ts'
import { chains, type Settled } from './settle.ts'
import { has, trait } from './traits.ts'
import type { World } from './world.ts'

type Draft = { -readonly [field in keyof PlannedResource]: PlannedResource[field] }

/** Neighbours in the order of keys often have the same reason: they share one list of it. */
export function listResources(world: World, settled: Settled, moments: Moments, stepOf: Int32Array): PlannedResource[] {
  let because: readonly [string] = ['']
  return world.resources.map((resource, node) => {
    if (node % blockLength === 0) fetchParts(world.resources, node)
    const { key, kind, adapter, place, ownership, facts, abilities } = resource
    const { id, incarnation, phase, state } = facts
    const text = settled.because[node] || 'a link that nothing needs cut; it stays with its holder'
    if (because[0] !== text) because = [text]
    const decision = decisionOf(node, settled, moments)
    const step = stepOf[node] as number
    const planned: Draft =
      step >= 0
        ? { key, kind, adapter, id, place, incarnation, phase, state, ownership, decision, because, step }
        : { key, kind, adapter, id, place, incarnation, phase, state, ownership, decision, because }
    if (facts.name !== undefined) planned.name = facts.name
    if (facts.createdAt !== undefined) planned.createdAt = facts.createdAt
    if (resource.link) planned.link = true
    if (abilities.manual && (step >= 0 || mayBeOurs(resource))) planned.manual = abilities.manual
    if (abilities.oneAtATime) planned.oneAtATime = abilities.oneAtATime
    return planned
  })
}

/** Nobody is handed the command that deletes what may be a stranger's. */
const mayBeOurs = (resource: Resource): boolean => ownLevels.has(resource.ownership.level) && !onlyNearby(resource)
const ownLevels: ReadonlySet<OwnershipLevel> = new Set(['owned', 'suspected', 'disputed'])

function decisionOf(node: number, settled: Settled, moments: Moments): Decision {
  switch (settled.stay[node] as Stay) {
    case wished:
    case notOurs:
      return 'keep'
    case asked:
      return 'ask'
    case blocked:
      return 'blocked'
    default:
      return moments.role[node] === role.carried ? 'await' : moments.role[node] === role.idle ? 'keep' : 'remove'
  }
}

/** What is ours, or bears our mark, and stays as wanted; neighbours that were never in question are not listed. */
export function listKept(world: World, settled: Settled, verdicts: Verdicts): Kept[] {
  const kept: Kept[] = []
  for (let node = 0; node < world.size; node++) {
    const shared = has(world, node, trait.shared) && verdicts.reason[node] === 'shared'
    if (settled.stay[node] !== wished && !shared) continue
    const { key } = world.resources[node] as Resource
    kept.push({ key, reason: settled.reason[node] ?? 'kept-by-policy', because: settled.because[node] ?? '' })
  }
  return kept
}

export function listBlocked(world: World, settled: Settled): Blocked[] {
  const list: Blocked[] = []
  const blockers = new Map<number, Blocker>()
  const chainOf = chains(settled)
  for (let node = 0; node < world.size; node++) {
    const code = settled.stay[node]
    if (code === blocked || code === asked) list.push({ ...blockerOf(node), chain: chainOf(node).map(blockerOf) })
  }
  return list

  function blockerOf(node: number): Blocker {
    const known = blockers.get(node)
    if (known) return known
    const { key } = world.resources[node] as Resource
    const blocker = { key, reason: settled.reason[node] ?? 'used', because: settled.because[node] ?? '' }
    blockers.set(node, blocker)
    return blocker
  }
}
