import type { Json } from '../model/json.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Policy } from '../model/policy.ts'
import type { Resource } from '../model/resource.ts'
import type { WithoutCycles } from './break-cycles.ts'
import { askedAt, type Moments, role } from './carry.ts'
import { go, mayLift } from './decide.ts'
import type { Release } from './release.ts'
import type { Settled } from './settle.ts'
import { has, trait } from './traits.ts'
import { each, type World } from './world.ts'

/** A change just before the removals that need it. All but a release can be taken back. */
export type Preparation = {
  readonly target: number
  /** Protection, writer or finalizer. */
  readonly what: string
  /** The resources whose removal it is for: it comes last before the first of them. */
  readonly frees: readonly number[]
} & (
  | { readonly action: 'unprotect' | 'quiesce'; readonly value: Json }
  | { readonly action: 'release'; readonly proof: readonly ResourceKey[] }
)

/** Protections to lift, writers to silence, finalizers to release. Links that are cut are moments of their own and not listed here. */
export function prepare(
  { direct: world, moments, choices }: WithoutCycles,
  settled: Settled,
  policy: Policy,
  releases: ReadonlyMap<number, Release>,
): Preparation[] {
  const all: Preparation[] = []
  const silenced = new Map<number, number[]>()
  for (let node = 0; node < world.size; node++) {
    if ((moments.head[node] as number) < 0) continue
    if (has(world, node, trait.protected)) unprotect(node)
    const release = releases.get(node)
    if (release) {
      const proof = [
        ...release.proof.map((part) => (world.resources[part] as Resource).key),
        ...release.goneBefore,
      ].sort()
      for (const what of release.finalizers) all.push({ action: 'release', target: node, what, proof, frees: [node] })
    }
    each(world.writers.out, node, (writer, edge) => {
      const goesFirst = settled.stay[writer] === go && !choices.dropped.has(edge)
      if (goesFirst || (world.resources[writer] as Resource).abilities.quiesce === undefined) return
      const made = silenced.get(writer)
      if (made) made.push(node)
      else silenced.set(writer, [node])
    })
  }
  for (const [writer, made] of [...silenced].sort(([a], [b]) => a - b)) {
    const { abilities, facts } = world.resources[writer] as Resource
    all.push({ action: 'quiesce', target: writer, what: facts.id, value: abilities.quiesce as Json, frees: made })
  }
  return all

  function unprotect(node: number): void {
    const resource = world.resources[node] as Resource
    for (const protection of resource.facts.protections ?? []) {
      if (!mayLift(resource, protection, policy)) continue
      const value = resource.abilities.unprotect[protection.id] as Json
      all.push({ action: 'unprotect', target: node, what: protection.id, value, frees: [node] })
    }
  }
}

/** When the removal that takes a resource is asked for. */
export const askedFor = (moments: Moments, node: number): number => askedAt(moments.head[node] as number)

/** What a cut link is cut for: everything that it names and that goes. */
export function freedBy(world: World, moments: Moments, link: number): number[] {
  const freed: number[] = []
  each(world.uses.out, link, (other, edge) => {
    if ((moments.head[other] as number) >= 0 && world.edges[edge]?.ifBroken !== 'leaks') freed.push(other)
  })
  return freed
}

/** Who loses a link that is cut: its first whole, which stays or goes later. A link without one is not cut but removed. */
export function holderOf({ wholes: { out } }: World, link: number): number {
  return out.targets[out.offsets[link] as number] as number
}

export const isCut = (moments: Moments, node: number): boolean => moments.role[node] === role.cut
