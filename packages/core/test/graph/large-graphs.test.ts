import { describe, expect, test } from 'vitest'
import { criticalPath } from '../../src/graph/critical-path.ts'
import { buildGraph } from '../../src/graph/graph.ts'
import { cyclicGroups, stronglyConnected } from '../../src/graph/strongly-connected.ts'
import { topologicalOrder } from '../../src/graph/topological-order.ts'
import { chain, hub } from './random-graph.ts'

// What recursion, spread arguments and quadratic loops would not survive.

describe('stronglyConnected', { timeout: 60_000 }, () => {
  test.each(['head first', 'sink first'] as const)('takes a chain of 1,000,000 nodes, %s', (numbering) => {
    expect(stronglyConnected(chain(1_000_000, numbering)).count).toBe(1_000_000)
  })

  test('takes a cycle of 1,000,000 nodes', () => {
    const from = new Int32Array(1_000_000).map((_, index) => index)
    const { count, members } = stronglyConnected(
      buildGraph(
        1_000_000,
        from,
        from.map((node) => (node + 1) % 1_000_000),
      ),
    )
    expect(count).toBe(1)
    expect(members(0)).toEqual(from)
  })

  test.each(['in', 'out'] as const)('takes a hub with 1,000,000 edges %s', (edges) => {
    expect(stronglyConnected(hub(1_000_001, edges)).count).toBe(1_000_001)
  })
})

describe('cyclicGroups', { timeout: 60_000 }, () => {
  test('finds 100,000 two-cycles in 1,000,000 nodes, and no more', () => {
    // A chain backwards through all nodes, and at every tenth node one edge that closes a cycle of two.
    const size = 1_000_000
    const from = new Int32Array(size - 1 + size / 10)
    const to = new Int32Array(from.length)
    for (let edge = 0; edge < size - 1; edge++) {
      from[edge] = edge + 1
      to[edge] = edge
    }
    for (let planted = 0; planted < size / 10; planted++) {
      from[size - 1 + planted] = 10 * planted
      to[size - 1 + planted] = 10 * planted + 1
    }
    const groups = cyclicGroups(buildGraph(size, from, to))
    expect(groups.length).toBe(100_000)
    expect(groups.every((group) => group.length === 2 && (group[0] as number) % 10 === 0)).toBe(true)
  })
})

describe('topologicalOrder', { timeout: 60_000 }, () => {
  test('takes a chain of 1,000,000 nodes', () => {
    const order = topologicalOrder(chain(1_000_000, 'sink first')) as Int32Array
    expect(order.every((node, place) => node === 999_999 - place)).toBe(true)
  })

  test.each(['in', 'out'] as const)('takes a hub with 1,000,000 edges %s', (edges) => {
    const order = topologicalOrder(hub(1_000_001, edges)) as Int32Array
    expect(order.indexOf(0)).toBe(edges === 'in' ? 1_000_000 : 0)
    expect(order.length).toBe(1_000_001)
  })
})

describe('criticalPath', { timeout: 60_000 }, () => {
  test('takes a chain of 1,000,000 nodes', () => {
    const { path, length } = criticalPath(chain(1_000_000), new Float64Array(1_000_000).fill(1))
    expect(length).toBe(1_000_000)
    expect(path.length).toBe(1_000_000)
  })

  test.each(['in', 'out'] as const)('takes a hub with 1,000,000 edges %s', (edges) => {
    const { path, length } = criticalPath(hub(1_000_001, edges), new Float64Array(1_000_001).fill(2))
    expect({ path, length }).toEqual({ path: edges === 'in' ? [0, 1] : [1, 0], length: 4 })
  })
})
