import { dependsOn, partOf, ref, usedBy } from '../../../src/index.ts'
import { inFacts, inKind, type Lie } from './lie.ts'

let turn = 0
const first = new Map<string, string>()

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
    lie: 'a relation that is turned round',
    seenBy: 'points from the user to the used, never the other way round',
    tell: inFacts('cloud:balancer', ({ relations }) => ({
      relations: relations.map((one) => (one.type === 'dependsOn' && 'to' in one ? usedBy(one.to, one.because) : one)),
    })),
  },
  {
    lie: 'a whole that does not name its parts',
    seenBy: 'says of what goes with another that it is a part of it',
    tell: inFacts('cloud:stack', () => ({ relations: [] })),
  },
  {
    lie: 'a user that does not say whom it uses',
    seenBy: 'says blocked where something that lives uses it',
    tell: inFacts('cloud:group', () => ({ relations: [] })),
  },
  {
    lie: 'what is going is told as gone',
    seenBy: 'shows what is being removed for as long as it is there',
    tell: inFacts('cloud:machine', ({ phase }) => ({ phase: phase === 'going' ? 'gone' : phase })),
  },
  {
    lie: 'what is going stands as ever',
    seenBy: 'shows what is being removed for as long as it is there',
    tell: inFacts('cloud:machine', ({ phase }) => ({ phase: phase === 'going' ? 'steady' : phase })),
  },
  {
    lie: 'one incarnation for all that ever had the name',
    seenBy: 'tells what took an id again from what had it before',
    tell: inFacts('cloud:object', ({ id, incarnation }) => {
      if (!first.has(id)) first.set(id, incarnation)
      return { incarnation: first.get(id) ?? '' }
    }),
  },
  {
    lie: 'a revision as incarnation',
    seenBy: 'keeps the incarnation of what it changes',
    tell: inFacts('cloud:network', ({ incarnation, protections = [] }) => ({
      incarnation: `${incarnation}/${protections.length}`,
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
