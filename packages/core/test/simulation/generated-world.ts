import {
  generateWorld,
  type NewResource,
  type Random,
  standardKinds,
  type WorldResource,
} from '../../src/kit/testing/index.ts'
import type { Owner, Planted, Planting } from './scenario.ts'

/** An account as test environments leave it, as plain data: the same resources that `generateWorld` makes. */
export function generatedWorld(seed: number, size: number, random: Random): Planting {
  const held = random.chance(0.3)
  const { ours, theirs, shared, strays, target } = generateWorld({
    seed,
    size,
    neighbours: Math.floor(size / 4),
    foreignUsers: held ? random.between(0, 2) : 0,
    strays: held ? random.between(0, 2) : 0,
    shared: random.between(0, 3),
  })
  const planted = (owner: Owner, all: readonly WorldResource[]): Planted[] =>
    all.map((resource) => {
      const { spec } = resource as WorldResource & { readonly spec: NewResource }
      return { id: `${resource.kind} ${resource.id}`, owner, spec: { ...spec, tags: resource.tags, data: { owner } } }
    })
  return {
    target,
    policy: { maxRemovals: 100_000 },
    kinds: standardKinds,
    resources: [
      ...planted('shared', shared),
      ...planted('ours', ours),
      ...planted('theirs', theirs),
      ...planted('nobody', strays),
    ],
    honest: true,
  }
}
