import type { ResourceKey } from '../model/key.ts'
import type { Evidence } from '../model/ownership.ts'
import type { Plan } from '../model/plan.ts'
import type { Policy } from '../model/policy.ts'
import type { Discovery } from '../model/resource.ts'
import type { Seen } from './store.ts'

/** What the plans before this one in the same run (also one that was killed) knew. Inside one run an id means what the first plan saw under it. */
export interface Earlier {
  /** The first incarnation that was seen under each key. */
  readonly incarnations: ReadonlyMap<ResourceKey, string>
  readonly roots: ReadonlyMap<ResourceKey, string>
  /** Whose ownership was proved only through others: as part of ours, or by evidence that passes through it. */
  readonly throughOthers: ReadonlyMap<ResourceKey, { readonly planId: string; readonly proofs: readonly Evidence[] }>
}

const earlierRule = 'earlier-plan'

export function earlierKnowledge(plans: Iterable<Plan>): Earlier {
  const incarnations = new Map<ResourceKey, string>()
  const roots = new Map<ResourceKey, string>()
  const throughOthers = new Map<ResourceKey, { planId: string; proofs: readonly Evidence[] }>()
  for (const plan of plans) {
    for (const { key, incarnation } of plan.roots) if (!roots.has(key)) roots.set(key, incarnation)
    for (const { key, incarnation, ownership } of plan.resources) {
      if (!incarnations.has(key)) incarnations.set(key, incarnation)
      throughOthers.delete(key) // the latest plan knows best
      if (ownership.level !== 'owned') continue
      const proofs = ownership.evidence.filter((one) => one.says === 'ours' && one.strength === 'proof')
      if (proofs.every((one) => one.rule === 'part-of' || one.rule === earlierRule || one.through))
        throughOthers.set(key, { planId: plan.id, proofs })
    }
  }
  return { incarnations, roots, throughOthers }
}

/**
 * A proof that vanished with what it came through: a plan made later in the run would no longer know whose the rest is, once the whole is gone. Counts
 * only while nothing that it came through is there to be asked. Marks on the resource itself are read again, and must still be there.
 */
export function proofFromEarlier(
  earlier: Earlier | undefined,
  key: ResourceKey,
  incarnation: string,
  isThere: (proof: Evidence) => boolean,
): Evidence | undefined {
  const known = earlier?.throughOthers.get(key)
  if (!known || earlier?.incarnations.get(key) !== incarnation || known.proofs.some(isThere)) return undefined
  const fields = [...new Set(known.proofs.map(({ field }) => field))].join(', ')
  return {
    rule: earlierRule,
    says: 'ours',
    strength: 'proof',
    field: fields,
    value: `plan ${known.planId.slice(0, 12)}`,
  }
}

/** Proofs that hold for the thing that a person or the ledger meant, not for another that has taken its id since. */
const meansOne: ReadonlySet<string> = new Set(['named-by-id', 'ledger'])

/**
 * What the direct evidence still proves, given what was known before. Another incarnation under a known key is not what was named. And a root of the
 * same name that has come since makes its marks another's: only what was there with the old root, or was created before the new
 * one, is ours.
 */
export function narrowed(
  evidence: readonly Evidence[],
  earlier: Earlier,
  { key, facts: { incarnation, createdAt } }: Pick<Seen, 'key' | 'facts'>,
  newRoot: Seen | undefined,
): Evidence[] {
  const before = earlier.incarnations.get(key)
  if (before === incarnation) return [...evidence]
  const kept = before === undefined ? evidence : evidence.filter((one) => !meansOne.has(one.rule))
  const olderThanRoot = Date.parse(createdAt ?? '') < Date.parse(newRoot?.facts.createdAt ?? '')
  if (newRoot === undefined || olderThanRoot) return [...kept]
  return kept.map((one) =>
    one.says === 'ours' && one.strength === 'proof' && !meansOne.has(one.rule)
      ? { ...one, says: 'other', owner: `a newer ${newRoot.key}` }
      : one,
  )
}

/** A root that was known by its key and is another thing now. */
export function replacedRoot(
  earlier: Earlier | undefined,
  incarnationOf: (key: ResourceKey) => string | undefined,
): ResourceKey | undefined {
  for (const [key, incarnation] of earlier?.roots ?? []) {
    const now = incarnationOf(key)
    if (now !== undefined && now !== incarnation) return key
  }
  return undefined
}

/** The policy for what is there now: an approval was given for the thing that was there, not for another that has taken its id since. */
export function policyNow(
  policy: Policy,
  earlier: Earlier | undefined,
  { resources }: Pick<Discovery, 'resources'>,
): Policy {
  if (!earlier || !policy.approve || policy.approve.length === 0) return policy
  const others = new Set<string>()
  for (const { key, facts } of resources) {
    const before = earlier.incarnations.get(key)
    if (before !== undefined && before !== facts.incarnation) others.add(key).add(facts.id)
  }
  return others.size === 0 ? policy : { ...policy, approve: policy.approve.filter((id) => !others.has(id)) }
}
