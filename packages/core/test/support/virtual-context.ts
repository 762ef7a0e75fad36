import type { Context } from '../../src/adapter/context.ts'

/** A clock that moves only when a test says so. Same calls, same times, same random numbers. */
export interface VirtualContext extends Context {
  /** Moves the clock; those who sleep wake in the order of their time, and what they do at once is done. */
  advance(ms: number): Promise<void>
  /** Resolves once somebody sleeps. */
  sleeping(): Promise<void>
  /** Moves the clock from one waking to the next until `work` is settled; for work that does one thing after the other. */
  finish<T>(work: Promise<T>): Promise<T>
}

interface Sleeper {
  readonly wakeAt: number
  readonly wake: () => void
}

export function virtualContext(options: { readonly startMs?: number; readonly seed?: number } = {}): VirtualContext {
  const { startMs = Date.UTC(2026, 0, 1), seed = 1 } = options
  let elapsedMs = 0
  let state = seed >>> 0
  let sleepers: Sleeper[] = []
  const announce: (() => void)[] = []

  async function wakeNext(untilMs: number): Promise<boolean> {
    const [first] = sleepers.toSorted((a, b) => a.wakeAt - b.wakeAt)
    if (first === undefined || first.wakeAt > untilMs) return false
    elapsedMs = Math.max(elapsedMs, first.wakeAt)
    sleepers = sleepers.filter((sleeper) => sleeper !== first)
    first.wake()
    for (let turn = 0; turn < 20; turn++) await undefined
    return true
  }

  const context: VirtualContext = {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    random() {
      // Numerical Recipes' linear congruential generator: enough for jitter and ids.
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 32
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const sleeper: Sleeper = { wakeAt: elapsedMs + ms, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener(
          'abort',
          () => {
            sleepers = sleepers.filter((one) => one !== sleeper)
            reject(signal.reason)
          },
          { once: true },
        )
        for (const tell of announce.splice(0)) tell()
      }),
    async advance(ms) {
      const until = elapsedMs + ms
      while (await wakeNext(until));
      elapsedMs = until
    },
    sleeping: () => (sleepers.length > 0 ? Promise.resolve() : new Promise((resolve) => void announce.push(resolve))),
    async finish(work) {
      let settled = false
      const settle = (): void => {
        settled = true
      }
      const end = work.then(settle, settle)
      for (;;) {
        await Promise.race([end, context.sleeping()])
        if (settled) return await work
        await wakeNext(Number.POSITIVE_INFINITY)
      }
    },
  }
  return context
}
