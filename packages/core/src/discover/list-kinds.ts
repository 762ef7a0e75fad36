import { type Connection, type Listing, placesUsing } from '../adapter/connection.ts'
import type { Kind } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import type { Coverage } from '../model/outcome.ts'
import { cover, renew, type Seen, type Store, take } from './store.ts'

/** Lists every kind that has a listing of its own, in all its places at once; the buckets keep the pace. */
export async function listKinds(store: Store, connections: readonly Connection[]): Promise<void> {
  await Promise.all(
    connections.flatMap((connection) =>
      [...connection.kinds.values()]
        .filter((kind) => !kind.within)
        .flatMap((kind) => connection.placesOf(kind).map((place) => listOne(store, connection, kind, place))),
    ),
  )
}

async function listOne(store: Store, connection: Connection, kind: Kind, place: string): Promise<void> {
  takeListing(store, connection, kind, place, await connection.list(kind, place, { all: true }))
}

/** Lists what lives inside `holders` (nodegroups of clusters in play): one call of the kind for each place. */
export async function listWithin(store: Store, holders: readonly Seen[]): Promise<Seen[]> {
  const found: Seen[] = []
  const jobs: Promise<void>[] = []
  for (const [, batch] of byKindAndPlace(holders)) {
    const { connection, kind: holder, place } = batch[0] as Seen
    for (const kind of connection.kinds.values()) {
      if (kind.within !== holder.name) continue
      const ids = batch.map((seen) => seen.facts.id)
      const work = connection
        .list(kind, place, { using: holder.name, ids })
        .then((listing) => void found.push(...takeListing(store, connection, kind, place, listing)))
      jobs.push(work)
    }
  }
  await Promise.all(jobs)
  return found
}

/** Looks closer at what uses the batch and says so only then (`Kind.late`). True when anything was read. */
export async function listLate(store: Store, used: readonly Seen[]): Promise<boolean> {
  const looked: Promise<boolean>[] = []
  for (const [, batch] of byKindAndPlace(used)) {
    const { connection, kind, place } = batch[0] as Seen
    for (const user of connection.kinds.values()) {
      if (!user.late?.includes(kind.name) || !user.find.using?.[kind.name]) continue
      const ids = batch.map((seen) => seen.facts.id)
      for (const where of placesUsing(connection, user, kind, place)) {
        const work = connection
          .list(user, where, { using: kind.name, ids })
          .then((listing) => lookCloser(store, takeListing(store, connection, user, where, listing)))
        looked.push(work)
      }
    }
  }
  return (await Promise.all(looked)).includes(true)
}

/** Tags that listings lack, for everything that could carry a mark. True when anything was read. */
export const labelAll = (store: Store, batch: Iterable<Seen>): Promise<boolean> =>
  lookAgain(store, batch, 'labels', 'labelled')

/** The second look, only at what is in play. True when anything was read. */
export const lookCloser = (store: Store, batch: Iterable<Seen>): Promise<boolean> =>
  lookAgain(store, batch, 'more', 'looked')

async function lookAgain(
  store: Store,
  batch: Iterable<Seen>,
  call: 'labels' | 'more',
  mark: 'labelled' | 'looked',
): Promise<boolean> {
  const waiting = [...batch].filter((seen) => !seen[mark])
  let read = false
  await Promise.all(
    [...byKindAndPlace(waiting).values()].map(async (some) => {
      const { connection, kind, place } = some[0] as Seen
      const look = kind[call]
      if (!look) return renew(store, some, [], mark)
      read = true
      const answer = await connection.attempt({ kind, call, place }, (io) =>
        look(
          io,
          some.map((seen) => seen.raw),
        ),
      )
      if ('value' in answer) return renew(store, some, answer.value, mark)
      renew(store, some, [], mark)
      const { code, missing } = coverageOf(answer.failure)
      if (answer.failure.code === 'gone') return
      cover(store, connection, kind, place, code, missing)
    }),
  )
  return read
}

function takeListing(store: Store, connection: Connection, kind: Kind, place: string, listing: Listing): Seen[] {
  const taken: Seen[] = []
  for (const raw of listing.found) {
    const seen = take(store, connection, kind, place, raw)
    if (seen) taken.push(seen)
  }
  if (!listing.failure) cover(store, connection, kind, place, 'yes')
  else {
    const { code, missing } = coverageOf(listing.failure)
    cover(store, connection, kind, place, code, missing)
  }
  return taken
}

/** A listing that was cut short counts as failed: what was not seen may be there. */
function coverageOf(failure: Failure): { code: Coverage['seen']; missing: string } {
  const missing = failure.missing?.permission ?? `${failure.providerCode}: ${failure.message}`
  if (failure.code === 'denied' || failure.code === 'unauthenticated') return { code: 'denied', missing }
  return { code: failure.code === 'unsupported' ? 'unsupported' : 'failed', missing }
}

function byKindAndPlace(batch: Iterable<Seen>): Map<string, Seen[]> {
  const groups = new Map<string, Seen[]>()
  for (const seen of batch) {
    const name = `${seen.connection.adapter.name}|${seen.connection.identity.account}|${seen.kind.name}|${seen.place}`
    const group = groups.get(name)
    if (group) group.push(seen)
    else groups.set(name, [seen])
  }
  return groups
}
