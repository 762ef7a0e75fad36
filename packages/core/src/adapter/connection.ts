import { redactSecrets } from '../ledger/secrets.ts'
import type { Failure } from '../model/failure.ts'
import { type KindName, type ResourceKey, resourceKey } from '../model/key.ts'
import type { Identity } from '../model/outcome.ts'
import { checkSession } from './check-session.ts'
import { AdapterLiesError, checkedKind } from './checked-kind.ts'
import type { Context } from './context.ts'
import type { Adapter, Facts, Io, Kind, Request, Session } from './kind.ts'
import { type Bucket, createBucket, defaultLimit } from './limits.ts'
import { CallTimedOut, type Watch, watchCall, withDeadline } from './request.ts'

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
    urgency?: number,
  ): Promise<Listing>
  /** Runs a call of a kind; a refusal comes back as a value, also that of a call that never ends. The run's abort is thrown. */
  attempt<T>(
    what: Call,
    work: (io: Io<any>) => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly failure: Failure }>
}

/** One call of a kind. */
interface Call {
  readonly kind: Kind
  readonly call: string
  readonly place: string
  readonly it?: Facts | undefined
  /** Of the calls that wait for a bucket, more goes first; default 0. */
  readonly urgency?: number | undefined
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
  const failureOf = (error: unknown, kind: KindName, call: string, it?: Facts): Failure => {
    const failure =
      error instanceof CallTimedOut || error instanceof AdapterLiesError
        ? plainFailure(error)
        : ((session?.failure ?? adapter.failure)?.(error, it ? { kind, call, it } : { kind, call }) ??
          plainFailure(error))
    // From here it goes into events, plans, reports and the ledger, and some providers quote the request with its credentials.
    return { ...failure, message: redactSecrets(String(failure.message)) }
  }

  const requestFor =
    (urgency?: number, watch?: Watch): Io<void>['request'] =>
    async (what, send) => {
      const ended = watch?.began()
      try {
        return await request(what, send, urgency)
      } finally {
        ended?.()
      }
    }
  const request = async <T>(what: Request, send: (signal: AbortSignal) => Promise<T>, urgency?: number): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      const giveBack = await bucketOf(what).turn(signal, urgency)
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

  const base = { signal, now: () => context.now(), request: requestFor() }
  const connecting = watchCall(context, signal)
  session = await connecting.watch(
    adapter.connect({ ...base, request: requestFor(undefined, connecting) }),
    `${adapter.name} connect`,
  )
  const connected = session
  checkSession(adapter, connected)
  const kinds = new Map(connected.kinds.map((kind) => [kind.name, checkedKind(adapter.name, kind)]))
  const { account, principal, places } = connected.identity

  return {
    adapter,
    session: connected,
    identity: { adapter: adapter.name, account, principal, places },
    kinds,
    placesOf: (kind) => (kind.place ? [kind.place] : places),
    keyOf: (kind, place, id) => resourceKey({ kind: kind.name, account, place: kind.place ?? place, id }),
    io: (place) => ({ ...base, client: connected.client, place }),
    async list(kind, place, how, urgency) {
      const found: unknown[] = []
      const gather = async (io: Io<any>): Promise<void> => {
        const source =
          'all' in how
            ? kind.find.all(io)
            : 'using' in how
              ? kind.find.using?.[how.using]?.(io, how.ids)
              : kind.find.ids?.(io, how.ids)
        for await (const raw of source ?? kind.find.all(io)) {
          found.push(raw)
          if (found.length > maxListed)
            throw new AdapterLiesError(adapter.name, kind.name, `listed more than ${maxListed}`)
        }
      }
      const answer = await attempt({ kind, call: 'find', place, urgency }, gather)
      if (!('failure' in answer)) return { found }
      // what comes before a refusal was seen; what comes from a listing that never ends is worth nothing
      return { found: found.length > maxListed ? [] : [...found], failure: answer.failure }
    },
    attempt,
  }

  async function attempt<T>(
    { kind, call, place, it, urgency }: Call,
    work: (io: Io<any>) => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly failure: Failure }> {
    const watch = watchCall(context, signal)
    const io: Io<any> = { ...base, request: requestFor(urgency, watch), client: connected.client, place }
    try {
      return { value: await watch.watch(work(io), `${kind.name} ${call}`) }
    } catch (error) {
      signal.throwIfAborted()
      return { failure: failureOf(error, kind.name, call, it) }
    }
  }
}

/** Where resources of a kind can stand that use one of `used` in `place`: what is global is used from everywhere. */
export function placesUsing(
  { placesOf }: Pick<Connection, 'placesOf'>,
  user: Kind,
  used: Kind,
  place: string,
): readonly string[] {
  return user.place === undefined && used.place === undefined ? [place] : placesOf(user)
}

export function backoffMs(attempt: number, context: Context): number {
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1)) * (0.5 + context.random() / 2)
}

/** Anything may be thrown, also what has no text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'something without text was thrown'
  }
}

function plainFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : textOf(error)
  const providerCode = error instanceof Error ? error.name : 'unknown'
  if (error instanceof CallTimedOut) return { code: 'transient', providerCode, message }
  return { code: error instanceof AdapterLiesError ? 'invalid' : 'unknown', providerCode, message }
}
