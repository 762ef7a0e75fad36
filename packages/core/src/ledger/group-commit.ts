import { BrokenInvariantError } from '../model/errors.ts'

/**
 * Takes all that has been handed in so far, lets `write` write it, and settles each item with its number or error, in the same order; when `write`
 * throws, all of them with that. Resolves with whether to go on: nothing was thrown, and everyone having had time to react, more is waiting.
 */
export type CommitNext<T> = (write: (batch: readonly T[]) => Promise<readonly (number | Error)[]>) => Promise<boolean>

export interface GroupCommit<T> {
  /** Resolves with the number that was written for this item, rejects with what went wrong. */
  add(item: T): Promise<number>
  /** Resolves when nothing is waiting or being written. */
  idle(): Promise<void>
}

interface Waiting<T> {
  readonly item: T
  readonly resolve: (seq: number) => void
  readonly reject: (error: unknown) => void
}

/**
 * One commit at a time; what arrives meanwhile goes together into the next one. A sync to disk costs the same for one entry as for a thousand, so the
 * throughput grows with the number of those who wait.
 *
 * `turn` is called as soon as something is waiting. It takes what it needs in order to write (a lock, say), commits once or more often, and lets go.
 * When it throws, everyone who is waiting then gets that error. `rest` is called when nothing more has come; the next turn begins after it.
 */
export function groupCommit<T>(
  turn: (commitNext: CommitNext<T>) => Promise<void>,
  rest: () => Promise<void> = async () => {},
): GroupCommit<T> {
  let waiting: Waiting<T>[] = []
  let running: Promise<void> | undefined

  function takeAll(): readonly Waiting<T>[] {
    const taken = waiting
    waiting = []
    return taken
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      await turn(commitNext).catch((error: unknown) => {
        for (const { reject } of takeAll()) reject(error)
      })
      if (waiting.length === 0) await rest()
    }
    running = undefined
  }

  const commitNext: CommitNext<T> = async (write) => {
    const batch = takeAll()
    let failed = false
    try {
      const results = await write(batch.map(({ item }) => item))
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index]
        if (typeof result === 'number') resolve(result)
        else reject(result ?? new BrokenInvariantError('a group commit gave no result'))
      }
    } catch (error) {
      failed = true
      for (const { reject } of batch) reject(error)
    }
    await new Promise((resolve) => setImmediate(resolve))
    return !failed && waiting.length > 0
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
