import { type KindName, type ResourceKey, splitKey } from '../model/key.ts'
import type { Discovery } from '../model/resource.ts'
import type { Ledger } from './ledger.ts'

/** Fewer removals of a kind than this say little. */
const fewest = 3
/** Of each kind so many are remembered, the latest ones. */
const most = 100

/** Kind → median milliseconds from asked to read as gone, over the last removals that this ledger has seen. */
export async function observedLatency(ledger: Ledger): Promise<ReadonlyMap<KindName, number>> {
  const askedAt = new Map<ResourceKey, number>()
  const took = new Map<KindName, number[]>()
  for await (const entry of ledger.read()) {
    if (entry.type === 'intent' && (entry.action === 'remove' || entry.action === 'sever')) {
      askedAt.set(entry.target, Date.parse(entry.at))
    } else if (entry.type === 'gone') {
      const from = askedAt.get(entry.target)
      askedAt.delete(entry.target)
      const ms = Date.parse(entry.at) - (from ?? Number.NaN)
      if (!(ms >= 0)) continue
      const { kind } = splitKey(entry.target)
      const known = took.get(kind) ?? []
      took.set(kind, known)
      known.push(ms)
      if (known.length > most) known.shift()
    }
  }
  const enough = [...took].filter(([, all]) => all.length >= fewest)
  return new Map(enough.map(([kind, all]) => [kind, median(all)]))
}

/** The same discovery with estimates that this ledger knows better than the kinds. Their worst times stay: they bound the waiting. */
export function withObserved(discovery: Discovery, observed: ReadonlyMap<KindName, number>): Discovery {
  if (observed.size === 0) return discovery
  return {
    ...discovery,
    resources: discovery.resources.map((resource) => {
      const typicalMs = observed.get(resource.kind)
      if (typicalMs === undefined) return resource
      const { abilities } = resource
      return { ...resource, abilities: { ...abilities, latency: { ...abilities.latency, typicalMs } } }
    }),
  }
}

function median(all: readonly number[]): number {
  const sorted = [...all].sort((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1] as number
}
