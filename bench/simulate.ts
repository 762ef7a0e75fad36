// pnpm simulate [--runs N] [--seed S] [--size K]: random worlds and faults on virtual time. Every failure comes back from its seed.
import { parseArgs } from 'node:util'
import { executeTeardown, type Plan, type Policy, planTeardown, type Report, type ResourceKey } from '@cleardown/core'
import {
  type Fault,
  type GeneratedWorld,
  generateWorld,
  type Random,
  seededRandom,
  type WorldResource,
} from '@cleardown/core/testing'
import { printTable } from './table.ts'

const policy: Policy = { maxRemovals: 100_000 }
const smallest = 10
/** After a run: whatever lags has caught up. */
const restMs = 10 * 60_000

interface Weather {
  readonly name: string
  /** Nothing goes wrong: then nothing may be refused either, and whatever can go goes. */
  readonly fair?: true
  readonly faults: (random: Random) => readonly Fault[]
  readonly listLagMs?: (random: Random) => number
}

const rate = (random: Random, most: number): number => most * (0.2 + 0.8 * random.next())

const weathers: readonly Weather[] = [
  { name: 'fair', fair: true, faults: () => [] },
  { name: 'throttled', faults: (random) => [{ what: 'throttled', rate: rate(random, 0.3), retryAfterMs: 500 }] },
  { name: '5xx', faults: (random) => [{ what: 'error', rate: rate(random, 0.15) }] },
  { name: 'lost requests', faults: (random) => [{ what: 'lost-request', rate: rate(random, 0.15) }] },
  { name: 'lost responses', faults: (random) => [{ what: 'lost-response', rate: rate(random, 0.15) }] },
  {
    name: 'everything',
    faults: (random) =>
      (['throttled', 'error', 'lost-request', 'lost-response'] as const).map((what) => ({
        what,
        rate: rate(random, 0.06),
      })),
  },
  {
    name: 'outage',
    faults: (random) => {
      const fromMs = 1_000 * random.between(1, 300)
      return [{ what: random.pick(['throttled', 'error']), fromMs, untilMs: fromMs + 1_000 * random.between(5, 120) }]
    },
  },
  { name: 'lagging lists', faults: () => [], listLagMs: (random) => 1_000 * random.between(1, 10) },
]

interface Scene {
  readonly weather: Weather
  readonly size: number
  readonly generated: GeneratedWorld
  /** Somebody else uses something of ours: not all of it can go. */
  readonly held: boolean
  calm(): void
}

interface Verdict {
  readonly seed: number
  readonly weather: string
  readonly size: number
  readonly outcome: string
  readonly removed: number
  readonly wrong: readonly string[]
}

function stage(seed: number, mostSize: number): Scene {
  const random = seededRandom(`${seed} simulate`)
  const weather = weathers[seed % weathers.length] as Weather
  const size = random.between(smallest, Math.max(smallest, mostSize))
  const held = random.chance(0.3)
  const generated = generateWorld({
    seed,
    size,
    foreignUsers: held ? random.between(0, 3) : 0,
    strays: held ? random.between(1, 2) : 0,
    shared: random.between(0, 4),
    shuffle: random.chance(0.5),
    pageSize: random.pick([7, 50, 500]),
    ...(weather.listLagMs ? { listLagMs: weather.listLagMs(random) } : {}),
  })
  const ends = weather.faults(random).map((fault) => generated.world.fail(fault))
  return { weather, size, generated, held, calm: () => ends.forEach((end) => void end()) }
}

async function simulate(seed: number, mostSize: number): Promise<Verdict> {
  const scene = stage(seed, mostSize)
  const { adapters, context, target } = scene.generated
  const { weather, size } = scene
  try {
    const plan = await planTeardown({ adapters, context, target, policy })
    const report = await executeTeardown(plan, { adapters, context }).report
    scene.calm()
    await context.sleep(restMs)
    const again = await planTeardown({ adapters, context, target, policy })
    const wrong = [
      ...truthOf(scene, report),
      ...harmOf(scene.generated),
      ...refusalsOf(scene),
      ...secondRun(report, again),
    ]
    return { seed, weather: weather.name, size, outcome: report.outcome, removed: report.removed.length, wrong }
  } catch (error) {
    const wrong = [`thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]
    return { seed, weather: weather.name, size, outcome: 'thrown', removed: 0, wrong }
  }
}

/** What the report says, against the world as it is now. */
function truthOf({ generated, weather, held }: Scene, report: Report): string[] {
  const { world, ours } = generated
  const mine = new Set<WorldResource>(ours)
  const alive = world.alive().filter((one) => mine.has(one) || one.tags['cluster'] === 'ci-1')
  const aliveKeys = new Set<ResourceKey>(alive.map(({ key }) => key))
  const told = new Set([...report.left.map(({ key }) => key), ...report.kept.map(({ key }) => key)])
  const goneInstead = report.left.filter(({ key }) => !world.alive().some((one) => one.key === key))
  const resurrected = report.removed.filter(({ key }) => aliveKeys.has(key))
  // a rule of a group that stays stays with it and is not told one by one; what was not listed is told as coverage
  const unseen = new Set(report.coverage.filter(({ seen }) => seen !== 'yes').map(({ kind }) => kind))
  const untold = alive.filter(
    ({ key, kind }) => kind !== 'cloud:security-group-rule' && !unseen.has(kind) && !told.has(key),
  )
  const success = report.outcome === 'clean' || report.outcome === 'retained'
  return [
    ...say(success && alive.length > 0, `says ${report.outcome} with these alive`, aliveKeys),
    ...say(resurrected.length > 0, 'says removed what lives', keysOf(resurrected)),
    ...say(report.outcome !== 'refused' && untold.length > 0, `${report.outcome}, and does not tell`, keysOf(untold)),
    ...say(goneInstead.length > 0, 'says left what is gone', keysOf(goneInstead)),
    ...say(
      !success && report.outcome !== 'refused' && alive.length === 0,
      `says ${report.outcome}, nothing is left`,
      [],
    ),
    ...say(
      !held && weather.fair === true && !success,
      `ends ${report.outcome} in fair weather with these left`,
      aliveKeys,
    ),
  ]
}

/** Calls that had an effect on what is not ours. Our own mark comes off what is shared: that is planned. */
function harmOf({ world, theirs, shared, strays }: GeneratedWorld): string[] {
  const harm = world.harm([...theirs, ...shared, ...strays])
  const common = new Set(shared)
  return harm
    .filter(({ resource, what }) => !(common.has(resource) && what.startsWith('Untag')))
    .map(({ resource, what }) => `harm: ${what} ${resource.key}`)
}

function refusalsOf({ generated, weather }: Scene): string[] {
  if (!weather.fair) return []
  return generated.world.refusals().map(({ call, id, result }) => `refused: ${call} ${id} ${result}`)
}

/** A run that says that it is through has left nothing that could go. */
function secondRun({ outcome }: Report, again: Plan): string[] {
  if (outcome !== 'clean' && outcome !== 'retained' && outcome !== 'blocked') return []
  const steps = again.steps.map(({ action, target }) => `${action} ${target}`)
  return say(steps.length > 0, `after ${outcome} a second run would`, steps)
}

const keysOf = (all: readonly { readonly key: ResourceKey }[]): ResourceKey[] => all.map(({ key }) => key)

function say(wrong: boolean, what: string, which: Iterable<string>): string[] {
  const [all, most] = [[...which], 4]
  const rest = all.length > most ? ` and ${all.length - most} more` : ''
  return wrong ? [`${what}: ${all.slice(0, most).join(', ')}${rest}`] : []
}

function tally(verdicts: readonly Verdict[]): Record<string, string | number>[] {
  return weathers.map(({ name }) => {
    const own = verdicts.filter(({ weather }) => weather === name)
    const ended = (outcome: string): number => own.filter((one) => one.outcome === outcome).length
    return {
      weather: name,
      runs: own.length,
      removed: own.reduce((sum, { removed }) => sum + removed, 0),
      clean: ended('clean'),
      retained: ended('retained'),
      blocked: ended('blocked'),
      incomplete: ended('incomplete'),
      refused: ended('refused'),
      thrown: ended('thrown'),
      wrong: own.filter(({ wrong }) => wrong.length > 0).length,
    }
  })
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    size: { type: 'string', default: '120' },
  },
})
const [runs, firstSeed, mostSize] = [Number(values.runs), Number(values.seed), Number(values.size)]
if (![runs, firstSeed, mostSize].every((one) => Number.isSafeInteger(one) && one > 0))
  throw new Error('--runs, --seed and --size are whole numbers above 0')

const startedAt = performance.now()
const verdicts: Verdict[] = []
for (let seed = firstSeed; seed < firstSeed + runs; seed++) verdicts.push(await simulate(seed, mostSize))
const failed = verdicts.filter(({ wrong }) => wrong.length > 0)

printTable(
  `${runs} teardowns, worlds of ${smallest} to ${mostSize}, ${Math.round((performance.now() - startedAt) / 1_000)} s`,
  tally(verdicts),
)
for (const { seed, weather, size, outcome, wrong } of failed)
  console.log(
    `\nseed ${seed} (${weather}, ${size} resources, ${outcome})\n${wrong.map((one) => `  ${one}`).join('\n')}`,
  )
if (failed.length > 0) {
  console.log(
    `\n${failed.length} failed. One again: pnpm simulate --runs 1 --size ${mostSize} --seed ${failed[0]?.seed}`,
  )
  process.exitCode = 1
}
