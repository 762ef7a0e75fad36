import type { Protection } from '../adapter/kind.ts'
import { bytes } from '../graph/numbers.ts'
import type { ResourceKey } from '../model/key.ts'
import type { StayReason } from '../model/plan.ts'
import type { Policy, Route, Selector } from '../model/policy.ts'
import type { Discovery, Resource, Unseen } from '../model/resource.ts'
import { has, trait } from './traits.ts'
import { each, type World } from './world.ts'
import { youngSets } from './young-sets.ts'

/** How strongly something stays. What follows from a wish is a wish; what follows from anything else is blocked. */
export const go = 0
export const wished = 1 // the user wants it kept
export const notOurs = 2 // foreign, shared, unknown
export const asked = 3 // a person decides
export const blocked = 4 // should go, cannot
export type Stay = typeof go | typeof wished | typeof notOurs | typeof asked | typeof blocked

/** Per resource: whether it stays for its own sake, and why it stays or goes. */
export interface Verdicts {
  readonly stay: Uint8Array
  readonly reason: (StayReason | undefined)[]
  readonly because: string[]
}

interface Verdict {
  readonly stay: Exclude<Stay, typeof go>
  readonly reason: StayReason
  readonly because: string
}

/**
 * Ownership level × policy, and what cannot go for its own sake. Says nothing yet about what others do to it. `unfinished`: what nobody would finish, and
 * why it may not go without that.
 */
export function decide(
  world: World,
  discovery: Discovery,
  policy: Policy,
  now: number,
  unfinished: ReadonlyMap<number, string>,
): Verdicts {
  const approved = withParts(world, policy.approve ?? [])
  const needed = new Set(discovery.needed)
  const verdicts: Verdicts = {
    stay: bytes(world.size),
    reason: new Array<StayReason | undefined>(world.size),
    because: new Array<string>(world.size),
  }
  const put = (node: number, { stay, reason, because }: Verdict): void => {
    verdicts.stay[node] = stay
    verdicts.reason[node] = reason
    verdicts.because[node] = because
  }
  const nothingSpecial = !policy.keep?.length && needed.size === 0 && discovery.unseen.length === 0
  for (let node = 0; node < world.size; node++) {
    const approval = approved.get(node)
    const verdict =
      nothingSpecial && has(world, node, trait.plainlyOurs)
        ? undefined
        : decideOne(
            world.resources[node] as Resource,
            policy,
            approval,
            needed.has(world.keys[node] as ResourceKey),
            discovery.unseen,
          )
    if (verdict) put(node, verdict)
    else
      verdicts.because[node] =
        approval === 'part'
          ? 'part of what is approved by id'
          : approval
            ? 'approved by id'
            : (world.proof[node] as string)
  }
  for (const { key, because } of discovery.behindUnseen) {
    const node = world.find(key)
    if (node >= 0 && verdicts.stay[node] === go) put(node, { stay: blocked, reason: 'unseen', because })
  }
  for (const [node, because] of unfinished)
    if (verdicts.stay[node] === go) put(node, { stay: blocked, reason: 'server', because })
  if (policy.minAgeMs !== undefined)
    for (const { set, because } of youngSets(world, (node) => verdicts.stay[node] === go, policy.minAgeMs, now))
      for (const node of set) put(node, { stay: wished, reason: 'too-young', because })
  return verdicts
}

/** Named by a person, or part of what is: whoever approves a machine means its interfaces, though neither data nor what is disputed in it. */
type Approval = 'named' | 'part'

function withParts(world: World, approve: readonly string[]): ReadonlyMap<number, Approval> {
  const approved = new Map<number, Approval>()
  if (approve.length === 0) return approved
  const names = new Set(approve)
  world.resources.forEach(({ key, facts }, node) => {
    if (names.has(key) || names.has(facts.id)) approved.set(node, 'named')
  })
  for (const [node] of approved)
    each(world.wholes.in, node, (part) => {
      if (!approved.has(part)) approved.set(part, 'part')
    })
  return approved
}

function decideOne(
  resource: Resource,
  policy: Policy,
  approval: Approval | undefined,
  needed: boolean,
  unseen: readonly Unseen[],
): Verdict | undefined {
  const { facts, ownership } = resource
  const keep = policy.keep?.find((selector) => selects(selector, resource))
  if (keep !== undefined)
    return {
      stay: wished,
      reason: 'kept-by-policy',
      because: `policy.keep names ${typeof keep === 'string' ? keep : JSON.stringify(keep)}`,
    }
  if (needed) return { stay: wished, reason: 'needed', because: 'cleardown itself works through it' }

  const approved = approval === 'named'
  const mark = ownership.evidence.find((one) => one.says !== 'ours') ?? ownership.evidence[0]
  const evidence = (): string => (mark ? `${mark.field} = ${mark.value}` : 'nothing says that it is ours')
  switch (ownership.level) {
    case 'foreign':
      return {
        stay: notOurs,
        reason: 'foreign',
        because: `it belongs to ${mark?.owner ?? 'another owner'}: ${evidence()}`,
      }
    case 'shared':
      return { stay: notOurs, reason: 'shared', because: `shared${sharers(resource)}: ${evidence()}` }
    case 'unknown':
      if (!approval) return { stay: notOurs, reason: 'not-ours', because: evidence() }
      break
    case 'disputed':
      if (!approved)
        return {
          stay: asked,
          reason: 'disputed',
          because: `proof of ours and of ${mark?.owner ?? 'another owner'}: ${evidence()}`,
        }
      break
    case 'suspected':
      if (approval || policy.suspected === 'remove') break
      return {
        stay: policy.suspected === 'keep' ? wished : asked,
        reason: 'suspected',
        because: onlyNearby(resource)
          ? `nothing says whose it is; it only uses what is ours: ${evidence()}`
          : `only hints say that it is ours: ${evidence()}`,
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
  const standing = facts.protections?.find((protection) => !mayLift(resource, protection, policy))
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
  return undefined
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

/** It bears no mark at all: only its place speaks for us, as that of a stranger's machine in our network does too. */
export function onlyNearby({ ownership }: Pick<Resource, 'ownership'>): boolean {
  const { level, evidence } = ownership
  return (
    level === 'suspected' &&
    evidence.some(({ rule }) => rule === 'topology') &&
    evidence.every(({ rule }) => rule === 'topology' || rule === 'part-of')
  )
}

function sharers({ ownership }: Resource): string {
  const others = ownership.evidence.flatMap((one) => (one.says === 'shared' && one.owner ? [one.owner] : []))
  return others.length > 0 ? ` with ${[...new Set(others)].sort().join(', ')}` : ''
}

const samePlace = (a: string, b: string): boolean => a === b || a === 'global' || b === 'global'
