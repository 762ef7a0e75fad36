import { setTimeout as sleep } from 'node:timers/promises'
import { type Json, newProject, refusedWrites, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test } from 'vitest'
import {
  bare,
  changesOf,
  deletions,
  expectGeneralRules,
  expectOrder,
  idsOf,
  ownJournal,
  play,
  scenarioMs,
} from './play.ts'

// https://github.com/kubernetes/cloud-provider-openstack/issues/1052, 2037; https://github.com/openshift/installer/issues/3419, 4563;
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1810, 2121, 2124
const bed = await sharedOpenStackBed()

test(
  'O21: a load balancer that is PENDING goes when it is settled, one in ERROR at once, with their addresses; what never settles and what is not ours holds the subnet',
  async () => {
    const make = await staging(await newProject(bed, 'o21'))
    const { client } = make
    const ours = async (path: string, made: Promise<Json>): Promise<Json> => {
      const one = await made
      await client.call('PUT', 'neutron', `${path}/${one.id}/tags`, { tags: ['KubernetesCluster=ci-1'] })
      return one
    }
    const network = await ours('/networks', make.network('nodes'))
    const subnet = await ours('/subnets', make.subnet('nodes', network))
    const router = await ours('/routers', make.router('nodes'))
    await make.connect(router, subnet)
    const serviced = async (namespace: string, name: string): Promise<Json> => {
      const word = `kube_service_ci-1_${namespace}_${name}`
      return make.loadBalancer(word, subnet, { tags: [word] })
    }
    const [l1, l2, l3] = [
      await serviced('default', 'web'),
      await serviced('default', 'api'),
      await serviced('ops', 'x'),
    ]
    const l4 = await make.loadBalancer('team-lb', subnet)
    const group = await make.securityGroup('lb-sg-5f1e-ci-1-default-web', {
      description: 'Security Group for default/web Service LoadBalancer in cluster ci-1',
    })
    await client.call('PUT', 'neutron', `/ports/${l1.vip_port_id}`, { port: { security_groups: [group.id] } })
    const addressOf = (balancer: Json, service: string): Promise<Json> =>
      make.floatingIp({
        port_id: balancer.vip_port_id,
        description: `Floating IP for Kubernetes external service ${service} from cluster ci-1`,
      })
    const [f1, f2] = [await addressOf(l1, 'default/web'), await addressOf(l2, 'default/api')]
    const guard = await client.call('GET', 'octavia', `/loadbalancers/${l4.id}`)
    const put = (id: string, state: string): Promise<unknown> =>
      bed.sql('octavia', 'UPDATE load_balancer SET provisioning_status=? WHERE id=?', state, id)
    await put(l1.id, 'PENDING_UPDATE')
    await put(l2.id, 'ERROR')
    await put(l3.id, 'PENDING_UPDATE')

    /** What the cloud does by itself, when it has been asked four times. */
    const settle = async (since: number): Promise<void> => {
      const asked = async (): Promise<number> =>
        (await ownJournal({ bed, client }, since)).filter(
          ({ service, method, path }) => service === 'octavia' && method === 'GET' && path.includes('/loadbalancers'),
        ).length
      while ((await asked()) < 4) await sleep(200)
      await put(l1.id, 'ACTIVE')
    }
    let settled: Promise<void> | undefined
    const done = await play({
      bed,
      client,
      target: { cluster: 'ci-1' },
      execute: { stepTimeoutMs: 30_000 },
      async onEvent(event) {
        if (event.type === 'step-started' && event.key.endsWith(l1.id)) settled = settle(await bed.mark())
      },
    })
    await settled
    expect(done.report.outcome, done.told).toBe('incomplete')
    expectGeneralRules(done)

    const { gone, added } = changesOf(done)
    expect(added).toEqual([])
    expect(bare(gone)).toEqual(
      expect.arrayContaining([...idsOf(l1, l2, f1, f2, group), l1.vip_port_id, l2.vip_port_id]),
    )
    for (const id of idsOf(l3, l4, subnet, network, router)) expect(bare(gone)).not.toContain(id)
    expect(await client.call('GET', 'octavia', `/loadbalancers/${l4.id}`)).toEqual(guard)
    expectOrder(done, [l1.id], [group.id])

    const removed = deletions(done.journal)
    expect(removed.filter((path) => path.includes('/ports/'))).toEqual([])
    for (const { id } of [l1, l2]) expect(removed.filter((path) => path.includes(id))).toHaveLength(1)
    for (const { id } of [l3, l4]) expect(removed.filter((path) => path.includes(id))).toEqual([])
    expect(refusedWrites(done.journal)).toEqual([])

    const left = (id: string) => done.report.left.find(({ key }) => key.endsWith(`/${id}`))
    expect(left(l3.id)).toMatchObject({
      because: expect.stringContaining('PENDING_UPDATE'),
      manual: [`openstack loadbalancer status show ${l3.id} && openstack loadbalancer failover ${l3.id}`],
    })
    const holders = done.report.left
      .filter(({ key }) => idsOf(subnet, network).some((id) => key.endsWith(id)))
      .map(({ blockers }) => blockers.map(({ key }) => key).join())
    expect(holders).toHaveLength(2)
    for (const chain of holders) expect(chain).toMatch(new RegExp(`${l3.id}|${l4.id}`))
    expect(left(l4.id)).toMatchObject({
      why: 'suspected',
      because: expect.stringContaining('nothing says whose'),
      manual: [],
    })
    expect(done.told).toContain(l4.id)
    expect(done.told).not.toContain(`delete --cascade ${l4.id}`)
  },
  scenarioMs,
)
