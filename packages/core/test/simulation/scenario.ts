import type { Policy, Target } from '../../src/index.ts'
import {
  type Fault,
  type MemoryKind,
  type NewResource,
  type Random,
  seededRandom,
} from '../../src/kit/testing/index.ts'
import { generatedWorld } from './generated-world.ts'
import { randomWorld } from './random-world.ts'
import { drawWeather } from './weather.ts'

/** Whose a resource is in truth, whatever the marks let one conclude. Only `ours` may ever be removed. */
export type Owner = 'ours' | 'kept' | 'shared' | 'theirs' | 'nobody' | 'disputed'

/** Plain data: a scenario can be cut down, printed and built again. Pointers are references; the owner stands in `spec.data`. */
export interface Planted {
  /** Kind and id: by this the scenario speaks of it. */
  readonly id: string
  readonly owner: Owner
  readonly spec: NewResource
}

/** What a world of resources needs to be built. */
export interface Planting {
  readonly target: Target
  readonly policy: Policy
  readonly kinds: readonly MemoryKind[]
  readonly resources: readonly Planted[]
  /** Somebody enforces what nobody tells, removals fail, latencies are far off: refusals are no bug then. */
  readonly honest: boolean
}

/** What somebody else does while the run is under way. */
export type Happening = { readonly atMs: number } & (
  | { readonly what: 'removed' | 'unmarked' | 'protected' | 'stops-serving'; readonly id: string }
  /** Removed, and its id taken by something of another's. */
  | { readonly what: 'replaced'; readonly id: string }
  | { readonly what: 'appears'; readonly planted: Planted }
  | { readonly what: 'clock'; readonly byMs: number }
)

/** A process stands still from this point of its life on, for longer than its lease lasts, and then goes on. */
export interface Freeze {
  readonly at: number
  readonly forMs: number
}

/** What becomes of the processes that do the work. */
export interface Lives {
  /** The first dies at its k-th point, the one that continues at the next of these, and so on; what follows the last one lives. */
  readonly kills: readonly number[]
  readonly then: 'finish' | 'undo'
  /** From a death to the next process. */
  readonly restMs: number
  /** A second run on the same target and ledger starts then. */
  readonly rivalAtMs?: number
  /** Sabotage: the rival writes into a ledger of its own, so that nothing keeps the two apart. */
  readonly rivalAlone?: boolean
  /** The first process freezes; the next begins at once and waits for the lease. */
  readonly freeze?: Freeze
  /** The process that makes the plan dies at this point, and another makes it anew. */
  readonly killPlanningAt?: number
  /** The first process is asked to stop at this point. */
  readonly stopAt?: number
}

/** A break of the contract by an adapter. */
export interface Lie {
  readonly what: Slip | Sabotage
  readonly id: string
}

/** The run must end, say so, and leave the rest as it would. */
type Slip = 'remove-hangs' | 'remove-throws' | 'facts-throw' | 'listing-throws' | 'listing-never-ends'

/** No engine can bear these; the simulation has to notice them, which proves that its checks can fail. */
export type Sabotage =
  | 'removes-twice' // two calls for one intent
  | 'removes-another' // also what was not asked for
  | 'hides' // it is in no listing, and no read finds it
  | 'says-gone' // it stays, and is told to be gone

export interface Scenario extends Planting {
  readonly seed: number
  readonly weather: string
  readonly faults: readonly Fault[]
  readonly happenings: readonly Happening[]
  readonly lies: readonly Lie[]
  readonly lives: Lives
  readonly listLagMs: number
  readonly pageSize: number
  readonly shuffle: boolean
}

/** The same seed and size give the same scenario. `mostSize`: how many resources at most. */
export function scenarioOf(seed: number, mostSize: number): Scenario {
  const random = seededRandom(`${seed} scenario`)
  const size = drawSize(random, mostSize)
  const planting = size >= 10 && random.chance(0.2) ? generatedWorld(seed, size, random) : randomWorld(size, random)
  return {
    seed,
    ...planting,
    ...drawWeather(planting, random),
    pageSize: random.pick([7, 50, 500]),
    shuffle: random.chance(0.5),
  }
}

/** Most are small: nearly every bug needs few resources. One in five thousand is as large as may be. */
function drawSize(random: Random, mostSize: number): number {
  const draw = random.next()
  const [least, most] =
    draw < 0.7 ? [2, 7] : draw < 0.95 ? [7, 15] : draw < 0.9998 ? [16, 50] : [mostSize / 2, mostSize]
  return random.between(Math.ceil(Math.min(least, mostSize)), Math.floor(Math.min(most, mostSize)))
}
