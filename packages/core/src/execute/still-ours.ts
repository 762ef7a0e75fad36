import type { Facts } from '../adapter/kind.ts'
import { directEvidence } from '../discover/direct-evidence.ts'
import { resourceKey } from '../model/key.ts'
import { concludeOwnership } from '../model/ownership.ts'
import type { PlannedResource } from '../model/plan.ts'
import type { Target } from '../model/target.ts'
import type { Known } from './reader.ts'

/** Evidence that a single fresh read cannot show again: it comes through others, from the ledger, from an earlier plan or from a person. */
const indirect = new Set(['part-of', 'topology', 'ledger', 'earlier-plan', 'named-by-id'])

/**
 * Ownership concluded anew right before the call. Undefined = still what the plan said; else why not: the mark was taken off, or another owner has
 * put a mark on it since the plan was made.
 */
export function noLongerOurs(
  planned: PlannedResource,
  { connection, kind, place }: Known,
  facts: Facts,
  target: Target,
  approved: boolean,
): string | undefined {
  const key = resourceKey({ kind: kind.name, account: connection.identity.account, place, id: facts.id })
  const { evidence } = directEvidence(
    { key, connection, kind, place, raw: undefined, facts, labelled: true, looked: true },
    target,
    new Map(),
  )
  const now = concludeOwnership([...evidence, ...(facts.evidence ?? []).filter((one) => !one.through)])
  const stranger = now.evidence.find((one) => one.says !== 'ours' && one.strength === 'proof')
  const known = planned.ownership.evidence.some((one) => one.says === stranger?.says && one.value === stranger?.value)
  if (stranger && !known) return `it carries ${stranger.field} = ${stranger.value} now, which the plan did not see`
  if (approved || planned.ownership.level !== 'owned') return undefined
  const proofs = planned.ownership.evidence.filter((one) => one.says === 'ours' && one.strength === 'proof')
  if (proofs.some((one) => indirect.has(one.rule) || one.through)) return undefined
  if (now.evidence.some((one) => one.says === 'ours' && one.strength === 'proof')) return undefined
  return `the marks that proved it ours are gone: ${proofs.map((one) => `${one.field} = ${one.value}`).join(', ')}`
}
