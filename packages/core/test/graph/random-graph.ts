import fc from 'fast-check'
import { buildGraph, type Graph } from '../../src/graph/graph.ts'

/** Edges as people write them; `order` 'any' may hold cycles, self edges and duplicates, 'forward' none of the first two. */
export interface EdgeList {
  readonly size: number
  readonly edges: readonly (readonly [from: number, to: number])[]
}

export function anyGraph(maxSize = 24): fc.Arbitrary<EdgeList> {
  return fc.integer({ min: 0, max: maxSize }).chain((size) => {
    const node = fc.integer({ min: 0, max: Math.max(0, size - 1) })
    const edges = size === 0 ? fc.constant([]) : fc.array(fc.tuple(node, node), { maxLength: 2 * size })
    return edges.map((list) => ({ size, edges: list }))
  })
}

/** Without cycles, the numbers shuffled so that they are no topological order. */
export function acyclicGraph(maxSize = 24): fc.Arbitrary<EdgeList> {
  return anyGraph(maxSize).chain(({ size, edges }) =>
    fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }).map((names) => ({
      size,
      edges: edges
        .filter(([from, to]) => from !== to)
        .map(([from, to]) => [names[Math.min(from, to)] as number, names[Math.max(from, to)] as number] as const),
    })),
  )
}

export function toGraph({ size, edges }: EdgeList): Graph {
  return buildGraph(
    size,
    edges.map(([from]) => from),
    edges.map(([, to]) => to),
  )
}

/** Naive on purpose: reaches[a][b] = a way of at least one edge leads from a to b. */
export function reachability({ size, edges }: EdgeList): boolean[][] {
  const reaches = Array.from({ length: size }, () => Array<boolean>(size).fill(false))
  for (const [from, to] of edges) (reaches[from] as boolean[])[to] = true
  for (let middle = 0; middle < size; middle++)
    for (let from = 0; from < size; from++)
      for (let to = 0; to < size; to++)
        if (reaches[from]?.[middle] && reaches[middle]?.[to]) (reaches[from] as boolean[])[to] = true
  return reaches
}

/** 0 → 1 → 2 → …; `from` gives the numbering, so that both ways to insert a chain can be tried. */
export function chain(size: number, numbering: 'head first' | 'sink first' = 'head first'): Graph {
  const from = new Int32Array(size - 1)
  const to = new Int32Array(size - 1)
  for (let edge = 0; edge < size - 1; edge++) {
    from[edge] = numbering === 'head first' ? edge : size - 1 - edge
    to[edge] = numbering === 'head first' ? edge + 1 : size - 2 - edge
  }
  return buildGraph(size, from, to)
}

/** Every other node has one edge to node 0 (`in`), or one from it (`out`). */
export function hub(size: number, edges: 'in' | 'out'): Graph {
  const others = new Int32Array(size - 1).map((_, index) => index + 1)
  const zeros = new Int32Array(size - 1)
  return edges === 'in' ? buildGraph(size, others, zeros) : buildGraph(size, zeros, others)
}
