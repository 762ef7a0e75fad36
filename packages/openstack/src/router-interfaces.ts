import { BlockList, isIPv6 } from 'node:net'
import type { Io } from '@cleardown/core'
import type { OpenStack } from './client.ts'
import type { NeutronRow } from './neutron.ts'
import { rowsOf, slices } from './openstack-kind.ts'
import { interfaceOwners, type PortRow } from './ports.ts'

interface SubnetPart extends NeutronRow {
  readonly cidr: string
  readonly gateway_ip: string | null
}

/** A router's port, with what is known of the subnets that it joins. */
export interface Interface {
  readonly port: PortRow
  readonly subnets: readonly SubnetPart[]
}

const ports = { service: 'network', path: '/ports', field: 'ports', one: 'port' } as const
const idsPerCall = 80

/** All interfaces of the project's routers: two listings, however many there are. */
export async function interfacesOf(io: Io<OpenStack>): Promise<Interface[]> {
  return withSubnets(io, await Array.fromAsync(rowsOf<PortRow>(io, ports, { device_owner: interfaceOwners })))
}

/** By id and not by project: a given network's subnets may be another's. */
export async function withSubnets(io: Io<OpenStack>, found: readonly PortRow[]): Promise<Interface[]> {
  const ids = new Set(found.flatMap((port) => port.fixed_ips.map((ip) => ip.subnet_id)))
  const subnets = new Map<string, SubnetPart>()
  for (const id of slices([...ids], idsPerCall))
    for await (const subnet of io.client.list<SubnetPart>(io, 'network', '/subnets', { id }, 'subnets'))
      subnets.set(subnet.id, subnet)
  return found.map((port) => ({
    port,
    subnets: port.fixed_ips.flatMap((ip) => subnets.get(ip.subnet_id) ?? []),
  }))
}

/** Which of these routers are there. A port may name one that is not, or one of another project. */
export async function livingRouters(io: Io<OpenStack>, wanted: Iterable<string>): Promise<ReadonlySet<string>> {
  const living = new Set<string>()
  for (const id of slices([...new Set(wanted)], idsPerCall))
    for await (const router of io.client.list<{ id: string }>(
      io,
      'network',
      '/routers',
      { id, fields: 'id' },
      'routers',
    ))
      living.add(router.id)
  return living
}

/** The interface through which the router reaches the address: subnets of one router never overlap. */
export function towards(
  interfaces: readonly Interface[],
  router: string,
  address: string,
): { readonly port: string; readonly subnet: string } | undefined {
  for (const { port, subnets } of interfaces) {
    if (port.device_id !== router) continue
    const subnet = subnets.find(({ cidr }) => holds(cidr, address))
    if (subnet) return { port: port.id, subnet: subnet.id }
  }
  return undefined
}

function holds(cidr: string, address: string): boolean {
  const [net = '', bits = ''] = cidr.split('/')
  if (isIPv6(net) !== isIPv6(address)) return false
  const family = isIPv6(net) ? 'ipv6' : 'ipv4'
  const range = new BlockList()
  range.addSubnet(net, Number(bits), family)
  return range.check(address, family)
}
