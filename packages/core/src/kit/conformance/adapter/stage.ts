import { type Context, systemContext } from '../../../adapter/context.ts'
import type { Facts, Io, Kind, Live, Request, Session } from '../../../adapter/kind.ts'
import { MisuseError } from '../../../model/errors.ts'
import type { Failure } from '../../../model/failure.ts'
import { type KindName, resourceKey } from '../../../model/key.ts'
import type { AdapterBench, Sample } from './harness.ts'

/** More than any sample world has: a listing that goes on is one that never ends. */
export const endlessCount = 10_000
/** So many rows without anything new are the end of a listing for all cases but those that are about its end. */
const sameRows = 100
/** An answer that takes longer will not come. */
const answerMs = 60_000

/** One thing as the adapter shows it. */
export interface Seen {
  readonly kind: Kind
  readonly place: string
  readonly raw: unknown
  readonly facts: Facts
}

/** What happened to a call of a kind: an answer, a refusal, or nothing within a minute. */
export type Answer = { readonly value: unknown } | { readonly failure: Failure; readonly error: unknown } | 'no-answer'

/** The looks after the listing, in their order. */
const allLooks = ['labels', 'more'] as const
type Look = (typeof allLooks)[number]

export type Send = Io<unknown>['request']

/** A connected adapter with everything that cases need to ask it. */
export interface Stage {
  readonly bench: AdapterBench
  readonly context: Context
  readonly session: Session
  readonly kinds: readonly Kind[]
  /** Every request that went through `io.request`. */
  readonly sent: Request[]
  /** `request`: instead of sending it at once. */
  io(place: string, how?: { readonly signal?: AbortSignal; readonly request?: Send }): Io<unknown>
  kindOf(name: KindName): Kind
  placesOf(kind: Kind): readonly string[]
  placeOf(sample: Sample): string
  /** Everything of a kind with its looks (default all); each id once, tombstones left out, bounded. */
  list(kind: Kind, place: string, looks?: readonly Look[]): Promise<Seen[]>
  /** One row as all looks of its kind show it. */
  closer(kind: Kind, place: string, raw: unknown): Promise<Seen>
  /** Of all kinds, as they were before the case changed anything; listed once for a bench. */
  everything(): Promise<readonly Seen[]>
  everythingNow(): Promise<readonly Seen[]>
  /** Of `everything`, what the harness names as samples. */
  samples(): Promise<readonly Seen[]>
  /** Fresh; undefined where it is not there. */
  find(sample: Sample): Promise<Seen | undefined>
  /** Like `find`, and an error where it is not there. */
  must(sample: Sample): Promise<Seen>
  failureOf(error: unknown, kind: KindName, call: string, it?: Facts): Failure
  ask(seen: Seen, call: string, work: () => Promise<unknown>): Promise<Answer>
  live(seen: Seen): Live
}

export const nameOf = ({ kind, id }: { readonly kind: KindName; readonly id: string }): string => `${kind} ${id}`
export const labelOf = ({ kind, facts }: Seen): string => nameOf({ kind: kind.name, id: facts.id })

/** What a listing gives, and one row more than `endlessCount` where it does not end. */
export async function drain(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const raw of rows) {
    all.push(raw)
    if (all.length > endlessCount) break
  }
  return all
}

/** What a harness may leave out, for a case that cannot do without. */
export function needed<T>(given: T | undefined, field: keyof AdapterBench): T {
  if (given === undefined)
    throw new MisuseError('harness', `the bench has no "${field}": give it, or skip this case by name with the reason`)
  return given
}

const seenOn = new WeakMap<AdapterBench, Promise<readonly Seen[]>>()

export async function openStage(bench: AdapterBench): Promise<Stage> {
  const context = bench.context ?? systemContext()
  const sent: Request[] = []
  const never = new AbortController().signal
  const plain: Send = async (what, send) => {
    sent.push(what)
    return await send(never)
  }
  const base = { signal: never, now: () => context.now(), request: plain }
  const session: Session = await bench.adapter.connect(base)
  const kinds = session.kinds
  const io: Stage['io'] = (place, how = {}) => ({ ...base, client: session.client, place, ...how })

  const look = async (
    kind: Kind,
    place: string,
    found: readonly unknown[],
    looks: readonly Look[],
  ): Promise<readonly unknown[]> => {
    let raws = found
    for (const closer of looks.map((name) => kind[name])) {
      if (closer === undefined || raws.length === 0) continue
      const filled = new Map((await closer(io(place), raws)).map((raw) => [kind.facts(raw).id, raw]))
      raws = raws.map((raw) => filled.get(kind.facts(raw).id) ?? raw)
    }
    return raws
  }
  const stage: Stage = {
    bench,
    context,
    session,
    kinds,
    sent,
    io,
    kindOf(name) {
      const kind = kinds.find((one) => one.name === name)
      if (kind === undefined)
        throw new MisuseError(
          'unknown-kind',
          `the harness names the kind ${name}; the adapter has ${kinds.map((one) => one.name).join(', ')}`,
        )
      return kind
    },
    placesOf: (kind) => (kind.place === undefined ? session.identity.places : [kind.place]),
    placeOf: ({ kind, place }) => place ?? stage.kindOf(kind).place ?? session.identity.places[0] ?? '',
    async list(kind, place, looks = allLooks) {
      const byId = new Map<string, unknown>()
      let count = 0
      for await (const raw of kind.find.all(io(place))) {
        byId.set(kind.facts(raw).id, raw)
        if (++count > 2 * byId.size + sameRows) break
      }
      const raws = await look(kind, place, [...byId.values()], looks)
      return raws
        .map((raw) => ({ kind, place, raw, facts: kind.facts(raw) }))
        .filter(({ facts }) => facts.phase !== 'gone')
    },
    async closer(kind, place, raw) {
      const [full = raw] = await look(kind, place, [raw], allLooks)
      return { kind, place, raw: full, facts: kind.facts(full) }
    },
    everything() {
      const known = seenOn.get(bench) ?? stage.everythingNow()
      seenOn.set(bench, known)
      return known
    },
    async samples() {
      const names = new Set(bench.samples.map(nameOf))
      return (await stage.everything()).filter((seen) => names.has(labelOf(seen)))
    },
    async everythingNow() {
      const all: Seen[] = []
      for (const kind of kinds) for (const place of stage.placesOf(kind)) all.push(...(await stage.list(kind, place)))
      return all
    },
    find: async (sample) =>
      (await stage.list(stage.kindOf(sample.kind), stage.placeOf(sample))).find(({ facts }) => facts.id === sample.id),
    async must(sample) {
      const seen = await stage.find(sample)
      if (seen === undefined) throw new Error(`${nameOf(sample)} is not listed in ${stage.placeOf(sample)}`)
      return seen
    },
    failureOf: (error, kind, call, it) => session.failure(error, it ? { kind, call, it } : { kind, call }),
    async ask({ kind, facts }, call, work) {
      const over = new AbortController()
      const answered = work().then(
        (value): Answer => ({ value }),
        (error: unknown): Answer => ({ error, failure: stage.failureOf(error, kind.name, call, facts) }),
      )
      const late = context.sleep(answerMs, over.signal).then(
        (): Answer => 'no-answer',
        (): Answer => 'no-answer',
      )
      const answer = await Promise.race([answered, late])
      over.abort()
      return answer
    },
    live: ({ kind, place, raw, facts }) => ({
      ...facts,
      key: resourceKey({ kind: kind.name, account: session.identity.account, place, id: facts.id }),
      ...(kind.revision === undefined ? {} : { revision: kind.revision(raw) }),
    }),
  }
  return stage
}
