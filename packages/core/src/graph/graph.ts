import { BrokenInvariantError } from '../model/errors.ts'
import { int32s, larger } from './numbers.ts'

/**
 * A directed graph over the nodes 0 … size − 1. The edges of node n stand at offsets[n] … offsets[n + 1] − 1, in the order in which they were
 * given: `targets` says where each leads, `edgeIds` what it is called. Duplicates and self edges are kept.
 *
 * Numbers and typed arrays only: a graph of objects keyed by id costs 20 times the memory and treats the ids `__proto__` and `constructor` wrongly.
 */
export interface Graph {
  readonly size: number
  readonly offsets: Int32Array
  readonly targets: Int32Array
  readonly edgeIds: Int32Array
}

export type EdgeVisitor = (from: number, to: number, id: number) => void

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
  for (let edge = 0; edge < from.length; edge++) {
    assertNode(size, edge, from[edge] as number)
    assertNode(size, edge, to[edge] as number)
  }
  return graphOf(size, (add) => {
    for (let edge = 0; edge < from.length; edge++)
      add(from[edge] as number, to[edge] as number, ids === undefined ? edge : (ids[edge] as number))
  })
}

/** The graph of all edges that `walk` adds. It walks twice, to count and to place them, so that no list of them is needed. */
export function graphOf(size: number, walk: (add: EdgeVisitor) => void): Graph {
  const offsets = int32s(size + 1)
  walk((from) => {
    ;(offsets[from + 1] as number)++
  })
  for (let node = 0; node < size; node++) offsets[node + 1] = (offsets[node + 1] as number) + (offsets[node] as number)
  const count = offsets[size] as number
  const targets = int32s(count)
  const edgeIds = int32s(count)
  walk((from, to, id) => {
    const slot = (offsets[from] as number)++
    targets[slot] = to
    edgeIds[slot] = id
  })
  // each start has moved to where the next one was
  offsets.copyWithin(1, 0, size)
  offsets[0] = 0
  return { size, offsets, targets, edgeIds }
}

/** The same for edges that can be told node by node: `row` adds those of one. `expected`: about how many there are in all. It walks once. */
export function graphByRows(
  size: number,
  expected: number,
  row: (node: number, add: (to: number, id: number) => void) => void,
): Graph {
  const offsets = int32s(size + 1)
  let targets = int32s(expected)
  let edgeIds = int32s(expected)
  let count = 0
  const add = (to: number, id: number): void => {
    if (count === targets.length) [targets, edgeIds] = [larger(targets), larger(edgeIds)]
    targets[count] = to
    edgeIds[count++] = id
  }
  for (let node = 0; node < size; node++) {
    row(node, add)
    offsets[node + 1] = count
  }
  return { size, offsets, targets: targets.subarray(0, count), edgeIds: edgeIds.subarray(0, count) }
}

/** The same edges, called the same, the other way round: those of a node in the order of where they came from. */
export function reverseGraph(graph: Graph): Graph {
  return graphOf(graph.size, (add) => eachEdge(graph, (from, to, id) => add(to, from, id)))
}

/** All edges, those of the first node first. */
export function eachEdge({ size, offsets, targets, edgeIds }: Graph, visit: EdgeVisitor): void {
  for (let node = 0; node < size; node++) {
    const end = offsets[node + 1] as number
    for (let slot = offsets[node] as number; slot < end; slot++)
      visit(node, targets[slot] as number, edgeIds[slot] as number)
  }
}

function assertNode(size: number, edge: number, node: number): void {
  if (!Number.isInteger(node) || node < 0 || node >= size)
    throw new BrokenInvariantError(`edge ${edge} ends at node ${node}, the graph has the nodes 0 to ${size - 1}`)
}
