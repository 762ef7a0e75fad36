import { explain } from '@cleardown/core'
import { newProject, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test } from 'vitest'
import {
  bare,
  changesOf,
  deletions,
  expectGeneralRules,
  expectNothingLeftToDo,
  expectOrder,
  idsOf,
  ledgerWith,
  play,
  type Scene,
  scenarioMs,
} from './play.ts'

// https://github.com/kubernetes-sigs/kubespray/issues/8211, 8425, 10133, 11505; https://github.com/ansible/ansible/issues/49451
const bed = await sharedOpenStackBed()

test(
  'O19: a router interface goes after the route and the addresses that need it; ports of the network service and an address of nobody are left alone',
  async () => {
    const make = await staging(await newProject(bed, 'o19'))
    const { client } = make
    const network = await make.network('net')
    const subnet = await make.subnet('subnet', network)
    const router = await make.router('router')
    const joint = await make.connect(router, subnet)
    const dhcp = await (await bed.admin()).make('neutron', '/ports', 'port', {
      network_id: network.id,
      project_id: client.projectId,
      device_owner: 'network:dhcp',
      device_id: 'dhcp-agent',
    })
    const [held, free] = [await make.port('held', network), await make.port('free', network)]
    const server = await make.server('stopped', { ports: [held] })
    await client.call('POST', 'nova', `/servers/${server.id}/action`, { 'os-stop': null })
    await client.until('nova', `/servers/${server.id}`, 'server', 'status', 'SHUTOFF')
    const f1 = await make.floatingIp({ port_id: held.id })
    const f2 = await make.floatingIp({ port_id: free.id })
    const f3 = await make.floatingIp({ description: 'r-77' })
    const f4 = await make.floatingIp()
    await client.call('PUT', 'neutron', `/routers/${router.id}/add_extraroutes`, {
      router: { routes: [{ destination: '10.200.0.0/24', nexthop: held.fixed_ips[0].ip_address }] },
    })
    const managed = (await client.call('GET', 'neutron', `/ports?network_id=${network.id}`)).ports
      .filter(({ device_owner }: { device_owner: string }) => device_owner.startsWith('network:'))
      .map(({ id }: { id: string }) => id)
    expect(managed.sort()).toEqual([joint, dhcp.id].sort())
    const ledger = await ledgerWith('r-77', {
      'openstack:network': [network.id],
      'openstack:subnet': [subnet.id],
      'openstack:router': [router.id],
      'openstack:port': idsOf(held, free),
      'openstack:server': [server.id],
      'openstack:floating-ip': idsOf(f1, f2, f3),
    })
    const scene: Scene = { bed, client, target: { run: 'r-77' }, ledger }

    const done = await play(scene)
    expect(done.report.outcome, done.told).toBe('clean')
    expectGeneralRules(done)
    const { gone, changed, added } = changesOf(done)
    expect({ changed, added }).toEqual({ changed: [], added: [] })
    expect(bare(gone)).toEqual([...idsOf(network, subnet, router, held, free, server, f1, f2, f3), ...managed].sort())
    expect(bare([...done.after.keys()])).toContain(f4.id)
    // f4 costs, and nobody is known to own it
    const idle = done.report.findings.find(({ code }) => code === 'idle')
    expect(idle?.keys).toEqual([expect.stringContaining(f4.id)])
    for (const words of ['openstack:floating-ip', f4.floating_ip_address, f4.created_at, 'Not ours, not touched'])
      expect(idle?.message).toContain(words)
    expect(done.told).toContain(idle?.message)

    expectOrder(done, idsOf(f1, f2), [joint])
    expectOrder(done, [server.id], [held.id])
    expectOrder(done, [joint], idsOf(router, subnet))
    expectOrder(done, idsOf(held, free), [subnet.id])
    expectOrder(done, [subnet.id], [network.id])
    const removed = deletions(done.journal).filter((path) => path.includes('/ports/'))
    for (const id of managed) expect(removed.join()).not.toContain(id)

    // who would have been the cause of each 409
    const holders = (id: string): string =>
      explain(done.plan, id)
        .after.flatMap(({ because }) => because)
        .join('\n')
    for (const { id } of [f1, f2]) expect(holders(joint)).toContain(`floating-ip-association ${id} uses`)
    expect(holders(joint)).toContain('10.200.0.0/24')
    for (const { id } of [held, free]) expect(holders(subnet.id)).toContain(id)
    expect(holders(router.id)).toContain(joint)
    await expectNothingLeftToDo(scene)
  },
  scenarioMs,
)
