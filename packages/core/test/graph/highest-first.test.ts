import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { criticalPath } from '../../src/graph/critical-path.ts'
import { reverseGraph } from '../../src/graph/graph.ts'
import { highestFirst } from '../../src/graph/highest-first.ts'
import { BrokenInvariantError } from '../../src/model/errors.ts'
import { acyclicGraph, type EdgeList, toGraph } from './random-graph.ts'

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

describe('highestFirst', () => {
  test('sorts by falling priority, then by number', () => {
    const priority = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.double({ min: 0, noNaN: true }),
      fc.constantFrom(0, 255, 256, 65_536, 2 ** 32, 1e300, Number.MIN_VALUE, Number.POSITIVE_INFINITY),
    )
    fc.assert(
      fc.property(fc.array(priority, { maxLength: 40 }), (list) => {
        const sorted = [...list.keys()].sort(
          (a, b) =>
            Number((list[b] as number) > (list[a] as number)) - Number((list[b] as number) < (list[a] as number)) ||
            a - b,
        )
        expect([...highestFirst(Float64Array.from(list))]).toEqual(sorted)
      }),
      { numRuns: 1_000 },
    )
  })

  test('of what is left takes the most urgent that is free, where whatever precedes has more left than what follows', () => {
    const weighted = acyclicGraph().chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: list.size, maxLength: list.size }),
      ),
    )
    fc.assert(
      fc.property(weighted, ([list, weight]) => {
        const { bottom } = criticalPath(reverseGraph(toGraph(list)), Float64Array.from(weight))
        expect([...highestFirst(bottom)]).toEqual(naiveOrder(list, bottom))
      }),
    )
  })

  test('takes a million, and a part of a longer array', () => {
    const priority = new Float64Array(1_000_001).map((_, node) => (node * 7919) % 1000).subarray(1)
    const order = highestFirst(priority)
    const rising = order.some(
      (node, at) => at > 0 && (priority[order[at - 1] as number] as number) < (priority[node] as number),
    )
    expect({ rising, first: priority[order[0] as number] }).toEqual({ rising: false, first: 999 })
  })

  test.each([
    ['below zero', -1, 'the priority of node 1 is -1'],
    ['that is no number', Number.NaN, 'the priority of node 1 is NaN'],
  ])('rejects a priority %s', (_, bad, message) => {
    const order = () => highestFirst(Float64Array.of(1, bad))
    expect(order).toThrow(BrokenInvariantError)
    expect(order).toThrow(message)
  })
})
