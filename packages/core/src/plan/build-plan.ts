import { isoTime } from '../adapter/context.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Plan, PlannedResource, Step } from '../model/plan.ts'
import type { Policy } from '../model/policy.ts'
import type { Edge } from '../model/relation.ts'
import type { Discovery, Resource } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { assertPlan } from './assert-plan.ts'
import { breakCycles } from './break-cycles.ts'
import { decide } from './decide.ts'
import { failedBefore } from './failed-before.ts'
import { signPlan, type UnsignedPlan } from './hash.ts'
import { listBlocked, listKept, listResources } from './list.ts'
import { order } from './order.ts'
import { prepare } from './prepare.ts'
import { listOverrides, refusals } from './refuse.ts'
import { type KnownParts, knowsNothing, unfinished } from './release.ts'
import { settle } from './settle.ts'
import { allWith, trait } from './traits.ts'
import { internWorld, type World } from './world.ts'
import { unknownAges } from './young-sets.ts'

/** A plan that waits longer for its reviewer describes another world. */
const planLifetimeMs: number = 24 * 60 * 60 * 1000

export interface PlanInput {
  readonly discovery: Discovery
  readonly target: Target
  readonly policy: Policy
  readonly now: number
  readonly amends?: string
  /** What plans before this one knew as parts of what goes without its controller; default nothing. */
  readonly known?: KnownParts
}

/** From facts to a plan; pure: the same input gives the same bytes. decide · settle · break cycles · prepare · order · assert. */
export function buildPlan({ discovery, target, policy, now, amends, known = knowsNothing }: PlanInput): Plan {
  const world = internWorld(discovery)
  const { releases, refusals: unserved } = unfinished(world, discovery, policy, known)
  const verdicts = decide(world, discovery, policy, now, unserved)
  const settled = settle(world, verdicts, policy)
  const ways = breakCycles(world, settled, policy, releases)
  const preparations = prepare(ways, settled, policy, releases)
  const ordered = order(ways, preparations, policy)
  const { moments, choices } = ways

  const resources = listResources(world, settled, moments, ordered.stepOf)
  const blockedList = listBlocked(world, settled)
  const findings: Finding[] = [
    ...discovery.findings,
    ...world.findings,
    ...brokenOrder(world, choices.dropped),
    ...failedBefore(world, moments),
    ...(policy.minAgeMs === undefined ? [] : unknownAges(world, (node) => resources[node]?.step !== undefined)),
  ]
  const unmark = unmarkSteps(world, resources, ordered.steps, blockedList.length > 0)
  const unsigned: UnsignedPlan = {
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
    edges: world.edges,
    steps: unmark.length > 0 ? [...ordered.steps, ...unmark] : ordered.steps,
    kept: listKept(world, settled, verdicts),
    blocked: blockedList,
    findings,
    refused: [
      ...discovery.findings.filter(({ severity }) => severity === 'refusal'),
      ...refusals(resources, blockedList, policy),
    ],
    estimate: { makespanMs: ordered.makespanMs, criticalPath: ordered.criticalPath },
  }
  const targets =
    unmark.length > 0
      ? Int32Array.from([...ordered.targets, ...unmark.map(({ target }) => world.find(target))])
      : ordered.targets
  const places = { from: world.from, to: world.to, targets }
  const plan = signPlan(unsigned, places)
  assertPlan(plan, places)
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

function brokenOrder(world: World, dropped: ReadonlySet<number>): Finding[] {
  return [...dropped]
    .sort((a, b) => a - b)
    .flatMap((id): Finding[] => {
      const { type, from, to, because } = world.edges[id] as Edge
      if (type !== 'dependsOn') return []
      const message = `${to} goes without waiting for ${from}: they wait for each other (${because})`
      return [{ code: 'broken-order', severity: 'warning', message, keys: [from, to] }]
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
  const unmark: { key: ResourceKey; mark: string }[] = []
  for (const node of allWith(world, trait.shared)) {
    if (resources[node]?.decision !== 'keep') continue
    const { key, abilities, facts } = world.resources[node] as Resource
    for (const mark of abilities.unmark)
      if (facts.tags?.[mark.slice(0, mark.indexOf('='))] !== undefined) unmark.push({ key, mark })
  }
  if (unmark.length === 0) return []
  const needed = new Set(steps.flatMap((step) => step.needs))
  const needs = [...steps.keys()].filter((index) => !needed.has(index))
  const because = ['the mark is our evidence: it goes last']
  return unmark.map(({ key, mark }) => ({ action: 'unmark', target: key, mark, needs, because, estimateMs: 300 }))
}
