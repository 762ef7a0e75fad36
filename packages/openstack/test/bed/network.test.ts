import { changesBetween, type Json, newProject, type Staging, snapshotOf, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test } from 'vitest'
import { tearDown } from './on-the-bed.ts'

const bed = await sharedOpenStackBed()
const newStaging = async (prefix: string): Promise<Staging> => staging(await newProject(bed, prefix))
const scenarioMs = 300_000

const run = 'r-77'
const mark = `cleardown.run=${run}`
const mine = async ({ client }: Staging, path: string, made: Promise<Json>): Promise<Json> => {
  const one = await made
  await client.call('PUT', 'neutron', `${path}/${one.id}/tags`, { tags: [mark] })
  return one
}
/** Ids of what is gone, without the kinds. */
const goneSince = async ({ client }: Staging, before: Awaited<ReturnType<typeof snapshotOf>>): Promise<string[]> =>
  changesBetween(before, await snapshotOf(client)).gone.map((what) => what.slice(what.indexOf(':') + 1))
const ids = (...all: Json[]): string[] => all.map(({ id }) => id)

test(
  'on a given network only our trunk, its ports and our server go (O22)',
  async () => {
    const make = await newStaging('trunks')
    const network = await make.network('given')
    await make.subnet('given', network)
    const [p8, p9] = [await make.port('p8', network), await make.port('keepalived', network)]
    await make.trunk('t8', p8, [])
    const p1 = await mine(make, '/ports', make.port('p1', network))
    const p2 = await mine(make, '/ports', make.port('p2', network))
    const trunk = await mine(make, '/trunks', make.trunk('t1', p1, [p2]))
    const server = await make.server('s1', { ports: [p1], metadata: { 'cleardown.run': run } })
    const guard = await make.client.call('GET', 'neutron', `/ports?id=${p8.id}&id=${p9.id}`)
    const before = await snapshotOf(make.client)

    const done = await tearDown(bed, make, { run, unmarked: {} }, { keep: [network.id] })
    expect(done.report.outcome, done.told).toBe('retained')
    expect(done.report.kept.map(({ key }) => key)).toEqual([expect.stringContaining(network.id)])
    expect(done.refused).toEqual([])
    const gone = await goneSince(make, before)
    expect(gone).toEqual(expect.arrayContaining(ids(p1, p2, trunk, server)))
    for (const id of ids(p8, p9, network)) expect(gone).not.toContain(id)
    expect(await make.client.call('GET', 'neutron', `/ports?id=${p8.id}&id=${p9.id}`)).toEqual(guard)
  },
  scenarioMs,
)

test(
  'addresses, a forwarding and a route go before the interface that they hold; an address of nobody stays (O19)',
  async () => {
    const make = await newStaging('addresses')
    const network = await mine(make, '/networks', make.network('net'))
    const subnet = await mine(make, '/subnets', make.subnet('sub', network))
    const router = await mine(make, '/routers', make.router('router'))
    await make.connect(router, subnet)
    const held = await mine(make, '/ports', make.port('held', network))
    const free = await mine(
      make,
      '/ports',
      make.port('free', network, { allowed_address_pairs: [{ ip_address: '10.9.0.200' }] }),
    )
    const inner = await mine(make, '/ports', make.port('inner', network))
    await make.client.call('PUT', 'neutron', `/routers/${router.id}/add_extraroutes`, {
      router: { routes: [{ destination: '10.200.0.0/24', nexthop: held.fixed_ips[0].ip_address }] },
    })
    await make.server('s1', { ports: [held], metadata: { 'cleardown.run': run } })
    const onServer = await make.floatingIp({ port_id: held.id })
    const onPort = await make.floatingIp({ port_id: free.id, description: mark })
    const forwarding = await make.floatingIp({ description: mark })
    await make.client.call('POST', 'neutron', `/floatingips/${forwarding.id}/port_forwardings`, {
      port_forwarding: {
        internal_port_id: inner.id,
        internal_ip_address: inner.fixed_ips[0].ip_address,
        internal_port: 22,
        external_port: 2222,
        protocol: 'tcp',
      },
    })
    const nobodys = await make.floatingIp({})
    const before = await snapshotOf(make.client)

    const done = await tearDown(bed, make, { run, unmarked: { 'openstack:floating-ip': onServer.id } })
    expect(done.report.outcome, done.told).toBe('clean')
    expect(done.refused).toEqual([])
    const gone = await goneSince(make, before)
    expect(gone).toEqual(expect.arrayContaining(ids(onServer, onPort, forwarding, network, subnet, router)))
    expect(gone).not.toContain(nobodys.id)
    const removed = done.journal.filter(({ method, path }) => method === 'DELETE' && path.includes('/ports/'))
    expect(removed.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(ids(held, free, inner).sort())
  },
  scenarioMs,
)

test(
  'a port that only Nova may remove, and no server has any more, goes with the group that it carries (O24)',
  async () => {
    const make = await newStaging('kuryr')
    const network = await mine(make, '/networks', make.network('net'))
    await mine(make, '/subnets', make.subnet('sub', network))
    const group = await mine(make, '/security-groups', make.securityGroup('pod-access'))
    const theirs = await make.securityGroup('team')
    const rule = await make.allow(theirs, group)
    const port = await mine(
      make,
      '/ports',
      make.port('pod', network, { device_owner: 'compute:kuryr', security_groups: [group.id] }),
    )
    expect((await make.client.ask('DELETE', 'neutron', `/ports/${port.id}`)).status).toBe(403)
    const before = await snapshotOf(make.client)

    const done = await tearDown(bed, make, { run, unmarked: {} })
    expect(done.report.outcome, done.told).toBe('clean')
    expect(done.refused).toEqual([])
    const gone = await goneSince(make, before)
    expect(gone).toEqual(expect.arrayContaining(ids(port, group, network)))
    expect(gone).not.toContain(theirs.id)
    // the rule in the other group vanishes with ours: the plan says so
    expect(done.plan.resources.map(({ id }) => id)).toContain(rule.id)
  },
  scenarioMs,
)
