import { isoTime } from '../adapter/context.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Blocked, Blocker, Decision, Kept, Override, Plan, PlannedResource, Step } from '../model/plan.ts'
import { defaultMaxRemovals, type Policy } from '../model/policy.ts'
import type { Discovery, Resource } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { assertPlan } from './assert-plan.ts'
import { breakCycles } from './break-cycles.ts'
import { type Moments, noChoices, role } from './carry.ts'
import { asked, blocked, decide, notOurs, type Stay, type Verdict, wished } from './decide.ts'
import { failedBefore } from './failed-before.ts'
import { signPlan } from './hash.ts'
import { order } from './order.ts'
import { prepare } from './prepare.ts'
import { chainOf, type Settled, settle } from './settle.ts'
import { internWorld, type World } from './world.ts'

/** A plan that waits longer for its reviewer describes another world. */
const planLifetimeMs: number = 24 * 60 * 60 * 1000

export interface PlanInput {
  readonly discovery: Discovery
  readonly target: Target
  readonly policy: Policy
  readonly now: number
  readonly amends?: string
}

/** From facts to a plan; pure: the same input gives the same bytes. decide · settle · break cycles · prepare · order · assert. */
export function buildPlan({ discovery, target, policy, now, amends }: PlanInput): Plan {
  const world = internWorld(discovery)
  const verdicts = decide(world, discovery, policy, now)
  const settled = settle(world, verdicts, policy)
  const choices = noChoices()
  const moments = breakCycles(world, settled, choices, policy)
  const preparations = prepare(world, settled, choices, moments, policy)
  const ordered = order(world, moments, preparations, policy)

  const resources = world.resources.map((resource, node) => planned(resource, node, settled, moments, ordered.stepOf))
  const blockedList = listBlocked(world, settled)
  const findings: Finding[] = [
    ...discovery.findings,
    ...world.findings,
    ...brokenOrder(world, choices.droppedUses),
    ...failedBefore(world, moments),
  ]
  const steps = [...ordered.steps, ...unmarkSteps(world, resources, ordered.steps, blockedList.length > 0)]
  const plan = signPlan({
    format: 'cleardown-plan/1',
    createdAt: isoTime(now),
    expiresAt: isoTime(now + planLifetimeMs),
    ...(amends ? { amends } : {}),
    target,
    policy,
    overrides: listOverrides(policy, world),
    identities: discovery.identities,
    adapters: discovery.adapters,
    roots: discovery.roots,
    coverage: discovery.coverage,
    resources,
    edges: discovery.edges,
    steps,
    kept: listKept(world, settled, verdicts),
    blocked: blockedList,
    findings,
    refused: refusals(resources, blockedList, policy),
    estimate: { makespanMs: ordered.makespanMs, criticalPath: ordered.criticalPath },
  })
  assertPlan(plan)
  return plan
}

/** A plan that may not be executed, for reasons found before anything was looked at. */
export function refusedPlan(
  target: Target,
  policy: Policy,
  refused: readonly Finding[],
  now: number,
  known: Partial<Discovery> = {},
): Plan {
  return signPlan({
    format: 'cleardown-plan/1',
    createdAt: isoTime(now),
    expiresAt: isoTime(now + planLifetimeMs),
    target,
    policy,
    overrides: [],
    identities: known.identities ?? [],
    adapters: known.adapters ?? [],
    roots: [],
    coverage: known.coverage ?? [],
    resources: [],
    edges: [],
    steps: [],
    kept: [],
    blocked: [],
    findings: known.findings ?? [],
    refused,
    estimate: { makespanMs: 0, criticalPath: [] },
  })
}

function planned(
  resource: Resource,
  node: number,
  settled: Settled,
  moments: Moments,
  stepOf: Int32Array,
): PlannedResource {
  const { facts } = resource
  const step = stepOf[node] as number
  return {
    key: resource.key,
    kind: resource.kind,
    adapter: resource.adapter,
    id: facts.id,
    ...(facts.name === undefined ? {} : { name: facts.name }),
    place: resource.place,
    incarnation: facts.incarnation,
    phase: facts.phase,
    state: facts.state,
    ...(facts.createdAt === undefined ? {} : { createdAt: facts.createdAt }),
    ...(resource.link ? { link: true as const } : {}),
    ownership: resource.ownership,
    decision: decisionOf(node, settled, moments),
    because: [settled.because[node] || 'a link that nothing needs cut; it stays with its holder'],
    ...(step >= 0 ? { step } : {}),
    ...(resource.abilities.manual ? { manual: resource.abilities.manual } : {}),
    ...(resource.abilities.oneAtATime ? { oneAtATime: resource.abilities.oneAtATime } : {}),
  }
}

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
function listKept(world: World, settled: Settled, verdicts: readonly Verdict[]): Kept[] {
  const kept: Kept[] = []
  for (let node = 0; node < world.size; node++) {
    const { key, ownership } = world.resources[node] as Resource
    const code = settled.stay[node]
    const shared = ownership.level === 'shared' && verdicts[node]?.reason === 'shared'
    if (code === wished || shared)
      kept.push({ key, reason: settled.reason[node] ?? 'kept-by-policy', because: settled.because[node] ?? '' })
  }
  return kept
}

function listBlocked(world: World, settled: Settled): Blocked[] {
  const list: Blocked[] = []
  for (let node = 0; node < world.size; node++) {
    const code = settled.stay[node]
    if (code !== blocked && code !== asked) continue
    list.push({
      ...blockerOf(world, settled, node),
      chain: chainOf(settled, node).map((at) => blockerOf(world, settled, at)),
    })
  }
  return list
}

function blockerOf(world: World, settled: Settled, node: number): Blocker {
  return {
    key: (world.resources[node] as Resource).key,
    reason: settled.reason[node] ?? 'used',
    because: settled.because[node] ?? '',
  }
}

function brokenOrder(world: World, dropped: ReadonlySet<number>): Finding[] {
  return [...dropped].map((id) => {
    const edge = world.uses.edges[id]
    const keys = edge ? [edge.from, edge.to] : []
    return {
      code: 'broken-order',
      severity: 'warning',
      message: `${keys.join(' goes without waiting for ')}: they wait for each other (${edge?.because})`,
      keys,
    }
  })
}

/** Our mark on what stays comes off last of all, and only where nothing of ours is left: it is our evidence. */
function unmarkSteps(
  world: World,
  resources: readonly PlannedResource[],
  steps: readonly Step[],
  somethingStays: boolean,
): Step[] {
  if (somethingStays) return []
  const needed = new Set(steps.flatMap((step) => step.needs))
  const last = steps.map((_, index) => index).filter((index) => !needed.has(index))
  return world.resources.flatMap(({ key, ownership, abilities, facts }, node) =>
    ownership.level === 'shared' && resources[node]?.decision === 'keep'
      ? abilities.unmark
          .filter((mark) => facts.tags?.[mark.slice(0, mark.indexOf('='))] !== undefined)
          .map(
            (mark): Step => ({
              action: 'unmark',
              target: key,
              mark,
              needs: last,
              because: ['the mark is our evidence: it goes last'],
              estimateMs: 300,
            }),
          )
      : [],
  )
}

function listOverrides(policy: Policy, world: World): Override[] {
  const keysOf = (ids: readonly string[]): ResourceKey[] => {
    const wanted = new Set(ids)
    return world.resources.filter(({ key, facts }) => wanted.has(key) || wanted.has(facts.id)).map(({ key }) => key)
  }
  return (Object.keys(policy) as (keyof Policy)[])
    .filter((name) => policy[name] !== undefined)
    .sort()
    .map((name) => {
      const value = policy[name]
      const ids = Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
      return { policy: name, value: JSON.stringify(value), keys: keysOf(ids) }
    })
}

function refusals(resources: readonly PlannedResource[], blockedList: readonly Blocked[], policy: Policy): Finding[] {
  const refused: Finding[] = []
  const removals = resources.filter(({ decision }) => decision === 'remove' || decision === 'await')
  const most = policy.maxRemovals ?? defaultMaxRemovals
  if (removals.length > most)
    refused.push({
      code: 'too-many-removals',
      severity: 'refusal',
      message: `the plan would remove ${removals.length} resources, policy.maxRemovals allows ${most}; look at the plan, then raise it`,
      keys: [],
    })
  const mode = policy.ifBlocked ?? 'refuse-if-protected'
  const standing = blockedList.filter(({ reason }) => reason === 'protected')
  if (mode !== 'continue' && standing.length > 0)
    refused.push({
      code: 'protected',
      severity: 'refusal',
      message: `${standing.length} protected: ${standing.map(({ key, because }) => `${key}: ${because}`).join('; ')}. Name them in policy.liftProtection, or let the rest go with ifBlocked: 'continue'`,
      keys: standing.map(({ key }) => key),
    })
  if (mode === 'refuse' && blockedList.length > 0)
    refused.push({
      code: 'would-block',
      severity: 'refusal',
      message: `${blockedList.length} resources cannot go and ifBlocked is 'refuse'`,
      keys: blockedList.map(({ key }) => key),
    })
  return refused
}
