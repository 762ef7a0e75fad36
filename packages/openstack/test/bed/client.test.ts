import { generateKeyPairSync } from 'node:crypto'
import { MisuseError } from '@cleardown/core'
import type { BedControl } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { authenticate, type Connected } from '../../src/authenticate.ts'
import {
  HttpError,
  NetworkError,
  NotJsonError,
  type Query,
  read,
  type Service,
  ServiceMissingError,
  type Way,
} from '../../src/client.ts'
import { type CloudOptions, resolveCloud } from '../../src/cloud-config.ts'
import { processEnvironment } from '../../src/environment.ts'
import { collect, errorOf } from '../client/connect.ts'

let bed: BedControl

beforeAll(async () => {
  bed = await sharedOpenStackBed()
})

const never = new AbortController().signal
const io: Omit<Way, 'place'> = { signal: never, now: Date.now, request: (_what, send) => send(never) }
const way = (): Way => ({ ...io, place: bed.region })

/** With nothing of this process's environment but the bed's own clouds.yaml. */
const connect = (options: CloudOptions = { cloud: 'alpha' }): Promise<Connected> =>
  authenticate(
    resolveCloud(options, { ...processEnvironment(), variables: { OS_CLIENT_CONFIG_FILE: bed.cloudsFile } }),
    io,
  )
const password = (over: Readonly<Record<string, string>> = {}): CloudOptions => ({
  auth: { auth_url: bed.authUrl, username: 'alpha', password: bed.password, project_name: 'alpha', ...over },
})

/** An application credential of alpha's, and its secret. */
async function credential(): Promise<{
  readonly id: string
  readonly secret: string
  readonly name: string
  readonly path: string
}> {
  const alpha = await bed.client('alpha')
  const name = `client-${crypto.randomUUID()}`
  const path = `/users/${alpha.userId}/application_credentials`
  const made = await alpha.make('keystone', path, 'application_credential', { name })
  onTestFinished(async () => {
    await alpha.ask('DELETE', 'keystone', `${path}/${made.id}`)
  })
  return { id: made.id, secret: made.secret, name, path: `${path}/${made.id}` }
}

describe('logging in to Keystone', () => {
  it('works by password, with the cloud of a clouds.yaml', async () => {
    const { client, ...who } = await connect()
    const alpha = await bed.client('alpha')
    expect(who).toMatchObject({
      project: { id: alpha.projectId, name: 'alpha', domain: 'Default' },
      user: { id: alpha.userId, name: 'alpha', domain: 'Default' },
      isAdmin: false,
      region: bed.region,
      regions: [bed.region],
    })
    expect(who.roles).toContain('member')
    expect(Date.parse(who.expiresAt)).toBeGreaterThan(Date.now())
    expect(client).toMatchObject({ project: alpha.projectId, user: alpha.userId })
  })

  it('tells an admin', async () => {
    expect((await connect({ cloud: 'admin' })).isAdmin).toBe(true)
  })

  it('works by a token, which is scoped anew, and by a token that is handed in', async () => {
    const token = await issued()
    expect((await connect({ auth: { auth_url: bed.authUrl, token, project_name: 'alpha' } })).project.name).toBe(
      'alpha',
    )
    const given = await connect({ auth: { auth_url: bed.authUrl }, token: () => token })
    expect(given.project.name).toBe('alpha')
    await collect(given.client.list(way(), 'network', '/networks', {}, 'networks'))
  })

  it('works by an application credential, by id and by name, and tells its id', async () => {
    const { id, secret, name } = await credential()
    const byId = await connect({
      auth: { auth_url: bed.authUrl, application_credential_id: id, application_credential_secret: secret },
    })
    expect(byId.client.applicationCredential).toBe(id)
    expect(byId.project.name).toBe('alpha')
    const byName = await connect({
      auth: {
        auth_url: bed.authUrl,
        application_credential_name: name,
        application_credential_secret: secret,
        username: 'alpha',
        project_name: 'beta', // never sent: Keystone refuses a scope beside an application credential
      },
    })
    expect(byName.project.name).toBe('alpha')
  })

  it('may not let an application credential touch application credentials', async () => {
    const { id, secret, path } = await credential()
    const { client } = await connect({
      auth: { auth_url: bed.authUrl, application_credential_id: id, application_credential_secret: secret },
    })
    const error = await errorOf(client.send(way(), 'identity', 'DELETE', path), HttpError)
    expect(error).toMatchObject({ status: 403, service: 'identity' })
  })

  it('ends with 401 for a wrong password, a revoked credential and a token that is none', async () => {
    const wrong = await errorOf(connect(password({ password: 'not-this-one' })), HttpError)
    expect(wrong).toMatchObject({ status: 401, service: 'identity', path: '/auth/tokens' })
    expect(`${wrong.message}${JSON.stringify(wrong.body)}`).not.toContain('not-this-one')
    expect(wrong.message).toMatch(/\(req-/)

    const { id, secret, path } = await credential()
    const alpha = await bed.client('alpha')
    await alpha.ask('DELETE', 'keystone', path)
    const auth = { auth_url: bed.authUrl, application_credential_id: id, application_credential_secret: secret }
    expect([401, 404]).toContain((await errorOf(connect({ auth }), HttpError)).status)

    const auth2 = { auth_url: bed.authUrl, token: 'gAAAAA-none', project_name: 'alpha' }
    expect([401, 404]).toContain((await errorOf(connect({ auth: auth2 }), HttpError)).status)
  })

  it('ends with 401 for a project that is not the user’s', async () => {
    const error = await errorOf(connect(password({ project_name: 'beta' })), HttpError)
    expect(error.status).toBe(401)
  })

  it('goes on with a new token when the one in use was revoked', async () => {
    const tokens: string[] = []
    const spying: typeof fetch = async (url, init) => {
      const response = await fetch(url, init)
      const token = response.headers.get('x-subject-token')
      if (token && init?.method === 'POST') tokens.push(token)
      return response
    }
    const { client } = await connect({ cloud: 'alpha', fetch: spying })
    const list = (): Promise<unknown[]> =>
      collect(client.list(way(), 'identity', `/users/${client.user}/projects`, {}, 'projects'))
    await list()
    const revoked = await fetch(`${bed.authUrl}/auth/tokens`, {
      method: 'DELETE',
      headers: { 'x-auth-token': tokens[0] ?? '', 'x-subject-token': tokens[0] ?? '' },
    })
    expect(revoked.status).toBe(204)
    expect(await list()).toHaveLength(1)
    expect(tokens).toHaveLength(2)
  })

  it('refuses a region that is not there, with those that are', async () => {
    const error = await errorOf(connect({ ...password(), region: 'RegionTwo' }), MisuseError)
    expect(error.message).toContain(`known are ${bed.region}`)
  })

  it('goes over TLS that is not trusted only when told', async () => {
    const auth_url = bed.tls.endpoints.keystone
    const error = await errorOf(connect(password({ auth_url })), NetworkError)
    expect(error.code).toMatch(/SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/)
    expect((await connect({ ...password({ auth_url }), verify: false })).project.name).toBe('alpha')
    expect((await connect({ ...password({ auth_url }), cacert: bed.tls.certificateFile })).project.name).toBe('alpha')
  })
})

async function issued(): Promise<string> {
  const response = await fetch(`${bed.authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'alpha', domain: { id: 'default' }, password: bed.password } },
        },
        scope: { project: { name: 'alpha', domain: { id: 'default' } } },
      },
    }),
  })
  return response.headers.get('x-subject-token') ?? ''
}

describe('the services', () => {
  // The bed is OpenStack 2026.2; a row moves only when its requirements.txt does.
  it.each<[Service, string, string, readonly [number, number]]>([
    ['identity', '/auth/projects', 'projects', [3, 14]],
    ['compute', '/servers/detail', 'servers', [2, 104]],
    ['network', '/networks', 'networks', [2, 0]],
    ['image', '/images', 'images', [2, 17]],
    ['block-storage', '/volumes/detail', 'volumes', [3, 71]],
    ['load-balancer', '/lbaas/loadbalancers', 'loadbalancers', [2, 30]],
    ['orchestration', '/stacks', 'stacks', [1, 0]],
    ['placement', '/resource_providers', 'resource_providers', [1, 39]],
  ])('%s answers, and tells its version', async (service, path, field, version) => {
    const { client } = await connect({ cloud: 'admin' })
    expect(client.has(service, bed.region)).toBe(true)
    await collect(client.list(way(), service, path, {}, field))
    expect(await client.version(way(), service)).toEqual(version)
  })

  it('get the microversion that was asked for', async () => {
    const versions: (string | null)[] = []
    const spying: typeof fetch = async (url, init) => {
      const response = await fetch(url, init)
      versions.push(response.headers.get('openstack-api-version'))
      return response
    }
    const { client } = await connect({ cloud: 'alpha', fetch: spying })
    await client.get(way(), 'compute', '/servers')
    expect(versions.at(-1)).toBe('compute 2.96')
    await client.get(way(), 'block-storage', '/volumes')
    expect(versions.at(-1)).toBe('volume 3.71')
  })

  it('that are not there are said to be missing', async () => {
    const { client } = await connect()
    expect(client.has('object-store', bed.region)).toBe(false)
    expect(client.has('compute', 'RegionTwo')).toBe(false)
    await errorOf(collect(client.list(way(), 'object-store', '/', { format: 'json' }, '')), ServiceMissingError)
  })

  it('tell the extensions of Neutron', async () => {
    const { client } = await connect()
    const aliases = await client.extensions(way())
    for (const alias of ['router', 'security-group', 'revision-if-match']) expect(aliases).toContain(alias)
  })
})

/** A key of nobody's, as OpenSSH writes it. */
function publicKey(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const parts = [Buffer.from('ssh-ed25519'), Buffer.from(x, 'base64url')]
  const sized = parts.flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part])
  return `ssh-ed25519 ${Buffer.concat(sized).toString('base64')}`
}

describe('a listing in small pages is the whole listing', { timeout: 60_000 }, () => {
  const count = 5
  it.each<[Service, string, string, (name: string) => object]>([
    ['network', '/security-groups', 'security_groups', (name) => ({ security_group: { name } })],
    ['network', '/networks', 'networks', (name) => ({ network: { name } })],
    ['block-storage', '/volumes/detail', 'volumes', (name) => ({ volume: { name, size: 1 } })],
    ['compute', '/os-keypairs', 'keypairs', (name) => ({ keypair: { name, public_key: publicKey() } })],
    ['compute', '/os-server-groups', 'server_groups', (name) => ({ server_group: { name, policy: 'affinity' } })],
    ['image', '/images', 'images', (name) => ({ name, disk_format: 'raw', container_format: 'bare' })],
  ])('%s %s', async (service, path, field, bodyOf) => {
    const { client } = await connect()
    const at = path.replace('/detail', '')
    const run = `page-${crypto.randomUUID().slice(0, 8)}`
    const names = Array.from({ length: count }, (_, index) => `${run}-${index}`)
    for (const name of names) {
      const answer = await client.send<Record<string, unknown>>(way(), service, 'POST', at, { body: bodyOf(name) })
      const { id = name } = (service === 'image' ? answer : Object.values(answer)[0]) as { id?: string }
      // a volume that is still being made cannot go yet
      const remove = (): Promise<string> =>
        client.send(way(), service, 'DELETE', `${at}/${id}`).then(() => 'gone', String)
      onTestFinished(() => expect.poll(remove, { timeout: 20_000, interval: 300 }).toBe('gone'), 30_000)
    }
    const nameOf = (entry: { name?: string; keypair?: { name: string } }): string =>
      entry.keypair?.name ?? entry.name ?? ''
    const mark = await bed.mark()
    const found = await collect(client.list<{ name?: string }>(way(), service, path, { limit: 2 }, field))
    const ours = found.map(nameOf).filter((name) => name.startsWith(run))
    expect(ours.sort()).toEqual(names)
    const pages = (await bed.journal(mark)).filter((entry) => entry.method === 'GET' && entry.path.includes('limit=2'))
    expect(pages.length).toBeGreaterThanOrEqual(count / 2)
  })

  it.each(['/users', '/projects'])('identity %s', async (path) => {
    const { client } = await connect({ cloud: 'admin' })
    const ids = async (query: Query): Promise<string[]> =>
      (await collect(client.list<{ id: string }>(way(), 'identity', path, query, path.slice(1)))).map(({ id }) => id)
    const all = await ids({})
    expect(all.length).toBeGreaterThan(2)
    expect((await ids({ limit: 2 })).sort()).toEqual(all.sort())
  })

  it('unless the service turns in a circle, as Keystone does with pages of roles', async () => {
    const { client } = await connect({ cloud: 'admin' })
    const error = await errorOf(collect(client.list(way(), 'identity', '/roles', { limit: 2 }, 'roles')), Error)
    expect(error.message).toBe('identity GET /roles sent back to a page that was read already')
  })

  it('orchestration /stacks', async () => {
    const { client } = await connect()
    const template = { heat_template_version: '2021-04-16', resources: {} }
    const run = `page-${crypto.randomUUID().slice(0, 8)}`
    const ids: string[] = []
    for (const name of ['a', 'b', 'c'].map((letter) => `${run}-${letter}`)) {
      const made = await client.send<{ stack: { id: string } }>(way(), 'orchestration', 'POST', '/stacks', {
        body: { stack_name: name, template },
      })
      ids.push(made.stack.id)
      onTestFinished(() => client.send(way(), 'orchestration', 'DELETE', `/stacks/${name}/${made.stack.id}`))
    }
    const found = client.list<{ id: string }>(way(), 'orchestration', '/stacks', { limit: 2 }, 'stacks')
    expect(new Set((await collect(found)).map(({ id }) => id))).toEqual(new Set(ids))
  })

  it('load-balancer /lbaas/loadbalancers', async () => {
    const alpha = await bed.client('alpha')
    const network = await alpha.make('neutron', '/networks', 'network', { name: 'pages' })
    const subnet = await alpha.make('neutron', '/subnets', 'subnet', {
      network_id: network.id,
      ip_version: 4,
      cidr: '10.7.0.0/24',
    })
    const balancer = { vip_subnet_id: subnet.id }
    const paths: string[] = []
    onTestFinished(async () => {
      for (const path of paths) {
        await alpha.until('octavia', path, 'loadbalancer', 'provisioning_status', 'ACTIVE')
        await alpha.call('DELETE', 'octavia', path)
      }
      for (const path of paths) await alpha.gone('octavia', path)
      await alpha.call('DELETE', 'neutron', `/networks/${network.id}`)
    }, 60_000)
    for (const name of ['a', 'b', 'c']) {
      const { id } = await alpha.make('octavia', '/loadbalancers', 'loadbalancer', { ...balancer, name })
      paths.push(`/loadbalancers/${id}`)
    }
    const { client } = await connect()
    const path = '/lbaas/loadbalancers'
    const found = await collect(
      client.list<{ id: string }>(way(), 'load-balancer', path, { limit: 2 }, 'loadbalancers'),
    )
    expect(found.map(({ id }) => `/loadbalancers/${id}`)).toEqual(expect.arrayContaining(paths))
  })
})

describe('what goes wrong on the way', () => {
  /** Hits this test's own request only: other files use the bed at the same time. */
  const only = crypto.randomUUID()
  const own = { service: 'neutron', path: only } as const

  it('503, 429 with Retry-After, a page and a connection that breaks are told as what they are', async () => {
    const { client } = await connect()
    const ask = (): Promise<unknown> => client.get(way(), 'network', '/networks', { name: only })
    await ask()
    await bed.disturb({ ...own, kind: '503' })
    expect(await errorOf(ask(), HttpError)).toMatchObject({ status: 503, service: 'network' })
    await bed.disturb({ ...own, kind: 'throttle', seconds: 3 })
    expect(await errorOf(ask(), HttpError)).toMatchObject({ status: 429, retryAfterMs: 3_000 })
    await bed.disturb({ ...own, kind: 'html' })
    expect(await errorOf(ask(), NotJsonError)).toMatchObject({ contentType: expect.stringContaining('text/html') })
    await bed.disturb({ ...own, kind: 'drop-before' })
    expect(await errorOf(ask(), NetworkError)).toMatchObject({ service: 'network', method: 'GET', path: '/networks' })
    await ask()
  })

  it('a token that is said to be expired is renewed, and the write is sent again', async () => {
    const { client } = await connect()
    await bed.disturb({ ...own, kind: 'expired', method: 'POST' })
    const mark = await bed.mark()
    const made = await client.send<{ network: { id: string } }>(way(), 'network', 'POST', '/networks', {
      query: { only },
      body: { network: { name: 'renewed' } },
    })
    const sent = (await bed.journal(mark)).filter(({ path }) => path.includes(only))
    expect(sent.map(({ disturbed }) => disturbed)).toEqual(['expired', undefined])
    const path = `/networks/${made.network.id}`
    expect(await read({ ...way(), client }, 'network', path, 'network')).toMatchObject({ name: 'renewed' })
    await client.send(way(), 'network', 'DELETE', path)
    expect(await read({ ...way(), client }, 'network', path, 'network')).toBeUndefined()
  })

  it('If-Match of an old revision is refused', async () => {
    const { client } = await connect()
    const made = await client.send<{ network: { id: string; revision_number: number } }>(
      way(),
      'network',
      'POST',
      '/networks',
      {
        body: { network: { name: 'guarded' } },
      },
    )
    const path = `/networks/${made.network.id}`
    const guarded = (revision: number): Promise<unknown> =>
      client.send(way(), 'network', 'DELETE', path, { headers: { 'if-match': `revision_number=${revision}` } })
    const error = await errorOf(guarded(made.network.revision_number - 1), HttpError)
    expect(error).toMatchObject({ status: 412, body: { NeutronError: { type: 'RevisionNumberConstraintFailed' } } })
    await guarded(made.network.revision_number)
  })
})
