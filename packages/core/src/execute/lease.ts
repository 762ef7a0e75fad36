import type { Lease } from '../ledger/ledger.ts'
import { canonicalJson } from '../model/json.ts'
import type { Identity } from '../model/outcome.ts'
import type { Target } from '../model/target.ts'

/** Two runs on one target in the same accounts exclude each other. */
export function scopeOf(target: Target, identities: readonly Identity[]): string {
  const accounts = identities.map(({ adapter, account }) => `${adapter}:${account}`).sort()
  return `${accounts.join(',')} ${canonicalJson(target)}`
}

export const isLease = (one: Lease | { readonly heldBy: string }): one is Lease => 'fence' in one
