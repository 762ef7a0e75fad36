import { float64s, int32s } from './numbers.ts'

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
  const urgency = float64s(capacity) // of the node in each slot: two neighbours are compared without looking either up
  let size = 0

  function put(slot: number, node: number, urgent: number): void {
    heap[slot] = node
    urgency[slot] = urgent
  }

  function before(node: number, urgent: number, slot: number): boolean {
    return urgent === urgency[slot] ? node < (heap[slot] as number) : urgent > (urgency[slot] as number)
  }

  return {
    get size() {
      return size
    },
    push(node) {
      const urgent = priority === undefined ? 0 : (priority[node] as number)
      let slot = size++
      while (slot > 0) {
        const above = (slot - 1) >> 1
        if (!before(node, urgent, above)) break
        put(slot, heap[above] as number, urgency[above] as number)
        slot = above
      }
      put(slot, node, urgent)
    },
    pop() {
      if (size === 0) return undefined
      const top = heap[0] as number
      size--
      const [last, urgent] = [heap[size] as number, urgency[size] as number]
      let slot = 0
      for (;;) {
        let below = 2 * slot + 1
        if (below >= size) break
        if (below + 1 < size && before(heap[below + 1] as number, urgency[below + 1] as number, below)) below++
        if (before(last, urgent, below)) break
        put(slot, heap[below] as number, urgency[below] as number)
        slot = below
      }
      put(slot, last, urgent)
      return top
    },
  }
}
