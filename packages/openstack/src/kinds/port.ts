import { dependsOn, type Io, type Relation } from '@cleardown/core'
import type { OpenStack } from '../client.ts'
import { ifUnchanged, neutronWays } from '../neutron.ts'
import { byAlias, cli, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'
import { classifyPort, isInterface, isNetworkOwned, type PortRow } from '../ports.ts'
import { livingRouters } from '../router-interfaces.ts'

const ways = neutronWays<PortRow>({
  path: '/ports',
  field: 'ports',
  one: 'port',
  using: {
    'openstack:network': 'network_id',
    'openstack:security-group': 'security_groups',
    'openstack:server': 'device_id',
  },
})

/** A router's port is a router-interface, and an ordinary port once its router is gone (neutron, l3_db.py: prevent_l3_port_deletion). */
async function* withoutInterfaces(io: Io<OpenStack>, rows: AsyncIterable<PortRow>): AsyncGenerator<PortRow, void> {
  const interfaces: PortRow[] = []
  for await (const row of rows) {
    if (isInterface(row)) interfaces.push(row)
    else yield row
  }
  if (interfaces.length === 0) return
  const routers = await livingRouters(
    io,
    interfaces.map((row) => row.device_id),
  )
  for (const row of interfaces) if (!routers.has(row.device_id)) yield row
}

export const port: OpenStackKind = openstackKind({
  ...ways,
  name: 'openstack:port',
  uses: [
    'openstack:network',
    'openstack:subnet',
    'openstack:security-group',
    'openstack:server',
    'openstack:load-balancer',
    'openstack:router',
    'openstack:router-interface',
    'openstack:floating-ip',
  ],
  find: {
    ...ways.find,
    all: (io) => withoutInterfaces(io, ways.find.all(io)),
  },
  facts: (raw: PortRow) => {
    const { is, fixed, relations, evidence } = classifyPort(raw)
    return {
      id: raw.id,
      ...marksOf(raw),
      incarnation: raw.id,
      phase: 'steady',
      state: raw.status,
      ...(fixed ? { fixed } : {}),
      ...(evidence ? { evidence } : {}),
      relations: [...relations, ...usesOf(raw)],
      data: { owner: raw.device_owner, device: raw.device_id, use: is, status: raw.status },
    }
  },
  /**
   * Newer policies let nobody but Nova remove a port of `compute:`, also when its server is gone. Core asks only then; what is not bound any
   * more is given back first. One that is still ACTIVE may belong to a server that we do not see: it is left to the refusal.
   */
  async remove(io, it) {
    const unbound = it.data.use === 'server' && it.data.status !== 'ACTIVE'
    if (unbound)
      await io.client.send(io, 'network', 'PUT', `/ports/${it.id}`, {
        ...ifUnchanged(it),
        body: { port: { device_owner: '', device_id: '' } },
      })
    await io.client.send(io, 'network', 'DELETE', `/ports/${it.id}`, unbound ? {} : ifUnchanged(it))
  },
  manual: (it) =>
    it.fixed ? `# ${it.id}: ${it.fixed}; do not remove it by hand while that one lives` : cli('port', 'delete', it.id),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once; a dying server's, when Nova has cleaned up
})

function usesOf(raw: PortRow): Relation[] {
  // the network removes these with itself and its subnets, and they hold neither
  if (isNetworkOwned(raw)) return []
  const leaves = !raw.device_owner.startsWith('network:')
  return [
    dependsOn(byAlias('network', raw.network_id), 'network_id'),
    ...raw.fixed_ips.flatMap((ip) => [
      dependsOn(byAlias('subnet', ip.subnet_id), 'fixed_ips'),
      // whoever stays in the subnet keeps its way out; a router's own ports are that way
      ...(leaves ? [dependsOn(byAlias('gateway', ip.subnet_id), 'fixed_ips', 'leaks')] : []),
    ]),
    ...raw.security_groups.map((id) => dependsOn(byAlias('security-group', id), 'security_groups')),
  ]
}
