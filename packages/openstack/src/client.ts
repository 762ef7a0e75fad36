import type { Io, Request } from '@cleardown/core'
import type { Catalogue } from './catalogue.ts'
import type { ResolvedCloud } from './cloud-config.ts'
import { createEndpoints } from './endpoints.ts'
import { HttpError } from './errors.ts'
import { exchange, type Fetch } from './http.ts'
import { createPager, toParams } from './paging.ts'
import type { Service } from './services.ts'
import { createSharing } from './sharing.ts'
import type { Tokens } from './tokens.ts'

export { HttpError, NetworkError, NotJsonError, ServiceMissingError } from './errors.ts'
export type { Service } from './services.ts'

/** What a call needs of core: the region it goes to, the time, the run's abort, and the way through the bucket. `Io<OpenStack>` fits. */
export type Way = Pick<Io<unknown>, 'place' | 'signal' | 'now' | 'request'>

/** An array is a repeated parameter; `undefined` is left out. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

interface SendOptions {
  readonly query?: Query
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * The port: the one way in which this adapter speaks to OpenStack. A test puts its own in this place. Paths are relative to the service's
 * versioned endpoint (`/ports`, `/servers/detail`, `/lbaas/loadbalancers`); `way.place` is a region's name, where '' is the only region.
 */
export interface OpenStack {
  /** Id of the project the token is scoped to. */
  readonly project: string
  /** Id of the user. */
  readonly user: string
  /** Id of the application credential that the token comes from, if it comes from one. */
  readonly applicationCredential?: string
  /** Is the service in the catalogue of this region? */
  has(service: Service, region: string): boolean
  /** Every row of a listing, page by page. `field` is the key of the rows (`ports`); '' where the answer itself is the array. */
  list<R>(way: Way, service: Service, path: string, query: Query, field: string): AsyncIterable<R>
  /** One GET. Throws `HttpError`, also for 404. */
  get<R>(way: Way, service: Service, path: string, query?: Query): Promise<R>
  /** One request that may write; never repeated, except once after a 401. `undefined` for an empty body. */
  send<R = unknown>(
    way: Way,
    service: Service,
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: SendOptions,
  ): Promise<R>
  /** Aliases of Neutron's extensions in this region; read once. */
  extensions(way: Way): Promise<ReadonlySet<string>>
  /** The highest version or microversion that the service offers in this region, as [major, minor]; `undefined` where it tells none. */
  version(way: Way, service: Service): Promise<readonly [number, number] | undefined>
}

/** In an address these signs mean something else than a name: nothing has such an id. */
const strange = /(^|\/)\.{1,2}(\/|$)|[?#\\]/

/** A resource by its path, unwrapped from `field` ('' where the answer itself is the resource); `undefined` when it is not there (404). */
export async function read<R>(
  io: Io<OpenStack>,
  service: Service,
  path: string,
  field: string,
): Promise<R | undefined> {
  if (strange.test(path)) return undefined
  try {
    const answer = await io.client.get<Readonly<Record<string, R>>>(io, service, path)
    return field === '' ? (answer as R) : answer[field]
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined
    throw error
  }
}

/**
 * The client of one project. It repeats nothing (that is core's) except once after a 401. Identical reads in flight at the same moment share one
 * answer; nothing is kept after it has come, and a write ends all sharing, so that no read begun before a write answers for one begun after it.
 */
export function createClient(cloud: ResolvedCloud, fetch: Fetch, tokens: Tokens, catalogue: Catalogue): OpenStack {
  const project = tokens.facts.project?.id ?? ''
  const endpoints = createEndpoints({ cloud, fetch, tokens, catalogue, project })
  const reads = createSharing<unknown>(false)
  const aliases = createSharing<ReadonlySet<string>>(true)

  async function dispatch(way: Way, service: Service, method: string, path: string, more: Sent): Promise<unknown> {
    if (strange.test(path)) throw new Error(`${service} ${method} ${path} would go to another address`)
    const { base, headers } = await endpoints.find(way, service)
    const query = more.query?.toString()
    const origin = { service, method, path }
    const effect: Request['effect'] = method === 'GET' ? 'read' : 'write'
    const answer = await tokens.use(way, (token) =>
      way.request({ service, place: way.place, call: callOf(service, method, path), effect }, (signal) =>
        exchange(fetch, {
          origin,
          url: `${base}${path}${query ? `?${query}` : ''}`,
          headers: { ...headers, ...more.headers, 'x-auth-token': token },
          ...(more.body === undefined ? {} : { body: more.body }),
          signal,
          now: way.now(),
          secrets: [token],
        }),
      ),
    )
    return answer.body
  }

  const share = (way: Way, service: Service, path: string, query: URLSearchParams): Promise<unknown> =>
    reads.ask(`${way.place}/${service}${path}?${query}`, way.signal, () =>
      dispatch(way, service, 'GET', path, { query }),
    )

  const client: OpenStack = {
    project,
    user: tokens.facts.user.id,
    ...(tokens.facts.application_credential ? { applicationCredential: tokens.facts.application_credential.id } : {}),
    has: (service, region) => catalogue.endpoint(service, region) !== undefined,
    async *list<R>(way: Way, service: Service, path: string, query: Query, field: string) {
      const pager = createPager(service, path, query)
      for (let page: URLSearchParams | undefined = pager.first; page; ) {
        const answer = await share(way, service, path, page)
        const rows = rowsOf(answer, field)
        if (!rows) throw new Error(`${service} answered GET ${path} without the list \`${field}\``)
        yield* rows as readonly R[]
        page = pager.next(page, answer, rows)
      }
    },
    get: async <R>(way: Way, service: Service, path: string, query: Query = {}) =>
      (await share(way, service, path, toParams(query))) as R,
    async send<R>(way: Way, service: Service, method: string, path: string, options: SendOptions = {}) {
      const { query, body, headers } = options
      reads.forget()
      try {
        const sent = { ...(query ? { query: toParams(query) } : {}), ...(headers ? { headers } : {}), body }
        return (await dispatch(way, service, method, path, sent)) as R
      } finally {
        reads.forget()
      }
    },
    extensions: (way) =>
      aliases.ask(way.place, way.signal, async () => {
        const rows = client.list<{ alias: string }>(way, 'network', '/extensions', {}, 'extensions')
        return new Set((await Array.fromAsync(rows)).map(({ alias }) => alias))
      }),
    version: (way, service) => endpoints.version(way, service),
  }
  return client
}

interface Sent {
  readonly query?: URLSearchParams
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

function rowsOf(answer: unknown, field: string): readonly unknown[] | undefined {
  const rows = field === '' ? answer : (answer as Readonly<Record<string, unknown>> | undefined)?.[field]
  return Array.isArray(rows) ? rows : undefined
}

const idForm = /^([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}|\d+)$/i
/** Behind these stand names, which people choose. */
const named: ReadonlySet<string> = new Set(['os-keypairs', 'stacks', 'resources'])

/** `DELETE /ports/:id`: what counts and journals show is a call, not a resource. */
export function callOf(service: Service, method: string, path: string): string {
  const segments = path.split('/')
  const isId = (segment: string, index: number): boolean =>
    idForm.test(segment) ||
    (service === 'object-store' && segment !== '') ||
    (named.has(segments[index - 1] ?? '') && segment !== 'detail') ||
    (segments[index - 2] === 'stacks' && index > 2)
  return `${method} ${segments.map((segment, index) => (isId(segment, index) ? ':id' : segment)).join('/')}`
}
