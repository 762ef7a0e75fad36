import { BrokenInvariantError } from '../model/errors.ts'

/**
 * A directed graph over the nodes 0 … size − 1. The edges of node n stand at offsets[n] … offsets[n + 1] − 1, in the order in which they were
 * given: `targets` says where each leads, `edgeIds` which one of the given edges it is. Duplicates and self edges are kept.
 *
 * Numbers and typed arrays only: a graph of objects keyed by id costs 20 times the memory and treats the ids `__proto__` and `constructor` wrongly.
 */
export interface Graph {
  readonly size: number
  readonly offsets: Int32Array
  readonly targets: Int32Array
  readonly edgeIds: Int32Array
}

/**
 * Edge i leads from `from[i]` to `to[i]`; it is called i, or `ids[i]` where ids are given. O(nodes + edges).
 * Throws a `BrokenInvariantError` for ends outside 0 … size − 1, for lists of unequal length and for a size that is no count.
 */
export function buildGraph(
  size: number,
  from: Int32Array | readonly number[],
  to: Int32Array | readonly number[],
  ids?: Int32Array,
): Graph {
  if (!Number.isSafeInteger(size) || size < 0) throw new BrokenInvariantError(`a graph cannot have ${size} nodes`)
  if (from.length !== to.length)
    throw new BrokenInvariantError(`edges have ${from.length} starts and ${to.length} ends`)
  const offsets = new Int32Array(size + 1)
  for (let edge = 0; edge < from.length; edge++) {
    assertNode(size, edge, from[edge] as number)
    assertNode(size, edge, to[edge] as number)
    ;(offsets[(from[edge] as number) + 1] as number)++
  }
  for (let node = 0; node < size; node++) offsets[node + 1] = (offsets[node + 1] as number) + (offsets[node] as number)
  const free = offsets.slice()
  const targets = new Int32Array(from.length)
  const edgeIds = new Int32Array(from.length)
  for (let edge = 0; edge < from.length; edge++) {
    const slot = (free[from[edge] as number] as number)++
    targets[slot] = to[edge] as number
    edgeIds[slot] = ids === undefined ? edge : (ids[edge] as number)
  }
  return { size, offsets, targets, edgeIds }
}

/** The same edges, with the same ids, the other way round; for graphs without ids of their own. Reversed twice it is the graph itself. */
export function reverseGraph(graph: Graph): Graph {
  const { from, to } = endsOf(graph)
  return buildGraph(graph.size, to, from)
}

/** Where each edge starts and ends, by its id. */
export function endsOf({ size, offsets, targets, edgeIds }: Graph): { from: Int32Array; to: Int32Array } {
  const from = new Int32Array(targets.length)
  const to = new Int32Array(targets.length)
  for (let node = 0; node < size; node++) {
    for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++) {
      const edge = edgeIds[slot] as number
      from[edge] = node
      to[edge] = targets[slot] as number
    }
  }
  return { from, to }
}

function assertNode(size: number, edge: number, node: number): void {
  if (!Number.isInteger(node) || node < 0 || node >= size)
    throw new BrokenInvariantError(`edge ${edge} ends at node ${node}, the graph has the nodes 0 to ${size - 1}`)
}
