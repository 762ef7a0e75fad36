import type { Graph } from './graph.ts'
import { int32s } from './numbers.ts'

/** All nodes, u before v for each edge u → v; `undefined` when a cycle makes that impossible (`cyclicGroups` names it). O(nodes + edges). */
export function topologicalOrder(graph: Graph): Int32Array | undefined {
  const { order, found } = peel(graph)
  return found === graph.size ? order : undefined
}

/** Takes away what nothing leads to, again and again. `order` has the first `found` of it; `waitsFor` of the others how many lead to each that were not taken. */
export function peel({ size, offsets, targets }: Graph): { order: Int32Array; found: number; waitsFor: Int32Array } {
  const waitsFor = int32s(size)
  for (let slot = 0; slot < targets.length; slot++) (waitsFor[targets[slot] as number] as number)++
  const order = int32s(size)
  let found = 0
  for (let node = 0; node < size; node++) if (waitsFor[node] === 0) order[found++] = node
  for (let done = 0; done < found; done++) {
    const node = order[done] as number
    for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++) {
      const target = targets[slot] as number
      const left = (waitsFor[target] as number) - 1
      waitsFor[target] = left
      if (left === 0) order[found++] = target
    }
  }
  return { order, found, waitsFor }
}
