import { BrokenInvariantError } from '../model/errors.ts'
import type { Graph } from './graph.ts'
import { float64s, int32s } from './numbers.ts'
import { topologicalOrder } from './topological-order.ts'

export interface CriticalPath {
  /** Node → what is left once it starts: its own weight and the longest way that follows. The priority of a list scheduler. */
  readonly bottom: Float64Array
  /** The nodes of the longest way, first to last; of equally long ways the one of the smallest numbers. Empty for an empty graph. */
  readonly path: number[]
  /** The weight of the longest way: no schedule is shorter, whatever its means. */
  readonly length: number
}

/**
 * Edges of `before` lead from each node to those that come before it; weights (milliseconds, say) are of nodes. O(nodes + edges).
 * `lastFirst`: the topological order of `before`, where it is at hand. Throws a `BrokenInvariantError` for a cycle, and for a weight that is missing, negative
 * or not finite.
 */
export function criticalPath(
  before: Graph,
  weight: Float64Array,
  lastFirst: Int32Array | undefined = topologicalOrder(before),
): CriticalPath {
  const { size, offsets, targets } = before
  assertWeight(weight, size)
  if (!lastFirst) throw new BrokenInvariantError('a graph with a cycle has no critical path')
  const bottom = float64s(size) // until it is a node's turn, without its own weight
  const next = int32s(size).fill(-1) // on the longest way from a node
  for (let at = 0; at < size; at++) {
    const node = lastFirst[at] as number
    const rest = (weight[node] as number) + (bottom[node] as number)
    bottom[node] = rest
    for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++) {
      const earlier = targets[slot] as number
      const known = bottom[earlier] as number
      if (rest < known) continue
      if (rest > known || next[earlier] === -1 || node < (next[earlier] as number)) next[earlier] = node
      bottom[earlier] = rest
    }
  }
  return { bottom, ...longest(bottom, next) }
}

function longest(bottom: Float64Array, next: Int32Array): Pick<CriticalPath, 'path' | 'length'> {
  let first = bottom.length > 0 ? 0 : -1
  for (let node = 1; node < bottom.length; node++)
    if ((bottom[node] as number) > (bottom[first] as number)) first = node
  const path: number[] = []
  for (let node = first; node !== -1; node = next[node] as number) path.push(node)
  return { path, length: bottom[first] ?? 0 }
}

function assertWeight(weight: Float64Array, size: number): void {
  if (weight.length !== size) throw new BrokenInvariantError(`${size} nodes have ${weight.length} weights`)
  const bad = weight.findIndex((one) => !(one >= 0 && one < Number.POSITIVE_INFINITY))
  if (bad !== -1) throw new BrokenInvariantError(`the weight of node ${bad} is ${weight[bad]}; a weight is 0 or more`)
}
