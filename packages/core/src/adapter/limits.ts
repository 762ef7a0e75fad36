import type { Context } from './context.ts'
import type { Limit } from './kind.ts'

/** What a service gets whose adapter says nothing: careful enough for every provider we know. */
export const defaultLimit: Limit = { ratePerSecond: 20, burst: 100, concurrency: 16 }

/** A throttled bucket never gets slower than one call in two seconds. */
const slowestRate = 0.5
/** It gets back a tenth of its full rate for each second without a refusal. */
const recoveryPerSecond = 0.1

/**
 * A token bucket with a cap on calls in flight. `turn` waits for both; the caller gives its place back. Throttling halves the rate, which then
 * recovers slowly (additive increase, multiplicative decrease: the shape that shares a limit fairly with others who use the account).
 */
export interface Bucket {
  turn(signal: AbortSignal): Promise<() => void>
  throttled(): void
  ratePerSecond(): number
}

export function createBucket(limit: Limit, context: Context): Bucket {
  let tokens = limit.burst
  let rate = limit.ratePerSecond
  let filledAt = context.monotonic()
  let inFlight = 0
  const queue: (() => void)[] = []

  const refill = (): void => {
    const seconds = Math.max(0, context.monotonic() - filledAt) / 1000
    filledAt = context.monotonic()
    tokens = Math.min(limit.burst, tokens + seconds * rate)
    rate = Math.min(limit.ratePerSecond, rate + seconds * recoveryPerSecond * limit.ratePerSecond)
  }
  const release = (): void => {
    inFlight--
    queue.shift()?.()
  }

  return {
    async turn(signal) {
      while (inFlight >= limit.concurrency) await parked(queue, signal)
      inFlight++
      try {
        refill()
        tokens--
        if (tokens < 0) await context.sleep((-tokens / rate) * 1000, signal)
      } catch (error) {
        tokens++
        release()
        throw error
      }
      let given = false
      return () => {
        if (given) return
        given = true
        release()
      }
    },
    throttled() {
      refill()
      rate = Math.max(slowestRate, rate / 2)
      tokens = Math.min(tokens, 0)
    },
    ratePerSecond: () => rate,
  }
}

/** Waits in line until somebody gives a place back. */
function parked(queue: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const wake = (): void => {
      signal.removeEventListener('abort', leave)
      resolve()
    }
    const leave = (): void => {
      const at = queue.indexOf(wake)
      if (at >= 0) queue.splice(at, 1)
      reject(signal.reason)
    }
    queue.push(wake)
    signal.addEventListener('abort', leave, { once: true })
  })
}
