import { criticalPath } from '../graph/critical-path.ts'
import { buildGraph, type Graph, reverseGraph } from '../graph/graph.ts'
import { type PriorityHeap, priorityHeap } from '../graph/priority-heap.ts'
import { MisuseError } from '../model/errors.ts'
import type { KindName, ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource, Step } from '../model/plan.ts'

export interface SimulateOptions {
  /** Milliseconds from asked to gone per kind; default: the plan's own estimates. */
  readonly latency?: Readonly<Record<KindName, { readonly typicalMs: number }>>
  /** Adapter → steps that it may begin per second in each of its places; default: no limit. */
  readonly ratePerSecond?: Readonly<Record<string, number>>
}

/** One step on the virtual clock, in milliseconds since the start. */
export interface SimulatedStep {
  readonly step: number
  readonly action: Step['action']
  readonly key: ResourceKey
  readonly startMs: number
  readonly endMs: number
  /** How much later it could end without making the whole later; about 0 on the critical path. */
  readonly slackMs: number
}

/** How a plan would run if every removal took as long as estimated. */
export interface Simulation {
  readonly makespanMs: number
  /** The longest way through the plan: no schedule is shorter. */
  readonly lowerBoundMs: number
  /** Indexes of steps, first to last, of that way. */
  readonly criticalPath: readonly number[]
  /** In the order of the plan's steps. */
  readonly timeline: readonly SimulatedStep[]
}

/**
 * Walks a plan on a virtual clock, as the scheduler would: a step begins when its needs are done, the longest remaining way first where a rate or a
 * word of `oneAtATime` makes steps wait for each other. Pure; sends nothing. Throws a `MisuseError` for a rate that is not above 0.
 */
export function simulateTeardown(plan: Plan, options: SimulateOptions = {}): Simulation {
  for (const [adapter, rate] of Object.entries(options.ratePerSecond ?? {}))
    if (!(rate > 0)) throw new MisuseError('bad-option', `ratePerSecond.${adapter} must be above 0; it is ${rate}`)
  const { steps } = plan
  const byKey = new Map(plan.resources.map((resource) => [resource.key, resource]))
  const takes = Float64Array.from(steps, (step) => {
    const kind = step.action === 'remove' ? byKey.get(step.target)?.kind : undefined
    return (kind && options.latency?.[kind]?.typicalMs) ?? step.estimateMs
  })
  const before = buildGraph(
    steps.length,
    steps.flatMap(({ needs }, index) => needs.map(() => index)),
    steps.flatMap(({ needs }) => needs),
  )
  const { bottom, path, length } = criticalPath(before, takes)
  const starts = walk(reverseGraph(before), takes, gatesOf(plan, byKey, options, bottom))

  const timeline = steps.map(({ action, target }, step): SimulatedStep => {
    const startMs = starts[step] as number
    return { step, action, key: target, startMs, endMs: startMs + (takes[step] as number), slackMs: 0 }
  })
  const makespanMs = timeline.reduce((latest, { endMs }) => Math.max(latest, endMs), 0)
  return {
    makespanMs,
    lowerBoundMs: length,
    criticalPath: path,
    timeline: timeline.map((one) => ({ ...one, slackMs: makespanMs - one.startMs - (bottom[one.step] as number) })),
  }
}

/** Steps that wait for their turn, the most urgent one on top. `everyMs`: between two of them; absent: until the one before has ended. */
interface Gate {
  readonly waiting: PriorityHeap
  readonly everyMs?: number
  freeAt: number
  wakes: boolean
}

/** When each step starts. Events in the order of time: ends of steps first, then gates that open. */
function walk(graph: Graph, takes: Float64Array, gates: readonly (readonly Gate[])[]): Float64Array {
  const starts = new Float64Array(graph.size)
  const missing = new Int32Array(graph.size)
  for (const target of graph.targets) missing[target] = (missing[target] as number) + 1
  const events = timeHeap<number | Gate>()
  const wake = (gate: Gate, now: number): void => {
    if (gate.wakes || gate.waiting.size === 0 || gate.freeAt === Number.POSITIVE_INFINITY) return
    gate.wakes = true
    events.push(Math.max(now, gate.freeAt), gate)
  }
  const pass = (step: number, passed: number, now: number): void => {
    const gate = gates[step]?.[passed]
    if (gate) {
      gate.waiting.push(step)
      wake(gate, now)
    } else {
      starts[step] = now
      events.push(now + (takes[step] as number), step)
    }
  }
  for (let step = 0; step < graph.size; step++) if (missing[step] === 0) pass(step, 0, 0)
  for (let next = events.pop(); next; next = events.pop()) {
    const { at: now, what } = next
    if (typeof what === 'number') {
      for (const gate of gates[what] ?? [])
        if (gate.everyMs === undefined) {
          gate.freeAt = now
          wake(gate, now)
        }
      for (let slot = graph.offsets[what] as number; slot < (graph.offsets[what + 1] as number); slot++) {
        const dependent = graph.targets[slot] as number
        missing[dependent] = (missing[dependent] as number) - 1
        if (missing[dependent] === 0) pass(dependent, 0, now)
      }
    } else {
      what.wakes = false
      const step = what.waiting.pop()
      if (step === undefined) continue
      what.freeAt = what.everyMs === undefined ? Number.POSITIVE_INFINITY : now + what.everyMs
      pass(step, (gates[step] as readonly Gate[]).indexOf(what) + 1, now)
      wake(what, now)
    }
  }
  return starts
}

/** Per step: the word that it shares with others, then the rate of its adapter in its place. */
function gatesOf(
  { steps }: Plan,
  byKey: ReadonlyMap<ResourceKey, PlannedResource>,
  { ratePerSecond = {} }: SimulateOptions,
  bottom: Float64Array,
): Gate[][] {
  const gates = new Map<string, Gate>()
  const gate = (name: string, everyMs?: number): Gate => {
    const known = gates.get(name)
    if (known) return known
    const waiting = priorityHeap(steps.length, bottom)
    const made: Gate = { waiting, freeAt: 0, wakes: false, ...(everyMs === undefined ? {} : { everyMs }) }
    gates.set(name, made)
    return made
  }
  return steps.map(({ action, target }) => {
    const resource = byKey.get(target)
    if (!resource || action === 'await') return []
    const { adapter, place, oneAtATime } = resource
    const rate = ratePerSecond[adapter]
    return [
      ...(action === 'remove' && oneAtATime !== undefined ? [gate(`word ${oneAtATime}`)] : []),
      ...(rate === undefined ? [] : [gate(`rate ${adapter} ${place}`, 1000 / rate)]),
    ]
  })
}

/** Earliest first; at the same time numbers (steps that end) before anything else, then as they came. */
function timeHeap<T>(): { push(at: number, what: T): void; pop(): { at: number; what: T } | undefined } {
  const heap: { at: number; late: number; what: T }[] = []
  let count = 0
  const before = (a: number, b: number): boolean => {
    const [one, other] = [heap[a], heap[b]] as [(typeof heap)[0], (typeof heap)[0]]
    return one.at !== other.at ? one.at < other.at : one.late < other.late
  }
  const swap = (a: number, b: number): void => {
    const held = heap[a] as (typeof heap)[0]
    heap[a] = heap[b] as (typeof heap)[0]
    heap[b] = held
  }
  return {
    push(at, what) {
      heap.push({ at, what, late: typeof what === 'number' ? count++ : 2 ** 52 + count++ })
      for (let slot = heap.length - 1; slot > 0 && before(slot, (slot - 1) >> 1); slot = (slot - 1) >> 1)
        swap(slot, (slot - 1) >> 1)
    },
    pop() {
      const top = heap[0]
      const last = heap.pop()
      if (!top || !last) return undefined
      if (heap.length > 0) {
        heap[0] = last
        for (let slot = 0; ; ) {
          let below = 2 * slot + 1
          if (below >= heap.length) break
          if (below + 1 < heap.length && before(below + 1, below)) below++
          if (!before(below, slot)) break
          swap(below, slot)
          slot = below
        }
      }
      return top
    },
  }
}
