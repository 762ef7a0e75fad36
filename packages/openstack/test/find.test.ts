import type { Kind } from '@cleardown/core'
import { describe, expect, test } from 'vitest'
import { type OpenStack, ServiceMissingError } from '../src/client.ts'
import { type FakeOpenStack, fakeOpenStack, fixture, kindOf, project } from './support.ts'

const network = [
  'floating-ip',
  'floating-ip-association',
  'network',
  'port',
  'port-forwarding',
  'rbac-policy',
  'route',
  'router',
  'router-interface',
  'security-group',
  'security-group-rule',
  'subnet',
  'subnet-pool',
  'subport',
  'trunk',
]
const extensions = [
  'router',
  'extraroute',
  'trunk',
  'floating-ip-port-forwarding',
  'rbac-policies',
  'subnet_allocation',
  'security-group',
]

const all = async (kind: Kind<OpenStack>, { io }: FakeOpenStack): Promise<unknown[]> =>
  Array.fromAsync(kind.find.all(io))
const byIds = async (kind: Kind<OpenStack>, { io }: FakeOpenStack, ids: readonly string[]): Promise<unknown[]> =>
  Array.fromAsync(kind.find.ids?.(io, ids) ?? [])

describe.each(network)('%s', (name) => {
  const kind = kindOf(`openstack:${name}`)

  test('asks for this project only, whoever asks', async () => {
    const cloud = fakeOpenStack({}, extensions)
    expect(await all(kind, cloud)).toEqual([])
    expect(cloud.calls[0]?.query).toMatchObject({ project_id: project })
  })

  test('answers for ids that are not there with nothing', async () => {
    expect(await byIds(kind, fakeOpenStack({}, extensions), ['x/y/z'])).toEqual([])
  })
})

test('leaves out rows of other projects that come along all the same', async () => {
  const [own] = fixture('openstack:network') as object[]
  const rows = [
    own,
    { ...own, id: 'n2', project_id: 'other' },
    { ...own, id: 'n3', project_id: undefined, tenant_id: 'other' },
  ]
  const found = await all(kindOf('openstack:network'), fakeOpenStack({ 'GET /networks': rows }))
  expect(found).toEqual([own])
})

test.each([
  ['trunk', 'trunk'],
  ['subport', 'trunk'],
  ['port-forwarding', 'floating-ip-port-forwarding'],
  ['rbac-policy', 'rbac-policies'],
  ['router', 'router'],
  ['route', 'extraroute'],
  ['security-group', 'security-group'],
])('%s is not supported without the extension %s, and never looks empty', async (name, extension) => {
  const cloud = fakeOpenStack(
    {},
    extensions.filter((alias) => alias !== extension),
  )
  const error: unknown = await all(kindOf(`openstack:${name}`), cloud).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ServiceMissingError)
  expect((error as ServiceMissingError).what).toBe(extension)
  expect(cloud.calls).toEqual([])
})

describe('a router’s port', () => {
  const port = (id: string, device_id: string, device_owner = 'network:router_interface') => ({
    ...(fixture('openstack:port')[11] as object),
    id,
    device_id,
    device_owner,
  })
  const cloud = () =>
    fakeOpenStack({
      'GET /ports': [port('p1', 'r1'), port('p2', 'r2'), port('p3', '', '')],
      'GET /routers': [{ id: 'r1' }],
    })

  test('is an interface while its router lives', async () => {
    const found = (await all(kindOf('openstack:router-interface'), cloud())) as { port: { id: string } }[]
    expect(found.map((one) => one.port.id)).toEqual(['p1'])
  })

  test('is an ordinary port, free to go, when its router is gone', async () => {
    const found = (await all(kindOf('openstack:port'), cloud())) as { id: string }[]
    expect(found.map(({ id }) => id).sort()).toEqual(['p2', 'p3'])
    const orphan = kindOf('openstack:port').facts(found.find(({ id }) => id === 'p2'))
    expect(orphan.fixed).toBeUndefined()
  })
})

test('an association and a route find the interface that they hold by the addresses of its subnets', async () => {
  const interfaces = (fixture('openstack:router-interface') as { port: object; subnets: object[] }[]).slice(0, 1)
  const cloud = fakeOpenStack(
    {
      'GET /floatingips': fixture('openstack:floating-ip'),
      'GET /routers': fixture('openstack:router'),
      'GET /ports': interfaces.map(({ port }) => port),
      'GET /subnets': interfaces[0]?.subnets,
    },
    extensions,
  )
  const holds = async (name: string): Promise<string[]> => {
    const kind = kindOf(`openstack:${name}`)
    return (await all(kind, cloud)).flatMap((raw) =>
      kind
        .facts(raw)
        .relations.flatMap((one) => ('to' in one && 'kind' in one.to ? [`${one.type} ${one.to.kind}`] : [])),
    )
  }
  expect(await holds('floating-ip-association')).toContain('dependsOn openstack:router-interface')
  expect(await holds('route')).toContain('dependsOn openstack:router-interface')
})

test('calls of a listing are bounded by pages, not by resources', async () => {
  const ports = Array.from({ length: 1000 }, (_, n) => ({ ...(fixture('openstack:port')[0] as object), id: `p${n}` }))
  const cloud = fakeOpenStack({ 'GET /ports': ports })
  expect(await all(kindOf('openstack:port'), cloud)).toHaveLength(1000)
  expect(cloud.calls).toHaveLength(1)
})
