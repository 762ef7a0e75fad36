import type { Fault, Random } from '../../src/kit/testing/index.ts'
import type { Happening, Lie, Lives, Owner, Planted, Planting } from './scenario.ts'

const second = 1_000
const minute = 60 * second

/** What goes wrong around a world. */
interface Weather {
  readonly name: string
  readonly weight: number
  readonly faults?: (random: Random, planting: Planting) => readonly Fault[]
  readonly listLagMs?: (random: Random) => number
  readonly happenings?: (random: Random, planting: Planting) => readonly Happening[]
  readonly lies?: (random: Random, planting: Planting) => readonly Lie[]
  readonly lives?: (random: Random, planting: Planting) => Partial<Lives>
}

interface Drawn {
  readonly weather: string
  readonly faults: readonly Fault[]
  readonly listLagMs: number
  readonly happenings: readonly Happening[]
  readonly lies: readonly Lie[]
  readonly lives: Lives
}

/** One or two weathers at once: most bugs need one cause, some a second. */
export function drawWeather(planting: Planting, random: Random): Drawn {
  const first = drawOne(random)
  const second = random.chance(0.35) ? drawOne(random) : undefined
  const both = [first, ...(second && second !== first ? [second] : [])]
  return {
    weather: both.map(({ name }) => name).join(' + '),
    faults: both.flatMap(({ faults }) => faults?.(random, planting) ?? []),
    listLagMs: Math.max(...both.map(({ listLagMs }) => listLagMs?.(random) ?? 0)),
    happenings: both.flatMap(({ happenings }) => happenings?.(random, planting) ?? []),
    lies: both.flatMap(({ lies }) => lies?.(random, planting) ?? []),
    lives: Object.assign({}, longLife, ...both.map(({ lives }) => lives?.(random, planting))),
  }
}

export const longLife: Lives = { kills: [], then: 'finish', restMs: 0 }

const rate = (random: Random, most: number): number => most * (0.2 + 0.8 * random.next())
const some = (random: Random, { resources }: Planting, of: readonly Owner[] = ['ours']): Planted | undefined => {
  const fitting = resources.filter(({ owner }) => of.includes(owner))
  return fitting[random.below(fitting.length)]
}
/** Between a second and twenty minutes, early ones as often as late ones. */
const soonOrLate = (random: Random): number => Math.round(second * Math.exp(random.next() * Math.log(1_200)))
/** Points in the life of a process (reads, writes, ledger entries, sleeps): early ones as often as late ones. */
const point = (random: Random, { resources }: Planting): number =>
  Math.ceil(Math.exp(random.next() * Math.log(60 + 40 * resources.length)))

const weathers: readonly Weather[] = [
  { name: 'fair', weight: 4 },
  {
    name: 'throttled',
    weight: 2,
    faults: (random) => [{ what: 'throttled', rate: rate(random, 0.3), retryAfterMs: random.pick([200, 500, 5_000]) }],
  },
  { name: '5xx', weight: 2, faults: (random) => [{ what: 'error', rate: rate(random, 0.15) }] },
  { name: 'lost requests', weight: 2, faults: (random) => [{ what: 'lost-request', rate: rate(random, 0.15) }] },
  { name: 'lost responses', weight: 3, faults: (random) => [{ what: 'lost-response', rate: rate(random, 0.2) }] },
  {
    name: 'hanging calls',
    weight: 1,
    faults: (random) => [{ what: 'hang', rate: rate(random, 0.1), times: random.between(1, 5) }],
  },
  {
    name: 'outage',
    weight: 2,
    faults: (random) => {
      const fromMs = soonOrLate(random)
      const what = random.pick<Fault['what']>(['throttled', 'error', 'lost-request', 'lost-response'])
      return [{ what, fromMs, untilMs: fromMs + second * random.between(5, 240) }]
    },
  },
  {
    name: 'denied',
    weight: 3,
    faults: (random, planting) => {
      const one = some(random, planting)
      if (!one) return []
      const kind = one.spec.kind
      const id = one.spec.id as string
      return [
        random.pick([
          { what: 'denied', effect: 'write', kind, id },
          { what: 'denied', effect: 'write', kind },
          { what: 'denied', effect: 'read', kind },
          { what: 'denied', effect: 'read', kind, fromMs: soonOrLate(random) },
          { what: 'unauthenticated', fromMs: soonOrLate(random) },
        ] as [Fault, ...Fault[]]),
      ]
    },
  },
  { name: 'lagging lists', weight: 3, listLagMs: (random) => second * random.between(1, 15) },
  {
    name: 'stale reads',
    weight: 2,
    faults: (random) => [{ what: 'stale', rate: rate(random, 0.6), staleMs: second * random.between(1, 20) }],
  },
  {
    name: 'somebody else',
    weight: 4,
    happenings: (random, planting) =>
      Array.from({ length: random.between(1, 3) }, () => happening(random, planting)).flat(),
  },
  {
    name: 'clock jumps',
    weight: 1,
    happenings: (random) =>
      Array.from({ length: random.between(1, 3) }, () => ({
        atMs: soonOrLate(random),
        what: 'clock' as const,
        byMs: minute * random.between(-90, 90),
      })),
  },
  {
    name: 'a lying adapter',
    weight: 1,
    lies: (random, planting) => {
      const one = some(random, planting)
      return one
        ? [
            {
              what: random.pick([
                'remove-hangs',
                'remove-throws',
                'facts-throw',
                'listing-throws',
                'listing-never-ends',
              ]),
              id: one.id,
            },
          ]
        : []
    },
  },
  {
    name: 'killed',
    weight: 8,
    lives: (random, planting) => ({
      kills: Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => point(random, planting)),
      then: random.chance(0.75) ? 'finish' : 'undo',
      restMs: random.pick([0, 0, second, 30 * second, 10 * minute]),
    }),
  },
  {
    name: 'killed while planning',
    weight: 1,
    lives: (random) => ({ killPlanningAt: random.between(1, 60) }),
  },
  {
    name: 'frozen',
    weight: 3,
    lives: (random, planting) => ({
      freeze: { at: point(random, planting), forMs: second * random.pick([90, 100, 120, 300, 900]) },
    }),
  },
  {
    name: 'not offered',
    weight: 1,
    faults: (random, planting) => {
      const kind = some(random, planting)?.spec.kind
      if (!kind) return []
      return [
        random.pick<Fault>([
          { what: 'unsupported', effect: 'write', kind },
          { what: 'unsupported', effect: 'read', kind, call: /^Get/ },
          { what: 'unsupported', effect: 'read', kind, call: /^Find/ },
        ]),
      ]
    },
  },
  { name: 'stopped', weight: 2, lives: (random, planting) => ({ stopAt: point(random, planting) }) },
  { name: 'a rival', weight: 2, lives: (random) => ({ rivalAtMs: soonOrLate(random) }) },
]

const urn = weathers.flatMap((one) => Array.from({ length: one.weight }, () => one))
const drawOne = (random: Random): Weather => urn[random.below(urn.length)] as Weather

function happening(random: Random, planting: Planting): Happening[] {
  const atMs = soonOrLate(random)
  const draw = random.next()
  const one = some(random, planting)
  if (!one) return []
  if (draw < 0.25) return [{ atMs, what: 'removed', id: one.id }]
  if (draw < 0.4) return [{ atMs, what: 'unmarked', id: one.id }]
  if (draw < 0.5) return [{ atMs, what: 'protected', id: one.id }]
  if (draw < 0.65) return [{ atMs, what: 'replaced', id: one.id }]
  if (draw < 0.72) {
    const controller = planting.resources.find(({ spec }) => spec.serves)
    return controller ? [{ atMs, what: 'stops-serving', id: controller.id }] : []
  }
  const owner: Owner = random.pick(['ours', 'theirs', 'nobody'])
  const like = planting.resources.find((other) => other.owner === owner && other.spec.tags)
  const alias = one.spec.kind.startsWith('cloud:') ? undefined : one.spec.aliases?.[0]
  if (!one.spec.kind.startsWith('cloud:') && alias === undefined) return []
  const id = `newcomer-${atMs}`
  const to = alias === undefined ? { kind: one.spec.kind, id: one.spec.id as string } : { alias }
  return [
    {
      atMs,
      what: 'appears',
      planted: {
        id: `cloud:newcomer ${id}`,
        owner,
        spec: {
          kind: 'cloud:newcomer',
          id,
          tags: owner === 'theirs' ? { cluster: 'prod' } : owner === 'ours' ? (like?.spec.tags ?? {}) : {},
          uses: [{ to, field: 'uses' }],
          data: { owner },
        },
      },
    },
  ]
}
