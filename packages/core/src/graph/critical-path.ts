import { BrokenInvariantError } from '../model/errors.ts'
import { type Graph, reverseGraph } from './graph.ts'
import { float64s, int32s } from './numbers.ts'

export interface CriticalPath {
  /** Node → what is left once it starts: its own weight and the longest way that follows. The priority of a list scheduler. */
  readonly bottom: Float64Array
  /** The nodes of the longest way, first to last; of equally long ways the one of the smallest numbers. Empty for an empty graph. */
  readonly path: number[]
  /** The weight of the longest way: no schedule is shorter, whatever its means. */
  readonly length: number
}

/**
 * For edges u → v that mean "u before v" and weights (milliseconds, say) of the nodes. O(nodes + edges).
 * `reversed`: the same graph the other way round, where it is at hand. Throws a `BrokenInvariantError` for a cycle, and for a weight that is missing, negative or not finite.
 */
export function criticalPath(graph: Graph, weight: Float64Array, reversed: Graph = reverseGraph(graph)): CriticalPath {
  assertWeight(weight, graph.size)
  const bottom = bottomLevels(graph, weight, reversed)
  const path: number[] = []
  let node = 0
  for (let other = 1; other < graph.size; other++)
    if ((bottom[other] as number) > (bottom[node] as number)) node = other
  const length = bottom[node] ?? 0
  for (let next = graph.size === 0 ? -1 : node; next !== -1; next = longestNext(graph, bottom, next)) path.push(next)
  return { bottom, path, length }
}

/** Sinks first; a node is done once all that follow it are. */
function bottomLevels(graph: Graph, weight: Float64Array, before: Graph): Float64Array {
  const { size, offsets } = graph
  const bottom = float64s(size)
  bottom.set(weight)
  const left = int32s(size)
  const queue = int32s(size)
  let queued = 0
  for (let node = 0; node < size; node++) {
    left[node] = (offsets[node + 1] as number) - (offsets[node] as number)
    if (left[node] === 0) queue[queued++] = node
  }
  for (let done = 0; done < queued; done++) {
    const node = queue[done] as number
    for (let slot = before.offsets[node] as number; slot < (before.offsets[node + 1] as number); slot++) {
      const earlier = before.targets[slot] as number
      bottom[earlier] = Math.max(bottom[earlier] as number, (weight[earlier] as number) + (bottom[node] as number))
      left[earlier] = (left[earlier] as number) - 1
      if (left[earlier] === 0) queue[queued++] = earlier
    }
  }
  if (queued < size) throw new BrokenInvariantError('a graph with a cycle has no critical path')
  return bottom
}

function longestNext({ offsets, targets }: Graph, bottom: Float64Array, node: number): number {
  let longest = -1
  for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++) {
    const target = targets[slot] as number
    const gain = longest === -1 ? Number.POSITIVE_INFINITY : (bottom[target] as number) - (bottom[longest] as number)
    if (gain > 0 || (gain === 0 && target < longest)) longest = target
  }
  return longest
}

function assertWeight(weight: Float64Array, size: number): void {
  if (weight.length !== size) throw new BrokenInvariantError(`${size} nodes have ${weight.length} weights`)
  const bad = weight.findIndex((one) => !(one >= 0 && one < Number.POSITIVE_INFINITY))
  if (bad !== -1) throw new BrokenInvariantError(`the weight of node ${bad} is ${weight[bad]}; a weight is 0 or more`)
}
