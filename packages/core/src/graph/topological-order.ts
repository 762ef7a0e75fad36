import { BrokenInvariantError } from '../model/errors.ts'
import type { Graph } from './graph.ts'
import { int32s } from './numbers.ts'
import { priorityHeap } from './priority-heap.ts'

/**
 * All nodes, u before v for each edge u → v; `undefined` when a cycle makes that impossible (`cyclicGroups` names it).
 * Of the nodes that are free to come next, the one with the highest `priority` does, of equal ones the smaller number; so there is exactly one
 * answer. O(edges + nodes · log nodes).
 *
 * Throws a `BrokenInvariantError` for a priority that is missing or not a number.
 */
export function topologicalOrder(graph: Graph, priority?: Float64Array): Int32Array | undefined {
  const { size, offsets, targets } = graph
  if (priority !== undefined) assertPriority(priority, size)
  const waitsFor = countIncoming(graph)
  const free = priorityHeap(size, priority)
  for (let node = 0; node < size; node++) if (waitsFor[node] === 0) free.push(node)
  const order = int32s(size)
  let done = 0
  for (let node = free.pop(); node !== undefined; node = free.pop()) {
    order[done++] = node
    for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++) {
      const target = targets[slot] as number
      const left = (waitsFor[target] as number) - 1
      waitsFor[target] = left
      if (left === 0) free.push(target)
    }
  }
  return done === size ? order : undefined
}

function countIncoming({ size, targets }: Graph): Int32Array {
  const counts = int32s(size)
  for (const target of targets) (counts[target] as number)++
  return counts
}

function assertPriority(priority: Float64Array, size: number): void {
  if (priority.length !== size) throw new BrokenInvariantError(`${size} nodes have ${priority.length} priorities`)
  // A priority that is not a number compares false with everything: the order would depend on the order of the pushes.
  const bad = priority.findIndex(Number.isNaN)
  if (bad !== -1) throw new BrokenInvariantError(`the priority of node ${bad} is not a number`)
}
