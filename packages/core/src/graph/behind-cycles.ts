import type { Graph } from './graph.ts'
import { bytes } from './numbers.ts'
import { peel } from './topological-order.ts'

/** Marks the nodes that lie on a cycle or behind one: whoever waits for all that leads to it waits there for ever. */
export function behindCycles(graph: Graph): Uint8Array {
  const { waitsFor } = peel(graph)
  const behind = bytes(graph.size)
  for (let node = 0; node < graph.size; node++) behind[node] = Number((waitsFor[node] as number) > 0)
  return behind
}
