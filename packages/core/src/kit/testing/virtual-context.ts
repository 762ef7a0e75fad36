import type { Context } from '../../adapter/context.ts'
import { createAgenda } from './agenda.ts'
import { seededRandom } from './random.ts'

/** Time jumps once this many turns of the event loop brought nothing new to run. Promises alone are done with after one. */
const quietTurnsOutside = 2
/** Where nothing runs beside, time jumps this often before the rest of the process gets its turn. */
const jumpsInARow = 64
const thirtyDaysMs = 30 * 24 * 3_600_000

export interface VirtualContextOptions {
  readonly seed: number | string
  /** Milliseconds since the epoch; default 2026-01-01T00:00:00Z. */
  readonly startAt?: number
  /** Sleeps that would pass this much virtual time reject: something waits for ever. Default 30 days. */
  readonly lastsMs?: number
  /** Does anything run beside sleeps and promises (files, sockets, timers)? Default true; false saves the looks for it. */
  readonly outside?: boolean
}

/**
 * A context on virtual time: a sleep costs nothing, the clock jumps to the earliest one as soon as nothing else can run. File operations
 * under way hold the clock; other outside work does so through `holding`.
 */
export interface VirtualContext extends Context {
  /** Virtual milliseconds since the start. */
  elapsedMs(): number
  /** How many sleeps are waited for. */
  waiting(): number
  /** Moves the wall clock alone, as a time server or a suspended machine does; `monotonic` does not see it. */
  shiftWallClock(ms: number): void
  /** Time stands still until `work` has settled. */
  holding<T>(work: Promise<T>): Promise<T>
}

export function virtualContext(options: VirtualContextOptions): VirtualContext {
  const random = seededRandom(options.seed)
  const { lastsMs = thirtyDaysMs, outside = true } = options
  const quietTurns = outside ? quietTurnsOutside : 1
  const sleeps = createAgenda<Sleep>()
  let startAt = options.startAt ?? Date.UTC(2026, 0, 1)
  let elapsed = 0
  let waiting = 0
  let held = 0
  let quiet = 0
  let jumps = 0
  let pumping = false

  /** Once every promise that can go on has done so: after a turn of the event loop, or without one where nobody else waits for it. */
  const pumpLater = (): void => {
    if (outside || held > 0 || jumps % jumpsInARow === 0) setImmediate(pump)
    else queueMicrotask(() => process.nextTick(pump)) // a tick asked for in a tick would come before the promises
  }
  const pump = (): void => {
    dropFinished()
    if (sleeps.size === 0) {
      pumping = false
      return
    }
    quiet = held > 0 || (outside && fileWorkUnderWay()) ? 0 : quiet + 1
    if (quiet >= quietTurns) jump()
    pumpLater()
  }
  const dropFinished = (): void => {
    while (sleeps.first()?.finished) sleeps.take()
  }
  /** To the earliest sleep; all that are due then wake in the order in which they fell asleep. */
  const jump = (): void => {
    jumps++
    quiet = 0
    elapsed = Math.max(elapsed, sleeps.nextAt() ?? elapsed)
    for (let at = sleeps.nextAt(); at !== undefined && at <= elapsed; at = sleeps.nextAt()) sleeps.take()?.wake()
  }

  return {
    now: () => Math.floor(startAt + elapsed),
    monotonic: () => elapsed,
    random: random.next,
    elapsedMs: () => elapsed,
    waiting: () => waiting,
    shiftWallClock(ms) {
      startAt += ms
    },
    async holding(work) {
      held++
      try {
        return await work
      } finally {
        held--
      }
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const dueAt = elapsed + Math.max(0, ms)
        if (!(dueAt <= lastsMs))
          return reject(
            new Error(
              `a sleep of ${ms} ms at ${elapsed} ms passes the end of virtual time (${lastsMs} ms): something waits for ever`,
            ),
          )
        const sleep: Sleep = {
          finished: false,
          wake() {
            if (sleep.finished) return
            end()
            resolve()
          },
        }
        const stop = (): void => {
          end()
          reject(signal?.reason)
        }
        const end = (): void => {
          sleep.finished = true
          waiting--
          quiet = 0
          signal?.removeEventListener('abort', stop)
        }
        waiting++
        sleeps.add(dueAt, sleep)
        quiet = 0
        signal?.addEventListener('abort', stop, { once: true })
        if (!pumping) {
          pumping = true
          pumpLater()
        }
      }),
  }
}

interface Sleep {
  finished: boolean
  wake(): void
}

function fileWorkUnderWay(): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'))
}
