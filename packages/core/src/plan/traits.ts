import { bytes, float64s } from '../graph/numbers.ts'
import type { Ownership } from '../model/ownership.ts'
import type { Resource } from '../model/resource.ts'
import { blockLength, fetchParts } from './fetch.ts'

/** What is asked of every resource again and again, read once: a million objects that lie scattered in memory are slow to walk. */
export interface Traits {
  /** Bits of `trait`. */
  readonly traits: Uint8Array
  readonly typicalMs: Float64Array
  /** The first evidence, as text. */
  readonly proof: readonly string[]
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
  const proof = new Array<string>(resources.length)
  const proofOf = proofTexts()
  for (let node = 0; node < resources.length; node++) {
    if (node % blockLength === 0) fetchParts(resources, node)
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
    proof[node] = proofOf(ownership)
  }
  return { traits, typicalMs, proof }
}

/** Neighbours in the order of keys often share the evidence, and then the text too. */
function proofTexts(): (ownership: Ownership) => string {
  let [rule, field, value, text]: (string | undefined)[] = []
  return ({ evidence }) => {
    const [own] = evidence
    if (!own) return ''
    if (text === undefined || own.rule !== rule || own.field !== field || own.value !== value) {
      ;({ rule, field, value } = own)
      text = `${rule}: ${field} = ${value}`
    }
    return text
  }
}

export const has = ({ traits }: Traits, node: number, one: number): boolean => ((traits[node] as number) & one) !== 0

export function allWith({ traits }: Traits, one: number): number[] {
  const nodes: number[] = []
  for (let node = 0; node < traits.length; node++) if (((traits[node] as number) & one) !== 0) nodes.push(node)
  return nodes
}
