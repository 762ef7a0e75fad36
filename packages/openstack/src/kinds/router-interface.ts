import { dependsOn, type Evidence, type Find, ref } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import { aliasOf, byAlias, cli, type OpenStackKind, openstackKind, rowsBy } from '../openstack-kind.ts'
import { isInterface, type PortRow } from '../ports.ts'
import { type Interface, interfacesOf, livingRouters, withSubnets } from '../router-interfaces.ts'

const ports = { service: 'network', path: '/ports', field: 'ports', one: 'port' } as const
const byId = rowsBy<PortRow>(ports, 'id')

const ids: Find<OpenStack, Interface> = async function* (io, values) {
  const rows = await Array.fromAsync(byId(io, values))
  yield* await withSubnets(io, rows.filter(isInterface))
}

/** Joins a router to a subnet. On a router that was given, only those of our subnets go. */
export const routerInterface: OpenStackKind = openstackKind({
  name: 'openstack:router-interface',
  service: 'network',
  link: true,
  uses: ['openstack:router', 'openstack:network', 'openstack:subnet'],
  find: {
    async *all(io) {
      const found = await interfacesOf(io)
      const routers = await livingRouters(
        io,
        found.map(({ port }) => port.device_id),
      )
      for (const one of found) if (routers.has(one.port.device_id)) yield one
    },
    ids,
  },
  async read(io, id) {
    const row = await read<PortRow>(io, 'network', `/ports/${id}`, 'port')
    return row && isInterface(row) ? { port: row, subnets: [] } : undefined
  },
  facts: ({ port, subnets }: Interface) => {
    const evidence: Evidence[] = [
      through('router-of-ours', 'device_id', port.device_id, ref('openstack:router', port.device_id)),
      ...port.fixed_ips.map(({ subnet_id }) =>
        through('subnet-of-ours', 'fixed_ips', subnet_id, byAlias('subnet', subnet_id)),
      ),
    ]
    const joins = (subnet: string): string | undefined =>
      port.fixed_ips.find(({ subnet_id }) => subnet_id === subnet)?.ip_address
    return {
      id: port.id,
      ...(port.project_id ? { account: port.project_id } : {}),
      ...(port.created_at ? { createdAt: port.created_at } : {}),
      aliases: [
        ...port.fixed_ips.map((ip) => aliasOf('router-subnet', `${port.device_id}/${ip.subnet_id}`)),
        ...subnets
          .filter(({ id, gateway_ip }) => gateway_ip !== null && gateway_ip === joins(id))
          .map(({ id }) => aliasOf('gateway', id)),
      ],
      incarnation: port.id,
      phase: 'steady',
      state: port.status,
      relations: [
        dependsOn(ref('openstack:router', port.device_id), 'device_id'),
        dependsOn(byAlias('network', port.network_id), 'network_id'),
        ...port.fixed_ips.map(({ subnet_id }) => dependsOn(byAlias('subnet', subnet_id), 'fixed_ips')),
      ],
      evidence,
      data: {
        router: port.device_id,
        fixedIps: port.fixed_ips.map(({ subnet_id, ip_address }) => ({ subnet_id, ip_address })),
        network: port.network_id,
      },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'network', 'PUT', `/routers/${it.data.router}/remove_router_interface`, {
      body: { port_id: it.id },
    })
  },
  /** Takes the gateway's address again where that was its own, else any. */
  async restore(io, it) {
    for (const { subnet_id } of it.data.fixedIps)
      await io.client.send(io, 'network', 'PUT', `/routers/${it.data.router}/add_router_interface`, {
        body: { subnet_id },
      })
  },
  manual: (it) => cli('router', 'remove', 'port', it.data.router, it.id),
  latency: { typicalMs: 2_000, worstMs: 60_000 }, // at once; distributed routers take a little longer
})

/** The one who owns either end may untie them: neither can be removed before. */
const through = (rule: string, field: string, value: string, by: Evidence['through'] & object): Evidence => ({
  rule,
  says: 'ours',
  strength: 'proof',
  field,
  value,
  through: by,
})
