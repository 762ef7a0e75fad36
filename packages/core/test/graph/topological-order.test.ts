import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { topologicalOrder } from '../../src/graph/topological-order.ts'
import { acyclicGraph, anyGraph, reachability, toGraph } from './random-graph.ts'

describe('topologicalOrder', () => {
  test('has each node once, and both ends of each edge in its direction', () => {
    fc.assert(
      fc.property(acyclicGraph(), (list) => {
        const order = [...(topologicalOrder(toGraph(list)) as Int32Array)]
        expect(order.toSorted((a, b) => a - b)).toEqual([...Array(list.size).keys()])
        for (const [from, to] of list.edges) expect(order.indexOf(from)).toBeLessThan(order.indexOf(to))
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
})
