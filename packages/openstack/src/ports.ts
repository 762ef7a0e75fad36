import { type Evidence, partOf, type Ref, type Relation, ref, usedBy } from '@cleardown/core'
import type { NeutronRow } from './neutron.ts'
import { byAlias } from './openstack-kind.ts'

interface FixedIp {
  readonly subnet_id: string
  readonly ip_address: string
}

export interface PortRow extends NeutronRow {
  readonly status: string
  readonly network_id: string
  readonly device_owner: string
  readonly device_id: string
  readonly fixed_ips: readonly FixedIp[]
  readonly security_groups: readonly string[]
}

/** neutron-lib, api/definitions/constants: what joins a router to a subnet. Removed by the router's own call, never as a port. */
export const interfaceOwners: readonly string[] = [
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
]
/** Made by the network service in each network, and taken away with it. By hand they come back (zonca/jupyterhub-deploy-kubernetes-jetstream#62). */
const networkOwners: readonly string[] = ['network:dhcp', 'network:distributed', 'network:floatingip_agent_gateway']

export const isInterface = (port: Pick<PortRow, 'device_owner'>): boolean => interfaceOwners.includes(port.device_owner)

export const isNetworkOwned = (port: Pick<PortRow, 'device_owner'>): boolean =>
  networkOwners.includes(port.device_owner)

/** Whose a port is, as its `device_owner` says: that decides who removes it. */
export interface Use {
  readonly is: 'free' | 'server' | 'part' | 'opaque'
  /** Why it is never removed by us. */
  readonly fixed?: string
  readonly relations: readonly Relation[]
  readonly evidence?: readonly Evidence[]
}

export function classifyPort(port: PortRow): Use {
  const { device_owner: owner, device_id: device } = port
  const because = `device_owner ${owner}`
  const part = (whole: Ref, fixed: string): Use => ({ is: 'part', fixed, relations: [partOf(whole, because)] })
  if (owner === '' || owner === 'trunk:subport') return { is: 'free', relations: serverThatFailed(port) }
  if (isNetworkOwned(port))
    return part(ref('openstack:network', port.network_id), 'the network service removes it with the network')
  if (owner === 'Octavia')
    return part(ref('openstack:load-balancer', device.replace(/^lb-/, '')), 'its load balancer frees it')
  if (owner === 'network:router_gateway' || owner === 'network:router_ha_interface')
    return part(ref('openstack:router', device), 'it goes with the router')
  if (owner === 'network:router_centralized_snat')
    return {
      is: 'part',
      fixed: 'it goes with the router’s interface',
      relations: port.fixed_ips.map((ip) => partOf(byAlias('router-subnet', `${device}/${ip.subnet_id}`), because)),
    }
  if (owner === 'network:floatingip') return part(ref('openstack:floating-ip', device), 'it goes with the floating IP')
  if (isInterface(port)) return { is: 'free', relations: [] } // its router is gone: see kinds/port.ts
  if (owner.startsWith('compute:')) return ofServer(port, because)
  return { is: 'opaque', fixed: `it is freed by the owner of ${owner}`, relations: [] }
}

/**
 * Nova makes ports without a name and removes them with the server; ports that were made before keep what their maker gave them, and outlive it
 * (openstack/nova, nova/network/neutron.py: _create_port_minimal, deallocate_for_instance).
 */
function ofServer(port: PortRow, because: string): Use {
  if (port.device_id === '') return { is: 'server', relations: [] }
  const server = ref('openstack:server', port.device_id)
  const nova = !port.name && !port.description && (port.tags ?? []).length === 0
  if (nova) return { is: 'server', relations: [partOf(server, because)] }
  return { is: 'server', relations: [usedBy(server, 'device_id')], evidence: [serversPort(port)] }
}

/** A build that found no host leaves the port unbound, with the server's id on it (kubernetes-sigs/kubespray#11263). */
function serverThatFailed(port: PortRow): Relation[] {
  return port.device_owner === '' && port.device_id !== ''
    ? [usedBy(ref('openstack:server', port.device_id), 'device_id')]
    : []
}

const serversPort = (port: PortRow): Evidence => ({
  rule: 'port-of-server',
  says: 'ours',
  strength: 'hint',
  field: 'device_id',
  value: port.device_id,
  through: ref('openstack:server', port.device_id),
})
