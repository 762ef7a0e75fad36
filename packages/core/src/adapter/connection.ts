import type { Failure } from '../model/failure.ts'
import { type KindName, type ResourceKey, resourceKey } from '../model/key.ts'
import type { Identity } from '../model/outcome.ts'
import type { Context } from './context.ts'
import type { Adapter, Facts, Io, Kind, Request, Session } from './kind.ts'
import { type Bucket, createBucket, defaultLimit } from './limits.ts'

/** One request may take this long before it counts as lost. */
const callTimeoutMs = 60_000
/** A read (each page) is sent at most this often. */
const readAttempts = 8
/** A listing longer than this is a listing that never ends. */
const maxListed = 2_000_000
/** Before there is a session, an endpoint that nobody answers must be told soon. */
const connectAttempts = 4
const firstBackoffMs = 200
const longestBackoffMs = 20_000

/** What happens on the wire; for counts and for the `throttled` event. */
export interface Traffic {
  sent(what: Request, adapter: string): void
  throttled(what: Request, ratePerSecond: number): void
}

/** What one listing brought: everything, or what came before it failed. */
export interface Listing {
  readonly found: readonly unknown[]
  readonly failure?: Failure
}

/** An adapter that is connected: its kinds by name, its calls through buckets, its refusals as values. */
export interface Connection {
  readonly adapter: Adapter
  readonly session: Session
  readonly identity: Identity
  readonly kinds: ReadonlyMap<KindName, Kind>
  placesOf(kind: Kind): readonly string[]
  keyOf(kind: Kind, place: string, id: string): ResourceKey
  io(place: string): Io<any>
  list(
    kind: Kind,
    place: string,
    how: { all: true } | { ids: readonly string[] } | { using: KindName; ids: readonly string[] },
  ): Promise<Listing>
  /** Runs a call of a kind; a refusal comes back as a value. The run's abort is thrown. */
  attempt<T>(
    kind: Kind,
    call: string,
    it: Facts | undefined,
    work: () => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly failure: Failure }>
}

/** Connects one adapter. Throws what `connect` throws. */
export async function connect(
  adapter: Adapter,
  context: Context,
  signal: AbortSignal,
  traffic: Traffic,
): Promise<Connection> {
  const buckets = new Map<string, Bucket>()
  let session: Session | undefined

  const bucketOf = (what: Request): Bucket => {
    const name = `${what.place}/${what.service}`
    const known = buckets.get(name)
    if (known) return known
    const made = createBucket(session?.limits?.[what.service] ?? defaultLimit, context)
    buckets.set(name, made)
    return made
  }
  const failureOf = (error: unknown, kind: KindName, call: string, it?: Facts): Failure =>
    error instanceof CallTimedOut
      ? plainFailure(error)
      : ((session?.failure ?? adapter.failure)?.(error, it ? { kind, call, it } : { kind, call }) ??
        plainFailure(error))

  const request: Io<void>['request'] = async (what, send) => {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      const giveBack = await bucketOf(what).turn(signal)
      traffic.sent(what, adapter.name)
      try {
        return await withDeadline(send, what, context, signal)
      } catch (error) {
        signal.throwIfAborted()
        const failure = failureOf(error, `${adapter.name}:request`, what.call)
        if (failure.code === 'throttled') {
          bucketOf(what).throttled()
          traffic.throttled(what, bucketOf(what).ratePerSecond())
        }
        const repeatable = what.effect === 'read' && (failure.code === 'throttled' || failure.code === 'transient')
        if (!repeatable || attempt >= (session || failure.code === 'throttled' ? readAttempts : connectAttempts))
          throw error
        giveBack()
        await context.sleep(failure.retryAfterMs ?? backoffMs(attempt, context), signal)
      } finally {
        giveBack()
      }
    }
  }

  const base = { signal, now: () => context.now(), request }
  session = await adapter.connect(base)
  const connected = session
  const kinds = new Map(connected.kinds.map((kind) => [kind.name, kind]))
  const { account, principal, places } = connected.identity

  return {
    adapter,
    session: connected,
    identity: { adapter: adapter.name, account, principal, places },
    kinds,
    placesOf: (kind) => (kind.place ? [kind.place] : places),
    keyOf: (kind, place, id) => resourceKey({ kind: kind.name, account, place: kind.place ?? place, id }),
    io: (place) => ({ ...base, client: connected.client, place }),
    async list(kind, place, how) {
      const io: Io<any> = { ...base, client: connected.client, place }
      const found: unknown[] = []
      try {
        const source =
          'all' in how
            ? kind.find.all(io)
            : 'using' in how
              ? kind.find.using?.[how.using]?.(io, how.ids)
              : kind.find.ids?.(io, how.ids)
        for await (const raw of source ?? kind.find.all(io)) {
          found.push(raw)
          if (found.length > maxListed)
            return {
              found,
              failure: {
                code: 'invalid',
                providerCode: 'EndlessListing',
                message: `${kind.name} listed more than ${maxListed}`,
              },
            }
        }
        return { found }
      } catch (error) {
        signal.throwIfAborted()
        return { found, failure: failureOf(error, kind.name, 'find') }
      }
    },
    async attempt(kind, call, it, work) {
      try {
        return { value: await work() }
      } catch (error) {
        signal.throwIfAborted()
        return { failure: failureOf(error, kind.name, call, it) }
      }
    },
  }
}

export function backoffMs(attempt: number, context: Context): number {
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1)) * (0.5 + context.random() / 2)
}

/** The request, or a transient failure when nothing was heard for too long: a call that hangs must not hang the run. */
async function withDeadline<T>(
  send: (signal: AbortSignal) => Promise<T>,
  what: Request,
  context: Context,
  signal: AbortSignal,
): Promise<T> {
  const own = new AbortController()
  const forward = (): void => own.abort(signal.reason)
  signal.addEventListener('abort', forward, { once: true })
  const answered = new AbortController()
  try {
    return await Promise.race([
      send(own.signal),
      context.sleep(callTimeoutMs, AbortSignal.any([signal, answered.signal])).then(() => {
        throw new CallTimedOut(what)
      }),
    ])
  } finally {
    answered.abort()
    own.abort()
    signal.removeEventListener('abort', forward)
  }
}

/** Nothing was heard of a request; whether it had an effect is not known. */
class CallTimedOut extends Error {
  override readonly name: string = 'CallTimedOut'
  constructor(what: Request) {
    super(`${what.service} ${what.call} in ${what.place} did not answer within ${callTimeoutMs / 1000} s`)
  }
}

function plainFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: error instanceof CallTimedOut ? 'transient' : 'unknown',
    providerCode: error instanceof Error ? error.name : 'unknown',
    message,
  }
}
