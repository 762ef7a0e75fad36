import { BrokenInvariantError } from '../model/errors.ts'

/** Takes what has been handed in so far; called again it gives the same. */
export type TakeBatch<T> = () => readonly T[]

export interface GroupCommit<T> {
  /** Resolves with what `commit` gave for this item, rejects with what it threw. */
  add(item: T): Promise<number>
  /** Resolves when nothing is waiting or being written. */
  idle(): Promise<void>
}

/**
 * One commit at a time; what arrives meanwhile goes together into the next one. A sync to disk costs the same for one entry as for a thousand, so the
 * throughput grows with the number of those who wait.
 *
 * `commit` takes its batch as late as it can, once it has its turn to write, and gives one number or one error per item, in order. When it throws
 * instead, everyone in the batch (or, when none was taken yet, everyone waiting) gets that error. `rest` is called when nothing more has come for a
 * turn of the event loop; the next commit begins after it.
 */
export function groupCommit<T>(
  commit: (take: TakeBatch<T>) => Promise<readonly (number | Error)[]>,
  rest: () => Promise<void> = async () => {},
): GroupCommit<T> {
  interface Waiting {
    readonly item: T
    readonly resolve: (seq: number) => void
    readonly reject: (error: unknown) => void
  }
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      await commitBatch()
      if (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
      if (waiting.length === 0) await rest()
    }
    running = undefined
  }

  async function commitBatch(): Promise<void> {
    let batch: readonly Waiting[] = []
    let taken = false
    const take = (): readonly T[] => {
      if (!taken) {
        batch = waiting
        waiting = []
        taken = true
      }
      return batch.map(({ item }) => item)
    }
    let results: readonly (number | Error)[] = []
    let failure: unknown
    try {
      results = await commit(take)
    } catch (error) {
      failure = error
    }
    take()
    for (const [index, { resolve, reject }] of batch.entries()) {
      const result = results[index]
      if (typeof result === 'number') resolve(result)
      else reject(result ?? failure ?? new BrokenInvariantError('a group commit gave no result'))
    }
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        running ??= Promise.resolve().then(run)
      }),
    idle: async () => {
      await running
    },
  }
}
