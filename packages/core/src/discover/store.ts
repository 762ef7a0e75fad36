import { AdapterLiesError } from '../adapter/checked-kind.ts'
import type { Connection } from '../adapter/connection.ts'
import type { Facts, Kind } from '../adapter/kind.ts'
import type { KindName, ResourceKey } from '../model/key.ts'
import type { Coverage, Finding } from '../model/outcome.ts'

/** One listed thing while discovery works on it. */
export interface Seen {
  readonly key: ResourceKey
  readonly connection: Connection
  readonly kind: Kind
  readonly place: string
  raw: unknown
  facts: Facts
  labelled: boolean
  looked: boolean
}

/** Everything that was listed so far, whether ours or not, and what could not be listed. */
export interface Store {
  readonly seen: Map<ResourceKey, Seen>
  readonly coverage: Map<string, Coverage & { readonly connection: Connection; readonly kind: KindName }>
  readonly findings: Finding[]
}

export const createStore = (): Store => ({ seen: new Map(), coverage: new Map(), findings: [] })

/** Takes a raw answer in. A phase of `gone` (a terminated instance that is still listed) is no resource. */
export function take(store: Store, connection: Connection, kind: Kind, place: string, raw: unknown): Seen | undefined {
  const facts = factsOf(store, connection, kind, place, raw)
  if (!facts) return undefined
  const key = connection.keyOf(kind, place, facts.id)
  const known = store.seen.get(key)
  if (known) {
    if (known.facts.incarnation !== facts.incarnation && facts.phase !== 'gone')
      store.findings.push({
        code: 'adapter-lies',
        severity: 'warning',
        message: `${kind.name} in ${place} listed the id ${facts.id} twice, with the incarnations ${known.facts.incarnation} and ${facts.incarnation}; the first is used`,
        keys: [key],
      })
    return known
  }
  if (facts.phase === 'gone') return undefined
  const seen: Seen = { key, connection, kind, place: kind.place ?? place, raw, facts, labelled: false, looked: false }
  store.seen.set(key, seen)
  return seen
}

/** Puts fresher raw answers (labels, second looks) in the place of older ones, matched by id. */
export function renew(
  store: Store,
  batch: readonly Seen[],
  raws: readonly unknown[],
  mark: 'labelled' | 'looked',
): void {
  const byId = new Map(batch.map((seen) => [seen.facts.id, seen]))
  for (const raw of raws) {
    const { connection, kind, place } = batch[0] as Seen
    const facts = factsOf(store, connection, kind, place, raw)
    const seen = facts && byId.get(facts.id)
    if (!seen || !facts) continue
    seen.raw = raw
    seen.facts = facts
  }
  for (const seen of batch) seen[mark] = true
}

/** A row that cannot be understood is told; the listing counts as failed, because what stands there is not known. */
function factsOf(store: Store, connection: Connection, kind: Kind, place: string, raw: unknown): Facts | undefined {
  try {
    return kind.facts(raw)
  } catch (error) {
    if (!(error instanceof AdapterLiesError)) throw error
    store.findings.push({
      code: 'adapter-lies',
      severity: 'warning',
      message: `${error.message} (in ${place})`,
      keys: [],
    })
    cover(store, connection, kind, place, 'failed', error.message)
    return undefined
  }
}

export function cover(
  store: Store,
  connection: Connection,
  kind: Kind,
  place: string,
  seen: Coverage['seen'],
  missing?: string,
): void {
  const name = `${connection.adapter.name}|${connection.identity.account}|${kind.name}|${place}`
  const before = store.coverage.get(name)
  if (before && before.seen !== 'yes') return
  // it is there, and the call that shows what it uses is not offered: not the same as a service that is not there
  const blind = before !== undefined && seen === 'unsupported' && kind.late !== undefined
  store.coverage.set(name, {
    kind: kind.name,
    place,
    seen: blind ? 'failed' : seen,
    connection,
    ...(missing ? { missing } : {}),
  })
}
