import { describe, expect, test } from 'vitest'
import { readQuotas } from '../src/quotas.ts'
import { factsOf, fakeOpenStack, fixture, kindOf, live, project } from './support.ts'

/** What goes out when it is removed. */
async function removal(name: string, index = 0, revision?: string, answers = {}, extensions: string[] = []) {
  const cloud = fakeOpenStack(answers, extensions)
  await kindOf(name).remove?.(cloud.io, live(factsOf(name, index), revision))
  return cloud.calls.map(({ call, body, headers }) => ({
    call,
    ...(body ? { body } : {}),
    ...(headers ? { headers } : {}),
  }))
}
async function restored(name: string, index = 0, answers = {}, extensions: string[] = []) {
  const cloud = fakeOpenStack(answers, extensions)
  await kindOf(name).restore?.(cloud.io, factsOf(name, index))
  return cloud.calls.map(({ call, body }) => ({ call, body }))
}
const idOf = (name: string, index = 0): string => factsOf(name, index).id

describe('is removed by one request, and only as it was read', () => {
  test.each([
    ['openstack:network', '/networks'],
    ['openstack:subnet', '/subnets'],
    ['openstack:subnet-pool', '/subnetpools'],
    ['openstack:router', '/routers'],
    ['openstack:security-group', '/security-groups'],
    ['openstack:floating-ip', '/floatingips'],
    ['openstack:trunk', '/trunks'],
    ['openstack:rbac-policy', '/rbac-policies'],
  ])('%s', async (name, path) => {
    expect(await removal(name, 0, '7')).toEqual([
      { call: `DELETE ${path}/${idOf(name)}`, headers: { 'If-Match': 'revision_number=7' } },
    ])
    expect(await removal(name, 0)).toEqual([{ call: `DELETE ${path}/${idOf(name)}` }])
  })
})

test('what changes by its own removal is not guarded by its revision', () => {
  const revision = (name: string, index: number) => kindOf(name).revision?.(fixture(name)[index])
  expect([revision('openstack:router', 0), revision('openstack:router', 1)]).toEqual(['', '1'])
  expect([revision('openstack:floating-ip', 0), revision('openstack:floating-ip', 1)]).toEqual(['', '0'])
  expect(revision('openstack:port', 0)).toBe('3')
})

test('a port that its dead server left is given back first; one that is bound is left to the refusal', async () => {
  const kuryr = idOf('openstack:port', 10)
  expect(await removal('openstack:port', 10, '3')).toEqual([
    {
      call: `PUT /ports/${kuryr}`,
      body: { port: { device_owner: '', device_id: '' } },
      headers: { 'If-Match': 'revision_number=3' },
    },
    { call: `DELETE /ports/${kuryr}` },
  ])
  expect((await removal('openstack:port', 0, '3')).map(({ call }) => call)).toEqual([
    `DELETE /ports/${idOf('openstack:port')}`,
  ])
})

test('an interface goes by the router’s call, never as a port, and comes back to the same subnet', async () => {
  const { data } = factsOf('openstack:router-interface')
  const { router, fixedIps } = data as { router: string; fixedIps: { subnet_id: string }[] }
  expect(await removal('openstack:router-interface')).toEqual([
    { call: `PUT /routers/${router}/remove_router_interface`, body: { port_id: idOf('openstack:router-interface') } },
  ])
  expect(await restored('openstack:router-interface')).toEqual([
    { call: `PUT /routers/${router}/add_router_interface`, body: { subnet_id: fixedIps[0]?.subnet_id } },
  ])
})

describe('a route', () => {
  const hop = { destination: '10.233.64.0/24', nexthop: '10.0.0.20' }
  const router = idOf('openstack:router')

  test('goes and comes back alone where the service can do that', async () => {
    const body = { router: { routes: [hop] } }
    expect(await removal('openstack:route', 0, undefined, {}, ['extraroute-atomic'])).toEqual([
      { call: `PUT /routers/${router}/remove_extraroutes`, body },
    ])
    expect(await restored('openstack:route', 0, {}, ['extraroute-atomic'])).toEqual([
      { call: `PUT /routers/${router}/add_extraroutes`, body },
    ])
  })

  test('else the others are written again, guarded by the router’s revision', async () => {
    const other = { destination: '0.0.0.0/0', nexthop: '192.0.2.1' }
    const answers = { [`GET /routers/${router}`]: { router: { id: router, revision_number: 4, routes: [hop, other] } } }
    expect((await removal('openstack:route', 0, undefined, answers)).at(-1)).toEqual({
      call: `PUT /routers/${router}`,
      body: { router: { routes: [other] } },
      headers: { 'If-Match': 'revision_number=4' },
    })
    expect((await restored('openstack:route', 0, answers)).at(-1)?.body).toEqual({ router: { routes: [other, hop] } })
  })
})

test('links are put back as they were', async () => {
  const trunk = idOf('openstack:trunk')
  const { port, fixed } = factsOf('openstack:floating-ip-association').data as { port: string; fixed: string }
  expect(await restored('openstack:floating-ip-association')).toEqual([
    {
      call: `PUT /floatingips/${idOf('openstack:floating-ip')}`,
      body: { floatingip: { port_id: port, fixed_ip_address: fixed } },
    },
  ])
  expect((await restored('openstack:subport'))[0]).toMatchObject({
    call: `PUT /trunks/${trunk}/add_subports`,
    body: { sub_ports: [{ segmentation_type: 'vlan', segmentation_id: 100 }] },
  })
  expect((await restored('openstack:security-group-rule'))[0]).toMatchObject({
    call: 'POST /security-group-rules',
    body: { security_group_rule: { direction: 'ingress', ethertype: 'IPv4' } },
  })
  expect((await restored('openstack:port-forwarding'))[0]?.body).toMatchObject({
    port_forwarding: { external_port: 2222, internal_port: 22, protocol: 'tcp' },
  })
})

test('a read tells by its 404 that it is gone', async () => {
  for (const name of ['openstack:port', 'openstack:router-interface', 'openstack:route', 'openstack:subport'])
    expect(await kindOf(name).read?.(fakeOpenStack().io, 'x/y/z')).toBeUndefined()
})

test('quotas are those that say what is used; without a limit there is none', async () => {
  const cloud = fakeOpenStack({
    'GET /limits': {
      limits: { absolute: { totalInstancesUsed: 3, maxTotalInstances: 10, maxTotalCores: -1, totalCoresUsed: 4 } },
    },
    [`GET /quotas/${project}/details`]: {
      quota: { port: { used: 7, limit: 500, reserved: 0 }, trunk: { used: 1, limit: -1 } },
    },
    [`GET /os-quota-sets/${project}`]: { quota_set: { id: project, volumes: { in_use: 2, limit: 10, reserved: 0 } } },
  })
  expect(await readQuotas(cloud.io)).toEqual([
    { id: 'compute:instances', used: 3, limit: 10 },
    { id: 'network:port', used: 7, limit: 500 },
    { id: 'block-storage:volumes', used: 2, limit: 10 },
  ])
})
