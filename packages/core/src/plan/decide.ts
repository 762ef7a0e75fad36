import type { Protection } from '../adapter/kind.ts'
import { buildGraph } from '../graph/graph.ts'
import type { StayReason } from '../model/plan.ts'
import type { Policy, Route, Selector } from '../model/policy.ts'
import type { Discovery, Resource, Unseen } from '../model/resource.ts'
import { each, type World } from './world.ts'

/** How strongly something stays. What follows from a wish is a wish; what follows from anything else is blocked. */
export const go = 0
export const wished = 1 // the user wants it kept
export const notOurs = 2 // foreign, shared, unknown
export const asked = 3 // a person decides
export const blocked = 4 // should go, cannot
export type Stay = typeof go | typeof wished | typeof notOurs | typeof asked | typeof blocked

export interface Verdict {
  readonly stay: Stay
  readonly reason?: StayReason
  readonly because: string
}

/** Ownership level × policy, and what cannot go for its own sake. Says nothing yet about what others do to it. */
export function decide(world: World, discovery: Discovery, policy: Policy, now: number): Verdict[] {
  const approved = new Set(policy.approve ?? [])
  const needed = new Set(discovery.needed)
  const verdicts = world.resources.map((resource) =>
    decideOne(
      resource,
      policy,
      approved.has(resource.key) || approved.has(resource.facts.id),
      needed.has(resource.key),
      discovery.unseen,
    ),
  )
  for (const { key, controller, because, finalizer } of discovery.unserved) {
    const index = world.indexOf.get(key)
    if (index === undefined || verdicts[index]?.stay !== go) continue
    const refusal = directRefusal(policy, controller, finalizer)
    if (refusal) verdicts[index] = { stay: blocked, reason: 'server', because: `${refusal} (${because})` }
  }
  if (policy.minAgeMs !== undefined) keepYoung(world, verdicts, policy.minAgeMs, now)
  return verdicts
}

function decideOne(
  resource: Resource,
  policy: Policy,
  approved: boolean,
  needed: boolean,
  unseen: readonly Unseen[],
): Verdict {
  const { facts, ownership } = resource
  const keep = policy.keep?.find((selector) => selects(selector, resource))
  if (keep !== undefined)
    return {
      stay: wished,
      reason: 'kept-by-policy',
      because: `policy.keep names ${typeof keep === 'string' ? keep : JSON.stringify(keep)}`,
    }
  if (needed) return { stay: wished, reason: 'needed', because: 'cleardown itself works through it' }

  const mark = ownership.evidence.find((one) => one.says !== 'ours') ?? ownership.evidence[0]
  const evidence = mark ? `${mark.field} = ${mark.value}` : 'nothing says that it is ours'
  switch (ownership.level) {
    case 'foreign':
      return {
        stay: notOurs,
        reason: 'foreign',
        because: `it belongs to ${mark?.owner ?? 'another owner'}: ${evidence}`,
      }
    case 'shared':
      return { stay: notOurs, reason: 'shared', because: `shared${sharers(resource)}: ${evidence}` }
    case 'unknown':
      if (!approved) return { stay: notOurs, reason: 'not-ours', because: evidence }
      break
    case 'disputed':
      if (!approved)
        return {
          stay: asked,
          reason: 'disputed',
          because: `proof of ours and of ${mark?.owner ?? 'another owner'}: ${evidence}`,
        }
      break
    case 'suspected':
      if (approved || policy.suspected === 'remove') break
      return {
        stay: policy.suspected === 'keep' ? wished : asked,
        reason: 'suspected',
        because: `only hints say that it is ours: ${evidence}`,
      }
    case 'owned':
      break
  }

  if (facts.holdsData && facts.holdsData !== 'delete' && !approved) {
    const wish = policy.retained ?? (facts.holdsData === 'retain' ? 'keep' : 'ask')
    if (wish === 'keep')
      return {
        stay: wished,
        reason: 'retained',
        because: facts.holdsData === 'retain' ? 'its maker wants the data kept' : 'policy.retained is keep',
      }
    if (wish === 'ask')
      return { stay: asked, reason: 'holds-data', because: 'it holds data, and nobody said what shall become of it' }
  }
  const standing = (facts.protections ?? []).find((protection) => !mayLift(resource, protection, policy))
  if (standing)
    return {
      stay: blocked,
      reason: 'protected',
      because: `${standing.id} (${standing.says})${standing.liftable ? `; policy.liftProtection does not name ${facts.id}` : '; it cannot be lifted from here'}`,
    }
  const blind = unseen.find(
    (one) =>
      one.account === resource.account && one.uses.includes(resource.kind) && samePlace(one.place, resource.place),
  )
  if (blind)
    return {
      stay: blocked,
      reason: 'unseen',
      because: `${blind.kind} could not be listed in ${blind.place}; one of them may use it`,
    }
  const [own] = ownership.evidence
  return { stay: go, because: approved ? 'approved by id' : own ? `${own.rule}: ${own.field} = ${own.value}` : '' }
}

export function mayLift(resource: Resource, protection: Protection, policy: Policy): boolean {
  const named = policy.liftProtection?.some((id) => id === resource.facts.id || id === resource.key) ?? false
  return named && protection.liftable && resource.abilities.unprotect[protection.id] !== undefined
}

/** Why something whose controller is not there may not go without it; undefined = it may. */
export function directRefusal(policy: Policy, controller: string, finalizer: string | undefined): string | undefined {
  const route = routeOf(policy, controller)
  if (route === 'served') return `${controller} must finish its removal, does not serve, and policy.route says served`
  if (finalizer && !policy.releaseFinalizers?.includes(finalizer))
    return `finalizer ${finalizer} waits for ${controller}, which does not serve; policy.releaseFinalizers does not name it`
  return undefined
}

function routeOf(policy: Policy, controller: string): Route {
  if (policy.route === undefined || typeof policy.route === 'string') return policy.route ?? 'auto'
  return policy.route[controller] ?? policy.route[controller.split('/').at(-1) ?? controller] ?? 'auto'
}

function selects(selector: Selector, { key, kind, facts }: Resource): boolean {
  if (typeof selector === 'string')
    return selector === key || selector === facts.id || (facts.aliases?.includes(selector) ?? false)
  const { kind: wantedKind, name, tags } = selector
  if (wantedKind === undefined && name === undefined && tags === undefined) return false
  return (
    (wantedKind === undefined || wantedKind === kind) &&
    (name === undefined || name === facts.name) &&
    Object.entries(tags ?? {}).every(([tag, value]) => facts.tags?.[tag] === value)
  )
}

function sharers({ ownership }: Resource): string {
  const others = ownership.evidence.flatMap((one) => (one.says === 'shared' && one.owner ? [one.owner] : []))
  return others.length > 0 ? ` with ${[...new Set(others)].sort().join(', ')}` : ''
}

const samePlace = (a: string, b: string): boolean => a === b || a === 'global' || b === 'global'

/**
 * A set (connected, ours) is old only when its youngest member of known age is; where no member's age is known, the set counts as young.
 * A VPC has no time of creation: its age is that of what is in it.
 */
function keepYoung(world: World, verdicts: Verdict[], minAgeMs: number, now: number): void {
  const ours = (node: number): boolean => verdicts[node]?.stay === go
  const relations = [world.uses, world.wholes, world.writers]
  const from: number[] = []
  const to: number[] = []
  for (const { edges } of relations)
    for (const edge of edges) {
      from.push(world.indexOf.get(edge.from) as number)
      to.push(world.indexOf.get(edge.to) as number)
    }
  const both = buildGraph(world.size, [...from, ...to], [...to, ...from])
  const seen = new Uint8Array(world.size)
  for (let start = 0; start < world.size; start++) {
    if (seen[start] || !ours(start)) continue
    const set = [start]
    seen[start] = 1
    for (const node of set)
      each(both, node, (other) => {
        if (seen[other] || !ours(other)) return
        seen[other] = 1
        set.push(other)
      })
    const births = set.flatMap((node) => world.resources[node]?.facts.createdAt ?? []).map((at) => Date.parse(at))
    const youngest = births.length > 0 ? Math.max(...births) : undefined
    if (youngest !== undefined && now - youngest >= minAgeMs) continue
    const because =
      youngest === undefined
        ? 'the age of nothing in its set is known'
        : `the youngest of its set is ${Math.round((now - youngest) / 60_000)} min old, policy.minAgeMs asks for ${Math.round(minAgeMs / 60_000)} min`
    for (const node of set) verdicts[node] = { stay: wished, reason: 'too-young', because }
  }
}
