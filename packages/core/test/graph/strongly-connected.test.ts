import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildGraph } from '../../src/graph/graph.ts'
import { cyclicGroups, stronglyConnected } from '../../src/graph/strongly-connected.ts'
import { anyGraph, reachability, toGraph } from './random-graph.ts'

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
})
