import { criticalPath } from '../graph/critical-path.ts'
import { eachEdge, type Graph, graphOf } from '../graph/graph.ts'
import { highestFirst } from '../graph/highest-first.ts'
import { float64s, int32s } from '../graph/numbers.ts'
import { topologicalOrder } from '../graph/topological-order.ts'
import type { Step } from '../model/plan.ts'
import type { Policy } from '../model/policy.ts'
import type { WithoutCycles } from './break-cycles.ts'
import { askedAt, goneAt, type Moments, noRelation } from './carry.ts'
import { type JustInTime, justInTime } from './just-in-time.ts'
import type { Preparation } from './prepare.ts'
import type { World } from './world.ts'
import { callMs, writeSteps } from './write-steps.ts'

export interface Ordered {
  readonly steps: readonly Step[]
  /** Step → the resource that it aims at. */
  readonly targets: Int32Array
  /** Resource → the step that removes it or that it goes with; −1 for what stays. */
  readonly stepOf: Int32Array
  readonly makespanMs: number
  readonly criticalPath: readonly number[]
}

/** Moments and preparations become steps with needs, the longest remaining path first, then by key. */
export function order(
  { direct: world, moments, choices }: WithoutCycles,
  preparations: readonly Preparation[],
  policy: Policy,
): Ordered {
  const early = justInTime(world, moments, preparations)
  const before = withPreparations(moments, early, preparations.length)
  const weight = weights(world, moments, before.size)
  const lastFirst = before === moments.before ? moments.lastFirst : topologicalOrder(before)
  const { bottom, path, length } = criticalPath(before, weight, lastFirst)
  const { steps, targets, stepAt } = writeSteps(
    { world, moments, preparations, early, policy, dropped: choices.dropped, before, weight },
    highestFirst(bottom),
  )

  const stepOf = int32s(world.size).fill(-1)
  for (let node = 0; node < world.size; node++) {
    const head = moments.head[node] as number
    if (head < 0) continue
    const own = stepAt[goneAt(node)] as number
    stepOf[node] = own >= 0 ? own : (stepAt[askedAt(head)] as number)
  }
  return { steps, targets, stepOf, makespanMs: length, criticalPath: pathSteps(path, stepAt) }
}

function withPreparations(moments: Moments, { from, to }: JustInTime, preparations: number): Graph {
  if (from.length === 0) return moments.before
  return graphOf(moments.before.size + preparations, (add) => {
    eachEdge(moments.before, add)
    for (let edge = 0; edge < from.length; edge++) add(to[edge] as number, from[edge] as number, noRelation)
  })
}

/** Everything takes some time: so what comes before has more left than what follows, and the most urgent of all that is left can be next. */
function weights(world: World, moments: Moments, nodes: number): Float64Array {
  const weight = float64s(nodes)
  for (let node = 0; node < world.size; node++) {
    if ((moments.head[node] as number) < 0) continue
    weight[goneAt(node)] = Math.max(1, world.typicalMs[node] as number)
    if (moments.head[node] === node) weight[askedAt(node)] = callMs
  }
  return weight.fill(callMs, moments.before.size)
}

function pathSteps(path: readonly number[], stepAt: Int32Array): number[] {
  const steps: number[] = []
  for (const moment of path) {
    const step = stepAt[moment] as number
    if (step >= 0 && steps.at(-1) !== step) steps.push(step)
  }
  return steps
}
