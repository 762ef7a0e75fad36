/** Time, randomness and sleep. The only file of `packages/` in which the machine's own appear; a test hands in virtual ones. */
export interface Context {
  /** Milliseconds since the epoch. May jump. */
  now(): number
  /** Milliseconds that never go back; for deadlines and waits. */
  monotonic(): number
  /** 0 ≤ x < 1. */
  random(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** A longer timer ends at once (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
const longestTimerMs = 2 ** 31 - 1

export function systemContext(): Context {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    async sleep(ms, signal) {
      let leftMs = ms
      for (; leftMs > longestTimerMs; leftMs -= longestTimerMs) await timer(longestTimerMs, signal)
      await timer(leftMs, signal)
    },
  }
}

const timer = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timeout = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    const stop = (): void => {
      clearTimeout(timeout)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })

export const isoTime = (ms: number): string => new Date(ms).toISOString()
