import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildGraph } from '../../src/graph/graph.ts'
import { cyclicGroups, stronglyConnected } from '../../src/graph/strongly-connected.ts'
import { anyGraph, chain, hub, reachability, toGraph } from './random-graph.ts'

describe('stronglyConnected', () => {
  test('puts what reaches each other together, and nothing else', () => {
    fc.assert(
      fc.property(anyGraph(), (list) => {
        const { component } = stronglyConnected(toGraph(list))
        const reaches = reachability(list)
        for (let a = 0; a < list.size; a++)
          for (let b = 0; b < list.size; b++)
            expect(component[a] === component[b]).toBe(a === b || Boolean(reaches[a]?.[b] && reaches[b]?.[a]))
      }),
    )
  })

  test('numbers the components in topological order', () => {
    fc.assert(
      fc.property(anyGraph(), (list) => {
        const { component, count } = stronglyConnected(toGraph(list))
        expect(new Set(component).size).toBe(count)
        for (const [from, to] of list.edges)
          expect(component[from] as number).toBeLessThanOrEqual(component[to] as number)
      }),
    )
  })

  test('lists the members of each component, ascending', () => {
    fc.assert(
      fc.property(anyGraph(), (list) => {
        const { component, count, members } = stronglyConnected(toGraph(list))
        for (let one = 0; one < count; one++)
          expect([...members(one)]).toEqual([...component.keys()].filter((node) => component[node] === one))
      }),
    )
  })

  test('gives the same numbers for the same graph', () => {
    fc.assert(
      fc.property(anyGraph(), (list) => {
        expect(stronglyConnected(toGraph(list)).component).toEqual(stronglyConnected(toGraph(list)).component)
      }),
    )
  })

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

describe('cyclicGroups', () => {
  test('names the nodes of each cycle, users first', () => {
    //  0 ─▶ 1 ⇄ 2 ─▶ 3 ─▶ 4 ⇄ 5    6 ↺
    const groups = cyclicGroups(buildGraph(7, [0, 1, 2, 2, 3, 4, 5, 6], [1, 2, 1, 3, 4, 5, 4, 6]))
    expect(groups.map((group) => [...group]).filter((group) => group.length > 1)).toEqual([
      [1, 2],
      [4, 5],
    ])
    expect(groups).toContainEqual(Int32Array.of(6))
  })

  test('holds exactly the nodes that reach themselves', () => {
    fc.assert(
      fc.property(anyGraph(), (list) => {
        const reaches = reachability(list)
        const cyclic = cyclicGroups(toGraph(list)).flatMap((group) => [...group])
        expect(cyclic.toSorted((a, b) => a - b)).toEqual([...reaches.keys()].filter((node) => reaches[node]?.[node]))
      }),
    )
  })

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
