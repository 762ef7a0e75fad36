import { describe, expect, it } from 'vitest'
import type { Query, Service } from '../../src/client.ts'
import { collect, connect, errorOf } from './connect.ts'
import { type Asked, isLogin, type Reply } from './play.ts'

interface Style {
  readonly service: Service
  readonly path: string
  readonly field: string
  readonly query?: Query
  /** The answer to one page, of rows a and b on the first, c on the second. */
  readonly page: (asked: Asked) => unknown
  /** Queries that must have been sent, in order. */
  readonly sent: readonly string[]
}

const first = [
  { id: 'a', name: 'na' },
  { id: 'b', name: 'nb' },
]
const second = [{ id: 'c', name: 'nc' }]
const isSecond = ({ query }: Asked): boolean => query.get('marker') !== null

/** Links that a service behind a proxy writes: host and path are useless, the query counts. */
const away = 'http://10.0.0.1:8774/inner'

const styles: Readonly<Record<string, Style>> = {
  'Nova: servers_links': {
    service: 'compute',
    path: '/servers/detail',
    field: 'servers',
    query: { all_tenants: false },
    page: (asked) =>
      isSecond(asked)
        ? { servers: second }
        : { servers: first, servers_links: [{ rel: 'next', href: `${away}?all_tenants=False&marker=b` }] },
    sent: ['all_tenants=false', 'all_tenants=False&marker=b'],
  },
  'Neutron: ports_links, and a parameter that is there twice': {
    service: 'network',
    path: '/ports',
    field: 'ports',
    query: { id: ['a', 'b'], limit: 2, name: undefined },
    page: (asked) =>
      isSecond(asked)
        ? { ports: second, ports_links: [{ rel: 'previous', href: `${away}?limit=2&marker=c&page_reverse=True` }] }
        : { ports: first, ports_links: [{ rel: 'next', href: `${away}?limit=2&id=a&id=b&marker=b` }] },
    sent: ['id=a&id=b&limit=2', 'limit=2&id=a&id=b&marker=b'],
  },
  'Octavia: loadbalancers_links': {
    service: 'load-balancer',
    path: '/lbaas/loadbalancers',
    field: 'loadbalancers',
    page: (asked) =>
      isSecond(asked)
        ? { loadbalancers: second, loadbalancers_links: [] }
        : { loadbalancers: first, loadbalancers_links: [{ rel: 'next', href: `${away}?marker=b` }] },
    sent: ['', 'marker=b'],
  },
  'Glance: a relative next, and a limit of its own, for it cuts at 25': {
    service: 'image',
    path: '/images',
    field: 'images',
    query: { owner: 'p1' },
    page: (asked) =>
      isSecond(asked) ? { images: second } : { images: first, next: '/v2/images?owner=p1&limit=1000&marker=b' },
    sent: ['owner=p1&limit=1000', 'owner=p1&limit=1000&marker=b'],
  },
  'Keystone: links.next': {
    service: 'identity',
    path: '/users/u1/application_credentials',
    field: 'application_credentials',
    page: (asked) =>
      isSecond(asked)
        ? { application_credentials: second, links: { next: null, self: away } }
        : { application_credentials: first, links: { next: `${away}?marker=b`, self: away } },
    sent: ['', 'marker=b'],
  },
  'Designate: links.next, with the highest limit it allows': {
    service: 'dns',
    path: '/zones',
    field: 'zones',
    page: (asked) =>
      isSecond(asked) ? { zones: second, links: {} } : { zones: first, links: { next: `${away}?limit=max&marker=b` } },
    sent: ['limit=max', 'limit=max&marker=b'],
  },
  'Heat: marker, until a page is short': {
    service: 'orchestration',
    path: '/stacks',
    field: 'stacks',
    query: { limit: 2 },
    page: (asked) => ({ stacks: isSecond(asked) ? second : first }),
    sent: ['limit=2', 'limit=2&marker=b'],
  },
  'Swift: marker by name, until a page is empty': {
    service: 'object-store',
    path: '',
    field: '',
    query: { format: 'json' },
    page: ({ query }) => (query.get('marker') === 'nc' ? [] : query.get('marker') === 'nb' ? second : first),
    sent: ['format=json', 'format=json&marker=nb', 'format=json&marker=nc'],
  },
  'Manila: offset, until a page is empty, whatever its links say': {
    service: 'shared-file-system',
    path: '/shares/detail',
    field: 'shares',
    page: ({ query }) =>
      query.get('offset') === '3'
        ? { shares: [] }
        : query.get('offset') === '2'
          ? { shares: second, shares_links: [{ rel: 'next', href: `${away}?marker=c` }] }
          : { shares: first, shares_links: [{ rel: 'next', href: `${away}?marker=b` }] },
    sent: ['limit=1000', 'limit=1000&offset=2', 'limit=1000&offset=3'],
  },
}

const listing =
  (style: Style, page: Style['page']) =>
  (asked: Asked): Reply | undefined =>
    !isLogin(asked) && asked.path.endsWith(style.path) && !asked.path.endsWith('/') ? { body: page(asked) } : undefined

describe('a listing is read to its end', () => {
  it.each(Object.entries(styles))('%s', async (_name, style) => {
    const { connected, played, way } = await connect(listing(style, style.page))
    const rows = connected.client.list<{ id: string }>(way, style.service, style.path, style.query ?? {}, style.field)
    expect((await collect(rows)).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    const asked = played.asked.filter(({ path, query }) => path.endsWith(style.path) && !path.endsWith('/') && query)
    expect(asked.filter((one) => !isLogin(one)).map(({ query }) => query.toString())).toEqual(style.sent)
  })
})

describe('a listing that never ends is an error', () => {
  const ports = styles['Neutron: ports_links, and a parameter that is there twice'] as Style
  const link = (marker: string): unknown => ({
    ports: first,
    ports_links: [{ rel: 'next', href: `${away}?marker=${marker}` }],
  })

  it.each<[string, Style['page']]>([
    ['with one marker for ever', () => link('b')],
    ['with two by turns', ({ query }) => link(query.get('marker') === 'b' ? 'a' : 'b')],
  ])('%s', async (_name, page) => {
    const { connected, way } = await connect(listing(ports, page))
    const error = await errorOf(collect(connected.client.list(way, 'network', '/ports', {}, 'ports')), Error)
    expect(error.message).toBe('network GET /ports sent back to a page that was read already')
  })

  it('with ever new markers', async () => {
    let page = 0
    const answer = (): Response => new Response(JSON.stringify(link(String(++page))))
    const { connected, way } = await connect(() => undefined, {
      fetch: async (url, init) => (String(url).includes('/ports') ? answer() : fetch(url, init)),
    })
    const error = await errorOf(collect(connected.client.list(way, 'network', '/ports', {}, 'ports')), Error)
    expect(error.message).toBe('network GET /ports went on for more than 5000 pages')
  })
})

describe('a listing is never taken as empty', () => {
  it('when its rows are missing from the answer', async () => {
    const { connected, way } = await connect(({ path }) =>
      path.endsWith('/ports') ? { body: { port: [] } } : undefined,
    )
    const error = await errorOf(collect(connected.client.list(way, 'network', '/ports', {}, 'ports')), Error)
    expect(error.message).toBe('network answered GET /ports without the list `ports`')
  })

  it('when a later page fails', async () => {
    const { connected, way } = await connect((asked) => {
      if (!asked.path.endsWith('/ports')) return undefined
      if (isSecond(asked)) return { status: 503, body: 'busy' }
      return { body: { ports: first, ports_links: [{ rel: 'next', href: `${away}?marker=b` }] } }
    })
    const seen: string[] = []
    const read = async (): Promise<void> => {
      for await (const { id } of connected.client.list<{ id: string }>(way, 'network', '/ports', {}, 'ports'))
        seen.push(id)
    }
    expect((await errorOf(read(), Error)).message).toContain('503')
    expect(seen).toEqual(['a', 'b'])
  })
})
