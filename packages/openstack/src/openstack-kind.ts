import {
  defineKind,
  type Facts,
  type Find,
  type Io,
  type Json,
  type Kind,
  type KindName,
  type Phase,
  type Ref,
} from '@cleardown/core'
import { type OpenStack, type Query, read, type Service } from './client.ts'
import { makersTags } from './makers.ts'

/** A kind of this adapter. */
export type OpenStackKind = Kind<OpenStack>
export const openstackKind: <R, D extends Json>(kind: Kind<OpenStack, R, D>) => Kind<OpenStack, R, D> =
  defineKind<OpenStack>()

/** What nearly every answer of OpenStack has. Older services say `tenant_id`. */
export interface Row {
  readonly id: string
  readonly name?: string | null
  readonly description?: string | null
  readonly project_id?: string | null
  readonly tenant_id?: string | null
  readonly created_at?: string | null
  readonly tags?: readonly string[]
}

/** Ids in one address: some proxies refuse more than 4 KiB. */
const idsPerCall = 80

/** A collection that is listed and read in the usual way. */
export interface Collection<R> {
  readonly service: Service
  /** `/ports`; the path of one is `/ports/<id>`. */
  readonly path: string
  /** Key of the rows in a listing, and of the one row. */
  readonly field: string
  readonly one: string
  /** Where the listing with all fields is: `/servers/detail`. Default: `path`. */
  readonly detail?: string
  /** The filter of the project's id; default `project_id`. `false`: the service lists nothing but the project's own. */
  readonly project?: string | false
  /** Whose a row is; default its `project_id` or `tenant_id`. A row that does not say it is taken. */
  readonly owner?: (row: R) => string | null | undefined
  readonly query?: Query
}

/** The project's own rows: asked for by filter, and each row checked, because an admin is shown everybody's and shared ones come along. */
export async function* rowsOf<R>(io: Io<OpenStack>, what: Collection<R>, query: Query = {}): AsyncGenerator<R, void> {
  const { client } = io
  const { project = 'project_id', owner = projectOf } = what
  const filters = { ...(project ? { [project]: client.project } : {}), ...what.query, ...query }
  for await (const row of client.list<R>(io, what.service, what.detail ?? what.path, filters, what.field)) {
    const owned = owner(row)
    if (!owned || owned === client.project) yield row
  }
}

const projectOf = (row: unknown): string | null | undefined => {
  const { project_id, tenant_id } = row as Pick<Row, 'project_id' | 'tenant_id'>
  return project_id ?? tenant_id
}

/** Asks for `values` of one filter, so many at a time; for services that take a filter more than once (Neutron). */
export const rowsBy = <R>(what: Collection<R>, filter: string): Find<OpenStack, R> =>
  async function* (io, values) {
    for (const some of slices([...new Set(values)], idsPerCall)) yield* rowsOf(io, what, { [filter]: some })
  }

/** Rows of a whole listing with these ids: where there is no filter by several, pages cost less than a question for each. */
export async function* amongIds<R extends { readonly id: string }>(
  rows: AsyncIterable<R>,
  ids: readonly string[],
): AsyncGenerator<R, void> {
  const wanted = new Set(ids)
  for await (const row of rows) if (wanted.has(row.id)) yield row
}

/** `find.all`, `find.ids` and `read` of a collection. */
export const listed = <R extends { readonly id: string }>(
  what: Collection<R>,
): Pick<Kind<OpenStack, R>, 'service' | 'find' | 'read'> => ({
  service: what.service,
  find: { all: (io) => rowsOf(io, what), ids: (io, ids) => amongIds(rowsOf(io, what), ids) },
  read: (io, id) => read<R>(io, what.service, `${what.path}/${id}`, what.one),
})

/** What the rows of all services say alike: name, whose, since when, marks. */
export function marksOf(row: Row): Pick<Facts, 'name' | 'account' | 'createdAt'> & {
  readonly tags: Readonly<Record<string, string>>
} {
  const account = projectOf(row)
  return {
    ...(row.name ? { name: row.name } : {}),
    ...(account ? { account } : {}),
    ...createdAt(row.created_at),
    tags: { ...described(row.description), ...makersTags(row), ...tagsOf(row.tags) },
  }
}

/** Tags are plain words here: `cleardown.run=r-77` is the tag `cleardown.run` with the value `r-77`, a word without `=` has the value ''. */
function tagsOf(words: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (words ?? []).map((word) => {
      const at = word.indexOf('=')
      return at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, '']
    }),
  )
}

/** Some resources have no tags, so marks are put into the description: all of it, and the words `key=value` in it. */
function described(description: string | null | undefined): Record<string, string> {
  if (!description) return {}
  const words = description.split(/[\s,;]+/).filter((word) => /^cleardown\.[\w.-]+=/.test(word))
  return { description, ...tagsOf(words) }
}

/** Times come with and without a zone; all are UTC. */
function isoTime(time: string | null | undefined): string | undefined {
  if (!time) return undefined
  return /(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`
}

/** `{ createdAt }`, or nothing where the answer has no time. */
export function createdAt(time: string | null | undefined): { createdAt?: string } {
  const at = isoTime(time)
  return at === undefined ? {} : { createdAt: at }
}

/** `{ since }`, or nothing. */
export function since(time: string | null | undefined): { since?: string } {
  const at = isoTime(time)
  return at === undefined ? {} : { since: at }
}

/** Where each of the provider's states stands; a state that the table lacks is `steady`. Case does not matter. */
export const phases = (table: Readonly<Record<string, Phase>>): ((state: string) => Phase) => {
  const lower = new Map(Object.entries(table).map(([state, phase]) => [state.toLowerCase(), phase]))
  return (state) => lower.get(state.toLowerCase()) ?? 'steady'
}

/**
 * How others call a resource. References go by it where it may be another project's (a shared network, the load balancer service's security
 * group): that one is not listed, and nobody may conclude that it is gone.
 */
export type Word =
  | 'network'
  | 'subnet'
  | 'security-group'
  | 'instance'
  | 'volume'
  | 'load-balancer'
  | 'image'
  | 'keypair'
  | 'address'
  | 'router'
  | 'router-subnet'
  | 'subnet-pool'
  | 'gateway'
export const aliasOf = (word: Word, id: string): string => `${word}:${id}`
export const byAlias = (word: Word, id: string): Ref => ({ alias: aliasOf(word, id) })

/** The words of all aliases by which kinds point, and the kind that carries each. */
export const aliasKinds: Readonly<Record<Word, KindName>> = {
  network: 'openstack:network',
  subnet: 'openstack:subnet',
  'security-group': 'openstack:security-group',
  instance: 'openstack:server',
  volume: 'openstack:volume',
  'load-balancer': 'openstack:load-balancer',
  image: 'openstack:image',
  keypair: 'openstack:keypair',
  address: 'openstack:floating-ip',
  router: 'openstack:router',
  'router-subnet': 'openstack:router-interface',
  'subnet-pool': 'openstack:subnet-pool',
  gateway: 'openstack:router-interface',
}

export function* slices<T>(all: readonly T[], size: number): Generator<readonly T[], void, undefined> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size)
}

/** A command of the OpenStack client, to be pasted as it is. */
export const cli = (...words: readonly string[]): string => ['openstack', ...words].map(quoted).join(' ')

/** Deletes it; what is stuck or hangs on its way has to be set to error first, which is an operator's to do. */
export function deletedByHand(
  { id, phase }: Pick<Facts, 'id' | 'phase'>,
  noun: readonly string[],
  option: '--state' | '--status' = '--state',
): string {
  const remove = cli(...noun, 'delete', id)
  return phase === 'stuck' || phase === 'going' ? `${cli(...noun, 'set', option, 'error', id)} && ${remove}` : remove
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
