import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildGraph } from '../../src/graph/graph.ts'
import { topologicalOrder } from '../../src/graph/topological-order.ts'
import { BrokenInvariantError } from '../../src/model/errors.ts'
import { acyclicGraph, anyGraph, type EdgeList, reachability, toGraph } from './random-graph.ts'

/** Naive on purpose: of all nodes whose predecessors are placed, the one of highest priority, again and again. */
function naiveOrder({ size, edges }: EdgeList, priority: Float64Array): number[] {
  const order: number[] = []
  while (order.length < size) {
    const free = [...Array(size).keys()].filter(
      (node) => !order.includes(node) && edges.every(([from, to]) => to !== node || order.includes(from)),
    )
    free.sort((a, b) => (priority[b] as number) - (priority[a] as number) || a - b)
    order.push(free[0] as number)
  }
  return order
}

const withPriority = acyclicGraph().chain((list) =>
  fc.tuple(
    fc.constant(list),
    fc
      .array(fc.integer({ min: -3, max: 3 }), { minLength: list.size, maxLength: list.size })
      .map((all) => Float64Array.from(all)),
  ),
)

describe('topologicalOrder', () => {
  test('of what is free takes the highest priority, then the smallest number', () => {
    //  0 ─▶ 3      1 ─▶ 4      2        priorities 1, 5, 1, 9, 1
    const order = topologicalOrder(buildGraph(5, [0, 1], [3, 4]), Float64Array.of(1, 5, 1, 9, 1))
    expect([...(order as Int32Array)]).toEqual([1, 0, 3, 2, 4])
  })

  test('is the order that the definition gives', () => {
    fc.assert(
      fc.property(withPriority, ([list, priority]) => {
        expect([...(topologicalOrder(toGraph(list), priority) as Int32Array)]).toEqual(naiveOrder(list, priority))
        expect([...(topologicalOrder(toGraph(list)) as Int32Array)]).toEqual(
          naiveOrder(list, new Float64Array(list.size)),
        )
      }),
    )
  })

  test('does not depend on the order in which the edges were given', () => {
    fc.assert(
      fc.property(withPriority, ([list, priority]) => {
        const turned = { size: list.size, edges: list.edges.toReversed() }
        expect(topologicalOrder(toGraph(turned), priority)).toEqual(topologicalOrder(toGraph(list), priority))
      }),
    )
  })

  test('is undefined exactly where there is a cycle', () => {
    fc.assert(
      fc.property(anyGraph(8), (list) => {
        const cyclic = reachability(list).some((row, node) => row[node])
        expect(topologicalOrder(toGraph(list)) === undefined).toBe(cyclic)
      }),
    )
  })

  test.each([
    ['too few priorities', Float64Array.of(1), '2 nodes have 1 priorities'],
    ['a priority that is no number', Float64Array.of(1, Number.NaN), 'the priority of node 1 is not a number'],
  ])('rejects %s', (_, priority, message) => {
    const order = () => topologicalOrder(buildGraph(2, [], []), priority)
    expect(order).toThrow(BrokenInvariantError)
    expect(order).toThrow(message)
  })
})
