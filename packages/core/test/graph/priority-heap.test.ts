import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type PriorityHeap, priorityHeap } from '../../src/graph/priority-heap.ts'

function popAll(heap: PriorityHeap): number[] {
  const all: number[] = []
  for (let node = heap.pop(); node !== undefined; node = heap.pop()) all.push(node)
  return all
}

const pushes = fc
  .integer({ min: 0, max: 40 })
  .chain((size) =>
    fc.tuple(
      fc.shuffledSubarray([...Array(size).keys()]),
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: size, maxLength: size }),
    ),
  )

describe('priorityHeap', () => {
  test('gives the highest priority first, of equal ones the smaller number', () => {
    fc.assert(
      fc.property(pushes, ([nodes, drawn]) => {
        const priority = Float64Array.from(drawn)
        const heap = priorityHeap(priority.length, priority)
        for (const node of nodes) heap.push(node)
        const sorted = nodes.toSorted((a, b) => (priority[b] as number) - (priority[a] as number) || a - b)
        expect(popAll(heap)).toEqual(sorted)
      }),
    )
  })

  test('gives the smallest number first where there are no priorities', () => {
    fc.assert(
      fc.property(pushes, ([nodes, { length }]) => {
        const heap = priorityHeap(length)
        for (const node of nodes) heap.push(node)
        expect(popAll(heap)).toEqual(nodes.toSorted((a, b) => a - b))
      }),
    )
  })

  test('counts what waits, and can be filled again', () => {
    const heap = priorityHeap(2)
    expect([heap.size, heap.pop()]).toEqual([0, undefined])
    heap.push(1)
    heap.push(0)
    expect(heap.size).toBe(2)
    expect([heap.pop(), heap.size]).toEqual([0, 1])
    heap.push(0)
    expect([...popAll(heap), heap.size]).toEqual([0, 1, 0])
  })
})
