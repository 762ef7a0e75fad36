import type { Context } from '../../adapter/context.ts'
import type { Io, Limit } from '../../adapter/kind.ts'
import type { KindName } from '../../model/key.ts'
import type { Ref } from '../../model/relation.ts'
import { MemoryCloudError } from './errors.ts'
import type { Call, Fault } from './faults.ts'
import type { Random } from './random.ts'
import type { Refusal } from './removal.ts'
import { refTo, type State } from './resource.ts'
import { type Detail, type MemoryRaw, viewOf } from './view.ts'
import type { Inside } from './world.ts'

export type Query =
  | { readonly by: 'all' }
  | { readonly by: 'ids'; readonly values: readonly string[] }
  | { readonly by: 'tags'; readonly values: readonly string[] }
  | { readonly by: 'using'; readonly kind: KindName; readonly values: readonly string[] }

/** The one way to call a provider of the memory cloud: each page and each write is one `io.request`. */
export interface MemoryClient {
  list(io: Io<MemoryClient>, call: string, kind: KindName, query: Query): AsyncIterable<MemoryRaw>
  read(io: Io<MemoryClient>, call: string, kind: KindName, id: string): Promise<MemoryRaw | undefined>
  /** Fills in what a listing lacks; the absent are left out. */
  fill(
    io: Io<MemoryClient>,
    call: string,
    kind: KindName,
    found: readonly MemoryRaw[],
    detail: Partial<Detail>,
  ): Promise<readonly MemoryRaw[]>
  /** `work` runs at the moment of the effect and returns the provider's refusal, if any. */
  write(io: Io<MemoryClient>, call: string, kind: KindName, id: string, work: Effect): Promise<void>
  hello(io: Omit<Io<void>, 'client' | 'place'>): Promise<void>
}

export type Effect = (state: State | undefined, inside: Inside) => Refusal | undefined

export interface ClientOptions {
  readonly inside: Inside
  readonly provider: string
  readonly account: string
  readonly context: Context
  readonly random: Random
  /** From sent to answered. */
  readonly callMs: number
  readonly listLagMs: number
  readonly pageSize: number
  readonly shuffle: boolean
  /** What the provider really allows, per service; calls beyond are throttled. */
  readonly enforces: Readonly<Record<string, Limit>>
}

export function createClient(options: ClientOptions): MemoryClient {
  const { inside, provider, account, context, random } = options
  const { store, removals } = inside
  const allowed = createAllowance(options)
  const detailOf = (kind: KindName): Detail => {
    const { labels, more } = store.kindOf(kind)
    return { labels: !labels, more: !more }
  }
  const placeOf = (kind: KindName, place: string): string => (store.kindOf(kind).global ? 'global' : place)
  const view = (state: State, asOf: number, detail: Detail): MemoryRaw => viewOf(state, asOf, store, removals, detail)

  /** One request: half of its time on the way there, the effect, half on the way back. */
  const send = <T>(
    io: Pick<Io<unknown>, 'request'>,
    what: {
      readonly call: string
      readonly effect: 'read' | 'write'
      readonly place: string
      readonly kind?: KindName
      readonly id?: string
    },
    work: (staleMs: number) => T,
  ): Promise<T> => {
    const service = (what.kind && store.kindOf(what.kind).service) ?? 'api'
    const call: Call = { provider, account, service, ...what }
    return io.request({ service, place: what.place, call: what.call, effect: what.effect }, async (signal) => {
      await context.sleep(options.callMs / 2, signal)
      inside.settle()
      const fault = inside.faults.meet(call, inside.world.elapsedMs())
      if (fault?.what === 'hang') {
        inside.record(call, 'Hung')
        await unanswered(signal)
      }
      const struck = fault && fault.what !== 'lost-response' && fault.what !== 'stale'
      const refused = struck ? faultError(fault, call) : allowed(call)
      if (refused) {
        inside.record(call, refused.code, refused.message)
        await context.sleep(options.callMs / 2, signal)
        throw refused
      }
      let answer: T
      try {
        answer = work(fault?.what === 'stale' ? (fault.staleMs ?? defaultStaleMs) : 0)
        inside.settle()
      } catch (error) {
        if (!(error instanceof MemoryCloudError)) throw error
        inside.record(call, error.code, error.message)
        await context.sleep(options.callMs / 2, signal)
        throw error
      }
      const lost = fault?.what === 'lost-response'
      inside.record(call, lost ? 'ok, answer lost' : 'ok')
      await context.sleep(options.callMs / 2, signal)
      if (lost) throw new MemoryCloudError('ConnectionLost', `${what.call}: connection reset`)
      return answer
    })
  }

  /** What a list shows: as old as the kind's lag, with what is gone since still in it. */
  const listed = (kind: KindName, place: string, query: Query, staleMs: number): MemoryRaw[] => {
    const lagMs = Math.max(staleMs, store.kindOf(kind).listLagMs ?? options.listLagMs)
    const asOf = Math.max(inside.startedAt, inside.world.now() - lagMs)
    const asked = fitting(query)
    const shown = store
      .ofKind(kind, account)
      .filter(
        (state) =>
          asked(state) &&
          state.place === place &&
          state.timeline[0].at <= asOf &&
          (state.goneAt === undefined || state.goneAt > asOf - state.rules.tombstoneMs),
      )
      .map((state) => view(state, asOf, detailOf(kind)))
    return options.shuffle ? random.shuffled(shown) : shown
  }
  /** Is it one of those that the query asks for? */
  const fitting = (query: Query): ((state: State) => boolean) => {
    if (query.by === 'all') return () => true
    const values = new Set(query.values)
    if (query.by === 'ids') return ({ id }) => values.has(id)
    if (query.by === 'tags')
      return ({ tags }) => Object.entries(tags).some(([key, value]) => values.has(`${key}=${value}`))
    return (state) =>
      state.refs.some((ref) => {
        const target = 'alias' in ref ? store.resolve(ref, state) : ref
        return target?.kind === query.kind && values.has(target.id)
      })
  }
  const living = (kind: KindName, place: string, id: string): State | undefined =>
    store.resolve({ kind, id }, { account, place: placeOf(kind, place) })

  return {
    async *list(io, call, kind, query) {
      const place = placeOf(kind, io.place)
      let all: readonly MemoryRaw[] | undefined
      let from = 0
      do {
        const page = await send(io, { call, effect: 'read', kind, place }, (staleMs) => {
          all ??= listed(kind, place, query, staleMs)
          return all.slice(from, from + options.pageSize)
        })
        yield* page
        from += options.pageSize
      } while (all && from < all.length)
    },
    read: (io, call, kind, id) =>
      send(io, { call, effect: 'read', kind, id, place: placeOf(kind, io.place) }, (staleMs) => {
        const asOf = Math.max(inside.startedAt, inside.world.now() - staleMs)
        const now = staleMs === 0 ? living(kind, io.place, id) : undefined
        const state =
          now ??
          store
            .ofKind(kind, account)
            .findLast(
              (one) =>
                one.id === id &&
                one.place === placeOf(kind, io.place) &&
                one.timeline[0].at <= asOf &&
                (one.goneAt ?? Infinity) > asOf - one.rules.tombstoneMs,
            )
        return state && view(state, asOf, detailOf(kind))
      }),
    fill: (io, call, kind, found, detail) =>
      send(io, { call, effect: 'read', kind, place: placeOf(kind, io.place) }, () =>
        found.flatMap((raw) => {
          const state = living(kind, io.place, raw.id)
          if (!state || state.incarnation !== raw.incarnation) return []
          const full = view(state, inside.world.now(), {
            labels: detail.labels ?? raw.tags !== undefined,
            more: detail.more ?? raw.relations !== undefined,
          })
          return [full]
        }),
      ),
    write: (io, call, kind, id, work) =>
      send(io, { call, effect: 'write', kind, id, place: placeOf(kind, io.place) }, () => {
        const state = living(kind, io.place, id)
        const refusal = work(state, inside)
        if (!refusal) {
          state?.touched.push(call)
          return
        }
        const from = state ?? { provider, account, place: io.place }
        const blockers = refusal.blockers?.map((blocker): Ref => refTo(blocker, from))
        throw new MemoryCloudError(refusal.code, refusal.message, blockers ? { blockers } : {})
      }),
    hello: (io) => send(io, { call: 'WhoAmI', effect: 'read', place: 'global' }, () => undefined),
  }
}

function faultError(fault: Fault, call: Call): MemoryCloudError {
  const later = fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }
  const permission = `${call.provider}:${call.call}`
  switch (fault.what) {
    case 'throttled':
      return new MemoryCloudError('Throttled', `${call.call}: rate exceeded`, later)
    case 'error':
      return new MemoryCloudError('InternalError', `${call.call}: internal error`, later)
    case 'denied':
      return new MemoryCloudError('AccessDenied', `not allowed: ${permission}, by an explicit deny`, { permission })
    case 'unauthenticated':
      return new MemoryCloudError('NotLoggedIn', `${call.call}: the token has expired`)
    case 'unsupported':
      return new MemoryCloudError('Unsupported', `${call.call} is not offered in ${call.place}`)
    default:
      return new MemoryCloudError('ConnectionLost', `${call.call}: connection reset`)
  }
}

const defaultStaleMs = 5_000

/** Resolves never; rejects when the caller gives up. */
const unanswered = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** The provider's own token buckets. */
function createAllowance({ enforces, context }: ClientOptions): (call: Call) => MemoryCloudError | undefined {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return ({ service, place, call }) => {
    const limit = enforces[service]
    if (!limit) return undefined
    const name = `${place}/${service}`
    const bucket = buckets.get(name) ?? { tokens: limit.burst, at: context.monotonic() }
    buckets.set(name, bucket)
    const now = context.monotonic()
    bucket.tokens = Math.min(limit.burst, bucket.tokens + ((now - bucket.at) / 1000) * limit.ratePerSecond)
    bucket.at = now
    if (bucket.tokens < 1) return new MemoryCloudError('Throttled', `${call}: rate exceeded`)
    bucket.tokens--
    return undefined
  }
}
