import { dependsOn, partOf, ref } from '../../../src/index.ts'
import { inFacts, inKind, type Lie } from './lie.ts'

let turn = 0

/** About what things are and whom they use. */
export const tellingLies: readonly Lie[] = [
  {
    lie: 'facts that count how often they are asked for',
    seenBy: 'makes facts without looking anywhere else, the same each time',
    tell: inFacts('cloud:group', () => ({ data: { turn: ++turn } })),
  },
  {
    lie: 'facts that ask for the time',
    seenBy: 'makes facts without looking anywhere else, the same each time',
    tell: inFacts('cloud:group', () => ({ data: { old: new Date().getFullYear() > 2000 } })),
  },
  {
    lie: 'facts that sort the answer in place',
    seenBy: 'makes facts without looking anywhere else, the same each time',
    tell: inKind('cloud:machine', (kind) => ({
      ...kind,
      facts: (raw) => kind.facts({ ...raw, relations: raw.relations.reverse() }),
    })),
  },
  {
    lie: 'a date in the data',
    seenBy: 'makes facts that survive as JSON',
    tell: inFacts('cloud:group', () => ({ data: { at: new Date(0) as unknown as string } })),
  },
  {
    lie: 'the data has a number that is none',
    seenBy: 'makes facts that survive as JSON',
    tell: inFacts('cloud:group', () => ({ data: { size: [1, Number.NaN] } })),
  },
  {
    lie: 'the provider’s own word as phase',
    seenBy: 'makes facts of the right form',
    tell: inFacts('cloud:controller', () => ({ phase: 'AVAILABLE' as 'steady' })),
  },
  {
    lie: 'a relation to itself',
    seenBy: 'points only at kinds that it uses, never at itself, and says by which field',
    tell: inFacts('cloud:stack', ({ id, relations }) => ({
      relations: [...relations, partOf(ref('cloud:stack', id), 'root')],
    })),
  },
  {
    lie: 'a relation to a kind that is not in uses',
    seenBy: 'points only at kinds that it uses, never at itself, and says by which field',
    tell: inFacts('cloud:group', ({ relations }) => ({
      relations: [...relations, dependsOn(ref('cloud:role', 'role-2'), 'role')],
    })),
  },
  {
    lie: 'a relation without a reason',
    seenBy: 'points only at kinds that it uses, never at itself, and says by which field',
    tell: inFacts('cloud:group', ({ relations }) => ({ relations: relations.map((one) => ({ ...one, because: '' })) })),
  },
  {
    lie: 'a reference by name where ids are meant',
    seenBy: 'points at nothing that is not there',
    tell: inFacts('cloud:group', ({ relations }) => ({
      relations: [...relations, dependsOn(ref('cloud:network', 'my-network'), 'network')],
    })),
  },
]
