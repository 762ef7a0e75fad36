/** A queue of what is due when; equal times leave in the order in which they came. */
export interface Agenda<T> {
  readonly size: number
  add(dueAt: number, what: T): void
  /** When the earliest is due. */
  nextAt(): number | undefined
  first(): T | undefined
  take(): T | undefined
}

interface Entry<T> {
  readonly dueAt: number
  readonly seq: number
  readonly what: T
}

/** A binary heap over (time, sequence). */
export function createAgenda<T>(): Agenda<T> {
  const heap: Entry<T>[] = []
  let seq = 0
  const before = (a: Entry<T>, b: Entry<T>): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.seq < b.seq)

  const up = (entry: Entry<T>, from: number): void => {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as Entry<T>
      if (!before(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }
  const down = (entry: Entry<T>): void => {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Entry<T>, heap[child] as Entry<T>)) child++
      const below = heap[child] as Entry<T>
      if (!before(below, entry)) break
      heap[at] = below
      at = child
    }
    heap[at] = entry
  }

  return {
    get size() {
      return heap.length
    },
    add(dueAt, what) {
      const entry = { dueAt, seq: seq++, what }
      heap.push(entry)
      up(entry, heap.length - 1)
    },
    nextAt: () => heap[0]?.dueAt,
    first: () => heap[0]?.what,
    take() {
      const first = heap[0]
      const last = heap.pop()
      if (last && heap.length > 0) down(last)
      return first?.what
    },
  }
}
