import type { Connection } from '../adapter/connection.ts'
import type { Context } from '../adapter/context.ts'
import type { Facts, Kind } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import { type KindName, type ResourceKey, splitKey } from '../model/key.ts'

/** Reads that come within this time share one listing. */
const gatherMs = 20

export interface Known {
  readonly connection: Connection
  readonly kind: Kind
  readonly place: string
  readonly id: string
}

export type Fresh =
  | { readonly found: { readonly facts: Facts; readonly raw: unknown } }
  /** `sure`: not found by id; else absent from one complete listing. */
  | { readonly absent: { readonly sure: boolean } }
  | { readonly failure: Failure }

/** Fresh reads for everybody: those of one kind and place that come together are answered by one call. */
export interface Reader {
  locate(key: ResourceKey): Known
  read(key: ResourceKey, wish?: { labels?: boolean; sure?: boolean }): Promise<Fresh>
}

interface Waiting {
  readonly known: Known
  readonly labels: boolean
  resolve(fresh: Fresh): void
}

export function createReader(connections: readonly Connection[], context: Context, signal: AbortSignal): Reader {
  const gathering = new Map<string, Waiting[]>()

  const locate = (key: ResourceKey): Known => {
    const { kind: name, account, place, id } = splitKey(key)
    for (const connection of connections) {
      const kind = connection.kinds.get(name as KindName)
      if (kind && connection.identity.account === account) return { connection, kind, place, id }
    }
    throw new Error(`no adapter speaks for ${key}`)
  }

  return {
    locate,
    async read(key, wish = {}) {
      const known = locate(key)
      if (wish.sure && known.kind.read) return readOne(known)
      const group = `${known.connection.adapter.name}|${known.connection.identity.account}|${known.kind.name}|${known.place}`
      return new Promise((resolve) => {
        const waiting: Waiting = { known, labels: wish.labels ?? false, resolve }
        const others = gathering.get(group)
        if (others) others.push(waiting)
        else {
          gathering.set(group, [waiting])
          void flush(group)
        }
      })
    },
  }

  async function flush(group: string): Promise<void> {
    await context.sleep(gatherMs, signal).catch(() => undefined)
    const batch = gathering.get(group) ?? []
    gathering.delete(group)
    try {
      await answer(batch)
    } catch (error) {
      const failure: Failure = { code: 'transient', providerCode: 'Aborted', message: String(error) }
      for (const { resolve } of batch) resolve({ failure })
    }
  }

  async function answer(batch: readonly Waiting[]): Promise<void> {
    const { connection, kind, place } = (batch[0] as Waiting).known
    const ids = [...new Set(batch.map(({ known }) => known.id))]
    if (kind.read && (ids.length === 1 || !kind.find.ids)) {
      await Promise.all(
        ids.map(async (id) => {
          let fresh = await readOne({ connection, kind, place, id })
          if ('found' in fresh && batch.some((one) => one.known.id === id && one.labels))
            fresh = await label(connection, kind, place, fresh)
          for (const one of batch) if (one.known.id === id) one.resolve(fresh)
        }),
      )
      return
    }
    const listing = await connection.list(kind, place, kind.find.ids ? { ids } : { all: true })
    if (listing.failure) {
      for (const { resolve } of batch) resolve({ failure: listing.failure })
      return
    }
    const wanted = new Set(ids)
    const raws = listing.found.filter((raw) => wanted.has(kind.facts(raw).id))
    const wantLabels = new Set(batch.filter(({ labels }) => labels).map(({ known }) => known.id))
    const labelled = await labels(
      connection,
      kind,
      place,
      raws.filter((raw) => wantLabels.has(kind.facts(raw).id)),
    )
    const byId = new Map<string, unknown>()
    for (const raw of [...raws, ...labelled]) byId.set(kind.facts(raw).id, raw)
    for (const { known, resolve } of batch) {
      const raw = byId.get(known.id)
      resolve(raw === undefined ? { absent: { sure: false } } : { found: { raw, facts: kind.facts(raw) } })
    }
  }

  async function readOne({ connection, kind, place, id }: Known): Promise<Fresh> {
    const answer = await connection.attempt(
      kind,
      'read',
      undefined,
      () => kind.read?.(connection.io(place), id) ?? Promise.resolve(undefined),
    )
    if ('failure' in answer)
      return answer.failure.code === 'gone' ? { absent: { sure: true } } : { failure: answer.failure }
    return answer.value === undefined
      ? { absent: { sure: true } }
      : { found: { raw: answer.value, facts: kind.facts(answer.value) } }
  }

  async function label(
    connection: Connection,
    kind: Kind,
    place: string,
    fresh: Extract<Fresh, { found: unknown }>,
  ): Promise<Fresh> {
    const [raw] = await labels(connection, kind, place, [fresh.found.raw])
    return raw === undefined ? fresh : { found: { raw, facts: kind.facts(raw) } }
  }

  async function labels(
    connection: Connection,
    kind: Kind,
    place: string,
    raws: readonly unknown[],
  ): Promise<readonly unknown[]> {
    if (!kind.labels || raws.length === 0) return raws
    const answer = await connection.attempt(
      kind,
      'labels',
      undefined,
      () => kind.labels?.(connection.io(place), raws) ?? Promise.resolve(raws),
    )
    return 'value' in answer ? answer.value : raws
  }
}
