import { canonicalJson, type Json } from '../model/json.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Decision, Plan, PlannedResource, Step } from '../model/plan.ts'

/** Something that both plans know, with another decision. */
export interface DecisionChange {
  readonly key: ResourceKey
  readonly before: Decision
  readonly after: Decision
  readonly because: string
}

/** What a reviewer of the first plan has not seen of the second. */
export interface PlanDiff {
  /** The same world, target and policy: nothing to review again. */
  readonly same: boolean
  /** Go now and did not before, whether they are new or decided otherwise: what a reviewer looks at first. */
  readonly alsoGo: readonly ResourceKey[]
  /** Went before and do not now. */
  readonly noLongerGo: readonly ResourceKey[]
  readonly appeared: readonly ResourceKey[]
  readonly disappeared: readonly ResourceKey[]
  /** Another thing under the same key. */
  readonly replaced: readonly ResourceKey[]
  readonly decisions: readonly DecisionChange[]
  /** `remove aws:vpc/…`, `sever …`: calls that only the one or the other would send. */
  readonly steps: { readonly added: readonly string[]; readonly dropped: readonly string[] }
  /** Both have them, in another order: the first of each pair goes before the second in the new plan, and went after it in the old one. */
  readonly reordered: readonly (readonly [first: ResourceKey, second: ResourceKey])[]
  /** Fields of target, policy, identities that differ, with both values as JSON. */
  readonly asked: readonly { readonly field: string; readonly before: string; readonly after: string }[]
  readonly findings: { readonly added: readonly Finding[]; readonly dropped: readonly Finding[] }
  readonly makespanMs: { readonly before: number; readonly after: number }
}

/** What changed since the reviewed plan `a`: pure, over two plans of any age. */
export function diffPlans(a: Plan, b: Plan): PlanDiff {
  const before = new Map(a.resources.map((resource) => [resource.key, resource]))
  const after = new Map(b.resources.map((resource) => [resource.key, resource]))
  const goes = (resource: PlannedResource | undefined): boolean => resource?.step !== undefined
  const both = b.resources.filter(({ key }) => before.has(key))
  const calls = (plan: Plan): Set<string> =>
    new Set(plan.steps.filter(({ action }) => action !== 'await').map(callText))
  const [callsBefore, callsAfter] = [calls(a), calls(b)]
  const told = (plan: Plan): Map<string, Finding> =>
    new Map(plan.findings.map((one) => [`${one.code} ${one.message}`, one]))
  const [toldBefore, toldAfter] = [told(a), told(b)]
  return {
    same: a.contentId === b.contentId,
    alsoGo: b.resources.filter((one) => goes(one) && !goes(before.get(one.key))).map(({ key }) => key),
    noLongerGo: a.resources.filter((one) => goes(one) && !goes(after.get(one.key))).map(({ key }) => key),
    appeared: b.resources.filter(({ key }) => !before.has(key)).map(({ key }) => key),
    disappeared: a.resources.filter(({ key }) => !after.has(key)).map(({ key }) => key),
    replaced: both.filter(({ key, incarnation }) => before.get(key)?.incarnation !== incarnation).map(({ key }) => key),
    decisions: both.flatMap(({ key, decision, because }) => {
      const was = (before.get(key) as PlannedResource).decision
      return was === decision ? [] : [{ key, before: was, after: decision, because: because[0] ?? '' }]
    }),
    steps: { added: without(callsAfter, callsBefore), dropped: without(callsBefore, callsAfter) },
    reordered: reordered(a, b),
    asked: (['target', 'policy', 'identities', 'adapters'] as const).flatMap((field) => {
      const [was, is] = [text(a[field]), text(b[field])]
      return was === is ? [] : [{ field, before: was, after: is }]
    }),
    findings: {
      added: without(toldAfter.keys(), toldBefore).map((name) => toldAfter.get(name) as Finding),
      dropped: without(toldBefore.keys(), toldAfter).map((name) => toldBefore.get(name) as Finding),
    },
    makespanMs: { before: a.estimate.makespanMs, after: b.estimate.makespanMs },
  }
}

/** `release aws… f/1`: what of it, where one resource has several. */
const callText = (step: Step): string => {
  const call = `${step.action} ${step.target}`
  return step.action === 'release' ? `${call} ${step.finalizer}` : call
}
const text = (value: unknown): string => canonicalJson(value as Json)
const without = (some: Iterable<string>, others: { has(one: string): boolean }): string[] =>
  [...some].filter((one) => !others.has(one))

/** Needs of the new plan that the old plan had the other way round, at any distance: one walk over each old step that is concerned. */
function reordered(a: Plan, b: Plan): [ResourceKey, ResourceKey][] {
  const stepIn = new Map(
    a.steps.flatMap(({ action, target }, index) => (action === 'await' ? [] : [[target, index] as const])),
  )
  const turned: [ResourceKey, ResourceKey][] = []
  for (const { target, needs, action } of b.steps) {
    const was = stepIn.get(target)
    if (was === undefined || action === 'await') continue
    for (const need of needs) {
      const first = b.steps[need]?.target as ResourceKey
      const firstWas = stepIn.get(first)
      if (firstWas !== undefined && firstWas > was && waitsFor(a, firstWas, was)) turned.push([first, target])
    }
  }
  return turned
}

function waitsFor(plan: Plan, from: number, to: number): boolean {
  const way = [from]
  const seen = new Set(way)
  for (let at = way.pop(); at !== undefined; at = way.pop()) {
    if (at === to) return true
    for (const need of plan.steps[at]?.needs ?? [])
      if (need >= to && !seen.has(need)) {
        seen.add(need)
        way.push(need)
      }
  }
  return false
}
