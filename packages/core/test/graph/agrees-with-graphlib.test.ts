import { alg, Graph as Graphlib } from '@dagrejs/graphlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { criticalPath } from '../../src/graph/critical-path.ts'
import { reverseGraph } from '../../src/graph/graph.ts'
import { cyclicGroups, stronglyConnected } from '../../src/graph/strongly-connected.ts'
import { topologicalOrder } from '../../src/graph/topological-order.ts'
import { seededRandom } from '../../src/kit/testing/random.ts'
import { type EdgeList, toGraph } from './random-graph.ts'

// The other witness: graphlib computes on objects and by recursion, so it makes none of the mistakes that typed arrays invite. 2,000 nodes
// are about what its recursion takes.

const runs = { numRuns: 30 }

/** Drawn at once from a seed: thousands of single edges would take fast-check longer than everything else here. */
function randomEdges(seed: number, size: number, perNode: number, direction: 'any' | 'forward'): EdgeList {
  const { below } = seededRandom(seed)
  const edges = Array.from({ length: Math.floor(size * perNode) }, () => [below(size), below(size)] as const)
  if (direction === 'any') return { size, edges }
  const forward = edges.filter(([a, b]) => a !== b).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  return { size, edges: forward }
}

const listOf = (direction: 'any' | 'forward'): fc.Arbitrary<EdgeList> =>
  fc
    .record({
      seed: fc.nat(),
      size: fc.integer({ min: 0, max: 2000 }),
      perNode: fc.double({ min: 0, max: 2, noNaN: true }),
    })
    .map(({ seed, size, perNode }) => randomEdges(seed, size, perNode, direction))

/** With the same nodes in the same order, each with the same edges in the same order. */
function toGraphlib({ size, edges }: EdgeList): Graphlib {
  const graph = new Graphlib()
  for (let node = 0; node < size; node++) graph.setNode(`n${node}`)
  for (const [from, to] of edges) graph.setEdge(`n${from}`, `n${to}`)
  return graph
}

const numberOf = (node: string): number => Number(node.slice(1))
const groupsOf = (groups: readonly string[][]): number[][] =>
  groups.map((group) => group.map(numberOf).toSorted((a, b) => a - b)).toSorted(byFirst)
const byFirst = (a: readonly number[], b: readonly number[]): number => (a[0] ?? 0) - (b[0] ?? 0)

describe('graphlib agrees', () => {
  test('on the strongly connected groups, and on those with a cycle', () => {
    fc.assert(
      fc.property(listOf('any'), (list) => {
        const { count, members } = stronglyConnected(toGraph(list))
        const groups = Array.from({ length: count }, (_, one) => [...members(one)]).toSorted(byFirst)
        const theirs = toGraphlib(list)
        expect(groups).toEqual(groupsOf(alg.tarjan(theirs)))
        const cyclic = cyclicGroups(toGraph(list)).map((group) => [...group])
        expect(cyclic.toSorted(byFirst)).toEqual(groupsOf(alg.findCycles(theirs)))
      }),
      runs,
    )
  })

  test('on whether there is an order', () => {
    fc.assert(
      fc.property(listOf('any'), (list) => {
        expect(topologicalOrder(toGraph(list)) !== undefined).toBe(alg.isAcyclic(toGraphlib(list)))
      }),
      runs,
    )
  })

  test('that the order is one', () => {
    fc.assert(
      fc.property(listOf('forward'), (list) => {
        const order = [...(topologicalOrder(toGraph(list)) ?? [])]
        const place = new Map(order.map((node, at) => [`n${node}`, at]))
        const theirs = toGraphlib(list)
        expect(new Set(place.keys())).toEqual(new Set(theirs.nodes()))
        for (const { v, w } of theirs.edges()) expect(place.get(v)).toBeLessThan(place.get(w) ?? 0)
      }),
      runs,
    )
  })

  test('on the order, where there is only one', () => {
    fc.assert(
      fc.property(listOf('forward'), ({ size, edges }) => {
        const chain = Array.from({ length: Math.max(0, size - 1) }, (_, node) => [node, node + 1] as const)
        const list = { size, edges: [...edges, ...chain] }
        const order = [...(topologicalOrder(toGraph(list)) ?? [])]
        expect(order).toEqual(alg.topsort(toGraphlib(list)).map(numberOf))
      }),
      runs,
    )
  })

  test('on the critical path: the longest way is the shortest one with weights below zero', () => {
    fc.assert(
      fc.property(listOf('forward'), fc.nat(), (list, seed) => {
        const { below } = seededRandom(seed)
        const weight = new Float64Array(list.size).map(() => below(100))
        const { bottom, length, path } = criticalPath(reverseGraph(toGraph(list)), weight)
        // Backwards from one node before all: what is behind a node is what is left once it starts.
        const turned = toGraphlib({ ...list, edges: list.edges.map(([from, to]) => [to, from]) })
        for (const node of turned.nodes()) turned.setEdge('start', node)
        const shortest = alg.bellmanFord(turned, 'start', ({ w }) => -(weight[numberOf(w)] ?? 0))
        const theirs = Float64Array.from(bottom, (_, node) => 0 - (shortest[`n${node}`]?.distance ?? Number.NaN))
        expect(bottom).toEqual(theirs)
        expect(length).toBe(Math.max(0, ...theirs))
        expect(path.reduce((sum, node) => sum + (weight[node] ?? 0), 0)).toBe(length)
      }),
      runs,
    )
  })
})
