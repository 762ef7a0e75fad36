// What stands between a client and the services: a journal that tells the truth, and answers that go wrong when told so.

import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { type Client, signIn } from '../client.ts'
import type { BedControl } from '../control.ts'
import { refusedWrites, writes } from '../journal.ts'
import { sharedOpenStackBed } from '../shared-bed.ts'
import { newProject } from '../staging.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let bed: BedControl
let staged: Client
/** Goes by the addresses that the catalogue tells everybody. */
let client: Client

beforeAll(async () => {
  bed = await sharedOpenStackBed()
  staged = await newProject(bed, 'front')
  client = await signIn(bed.endpoints, staged.account)
})

afterEach(() => bed.calm())

it('has every request of a client in order, with status and whose it is', async () => {
  const mark = await bed.mark()
  const network = await client.make('neutron', '/networks', 'network', { name: 'n' })
  await client.ask('GET', 'nova', '/servers?name=x')
  await client.ask('DELETE', 'neutron', `/networks/${network.id}`)
  await client.ask('DELETE', 'neutron', `/networks/${network.id}`)
  const journal = await bed.journal(mark)
  expect(journal.map(({ service, method, path, status }) => [service, method, path, status])).toEqual([
    ['neutron', 'POST', '/v2.0/networks', 201],
    ['nova', 'GET', '/v2.1/servers?name=x', 200],
    ['neutron', 'DELETE', `/v2.0/networks/${network.id}`, 204],
    ['neutron', 'DELETE', `/v2.0/networks/${network.id}`, 404],
  ])
  expect(new Set(journal.map(({ project }) => project))).toEqual(new Set([staged.account.project]))
  expect(new Set(journal.map(({ agent }) => agent))).toEqual(new Set(['node']))
  expect(writes(journal)).toHaveLength(3)
  expect(refusedWrites(journal).map(({ status }) => status)).toEqual([404])
})

it('has nothing of the bed’s own client, nor of the services among themselves', async () => {
  const mark = await bed.mark()
  const network = await staged.make('neutron', '/networks', 'network', { name: 'n' })
  const subnet = await staged.make('neutron', '/subnets', 'subnet', {
    network_id: network.id,
    ip_version: 4,
    cidr: '10.9.0.0/24',
  })
  // Octavia asks Neutron for the VIP's port.
  const balancer = await client.make('octavia', '/loadbalancers', 'loadbalancer', { vip_subnet_id: subnet.id })
  expect(balancer.vip_port_id).toMatch(/^[0-9a-f-]{36}$/)
  expect((await bed.journal(mark)).map(({ service, method }) => [service, method])).toEqual([['octavia', 'POST']])
})

it('tells clients the journaled addresses in the catalogue, and links that stay on them', async () => {
  const { body } = await client.ask('GET', 'keystone', '/auth/catalog')
  const publicUrls = body.catalog.flatMap(({ endpoints }: { endpoints: { interface: string; url: string }[] }) =>
    endpoints.filter((endpoint) => endpoint.interface === 'public').map(({ url }) => new URL(url).origin),
  )
  expect(publicUrls.sort()).toEqual(Object.values(bed.endpoints).sort())
  const versions = await (await fetch(`${bed.endpoints.nova}/`)).json()
  expect(JSON.stringify(versions)).toContain(bed.endpoints.nova)
})

it('disturbs as many fitting requests as told, and no other', async () => {
  await bed.disturb({
    kind: 'throttle',
    service: 'neutron',
    method: 'GET',
    path: '/ports',
    after: 1,
    count: 2,
    seconds: 3,
  })
  const statuses = async (path: string): Promise<number> => (await client.ask('GET', 'neutron', path)).status
  expect(await statuses('/networks')).toBe(200)
  expect(await statuses('/ports')).toBe(200)
  const throttled = await client.ask('GET', 'neutron', '/ports')
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '3'])
  expect(await statuses('/networks')).toBe(200)
  expect(await statuses('/ports')).toBe(429)
  expect(await statuses('/ports')).toBe(200)
  expect((await staged.ask('GET', 'neutron', '/ports')).status).toBe(200)
})

it('answers as proxies and tired services do', async () => {
  for (const kind of ['500', '502', '503', '504'] as const) {
    await bed.disturb({ kind, service: 'cinder' })
    expect((await client.ask('GET', 'cinder', '/volumes')).status).toBe(Number(kind))
  }
  await bed.disturb({ kind: 'html', service: 'cinder' })
  const page = await client.ask('GET', 'cinder', '/volumes')
  expect([page.status, page.headers.get('content-type'), page.body]).toEqual([
    200,
    'text/html',
    expect.stringContaining('<html>'),
  ])
  await bed.disturb({ kind: 'expired', service: 'cinder' })
  expect((await client.ask('GET', 'cinder', '/volumes')).status).toBe(401)
  await bed.disturb({ kind: 'slow', service: 'cinder', seconds: 0.3 })
  const mark = await bed.mark()
  expect((await client.ask('GET', 'cinder', '/volumes')).status).toBe(200)
  const [slow] = await bed.journal(mark)
  expect(slow).toMatchObject({ disturbed: 'slow', status: 200 })
  expect(slow?.tookMs).toBeGreaterThanOrEqual(290)
})

it('cuts the connection before or after the effect', async () => {
  const networks = async (): Promise<string[]> =>
    (await staged.call('GET', 'neutron', '/networks?name=cut')).networks.map(({ id }: { id: string }) => id)
  const attempt = (): Promise<unknown> => client.make('neutron', '/networks', 'network', { name: 'cut' })
  const mark = await bed.mark()
  await bed.disturb({ kind: 'drop-before', method: 'POST' })
  await expect(attempt()).rejects.toThrow('fetch failed')
  expect(await networks()).toHaveLength(0)
  await bed.disturb({ kind: 'drop-after', method: 'POST' })
  await expect(attempt()).rejects.toThrow('fetch failed')
  expect(await networks()).toHaveLength(1)
  expect((await bed.journal(mark)).map(({ disturbed, status }) => [disturbed, status])).toEqual([
    ['drop-before', undefined],
    ['drop-after', 201],
  ])
})

it('answers over TLS with a certificate that nobody signed', async () => {
  const ask = (options: { ca?: string; rejectUnauthorized?: boolean }): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request(`${bed.tls.endpoints.keystone}/v3`, options, (response: IncomingMessage) =>
        resolve(text(response)),
      )
      asked.once('error', reject).end()
    })
  await expect(ask({})).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  expect(await ask({ rejectUnauthorized: false })).toContain('"version"')
  expect(await ask({ ca: await readFile(bed.tls.certificateFile, 'utf8') })).toContain('"version"')
})

it('answers 503 for a stopped service, and everything as before once it is back', async () => {
  const network = await staged.make('neutron', '/networks', 'network', { name: 'stays' })
  const before = await bed.pids()
  await bed.stop('heat')
  expect((await client.ask('GET', 'heat', '/stacks')).status).toBe(503)
  expect((await client.ask('GET', 'neutron', `/networks/${network.id}`)).status).toBe(200)
  await bed.restart('heat')
  expect((await client.ask('GET', 'heat', '/stacks')).status).toBe(200)
  const after = await bed.pids()
  expect(after.heat).not.toBe(before.heat)
  expect(after.neutron).toBe(before.neutron)
})
