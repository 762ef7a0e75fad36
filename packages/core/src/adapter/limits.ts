import type { Context } from './context.ts'
import type { Limit } from './kind.ts'

/** What a service gets whose adapter says nothing: careful enough for every provider we know. */
export const defaultLimit: Limit = { ratePerSecond: 20, burst: 100, concurrency: 16 }

/** A throttled bucket never gets slower than one call in two seconds. */
const slowestRate = 0.5
/** It gets back a tenth of its full rate for each second without a refusal. */
const recoveryPerSecond = 0.1

/**
 * A token bucket with a cap on calls in flight. `turn` waits for both; the caller gives its place back. Of those that wait the most urgent goes first,
 * then who came first: the longest remaining path is what a limited rate must serve. Throttling halves the rate, which then recovers slowly
 * (additive increase, multiplicative decrease: the shape that shares a limit fairly with others who use the account).
 */
export interface Bucket {
  /** `urgency`: more goes first; default 0. */
  turn(signal: AbortSignal, urgency?: number): Promise<() => void>
  throttled(): void
  ratePerSecond(): number
}

interface Waiter {
  readonly urgency: number
  /** False: it has left, its run was stopped. */
  waits: boolean
  start(giveBack: () => void): void
}

export function createBucket(limit: Limit, context: Context): Bucket {
  let tokens = limit.burst
  let rate = limit.ratePerSecond
  let filledAt = context.monotonic()
  let inFlight = 0
  let timed = false
  /** The most urgent last. */
  const line: Waiter[] = []

  const refill = (): void => {
    const seconds = Math.max(0, context.monotonic() - filledAt) / 1000
    filledAt = context.monotonic()
    tokens = Math.min(limit.burst, tokens + seconds * rate)
    rate = Math.min(limit.ratePerSecond, rate + seconds * recoveryPerSecond * limit.ratePerSecond)
  }
  const giveBackOnce = (): (() => void) => {
    let given = false
    return () => {
      if (given) return
      given = true
      inFlight--
      pump()
    }
  }
  /** Starts who may start; else sees to it that it is called again when the next token is there. */
  const pump = (): void => {
    while (line.length > 0 && inFlight < limit.concurrency) {
      if (!line.at(-1)?.waits) {
        line.pop()
        continue
      }
      refill()
      // a clock that stands still between two fractions of a millisecond must not let it wait for ever
      if (tokens < 1 - 1e-6) {
        wakeLater()
        return
      }
      tokens--
      inFlight++
      line.pop()?.start(giveBackOnce())
    }
  }
  const wakeLater = (): void => {
    if (timed) return
    timed = true
    const ready = (): void => {
      timed = false
      pump()
    }
    void context.sleep(((1 - tokens) / rate) * 1000).then(ready, ready)
  }

  return {
    turn(signal, urgency = 0) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const leave = (): void => {
          waiter.waits = false
          reject(signal.reason)
        }
        const waiter: Waiter = {
          urgency,
          waits: true,
          start(giveBack) {
            waiter.waits = false
            signal.removeEventListener('abort', leave)
            resolve(giveBack)
          },
        }
        line.splice(placeInLine(line, urgency), 0, waiter)
        pump()
        if (waiter.waits) signal.addEventListener('abort', leave, { once: true }) // most need not wait
      })
    },
    throttled() {
      refill()
      rate = Math.max(slowestRate, rate / 2)
      tokens = Math.min(tokens, 0)
    },
    ratePerSecond: () => rate,
  }
}

/** Before (further from its turn than) all that are as urgent or more. */
function placeInLine(line: readonly Waiter[], urgency: number): number {
  let low = 0
  let high = line.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((line[middle] as Waiter).urgency < urgency) low = middle + 1
    else high = middle
  }
  return low
}
