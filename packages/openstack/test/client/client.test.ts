import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { authenticate } from '../../src/authenticate.ts'
import {
  callOf,
  HttpError,
  NetworkError,
  NotJsonError,
  type OpenStack,
  read,
  type Service,
  ServiceMissingError,
} from '../../src/client.ts'
import { resolveCloud } from '../../src/cloud-config.ts'
import { processEnvironment } from '../../src/environment.ts'
import { createTlsFetch } from '../../src/tls-fetch.ts'
import { connect, errorOf } from './connect.ts'
import { type Asked, isLogin, play, row, wayOf } from './play.ts'

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const selfSigned = { key: fixture('self-signed.key.pem'), cert: fixture('self-signed.cert.pem') }
const certificate = new URL('fixtures/self-signed.cert.pem', import.meta.url).pathname

const paths = (asked: readonly Asked[]): string[] => asked.map(({ method, path }) => `${method} ${path}`)

describe('a request', () => {
  it('goes to the versioned endpoint with token, query and body, through the bucket', async () => {
    const { connected, played, way } = await connect(({ path }) =>
      path.endsWith('/ports/x') ? { status: 200, body: { port: { id: 'x' } } } : undefined,
    )
    const answer = await connected.client.send(way, 'network', 'PUT', '/ports/x', {
      query: { force: true, none: undefined },
      body: { port: { name: 'ä' } },
      headers: { 'if-match': 'revision_number=3' },
    })
    expect(answer).toEqual({ port: { id: 'x' } })
    const asked = played.asked.at(-1)
    expect(asked).toMatchObject({
      method: 'PUT',
      path: '/network/v2.0/ports/x',
      headers: { 'x-auth-token': 't1', 'if-match': 'revision_number=3', 'content-type': 'application/json' },
      body: { port: { name: 'ä' } },
    })
    expect(asked?.query.toString()).toBe('force=true')
    expect(way.calls).toEqual(['read POST /auth/tokens', 'write PUT /ports/x'])
  })

  it('is undefined for an empty answer', async () => {
    const { connected, way } = await connect(({ method }) => (method === 'DELETE' ? { status: 204 } : undefined))
    expect(await connected.client.send(way, 'network', 'DELETE', '/ports/x')).toBeUndefined()
  })

  it('is never repeated when it is a write', async () => {
    const { connected, played, way } = await connect(({ method }) =>
      method === 'DELETE' ? { status: 503, body: 'busy' } : undefined,
    )
    await errorOf(connected.client.send(way, 'network', 'DELETE', '/ports/x'), HttpError)
    expect(played.asked.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
  })

  it('is one for all that ask the same at the same time, until somebody writes', async () => {
    const { connected, played, way } = await connect(({ path, method }) =>
      path.includes('/ports') ? { body: method === 'GET' ? { ports: [] } : {} } : undefined,
    )
    const { client } = connected
    const ask = (): Promise<unknown> => client.get(way, 'network', '/ports', { a: 1 })
    await Promise.all([ask(), ask(), client.get(way, 'network', '/ports', { a: 2 })])
    expect(played.asked.filter(({ method }) => method === 'GET')).toHaveLength(2)
    await Promise.all([ask(), client.send(way, 'network', 'PUT', '/ports/x'), ask()])
    expect(played.asked.filter(({ method }) => method === 'GET')).toHaveLength(4)
  })

  it('gives undefined for what is not there, and lets other refusals through', async () => {
    const { connected, way } = await connect(({ path }) => {
      if (path.endsWith('/ports/here')) return { body: { port: { id: 'here' } } }
      return path.endsWith('/ports/denied') ? { status: 403, body: { NeutronError: { message: 'no' } } } : undefined
    })
    const io = { ...way, client: connected.client }
    expect(await read(io, 'network', '/ports/here', 'port')).toEqual({ id: 'here' })
    expect(await read(io, 'network', '/ports/gone', 'port')).toBeUndefined()
    expect(await errorOf(read(io, 'network', '/ports/denied', 'port'), HttpError)).toMatchObject({ status: 403 })
  })
})

describe('its name in journals', () => {
  const id = 'f1a2b3c4-0000-4000-8000-000000000001'
  it.each<[Service, string, string]>([
    ['network', `/ports/${id}`, '/ports/:id'],
    [
      'identity',
      `/users/${id.replaceAll('-', '')}/application_credentials/${id}`,
      '/users/:id/application_credentials/:id',
    ],
    ['compute', `/servers/${id}/os-volume_attachments/${id}`, '/servers/:id/os-volume_attachments/:id'],
    ['compute', '/servers/detail', '/servers/detail'],
    ['compute', '/os-keypairs/job%2077', '/os-keypairs/:id'],
    ['orchestration', '/stacks/detail', '/stacks/detail'],
    ['orchestration', `/stacks/web/${id}/resources/server`, '/stacks/:id/:id/resources/:id'],
    ['orchestration', `/stacks/web/${id}/template`, '/stacks/:id/:id/template'],
    ['load-balancer', `/lbaas/loadbalancers/${id}`, '/lbaas/loadbalancers/:id'],
    ['object-store', '/', '/'],
    ['object-store', '/logs/a/b', '/:id/:id/:id'],
  ])('%s %s is %s', (service, path, call) => {
    expect(callOf(service, 'GET', path)).toBe(`GET ${call}`)
  })
})

describe('a refusal', () => {
  const bodies: readonly (readonly [string, unknown, string])[] = [
    ['Neutron', { NeutronError: { type: 'SecurityGroupInUse', message: 'in use', detail: '' } }, 'in use'],
    ['Nova', { conflictingRequest: { code: 409, message: 'locked' } }, 'locked'],
    ['Octavia', { faultcode: 'Client', faultstring: 'immutable', debuginfo: null }, 'immutable'],
    ['Glance', { message: 'not you', code: '403 Forbidden', title: 'Forbidden' }, 'not you'],
    ['Keystone', { error: { code: 403, message: 'not allowed', title: 'Forbidden' } }, 'not allowed'],
    ['a proxy', '<html>\n<h1>Bad  Gateway</h1>', '<html> <h1>Bad Gateway</h1>'],
    ['nobody', '', 'no words'],
  ]

  it.each(bodies)('of %s carries its body as it is, and its words', async (_of, body, words) => {
    const { connected, way } = await connect(({ method }) =>
      method === 'DELETE' ? { status: 409, body, headers: { 'X-OpenStack-Request-Id': 'req-7' } } : undefined,
    )
    const error = await errorOf(connected.client.send(way, 'network', 'DELETE', '/ports/x'), HttpError)
    expect(error).toMatchObject({ service: 'network', method: 'DELETE', path: '/ports/x', status: 409, body })
    expect(error.headers.get('x-openstack-request-id')).toBe('req-7')
    expect(error.message).toBe(`network answered 409 to DELETE /ports/x: ${words} (req-7)`)
    expect(error.retryAfterMs).toBeUndefined()
  })

  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT', date: 'Thu, 01 Jan 2026 00:00:10 GMT' }, 20_000],
    ['a date gone by', { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT', date: 'Thu, 01 Jan 2026 00:00:10 GMT' }, 0],
    ['rubbish', { 'retry-after': 'soon' }, undefined],
  ])('tells when to come again: %s', async (_how, headers, ms) => {
    const { connected, way } = await connect(({ path }) =>
      path.endsWith('/ports') ? { status: 429, headers } : undefined,
    )
    const error = await errorOf(connected.client.get(way, 'network', '/ports'), HttpError)
    expect(error.retryAfterMs).toBe(ms)
  })

  it('keeps no more than 2 KiB of a page, and never the token', async () => {
    const { connected, way } = await connect(({ path, headers }) =>
      path.endsWith('/ports') ? { status: 500, body: `${headers['x-auth-token']} ${'x'.repeat(5000)}` } : undefined,
    )
    const error = await errorOf(connected.client.get(way, 'network', '/ports'), HttpError)
    expect(String(error.body)).toMatch(/^\*\*\* x+$/)
    expect(String(error.body).length).toBeLessThanOrEqual(2049)
    expect(error.message.length).toBeLessThan(400)
  })

  it('is a NotJsonError where a success is a page', async () => {
    const { connected, way } = await connect(({ path }) =>
      path.endsWith('/ports') ? { body: '<html><body>Please log in</body></html>' } : undefined,
    )
    const error = await errorOf(connected.client.get(way, 'network', '/ports', { token: 'hidden' }), NotJsonError)
    expect(error).toMatchObject({
      service: 'network',
      contentType: 'text/html',
      start: '<html><body>Please log in</body></html>',
    })
    expect(error.url).toMatch(/\/network\/v2\.0\/ports$/)
  })
})

describe('a redirect', () => {
  it('is followed on the same host, with method and body', async () => {
    const { connected, played, way } = await connect(({ path, method }) => {
      if (path.endsWith('/ports')) return { status: 302, headers: { location: '/network/v2.0/ports/' } }
      return path.endsWith('/ports/') ? { body: { method } } : undefined
    })
    expect(await connected.client.send(way, 'network', 'POST', '/ports', { body: { a: 1 } })).toEqual({
      method: 'POST',
    })
    expect(played.asked.at(-1)).toMatchObject({ body: { a: 1 }, headers: { 'x-auth-token': 't1' } })
  })

  it('to another host is an error, and the token does not go there', async () => {
    const other = await play(() => ({ body: {} }))
    const { connected, way } = await connect(({ path }) =>
      path.endsWith('/ports')
        ? { status: 307, headers: { location: other.url.replace('127.0.0.1', 'localhost') }, body: '' }
        : undefined,
    )
    const error = await errorOf(connected.client.get(way, 'network', '/ports'), HttpError)
    expect(error.status).toBe(307)
    expect(other.asked).toEqual([])
  })

  it('in a circle ends', async () => {
    const { connected, played, way } = await connect(({ path }) =>
      path.endsWith('/ports') ? { status: 301, headers: { location: '/network/v2.0/ports' } } : undefined,
    )
    await errorOf(connected.client.get(way, 'network', '/ports'), HttpError)
    expect(paths(played.asked).filter((path) => path.endsWith('/ports'))).toHaveLength(6)
  })
})

describe('no answer', () => {
  it('is a NetworkError with the code of Node', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await new Promise((resolve) => server.close(resolve))
    const error = await errorOf(
      connect(() => undefined, { auth: { auth_url: url } }),
      NetworkError,
    )
    expect(error).toMatchObject({ code: 'ECONNREFUSED', service: 'identity', method: 'POST', path: '/auth/tokens' })
    expect(error.message).toBe(`identity did not answer POST ${url}/v3/auth/tokens: ECONNREFUSED`)
  })

  it('is the reason of the abort where the run was stopped', async () => {
    const stop = new AbortController()
    const { connected, way } = await connect(async ({ path }) => {
      if (path.endsWith('/ports')) stop.abort(new Error('stopped'))
      return undefined
    })
    const own = { ...way, request: <T>(_: unknown, send: (signal: AbortSignal) => Promise<T>) => send(stop.signal) }
    expect((await errorOf(connected.client.get(own, 'network', '/ports'), Error)).message).toBe('stopped')
  })
})

describe('a certificate that Node does not trust', () => {
  const secure = () => play(({ method }) => ({ status: 201, body: { method } }), selfSigned)

  it('is told with what to do', async () => {
    const { url } = await secure()
    const error = await errorOf(
      connect(() => undefined, { auth: { auth_url: url } }),
      NetworkError,
    )
    expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(error.message).toContain('give the CA that signed it as `cacert`')
  })

  it.each<[string, { verify: boolean; ca?: string }]>([
    ['its CA is given', { verify: true, ca: selfSigned.cert }],
    ['nothing is verified', { verify: false }],
  ])('will do when %s', async (_when, tls) => {
    const { url, asked } = await secure()
    const response = await createTlsFetch(tls)(`${url}/v3`, {
      method: 'POST',
      headers: { 'x-auth-token': 't' },
      body: '{"a":1}',
      redirect: 'manual',
      signal: new AbortController().signal,
    })
    expect([response.status, await response.json()]).toEqual([201, { method: 'POST' }])
    expect(asked[0]).toMatchObject({ body: { a: 1 }, headers: { 'x-auth-token': 't' } })
  })

  it('is told in the same way by a fetch with other trust', async () => {
    const { url } = await secure()
    const other = { verify: true, ca: fixture('other-ca.cert.pem') }
    const ask = createTlsFetch(other)(url, { method: 'GET', headers: {}, redirect: 'manual', signal: wayOf().signal })
    expect(await errorOf(ask, Error)).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  it('is stopped by the abort like any other', async () => {
    const stop = new AbortController()
    const { url } = await play(() => {
      stop.abort(new Error('stopped'))
      return new Promise(() => undefined)
    }, selfSigned)
    const ask = createTlsFetch({ verify: false })(url, {
      method: 'GET',
      headers: {},
      redirect: 'manual',
      signal: stop.signal,
    })
    expect((await errorOf(ask, Error)).name).toBe('AbortError')
  })

  it('is trusted by the option cacert, which is a path', async () => {
    const { url } = await play(
      (asked) => (isLogin(asked) ? { status: 401, body: { error: { message: 'reached' } } } : undefined),
      selfSigned,
    )
    const cloud = resolveCloud(
      { auth: { auth_url: url, username: 'u', password: 'p' }, cacert: certificate },
      processEnvironment(),
    )
    expect((await errorOf(authenticate(cloud, wayOf()), HttpError)).message).toContain('reached')
  })
})

describe('the catalogue', () => {
  const missing = async (client: OpenStack, way: ReturnType<typeof wayOf>, service: Service) =>
    errorOf(client.get(way, service, '/x'), ServiceMissingError)

  it('tells what is there, in which region', async () => {
    const catalogue = (url: string): object[] => [
      row('network', url, ['one', 'two']),
      row('compute', url, ['one']),
      row('dns', url, ['one'], 'internal'),
    ]
    const { connected, way } = await connect(() => undefined, { catalogue, region: 'one', place: 'two' })
    const { client } = connected
    expect(['one', 'two'].map((region) => client.has('network', region))).toEqual([true, true])
    expect(['one', 'two', ''].map((region) => client.has('compute', region))).toEqual([true, false, true])
    expect(client.has('load-balancer', 'one')).toBe(false)
    expect((await missing(client, way, 'compute')).message).toBe(
      'compute has no public endpoint in two of cloud "options"; it has public in one',
    )
    expect((await missing(client, way, 'dns')).message).toContain('it has internal in one')
    expect(await missing(client, way, 'load-balancer')).toMatchObject({
      what: 'load-balancer',
      service: 'load-balancer',
    })
    const rows = client.list(way, 'load-balancer', '/lbaas/loadbalancers', {}, 'loadbalancers')
    await errorOf(Array.fromAsync(rows), ServiceMissingError)
  })

  it.each<[Service, string]>([
    ['block-storage', 'block-storage'],
    ['block-storage', 'block-store'],
    ['block-storage', 'volumev3'],
    ['block-storage', 'volume'],
    ['shared-file-system', 'shared-file-system'],
    ['shared-file-system', 'sharev2'],
    ['shared-file-system', 'share'],
  ])('may hold %s as %s', async (service, type) => {
    const { connected } = await connect(() => undefined, { catalogue: (url) => [row(type, url)] })
    expect(connected.client.has(service, 'RegionOne')).toBe(true)
  })

  it('prefers the better name, and does not take volumev2', async () => {
    const catalogue = (url: string): object[] => [
      row('volume', `${url}/old/v3/p1`),
      row('volumev3', `${url}/new/v3/p1`),
    ]
    const { connected, played, way } = await connect(() => undefined, { catalogue })
    await errorOf(connected.client.get(way, 'block-storage', '/x'), HttpError)
    expect(paths(played.asked).at(-1)).toBe('GET /new/v3/p1/x')
    const old = await connect(() => undefined, { catalogue: (url) => [row('volumev2', url)] })
    expect(old.connected.client.has('block-storage', 'RegionOne')).toBe(false)
  })

  it('is chosen from by interface, and an override wins over it', async () => {
    const catalogue = (url: string): object[] => [
      row('network', `${url}/public/v2.0`),
      row('network', `${url}/inside/v2.0`, ['RegionOne'], 'internal'),
    ]
    const { connected, played, way } = await connect(() => undefined, { catalogue, interface: 'internal' })
    await errorOf(connected.client.get(way, 'network', '/x'), HttpError)
    expect(paths(played.asked).at(-1)).toBe('GET /inside/v2.0/x')
    const over = await connect(() => undefined, { catalogue, endpoints: { network: `${played.url}/mine/v2.0` } })
    await errorOf(over.connected.client.get(over.way, 'network', '/x'), HttpError)
    expect(paths(played.asked).at(-1)).toBe('GET /mine/v2.0/x')
  })

  it('need not hold Keystone, which has answered already', async () => {
    const { connected, played, way } = await connect(() => undefined, { catalogue: (url) => [row('network', url)] })
    await errorOf(connected.client.get(way, 'identity', '/users/u1'), HttpError)
    expect(paths(played.asked).at(-1)).toBe('GET /v3/users/u1')
  })

  it('tells extensions once for each region', async () => {
    const { connected, played, way } = await connect(({ path }) =>
      path.endsWith('/extensions') ? { body: { extensions: [{ alias: 'trunk' }, { alias: 'router' }] } } : undefined,
    )
    const [one, two] = await Promise.all([connected.client.extensions(way), connected.client.extensions(way)])
    expect(one).toEqual(new Set(['trunk', 'router']))
    expect(two).toBe(one)
    expect(paths(played.asked).filter((path) => path.endsWith('/extensions'))).toHaveLength(1)
  })
})
