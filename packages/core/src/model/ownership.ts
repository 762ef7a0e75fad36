import type { Ref } from './relation.ts'

/**
 * One reason to believe whose a resource is. Only `proof` decides; a `hint` makes it `suspected` at most.
 * `other`: it is of another owner, named in `owner`. `shared`: its own mark says that several use it (`owner` set: the mark is another's).
 */
export interface Evidence {
  /** The row of the vocabulary, or core's own word: `named-by-id`, `ledger`, `earlier-plan`, `part-of`, `topology`, `name-prefix`, `target-tag`. */
  readonly rule: string
  readonly says: 'ours' | 'other' | 'shared'
  readonly strength: 'proof' | 'hint'
  readonly field: string
  readonly value: string
  readonly owner?: string
  /** What the evidence passes through: it counts only while that resource is ours. */
  readonly through?: Ref
}

/**
 * Concluded in core from evidence: `owned` (proof of ours) · `suspected` (hints only) · `disputed` (proof of ours and of another) ·
 * `shared` (its own mark says so) · `foreign` (proof of another) · `unknown` (nothing).
 */
export type OwnershipLevel = 'owned' | 'suspected' | 'disputed' | 'shared' | 'foreign' | 'unknown'

export interface Ownership {
  readonly level: OwnershipLevel
  readonly evidence: readonly Evidence[]
}

/**
 * The conclusion from evidence alone; policy comes later. A proof of ours beside a proof of another (or beside another's sharing mark) is a
 * dispute, and so are hints of both; a proof of ours outweighs our own `shared` mark, which EKS puts on subnets of every cluster.
 */
export function concludeOwnership(evidence: readonly Evidence[]): Ownership {
  const proofs = evidence.filter((one) => one.strength === 'proof')
  const ours = proofs.some((one) => one.says === 'ours')
  const others = proofs.some((one) => one.says === 'other')
  const shared = proofs.some((one) => one.says === 'shared')
  const sharedByOthers = proofs.some((one) => one.says === 'shared' && one.owner !== undefined)
  return { level: level(), evidence }

  function level(): OwnershipLevel {
    // what the provider itself says belongs to another account is never ours, whatever is written on it
    if (proofs.some((one) => one.says === 'other' && one.rule === 'account')) return 'foreign'
    if (ours) return others || sharedByOthers ? 'disputed' : 'owned'
    if (shared) return 'shared'
    if (others) return 'foreign'
    if (!evidence.some((one) => one.says === 'ours')) return 'unknown'
    return evidence.some((one) => one.says === 'other') ? 'disputed' : 'suspected'
  }
}
