import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { criticalPath } from '../../src/graph/critical-path.ts'
import { buildGraph, reverseGraph } from '../../src/graph/graph.ts'
import { topologicalOrder } from '../../src/graph/topological-order.ts'
import { BrokenInvariantError } from '../../src/model/errors.ts'
import { acyclicGraph, type EdgeList, toGraph } from './random-graph.ts'

/** Edges as they are read here: from what comes before. */
const before = (list: EdgeList) => reverseGraph(toGraph(list))
const ways = (size: number, from: number[], to: number[]) => buildGraph(size, to, from)

/** Naive on purpose: tries every way. */
function longestFrom(list: EdgeList, weight: Float64Array, node: number): number {
  const following = list.edges.filter(([from]) => from === node).map(([, to]) => longestFrom(list, weight, to))
  return (weight[node] as number) + Math.max(0, ...following)
}

const weighted = acyclicGraph(9).chain((list) =>
  fc.tuple(
    fc.constant(list),
    fc
      .array(fc.integer({ min: 0, max: 5 }), { minLength: list.size, maxLength: list.size })
      .map((all) => Float64Array.from(all)),
  ),
)

describe('criticalPath', () => {
  test('is the longest way, its own weight included', () => {
    //  0 ─▶ 1 ─▶ 4      weights 1, 2, 1, 1, 3
    //  └─▶ 2 ─▶ 3 ─┘
    const result = criticalPath(ways(5, [0, 0, 2, 1, 3], [1, 2, 3, 4, 4]), Float64Array.of(1, 2, 1, 1, 3))
    expect([...result.bottom]).toEqual([6, 5, 5, 4, 3])
    expect(result).toMatchObject({ path: [0, 1, 4], length: 6 })
  })

  test('is what trying every way gives', () => {
    fc.assert(
      fc.property(weighted, ([list, weight]) => {
        const { bottom, length } = criticalPath(before(list), weight)
        const tried = [...Array(list.size).keys()].map((node) => longestFrom(list, weight, node))
        expect([...bottom]).toEqual(tried)
        expect(length).toBe(Math.max(0, ...tried))
        expect(criticalPath(before(list), weight, topologicalOrder(before(list))).bottom).toEqual(bottom)
      }),
    )
  })

  test('follows edges, and its weights add up to its length', () => {
    fc.assert(
      fc.property(weighted, ([list, weight]) => {
        const { path, length } = criticalPath(before(list), weight)
        expect(path.reduce((sum, node) => sum + (weight[node] as number), 0)).toBe(length)
        for (const [place, node] of path.entries())
          if (place > 0) expect(list.edges.some(([from, to]) => from === path[place - 1] && to === node)).toBe(true)
      }),
    )
  })

  test('goes on to the longest way that is left, of equal ones to the smaller number, as long as anything follows', () => {
    fc.assert(
      fc.property(weighted, ([list, weight]) => {
        const { bottom, path } = criticalPath(before(list), weight)
        const longest = (nodes: number[]): number | undefined =>
          nodes.sort((a, b) => (bottom[b] as number) - (bottom[a] as number) || a - b)[0]
        const naive: number[] = []
        for (let node = longest([...Array(list.size).keys()]); node !== undefined; ) {
          naive.push(node)
          const last = node
          node = longest(list.edges.flatMap(([from, to]) => (from === last ? [to] : [])))
        }
        expect(path).toEqual(naive)
      }),
      { numRuns: 1_000 },
    )
  })

  test('does not depend on the order in which the edges were given', () => {
    fc.assert(
      fc.property(weighted, ([list, weight]) => {
        const turned = { size: list.size, edges: list.edges.toReversed() }
        expect(criticalPath(before(turned), weight)).toEqual(criticalPath(before(list), weight))
      }),
    )
  })

  test('is empty for a graph without nodes', () => {
    expect(criticalPath(buildGraph(0, [], []), new Float64Array(0))).toEqual({
      bottom: new Float64Array(0),
      path: [],
      length: 0,
    })
  })

  test('is of equally long ways the one of the smallest numbers', () => {
    //  0 ─▶ 2      1 ─▶ 4      1 ─▶ 3
    const { path } = criticalPath(ways(5, [0, 1, 1], [2, 4, 3]), Float64Array.of(1, 2, 2, 1, 1))
    expect(path).toEqual([0, 2])
    const other = criticalPath(ways(5, [0, 1, 1], [2, 4, 3]), Float64Array.of(1, 2, 1, 1, 1))
    expect(other.path).toEqual([1, 3])
  })

  test.each([
    ['of two', 2, [0, 1], [1, 0]],
    ['of one', 1, [0], [0]],
    ['behind which all is well', 4, [0, 1, 2, 2], [1, 0, 1, 3]],
  ])('refuses a cycle %s', (_, size, from, to) => {
    const measure = () => criticalPath(ways(size, from, to), new Float64Array(size).fill(1))
    expect(measure).toThrow(BrokenInvariantError)
    expect(measure).toThrow('a graph with a cycle has no critical path')
  })

  test.each([
    ['too few weights', [1], '2 nodes have 1 weights'],
    ['a negative weight', [1, -1], 'the weight of node 1 is -1; a weight is 0 or more'],
    ['a weight that is no number', [Number.NaN, 1], 'the weight of node 0 is NaN'],
    ['an endless weight', [Number.POSITIVE_INFINITY, 1], 'the weight of node 0 is Infinity'],
  ])('rejects %s', (_, weight, message) => {
    const measure = () => criticalPath(buildGraph(2, [], []), Float64Array.from(weight))
    expect(measure).toThrow(BrokenInvariantError)
    expect(measure).toThrow(message)
  })
})
