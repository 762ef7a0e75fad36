import type { ResourceKey } from '../model/key.ts'
import type { Evidence } from '../model/ownership.ts'
import type { Plan } from '../model/plan.ts'

/** What an earlier plan of this run proved only through others: as parts of ours, or by evidence that passes through it. */
export interface EarlierProof {
  readonly incarnation: string
  readonly planId: string
  readonly proofs: readonly Evidence[]
}

/**
 * The proofs that vanish with what they came through. A plan made later in the run (or after a crash) would no longer know whose the rest is,
 * once the whole is gone. Marks on the resource itself are not among them: those are read again, and must still be there.
 */
export function earlierProofs(plans: Iterable<Plan>): ReadonlyMap<ResourceKey, EarlierProof> {
  const known = new Map<ResourceKey, EarlierProof>()
  for (const plan of plans)
    for (const { key, incarnation, ownership } of plan.resources) {
      known.delete(key) // the latest plan knows best
      if (ownership.level !== 'owned') continue
      const proofs = ownership.evidence.filter((one) => one.says === 'ours' && one.strength === 'proof')
      if (proofs.every((one) => one.rule === 'part-of' || one.rule === earlierRule || one.through))
        known.set(key, { incarnation, planId: plan.id, proofs })
    }
  return known
}

const earlierRule = 'earlier-plan'

/** Counts only while nothing that it came through is there to be asked. */
export function proofFromEarlier(
  earlier: EarlierProof | undefined,
  incarnation: string,
  isThere: (proof: Evidence) => boolean,
): Evidence | undefined {
  if (earlier?.incarnation !== incarnation || earlier.proofs.some(isThere)) return undefined
  const { planId, proofs } = earlier
  const fields = [...new Set(proofs.map(({ field }) => field))].join(', ')
  return { rule: earlierRule, says: 'ours', strength: 'proof', field: fields, value: `plan ${planId.slice(0, 12)}` }
}
