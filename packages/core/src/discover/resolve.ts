import type { Connection } from '../adapter/connection.ts'
import type { KindName, ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Edge, Ref, Relation } from '../model/relation.ts'
import type { Seen, Store } from './store.ts'

/** A relation that points at nothing that was listed. */
export interface Dangling {
  readonly seen: Seen
  readonly relation: Relation
  readonly ref: Ref
  /** `unseen`: the listing that would show it was not whole. */
  readonly why: 'absent' | 'unseen' | 'no-adapter' | 'not-unique'
}

export interface Resolved {
  readonly edges: readonly Edge[]
  readonly dangling: readonly Dangling[]
  readonly findings: readonly Finding[]
  /** The one resource that answers to a name; none where several do. */
  byAlias(alias: string): Seen | undefined
}

/** Joins every relation of everything that was listed to the resource it points at; aliases join over providers. */
export function resolveRelations(store: Store, connections: readonly Connection[]): Resolved {
  const aliases = aliasIndex(store)
  const edges = new Map<ResourceKey, Map<string, Edge>>()
  const dangling: Dangling[] = []
  const findings: Finding[] = aliases.findings
  const known = new Set(connections.flatMap((connection) => [...connection.kinds.keys()]))
  const gaps = [...store.coverage.values()].filter(({ seen }) => seen === 'denied' || seen === 'failed')

  for (const seen of store.seen.values())
    for (const relation of seen.facts.relations) {
      const ref = 'to' in relation ? relation.to : relation.from
      const other = find(ref, seen)
      if (typeof other === 'string') {
        dangling.push({ seen, relation, ref, why: other })
        continue
      }
      if (other.key === seen.key) {
        findings.push({
          code: 'adapter-lies',
          severity: 'warning',
          message: `${seen.kind.name} ${seen.facts.id} says that it is ${relation.type} itself (${relation.because}); left out`,
          keys: [seen.key],
        })
        continue
      }
      const [from, to] = 'to' in relation ? [seen.key, other.key] : [other.key, seen.key]
      const edge = edgeOf(relation, from, to)
      const own = edges.get(from) ?? new Map<string, Edge>()
      edges.set(from, own)
      const name = edge.type === 'dependsOn' ? to : `${edge.type} ${to}` // most are, and no key has a space
      const before = own.get(name)
      own.set(name, before ? strictest(before, edge) : edge)
    }
  return {
    edges: [...edges.values()].flatMap((own) => [...own.values()]),
    dangling,
    findings,
    byAlias(alias) {
      const found = aliases.index.get(alias)
      return found === 'not-unique' ? undefined : found
    },
  }

  function find(ref: Ref, seen: Seen): Seen | Dangling['why'] {
    if ('alias' in ref) {
      const found = aliases.index.get(ref.alias)
      if (found === 'not-unique') return 'not-unique'
      return found ?? 'absent'
    }
    const kind = seen.connection.kinds.get(ref.kind)
    if (!kind) return known.has(ref.kind) ? 'absent' : 'no-adapter'
    const found =
      store.seen.get(seen.connection.keyOf(kind, ref.place ?? seen.place, ref.id)) ?? onlyPlace(kind.name, ref, seen)
    if (found) return found
    const places = seen.connection.placesOf(kind)
    const place = kind.place ?? ref.place ?? (places.includes(seen.place) ? seen.place : undefined)
    const hidden = gaps.some(
      (gap) =>
        gap.connection === seen.connection && gap.kind === ref.kind && (place === undefined || gap.place === place),
    )
    return hidden ? 'unseen' : 'absent'
  }

  /** A global resource (a role) points into a place without naming it: the one place that has the id. */
  function onlyPlace(kindName: KindName, ref: Extract<Ref, { kind: KindName }>, seen: Seen): Seen | undefined {
    if (ref.place || !seen.kind.place) return undefined
    const kind = seen.connection.kinds.get(kindName)
    if (!kind) return undefined
    const found = seen.connection
      .placesOf(kind)
      .map((place) => store.seen.get(seen.connection.keyOf(kind, place, ref.id)))
      .filter((one) => one !== undefined)
    return found.length === 1 ? found[0] : undefined
  }
}

/** Two relations between the same ends: the one that allows less counts. */
function strictest(a: Edge, b: Edge): Edge {
  if (a.type === 'dependsOn') return a.ifBroken === 'leaks' ? b : a
  if (a.type === 'partOf') return a.alone ? b : a
  return a
}

function edgeOf(relation: Relation, from: ResourceKey, to: ResourceKey): Edge {
  const { because } = relation
  switch (relation.type) {
    case 'dependsOn':
      return { type: 'dependsOn', from, to, because, ifBroken: relation.ifBroken ?? 'refused' }
    case 'partOf':
      return { type: 'partOf', from, to, because, alone: relation.alone ?? false }
    case 'restoredBy':
      return { type: 'restoredBy', from, to, because }
    case 'servedBy':
      return { type: 'servedBy', from, to, because, ...(relation.finalizer ? { finalizer: relation.finalizer } : {}) }
  }
}

function aliasIndex(store: Store): { index: Map<string, Seen | 'not-unique'>; findings: Finding[] } {
  const carriers = new Map<string, Set<Seen>>()
  for (const seen of store.seen.values())
    for (const alias of seen.facts.aliases ?? []) {
      const all = carriers.get(alias)
      if (all) all.add(seen)
      else carriers.set(alias, new Set([seen]))
    }
  const index = new Map<string, Seen | 'not-unique'>()
  const findings: Finding[] = []
  for (const [alias, all] of carriers) {
    const [only, ...more] = all
    if (only && more.length === 0) index.set(alias, only)
    else {
      index.set(alias, 'not-unique')
      findings.push({
        code: 'alias-not-unique',
        severity: 'warning',
        message: `${all.size} resources answer to "${alias}"; references by that name are joined to none of them`,
        keys: [...all].map((seen) => seen.key).sort(),
      })
    }
  }
  return { index, findings }
}
