import type { Find, Io, Kind, KindName, Live } from '@cleardown/core'
import { type OpenStack, read, ServiceMissingError } from './client.ts'
import { type Collection, type Row, rowsBy, rowsOf } from './openstack-kind.ts'

/** What every row of Neutron has. */
export interface NeutronRow extends Row {
  readonly revision_number?: number
}

export interface NeutronCollection<R> extends Pick<Collection<R>, 'path' | 'field' | 'one' | 'query'> {
  /** Filters by what is used: kind → parameter. */
  readonly using?: Readonly<Record<KindName, string>>
  /** The extension that brings the collection; without it the kind is `unsupported` there. */
  readonly extension?: string
}

type Ways<R> = Pick<Kind<OpenStack, R>, 'service' | 'find' | 'read' | 'revision'>

/** All collections of Neutron are listed, filtered, read and guarded alike. */
export function neutronWays<R extends NeutronRow>(what: NeutronCollection<R>): Ways<R> {
  const collection = collectionOf(what)
  const by = (filter: string): Find<OpenStack, R> => guarded(what.extension, rowsBy(collection, filter))
  return {
    service: 'network',
    find: {
      all: (io) => guarded<R>(what.extension, (way) => rowsOf(way, collection))(io, []),
      ids: by('id'),
      using: Object.fromEntries(Object.entries(what.using ?? {}).map(([kind, filter]) => [kind, by(filter)])),
    },
    read: (io, id) => read<R>(io, 'network', `${what.path}/${id}`, what.one),
    revision: revisionOf,
  }
}

export const collectionOf = <R>({ path, field, one, query }: NeutronCollection<R>): Collection<R> => ({
  service: 'network',
  path,
  field,
  one,
  ...(query ? { query } : {}),
})

/** '' = no guard. Rows have no number where the extension `standard-attr-revisions` is missing. */
export const revisionOf = (raw: NeutronRow): string => String(raw.revision_number ?? '')

/** Refused with 412 when it was changed since it was read (extension `revision-if-match`; ignored where that is missing). */
export const ifUnchanged = (it: Pick<Live, 'revision'>): { headers?: Readonly<Record<string, string>> } =>
  it.revision ? { headers: { 'If-Match': `revision_number=${it.revision}` } } : {}

export async function removeUnchanged(io: Io<OpenStack>, path: string, it: Live): Promise<void> {
  await io.client.send(io, 'network', 'DELETE', `${path}/${it.id}`, ifUnchanged(it))
}

/** Throws a `ServiceMissingError` where Neutron lacks the extension: an absent collection must not look like an empty one. */
async function requireExtension(io: Io<OpenStack>, alias: string): Promise<void> {
  const aliases = await io.client.extensions(io)
  if (!aliases.has(alias))
    throw new ServiceMissingError('network', alias, `the network service in ${io.place} has no extension "${alias}"`)
}

export const guarded = <R>(extension: string | undefined, find: Find<OpenStack, R>): Find<OpenStack, R> =>
  extension === undefined
    ? find
    : async function* (io, values) {
        await requireExtension(io, extension)
        yield* find(io, values)
      }
