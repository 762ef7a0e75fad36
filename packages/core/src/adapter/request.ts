import type { Context } from './context.ts'
import type { Request } from './kind.ts'

/** One request may take this long before it counts as lost. */
const requestTimeoutMs = 60_000

/** Nothing was heard; whether it had an effect is not known. */
export class CallTimedOut extends Error {
  override readonly name: string = 'CallTimedOut'
}

/** The request, or a transient failure when nothing was heard for too long: a call that hangs must not hang the run. */
export async function withDeadline<T>(
  send: (signal: AbortSignal) => Promise<T>,
  what: Request,
  context: Context,
  signal: AbortSignal,
): Promise<T> {
  const ended = endedWith(signal)
  try {
    return await Promise.race([
      send(ended.signal),
      context.sleep(requestTimeoutMs, ended.signal).then(() => {
        throw new CallTimedOut(
          `${what.service} ${what.call} in ${what.place} did not answer within ${requestTimeoutMs / 1000} s`,
        )
      }),
    ])
  } finally {
    ended.end()
  }
}

/** A call of a kind may send many requests and wait long for its turns; without any request under way it may take this long. */
const idleTimeoutMs: number = 5 * 60_000
/** A call of a kind that sends more requests than this never ends. */
const maxRequests = 100_000

/** Watches one call of a kind: it ends, or it is given up when it neither sends nor waits for anything, or sends without end. */
export interface Watch {
  /** Counts a request in; call what it gives when the request has ended. Throws when there were too many. */
  began(): () => void
  watch<T>(work: Promise<T>, name: string): Promise<T>
}

export function watchCall(context: Context, signal: AbortSignal): Watch {
  let underWay = 0
  let total = 0
  let quietSince = context.monotonic()
  return {
    began() {
      total++
      if (total > maxRequests) throw new CallTimedOut(`it sent more than ${maxRequests} requests and did not end`)
      underWay++
      return () => {
        underWay--
        quietSince = context.monotonic()
      }
    },
    async watch(work, name) {
      const ended = endedWith(signal)
      const idle = async (): Promise<never> => {
        for (;;) {
          const leftMs = underWay > 0 ? idleTimeoutMs : quietSince + idleTimeoutMs - context.monotonic()
          if (leftMs <= 0)
            throw new CallTimedOut(`${name} did nothing for ${idleTimeoutMs / 60_000} min and did not end`)
          await context.sleep(leftMs, ended.signal)
        }
      }
      try {
        return await Promise.race([work, idle()])
      } finally {
        ended.end()
      }
    },
  }
}

/** Made once: an abort without a reason makes an error with a stack each time, several times per request. */
const over = new Error('the request is over')

/** A signal for what must not outlast one piece of work: aborted with the run, or by `end`. */
function endedWith(signal: AbortSignal): { readonly signal: AbortSignal; end(): void } {
  const own = new AbortController()
  const abort = (reason: unknown): void => {
    signal.removeEventListener('abort', forward)
    own.abort(reason)
  }
  const forward = (): void => abort(signal.reason)
  if (signal.aborted) forward()
  else signal.addEventListener('abort', forward, { once: true })
  return { signal: own.signal, end: () => abort(over) }
}
