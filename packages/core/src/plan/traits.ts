import { bytes, float64s } from '../graph/numbers.ts'
import type { Resource } from '../model/resource.ts'

/** What is asked of every resource again and again, read once: a million objects that lie scattered in memory are slow to walk. */
export interface Traits {
  /** Bits of `trait`. */
  readonly traits: Uint8Array
  readonly typicalMs: Float64Array
}

export const trait = {
  link: 1,
  /** It has a removal of its own, or one is under way. */
  removable: 2,
  failed: 4,
  protected: 8,
  shared: 16,
  /** Owned, and neither data nor a protection speaks against its removal. */
  plainlyOurs: 32,
} as const

export function traitsOf(resources: readonly Resource[]): Traits {
  const traits = bytes(resources.length)
  const typicalMs = float64s(resources.length)
  for (let node = 0; node < resources.length; node++) {
    const { link, facts, abilities, ownership } = resources[node] as Resource
    const guarded = facts.protections !== undefined && facts.protections.length > 0
    const data = facts.holdsData !== undefined && facts.holdsData !== 'delete'
    traits[node] =
      (link ? trait.link : 0) |
      (abilities.remove || facts.phase === 'going' ? trait.removable : 0) |
      (facts.phase === 'failed' ? trait.failed : 0) |
      (guarded ? trait.protected : 0) |
      (ownership.level === 'shared' ? trait.shared : 0) |
      (ownership.level === 'owned' && !guarded && !data ? trait.plainlyOurs : 0)
    typicalMs[node] = abilities.latency.typicalMs
  }
  return { traits, typicalMs }
}

export const has = ({ traits }: Traits, node: number, one: number): boolean => ((traits[node] as number) & one) !== 0

export function allWith({ traits }: Traits, one: number): number[] {
  const nodes: number[] = []
  for (let node = 0; node < traits.length; node++) if (((traits[node] as number) & one) !== 0) nodes.push(node)
  return nodes
}
