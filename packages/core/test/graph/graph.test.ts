import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildGraph, eachEdge, type Graph, graphByRows, reverseGraph } from '../../src/graph/graph.ts'
import { BrokenInvariantError } from '../../src/model/errors.ts'
import { anyGraph, toGraph } from './random-graph.ts'

describe('buildGraph', () => {
  test('lists the edges of each node in the order given, with their ids', () => {
    //  0 ─▶ 2 ◀═ 1   (1 ═▶ 2 twice, 2 ─▶ 2)
    const graph = buildGraph(4, [1, 0, 2, 1], [2, 2, 2, 2])
    expect([...graph.offsets]).toEqual([0, 1, 3, 4, 4])
    expect([...graph.targets]).toEqual([2, 2, 2, 2])
    expect([...graph.edgeIds]).toEqual([1, 0, 3, 2])
  })

  test('gives back every edge by its id', () => {
    fc.assert(
      fc.property(anyGraph(), (list) => {
        expect(edgesById(toGraph(list))).toEqual(list.edges)
      }),
    )
  })

  test('takes typed arrays and plain ones alike', () => {
    expect(buildGraph(3, Int32Array.of(2, 0), Int32Array.of(1, 1))).toEqual(buildGraph(3, [2, 0], [1, 1]))
  })

  test('is a graph without nodes, too', () => {
    expect(buildGraph(0, [], [])).toMatchObject({ size: 0, offsets: Int32Array.of(0) })
  })

  test('calls its edges by the ids that are given', () => {
    const graph = buildGraph(3, [1, 0, 1], [2, 2, 0], Int32Array.of(7, 5, 6))
    expect([...graph.targets]).toEqual([2, 2, 0])
    expect([...graph.edgeIds]).toEqual([5, 7, 6])
  })

  test.each([
    ['an end that is no node', 2, [0], [2], 'edge 0 ends at node 2, the graph has the nodes 0 to 1'],
    ['a start that is no node', 2, [0, -1], [1, 0], 'edge 1 ends at node -1, the graph has the nodes 0 to 1'],
    ['a fraction', 2, [0.5], [0], 'edge 0 ends at node 0.5'],
    ['no number', 2, [Number.NaN], [0], 'edge 0 ends at node NaN'],
    ['starts without ends', 2, [0, 1], [0], 'edges have 2 starts and 1 ends'],
    ['ends without starts', 2, [0], [0, 1], 'edges have 1 starts and 2 ends'],
    ['a negative size', -1, [], [], 'a graph cannot have -1 nodes'],
    ['a size that is no count', 1.5, [], [], 'a graph cannot have 1.5 nodes'],
  ])('rejects %s', (_, size, from, to, message) => {
    expect(() => buildGraph(size, from, to)).toThrow(BrokenInvariantError)
    expect(() => buildGraph(size, from, to)).toThrow(message)
  })
})

describe('graphByRows', () => {
  test.each([0, 1, 1_000])('is the graph of the same edges, however many were expected: %i', (expected) => {
    fc.assert(
      fc.property(anyGraph(), (list) => {
        const graph = toGraph(list)
        const rows = graphByRows(list.size, expected, (node, add) => {
          for (let slot = graph.offsets[node] as number; slot < (graph.offsets[node + 1] as number); slot++)
            add(graph.targets[slot] as number, graph.edgeIds[slot] as number)
        })
        expect(rows).toEqual(graph)
      }),
    )
  })
})

describe('reverseGraph', () => {
  test('turns every edge, keeps its id, and lists those of a node in the order of where they came from', () => {
    fc.assert(
      fc.property(anyGraph(), (list) => {
        const edges = [...list.edges].sort(([a], [b]) => a - b)
        const turned = toGraph({ size: list.size, edges: edges.map(([from, to]) => [to, from]) })
        expect(reverseGraph(toGraph({ size: list.size, edges }))).toEqual(turned)
      }),
    )
  })

  test('keeps ids that were given', () => {
    const graph = reverseGraph(buildGraph(3, [1, 0, 1], [2, 2, 0], Int32Array.of(7, 5, 6)))
    expect([...graph.offsets]).toEqual([0, 1, 1, 3])
    expect([...graph.targets]).toEqual([1, 0, 1])
    expect([...graph.edgeIds]).toEqual([6, 5, 7])
  })

  test('twice has the same edges', () => {
    fc.assert(
      fc.property(anyGraph(), (list) => {
        expect(edgesById(reverseGraph(reverseGraph(toGraph(list))))).toEqual(list.edges)
      }),
    )
  })
})

function edgesById(graph: Graph): (readonly [number, number])[] {
  const edges: (readonly [number, number])[] = []
  eachEdge(graph, (from, to, id) => {
    edges[id] = [from, to]
  })
  return edges
}
