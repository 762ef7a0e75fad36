import type { ResourceKey } from '../model/key.ts'
import { concludeOwnership, type Evidence, type Ownership } from '../model/ownership.ts'
import type { Edge } from '../model/relation.ts'
import type { Resolved } from './resolve.ts'
import type { Seen, Store } from './store.ts'

/**
 * From what each resource says for itself to whose it is, through others:
 * - down `partOf`: what is part of ours is ours, what is part of another's is another's (a link keeps its own owner in another's holder)
 * - evidence that passes `through` a resource counts while that one is ours
 * - topology: what uses something of ours is `suspected`, never more
 *
 * A fixpoint in rounds over keys in order, so that the order of listings never shows.
 */
export function spreadOwnership(
  store: Store,
  direct: ReadonlyMap<ResourceKey, readonly Evidence[]>,
  resolved: Resolved,
  resolveThrough: (seen: Seen, evidence: Evidence) => ResourceKey | undefined,
): Map<ResourceKey, Ownership> {
  const levels = new Map<ResourceKey, Ownership>()
  const derived = new Map<ResourceKey, Map<string, Evidence>>()
  const parts = new Map<ResourceKey, Edge[]>()
  const users = new Map<ResourceKey, Edge[]>()
  for (const edge of resolved.edges)
    if (edge.type === 'partOf') push(parts, edge.to, edge)
    else if (edge.type === 'dependsOn') push(users, edge.to, edge)
  const through = new Map<ResourceKey, { seen: Seen; evidence: Evidence }[]>()

  const conclude = (key: ResourceKey): boolean => {
    const own = derived.get(key)
    const all = own ? [...(direct.get(key) ?? []), ...own.values()] : (direct.get(key) ?? [])
    const next = concludeOwnership(proves(all) ? all.filter((one) => one.rule !== 'topology') : all)
    const before = levels.get(key)
    levels.set(key, next)
    return before?.level !== next.level
  }
  /** `name` tells evidence of one resource apart: of which whole, through what, or by topology. */
  const derive = (key: ResourceKey, name: string, evidence: Evidence): boolean => {
    const own = derived.get(key) ?? new Map<string, Evidence>()
    derived.set(key, own)
    const before = own.get(name)
    if (before && before.says === evidence.says && before.strength === evidence.strength) return false
    own.set(name, evidence)
    return conclude(key)
  }

  for (const seen of store.seen.values())
    for (const evidence of seen.facts.evidence ?? [])
      if (evidence.through) {
        const by = resolveThrough(seen, evidence)
        if (by) push(through, by, { seen, evidence })
      }

  let changed = new Set<ResourceKey>()
  for (const key of [...direct.keys()].sort()) if (conclude(key)) changed.add(key)
  // Levels only move towards more evidence, so the rounds are bounded by the longest way through the graph.
  while (changed.size > 0) {
    const next = new Set<ResourceKey>()
    for (const key of [...changed].sort()) {
      const level = levels.get(key)?.level
      if (level === undefined || level === 'unknown' || level === 'shared') continue
      for (const edge of parts.get(key) ?? []) if (passDown(edge, level)) next.add(edge.from)
      if (level === 'owned' || level === 'suspected') {
        // beside a proof of its own, what it uses says nothing more
        for (const edge of users.get(key) ?? [])
          if (!proves(direct.get(edge.from)) && derive(edge.from, 'topology', topology(edge))) next.add(edge.from)
        for (const { seen, evidence } of through.get(key) ?? []) {
          const strength = level === 'owned' ? evidence.strength : 'hint'
          if (derive(seen.key, `through ${key} ${evidence.rule}`, { ...evidence, strength })) next.add(seen.key)
        }
      }
    }
    changed = next
  }
  return levels

  function passDown(edge: Edge, level: Ownership['level']): boolean {
    const base = { rule: 'part-of', field: edge.because, value: edge.to }
    const link = store.seen.get(edge.from)?.kind.link === true
    if (level === 'owned' || level === 'suspected')
      return derive(edge.from, edge.to, {
        ...base,
        says: 'ours',
        strength: level === 'owned' ? 'proof' : 'hint',
      })
    if (link) return false
    const owner = levels.get(edge.to)?.evidence.find((one) => one.says === 'other')?.owner
    if (level === 'foreign' || level === 'disputed')
      return derive(edge.from, edge.to, {
        ...base,
        says: 'other',
        strength: 'proof',
        ...(owner ? { owner } : {}),
      })
    return false
  }
}

const proves = (evidence: readonly Evidence[] | undefined): boolean =>
  evidence?.some((one) => one.strength === 'proof') ?? false

const topology = (edge: Edge): Evidence => ({
  rule: 'topology',
  says: 'ours',
  strength: 'hint',
  field: edge.because,
  value: edge.to,
})

function push<T>(groups: Map<ResourceKey, T[]>, key: ResourceKey, one: T): void {
  const group = groups.get(key)
  if (group) group.push(one)
  else groups.set(key, [one])
}
