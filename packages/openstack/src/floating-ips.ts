import type { Io } from '@cleardown/core'
import type { OpenStack } from './client.ts'
import type { NeutronCollection, NeutronRow } from './neutron.ts'

export interface FloatingIpRow extends NeutronRow {
  readonly status: string
  readonly floating_ip_address: string
  readonly floating_network_id: string
  readonly router_id: string | null
  readonly port_id: string | null
  readonly fixed_ip_address: string | null
  /** Only with the extension `expose-port-forwarding-in-fip`. */
  readonly port_forwardings?: readonly unknown[]
}

export const floatingIps: NeutronCollection<FloatingIpRow> = {
  path: '/floatingips',
  field: 'floatingips',
  one: 'floatingip',
  extension: 'router',
  using: { 'openstack:port': 'port_id', 'openstack:router': 'router_id' },
}

/** Sets or takes off the port that an address leads to. */
export async function associate(
  io: Io<OpenStack>,
  address: string,
  port: string | null,
  fixed?: string | null,
): Promise<void> {
  await io.client.send(io, 'network', 'PUT', `/floatingips/${address}`, {
    body: { floatingip: { port_id: port, ...(fixed ? { fixed_ip_address: fixed } : {}) } },
  })
}
