// One CI job's environment, with a trap for each rule of the services: a port that outlives its server, addresses on a port and on a virtual IP, groups
// that name each other, a trunk, a volume that is attached and has a snapshot. Marked with its run wherever the API takes a mark.
import type { Target } from '@cleardown/core'
import type { Json, Staging } from '@cleardown/testbed-openstack'

/** What is to go: all that carries the run's mark, and by name or id what no API can mark. */
export type Job = Target & { readonly run: string }

export async function stageJob(make: Staging, run: string): Promise<Job> {
  const mark = `cleardown.run=${run}`
  const marked = { metadata: { 'cleardown.run': run } }
  const name = (part: string): string => `${run}-${part}`
  const tagged = async (path: string, made: Promise<Json>): Promise<Json> => {
    const one = await made
    await make.client.call('PUT', 'neutron', `${path}/${one.id}/tags`, { tags: [mark] })
    return one
  }

  const network = await tagged('/networks', make.network(name('net')))
  const subnet = await tagged('/subnets', make.subnet(name('sub'), network))
  const router = await tagged('/routers', make.router(name('rtr')))
  await make.connect(router, subnet)
  const one = await tagged('/security-groups', make.securityGroup(name('sg-a')))
  const other = await tagged('/security-groups', make.securityGroup(name('sg-b')))
  await make.allow(one, other)
  await make.allow(other, one)
  const port = (part: string, group: Json): Promise<Json> =>
    tagged('/ports', make.port(name(part), network, { security_groups: [group.id] }))
  const [own, parent, subport] = [await port('port', one), await port('parent', other), await port('subport', other)]
  await tagged('/trunks', make.trunk(name('trunk'), parent, [subport]))

  const keypair = await make.keypair(name('key'))
  const group = await make.serverGroup(name('grp'))
  const server = await make.server(name('srv-0'), { ports: [own], keypair, group, ...marked })
  await make.server(name('srv-1'), { network, keypair, group, ...marked })
  await make.floatingIp({ description: mark, port_id: own.id })

  const attached = await make.volume(name('vol'), marked)
  await make.snapshot(name('snap'), attached, marked)
  await make.attach(server, attached)
  await make.snapshot(name('snap2'), await make.volume(name('vol2'), marked), marked)

  const balancer = await make.loadBalancer(name('lb'), subnet, { tags: [mark] })
  await make.balanced(balancer, subnet)
  await make.floatingIp({ description: mark, port_id: balancer.vip_port_id })
  return { run, resources: [keypair.name, group.id] }
}
