import type { Json, Staging } from '@cleardown/testbed-openstack'

/** What a job of Kubespray's Terraform makes, and what others put beside it. Marked with its run wherever a service offers a mark. */
export interface Job {
  readonly run: string
  readonly network: Json
  readonly subnet: Json
  /** What no service can mark, so a harness writes it down: kind → id. */
  readonly unmarked: Readonly<Record<`openstack:${string}`, string>>
}

/** Two servers, one of them with a port that was made before it; addresses, volumes, a trunk, a load balancer, a route, groups that name each other. */
export async function stageJob(make: Staging, run: string, given?: { router: Json; cidr: string }): Promise<Job> {
  const mark = `cleardown.run=${run}`
  const metadata = { 'cleardown.run': run }
  const name = (part: string): string => `${run}-${part}`
  const tagged = async (path: string, made: Promise<Json>): Promise<Json> => {
    const one = await made
    await make.client.call('PUT', 'neutron', `${path}/${one.id}/tags`, { tags: [mark] })
    return one
  }
  const network = await tagged('/networks', make.network(name('net')))
  const subnet = await tagged(
    '/subnets',
    make.subnet(name('internal-network'), network, given ? { cidr: given.cidr } : {}),
  )
  const router = given?.router ?? (await tagged('/routers', make.router(name('router'))))
  await make.connect(router, subnet)

  const group = await tagged('/security-groups', make.securityGroup(name('k8s')))
  const master = await tagged('/security-groups', make.securityGroup(name('k8s-master')))
  await make.allow(group, master)
  await make.allow(master, group)

  const port = (part: string): Promise<Json> =>
    tagged('/ports', make.port(name(part), network, { security_groups: [group.id] }))
  const [first, free, parent, child] = [
    await port('k8s-master-1'),
    await port('vip'),
    await port('parent'),
    await port('child'),
  ]
  await tagged('/trunks', make.trunk(name('trunk'), parent, [child]))
  for (const to of [first, free, undefined])
    await make.floatingIp({ description: mark, ...(to ? { port_id: to.id } : {}) })
  if (!given)
    await make.client.call('PUT', 'neutron', `/routers/${router.id}/add_extraroutes`, {
      router: { routes: [{ destination: '10.233.64.0/24', nexthop: first.fixed_ips[0].ip_address }] },
    })

  const keypair = await make.keypair(`kubernetes-${run}`)
  const servers = await make.serverGroup('k8s-node-srvgrp')
  const server = await make.server(name('k8s-master-1'), { ports: [first], keypair, group: servers, metadata })
  await make.server(name('k8s-node-1'), { network, securityGroups: [group], keypair, group: servers, metadata })
  await make.attach(server, await make.volume(name('data'), { metadata }))
  await make.snapshot(name('snap'), await make.volume(name('pvc'), { metadata }), { metadata })

  const balancer = await make.loadBalancer(name('api'), subnet, { tags: [mark] })
  await make.balanced(balancer, subnet)
  await make.floatingIp({ description: mark, port_id: balancer.vip_port_id })
  return {
    run,
    network,
    subnet,
    unmarked: { 'openstack:keypair': keypair.name, 'openstack:server-group': servers.id },
  }
}
