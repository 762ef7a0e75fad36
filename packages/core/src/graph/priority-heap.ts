import { int32s } from './numbers.ts'

/** Nodes that wait, the most urgent one on top. */
export interface PriorityHeap {
  readonly size: number
  push(node: number): void
  /** The node of the highest priority; of two equal ones the smaller number. `undefined` when empty. */
  pop(): number | undefined
}

/**
 * A binary heap for at most `capacity` nodes. `priority[node]` must not change while the node is inside; without priorities the smallest number
 * comes first. The order depends on the content alone, never on the order of the pushes.
 */
export function priorityHeap(capacity: number, priority?: Float64Array): PriorityHeap {
  const heap = int32s(capacity)
  let size = 0

  function before(a: number, b: number): boolean {
    if (priority !== undefined && priority[a] !== priority[b]) return (priority[a] as number) > (priority[b] as number)
    return a < b
  }

  return {
    get size() {
      return size
    },
    push(node) {
      let slot = size++
      while (slot > 0) {
        const above = (slot - 1) >> 1
        if (!before(node, heap[above] as number)) break
        heap[slot] = heap[above] as number
        slot = above
      }
      heap[slot] = node
    },
    pop() {
      if (size === 0) return undefined
      const top = heap[0] as number
      const last = heap[--size] as number
      let slot = 0
      for (;;) {
        let below = 2 * slot + 1
        if (below >= size) break
        if (below + 1 < size && before(heap[below + 1] as number, heap[below] as number)) below++
        if (!before(heap[below] as number, last)) break
        heap[slot] = heap[below] as number
        slot = below
      }
      heap[slot] = last
      return top
    },
  }
}
