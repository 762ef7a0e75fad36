import { isoTime } from '../../adapter/context.ts'
import type { KindName } from '../../model/key.ts'
import { createAgenda } from './agenda.ts'
import { type Call, createFaults, type Fault, type Faults } from './faults.ts'
import { hashText, seededRandom } from './random.ts'
import { createRemovals, type Removals } from './removal.ts'
import type { MemoryKind, NewResource, State, WorldResource } from './resource.ts'
import { createStore, type Store } from './store.ts'
import type { VirtualContext } from './virtual-context.ts'

/** One call that reached the memory cloud, or was lost on its way. */
export interface JournalEntry extends Call {
  readonly at: string
  /** Virtual milliseconds since the start of the world. */
  readonly atMs: number
  /** `ok`, or the memory cloud's own word for the refusal or fault. */
  readonly result: string
  readonly message?: string
}

/** Something happened to what nothing should happen to. */
export interface Harm {
  readonly resource: WorldResource
  readonly what: string
}

/** What a test changes behind the back of everybody. */
export interface Change {
  readonly tags?: Readonly<Record<string, string>>
  readonly serves?: boolean
  readonly paused?: boolean
  readonly protections?: readonly string[]
  /** `going`: somebody else asks for its removal, which then does what it does. */
  readonly phase?: 'steady' | 'changing' | 'failed' | 'stuck' | 'going'
}

/** The truth: what lives, what was done to it, and levers for a test. Looking at it costs no call. */
export interface World {
  readonly journal: readonly JournalEntry[]
  add(spec: NewResource): WorldResource
  get(kind: KindName, id: string): WorldResource | undefined
  /** What lives now, in the order in which it came. */
  alive(): readonly WorldResource[]
  isAlive(resource: WorldResource): boolean
  /** Everything that was ever there. */
  all(): readonly WorldResource[]
  /** How many were ever there. */
  count(): number
  /** What happened to these, or to what is part of them: calls that had an effect, and their end. Empty = unharmed. */
  harm(resources: Iterable<WorldResource>): readonly Harm[]
  /** Writes that were refused by a rule (`InUse`, `Protected`, `ManagedByService` …), not by a fault. */
  refusals(): readonly JournalEntry[]
  /** Somebody else removes it, at once and whatever it breaks. */
  remove(resource: WorldResource): void
  change(resource: WorldResource, change: Change): void
  /** Runs when virtual time has come so far from now. */
  after(delayMs: number, action: (world: World) => void): void
  /** From now on; call what it returns to end it. */
  fail(fault: Fault): () => void
  /** Milliseconds of its wall clock. */
  now(): number
  elapsedMs(): number
}

/** What the providers need of the world, beside what tests see. */
export interface Inside {
  readonly world: World
  readonly store: Store
  readonly removals: Removals
  readonly faults: Faults
  readonly startedAt: number
  /** Brings everything that is due about. */
  settle(): void
  record(call: Call, result: string, message?: string): void
  create(spec: NewResource): State
}

export interface WorldOptions {
  readonly seed: number | string
  readonly kinds: readonly MemoryKind[]
  readonly faults: readonly Fault[]
  readonly context: VirtualContext
  /** Durations differ from their rule by at most this share, each resource by its own fixed amount. */
  readonly jitter: number
  /** Above 0, in its place: the width of a lognormal factor. */
  readonly spread: number
  home(provider: string): { readonly account: string; readonly place: string }
}

const hourMs = 3_600_000
/** Durations beyond two deviates are left out: a kind's worst time is said to hold. */
const mostDeviates = 2

export function createWorld(options: WorldOptions): Inside {
  const { seed, context, jitter, spread, home } = options
  const store = createStore(options.kinds)
  const faults = createFaults(options.faults, seededRandom(`${seed} faults`))
  const agenda = createAgenda<() => void>()
  const journal: JournalEntry[] = []
  const startedAt = context.now()
  const origin = context.monotonic()
  /** The time of the event that is coming about just now. */
  let at: number | undefined
  const now = (): number => at ?? Math.floor(startedAt + context.monotonic() - origin)
  const after = (delayMs: number, work: () => void): void => agenda.add(now() + delayMs, work)

  const settle = (): void => {
    if (at !== undefined) return
    const until = now()
    try {
      for (let due = agenda.nextAt(); due !== undefined && due <= until; due = agenda.nextAt()) {
        at = due
        agenda.take()?.()
      }
    } finally {
      at = undefined
    }
  }
  const create = (spec: NewResource): State => {
    const born = now() - (now() === startedAt ? (spec.ageMs ?? hourMs) : 0)
    const state = store.add(spec, home(spec.kind.slice(0, spec.kind.indexOf(':'))), now(), born)
    if (spec.changingMs !== undefined) {
      removals.setPhase(state, 'changing', 'updating')
      after(spec.changingMs, () => state.phase === 'changing' && removals.setPhase(state, 'steady', 'available'))
    }
    return state
  }
  const removals = createRemovals({
    store,
    now,
    after,
    lasting: (state, baseMs) => Math.round(baseMs * factorOf(state)),
    add: create,
  })
  /** Of its own and fixed, so that the order of calls does not change how long something takes. */
  function factorOf({ kind, id }: State): number {
    if (spread === 0) return 1 + jitter * (2 * (hashText(`${seed} ${kind} ${id}`) / 2 ** 32) - 1)
    const random = seededRandom(`${seed} ${kind} ${id}`)
    const deviate = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
    return Math.exp(spread * Math.max(-mostDeviates, Math.min(mostDeviates, deviate)))
  }
  const stateOf = (resource: WorldResource): State => resource as State

  const world: World = {
    journal,
    now,
    elapsedMs: () => now() - startedAt,
    add(spec) {
      settle()
      return create(spec)
    },
    get: (kind, id) => {
      settle()
      return store.all.findLast((state) => state.kind === kind && state.id === id)
    },
    count: () => store.all.length,
    all: () => {
      settle()
      return [...store.all]
    },
    alive: () => {
      settle()
      return store.all.filter((state) => state.phase !== 'gone')
    },
    isAlive: (resource) => {
      settle()
      return resource.phase !== 'gone'
    },
    harm(resources) {
      settle()
      const all = new Set<State>()
      for (const resource of resources) all.add(stateOf(resource))
      for (const state of all)
        for (const part of store.all) // parts that are gone point at nothing any more
          if (
            part.spec.partOf?.some(({ of }) => 'kind' in of && of.kind === state.kind && of.id === state.id) &&
            part.account === state.account
          )
            all.add(part)
      return [...all].flatMap((resource) => [
        ...resource.touched.map((what) => ({ resource, what })),
        ...(resource.phase === 'gone' ? [{ resource, what: 'gone' }] : []),
      ])
    },
    refusals: () => journal.filter(({ effect, result }) => effect === 'write' && refusalCodes.has(result)),
    remove(resource) {
      settle()
      removals.vanish(stateOf(resource))
      settle()
    },
    change(resource, change) {
      settle()
      const state = stateOf(resource)
      if (change.tags) state.tags = { ...change.tags }
      if (change.serves !== undefined) state.serves = change.serves
      if (change.protections)
        state.protections = new Map(change.protections.map((id) => [id, { id, liftable: true, says: 'set later' }]))
      if (change.phase === 'going') removals.ask(state)
      else if (change.phase) removals.setPhase(state, change.phase, change.phase)
      if (change.paused !== undefined) removals.pause(state, change.paused)
      state.revision++
      removals.wake(state)
      settle()
    },
    after: (delayMs, action) => after(delayMs, () => action(world)),
    fail: (fault) => faults.add(fault),
  }
  return {
    world,
    store,
    removals,
    faults,
    startedAt,
    settle,
    create,
    record(call, result, message) {
      const atMs = now() - startedAt
      const last = journal.at(-1)
      const at = last?.atMs === atMs ? last.at : isoTime(now()) // many calls come in one moment
      journal.push(message === undefined ? { ...call, at, atMs, result } : { ...call, at, atMs, result, message })
    },
  }
}

const refusalCodes = new Set(['InUse', 'Conflict', 'Protected', 'ManagedByService', 'Invalid'])
