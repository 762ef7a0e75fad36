import { AdapterLiesError } from '../adapter/checked-kind.ts'
import type { Connection } from '../adapter/connection.ts'
import type { Context } from '../adapter/context.ts'
import type { Facts, Kind } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import { type KindName, type ResourceKey, splitKey } from '../model/key.ts'

/** Reads that come within this time share one listing. */
const gatherMs = 20

/** Looks meet on common ticks, and each tick costs one listing however many wait. Two complete listings a tick apart that both lack it settle `gone`. */
export const tickMs = 500

export interface Known {
  readonly connection: Connection
  readonly kind: Kind
  readonly place: string
  readonly id: string
}

export type Fresh =
  /** `unlabelled`: why its tags, which were wished for, are not among its facts. */
  | { readonly found: { readonly facts: Facts; readonly raw: unknown; readonly unlabelled?: Failure } }
  /** `sure`: not found by id; else absent from one complete listing. */
  | { readonly absent: { readonly sure: boolean } }
  | { readonly failure: Failure }

/**
 * Fresh reads for everybody: those of one kind and place that come together are answered by one call. While it is under way, or waits for its turn
 * behind other calls, those that come later and are no more urgent gather for the next.
 */
export interface Reader {
  locate(key: ResourceKey): Known
  /** `sure`: by id; where a kind cannot be read so, what one listing lacks is looked for in another, a tick later. */
  read(key: ResourceKey, wish?: { labels?: boolean; sure?: boolean }): Promise<Fresh>
  /** From now on somebody waits for it, until the function that comes back is called. */
  join(key: ResourceKey): () => void
  /** How many wait for something of its kind and place; their looks are answered by one call when they come together. */
  waits(key: ResourceKey): number
}

interface Waiting {
  readonly known: Known
  readonly labels: boolean
  readonly urgency: number
  resolve(fresh: Fresh): void
}

/** Two adapters may speak for the same kind and account, each in its own places. */
export function speaksFor(connections: readonly Connection[], key: ResourceKey): Known | undefined {
  const { kind: name, account, place, id } = splitKey(key)
  for (const connection of connections) {
    const kind = connection.kinds.get(name as KindName)
    if (kind && connection.identity.account === account && connection.placesOf(kind).includes(place))
      return { connection, kind, place, id }
  }
  return undefined
}

export function createReader(
  connections: readonly Connection[],
  context: Context,
  signal: AbortSignal,
  urgencyOf: (key: ResourceKey) => number | undefined = () => undefined,
): Reader {
  const gathering = new Map<string, Waiting[]>()
  const underWay = new Map<string, { readonly urgency: number; readonly answered: Promise<void> }>()
  const waits = new Map<string, number>()

  const locate = (key: ResourceKey): Known => {
    const known = speaksFor(connections, key)
    if (!known) throw new Error(`no adapter speaks for ${key}`)
    return known
  }

  return {
    locate,
    async read(key, wish = {}) {
      const known = locate(key)
      if (wish.sure && known.kind.read) return readOne(known, urgencyOf(key))
      const fresh = await gathered(known, wish.labels ?? false, urgencyOf(key) ?? 0)
      if (!wish.sure || !('absent' in fresh)) return fresh
      await context.sleep(tickMs, signal).catch(() => undefined)
      return gathered(known, wish.labels ?? false, urgencyOf(key) ?? 0)
    },
    join(key) {
      const group = groupOf(locate(key))
      const change = (by: number): void => void waits.set(group, (waits.get(group) ?? 0) + by)
      change(1)
      return () => change(-1)
    },
    waits: (key) => waits.get(groupOf(locate(key))) ?? 0,
  }

  function gathered(known: Known, labels: boolean, urgency: number): Promise<Fresh> {
    const group = groupOf(known)
    return new Promise((resolve) => {
      const waiting: Waiting = { known, labels, urgency, resolve }
      const others = gathering.get(group)
      if (others) others.push(waiting)
      else {
        gathering.set(group, [waiting])
        void flush(group)
      }
    })
  }

  async function flush(group: string): Promise<void> {
    await context.sleep(gatherMs, signal).catch(() => undefined)
    const ahead = underWay.get(group)
    if (ahead && mostUrgent(gathering.get(group)) <= ahead.urgency) await ahead.answered
    const batch = gathering.get(group) ?? []
    gathering.delete(group)
    const mine = { urgency: mostUrgent(batch), answered: answerAll(batch) }
    underWay.set(group, mine)
    await mine.answered
    if (underWay.get(group) === mine) underWay.delete(group)
  }

  async function answerAll(batch: readonly Waiting[]): Promise<void> {
    try {
      await answer(batch)
    } catch (error) {
      const failure: Failure = { code: 'transient', providerCode: 'Aborted', message: String(error) }
      for (const { resolve } of batch) resolve({ failure })
    }
  }

  async function answer(batch: readonly Waiting[]): Promise<void> {
    const { connection, kind, place } = (batch[0] as Waiting).known
    const urgency = mostUrgent(batch)
    const ids = [...new Set(batch.map(({ known }) => known.id))]
    if (kind.read && (ids.length === 1 || !kind.find.ids)) {
      await Promise.all(
        ids.map(async (id) => {
          const asking = batch.filter((one) => one.known.id === id)
          let fresh = await readOne({ connection, kind, place, id }, urgency)
          if ('found' in fresh && asking.some(({ labels }) => labels)) {
            const [found = fresh.found] = await understood(connection, kind, place, [fresh.found], urgency)
            fresh = { found }
          }
          for (const one of asking) one.resolve(fresh)
        }),
      )
      return
    }
    const listing = await connection.list(kind, place, kind.find.ids ? { ids } : { all: true }, urgency)
    const wanted = new Set(ids)
    const wantLabels = new Set(batch.filter(({ labels }) => labels).map(({ known }) => known.id))
    const byId = new Map<string, Row>()
    let failure = listing.failure
    for (const raw of listing.found) {
      const row = rowOf(kind, raw)
      if ('failure' in row) failure ??= row.failure
      else if (wanted.has(row.facts.id)) {
        // as discovery takes them: the first, and what is gone stands for nothing where another has its id
        const before = byId.get(row.facts.id)
        if (!before || before.facts.phase === 'gone') byId.set(row.facts.id, row)
      }
    }
    if (kind.labels) {
      const bare = [...byId.values()].filter(({ facts }) => wantLabels.has(facts.id))
      for (const row of await understood(connection, kind, place, bare, urgency)) byId.set(row.facts.id, row)
    }
    for (const { known, resolve } of batch) {
      const found = byId.get(known.id)
      // who is not in a listing that was cut short, or that has rows nobody understands, may be there
      resolve(listing.failure ? { failure: listing.failure } : found ? { found } : failure ? { failure } : absentOnce)
    }
  }

  async function readOne({ connection, kind, place, id }: Known, urgency: number | undefined): Promise<Fresh> {
    const answer = await connection.attempt({ kind, call: 'read', place, urgency }, async (io) => {
      const raw = await kind.read?.(io, id)
      return raw === undefined ? undefined : { raw, facts: kind.facts(raw) }
    })
    if ('failure' in answer)
      return answer.failure.code === 'gone' ? { absent: { sure: true } } : { failure: answer.failure }
    return answer.value === undefined ? { absent: { sure: true } } : { found: answer.value }
  }

  /** With tags, where the listing lacks them; as they are, and why, where that fails. */
  async function understood(
    connection: Connection,
    kind: Kind,
    place: string,
    rows: readonly Row[],
    urgency: number,
  ): Promise<readonly Row[]> {
    const { labels } = kind
    if (!labels || rows.length === 0) return []
    const raws = rows.map(({ raw }) => raw)
    const answer = await connection.attempt({ kind, call: 'labels', place, urgency }, async (io) =>
      (await labels.call(kind, io, raws)).map((raw) => ({ raw, facts: kind.facts(raw) })),
    )
    return 'value' in answer ? answer.value : rows.map((row) => ({ ...row, unlabelled: answer.failure }))
  }
}

const mostUrgent = (batch: readonly Waiting[] = []): number =>
  batch.reduce((most, one) => Math.max(most, one.urgency), 0)

const groupOf = ({ connection, kind, place }: Known): string =>
  `${connection.adapter.name}|${connection.identity.account}|${kind.name}|${place}`

type Row = Extract<Fresh, { found: unknown }>['found']

const absentOnce: Fresh = { absent: { sure: false } }

function rowOf(kind: Kind, raw: unknown): Row | { readonly failure: Failure } {
  try {
    return { raw, facts: kind.facts(raw) }
  } catch (error) {
    if (!(error instanceof AdapterLiesError)) throw error
    return { failure: { code: 'invalid', providerCode: error.name, message: error.message } }
  }
}
