import { dependsOn, type Find, type Io, partOf, ref } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import { associate, type FloatingIpRow, floatingIps } from '../floating-ips.ts'
import { collectionOf, neutronWays } from '../neutron.ts'
import { cli, type OpenStackKind, openstackKind, rowsBy } from '../openstack-kind.ts'
import { interfacesOf, towards } from '../router-interfaces.ts'

interface Raw {
  readonly row: FloatingIpRow & { readonly port_id: string }
  /** The interface that it is routed through, where that was looked up. */
  readonly interface?: string
}

const leads = (row: FloatingIpRow): row is Raw['row'] => row.port_id !== null
const byId = rowsBy<FloatingIpRow>(collectionOf(floatingIps), 'id')

async function* associations(io: Io<OpenStack>, rows: AsyncIterable<FloatingIpRow>): AsyncGenerator<Raw, void> {
  const found = (await Array.fromAsync(rows)).filter(leads)
  const interfaces = found.length > 0 ? await interfacesOf(io) : []
  for (const row of found) {
    const way =
      row.router_id && row.fixed_ip_address ? towards(interfaces, row.router_id, row.fixed_ip_address) : undefined
    yield way ? { row, interface: way.port } : { row }
  }
}

const ids: Find<OpenStack, Raw> = (io, values) => associations(io, byId(io, values))

/**
 * What ties a floating IP to a port. It goes with either; while it is there, the router's interface towards the port cannot go
 * (RouterInterfaceInUseByFloatingIP). An address that is kept is so set free with the port, and stays.
 */
export const floatingIpAssociation: OpenStackKind = openstackKind({
  name: 'openstack:floating-ip-association',
  service: 'network',
  link: true,
  uses: ['openstack:floating-ip', 'openstack:port', 'openstack:router-interface'],
  find: { all: (io) => associations(io, neutronWays<FloatingIpRow>(floatingIps).find.all(io)), ids },
  async read(io, id) {
    const row = await read<FloatingIpRow>(io, 'network', `/floatingips/${id}`, 'floatingip')
    return row && leads(row) ? { row } : undefined
  },
  facts: ({ row, interface: way }: Raw) => ({
    id: row.id,
    ...(row.project_id ? { account: row.project_id } : {}),
    incarnation: `${row.id}>${row.port_id}`,
    phase: 'steady',
    state: row.status,
    relations: [
      partOf(ref('openstack:port', row.port_id), 'port_id', true),
      partOf(ref('openstack:floating-ip', row.id), 'port_id', true),
      ...(way ? [dependsOn(ref('openstack:router-interface', way), 'router_id')] : []),
    ],
    data: { port: row.port_id, fixed: row.fixed_ip_address },
  }),
  remove: (io, it) => associate(io, it.id, null),
  restore: (io, it) => associate(io, it.id, it.data.port, it.data.fixed),
  manual: (it) => cli('floating', 'ip', 'unset', '--port', it.id),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once
})
