import { dependsOn, type Evidence, type Find, type Io, type Ref, ref } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import { failureOf } from '../failures.ts'
import { type FloatingIpRow, floatingIps } from '../floating-ips.ts'
import { collectionOf, guarded } from '../neutron.ts'
import { cli, type OpenStackKind, openstackKind, rowsBy, rowsOf } from '../openstack-kind.ts'
import { interfacesOf, towards } from '../router-interfaces.ts'

interface ForwardingRow {
  readonly id: string
  readonly internal_port_id: string
  readonly internal_ip_address: string
  readonly internal_port: number
  readonly external_port: number
  readonly protocol: string
}

interface Raw extends ForwardingRow {
  readonly floatingIp: string
  readonly account: string | null
  /** The interface that it is routed through, where that was looked up. */
  readonly interface?: string
}

const field = 'port_forwardings'
const fips = collectionOf(floatingIps)
const fipsById = rowsBy<FloatingIpRow>(fips, 'id')
const pathOf = (floatingIp: string): string => `/floatingips/${floatingIp}/port_forwardings`

/** Listed for each address; those that lead to a port of their own or say that they forward nothing are left out. */
async function* forwardings(io: Io<OpenStack>, rows: AsyncIterable<FloatingIpRow>): AsyncGenerator<Raw, void> {
  const found: { raw: Raw; router: string | null }[] = []
  for await (const { id, project_id, port_id, router_id, port_forwardings } of rows) {
    if (port_id !== null || port_forwardings?.length === 0) continue
    for (const row of await forwardingsOf(io, id))
      found.push({ raw: { ...row, floatingIp: id, account: project_id ?? null }, router: router_id })
  }
  const interfaces = found.length > 0 ? await interfacesOf(io) : []
  for (const { raw, router } of found) {
    const way = router ? towards(interfaces, router, raw.internal_ip_address) : undefined
    yield way ? { ...raw, interface: way.port } : raw
  }
}

/** Nothing where the address went meanwhile: its forwardings went with it. */
async function forwardingsOf(io: Io<OpenStack>, floatingIp: string): Promise<readonly ForwardingRow[]> {
  try {
    return await Array.fromAsync(io.client.list<ForwardingRow>(io, 'network', pathOf(floatingIp), {}, field))
  } catch (error) {
    if (failureOf(error).code === 'gone') return []
    throw error
  }
}

const split = (id: string): [floatingIp: string, forwarding: string] => [
  id.slice(0, id.indexOf('/')),
  id.slice(id.indexOf('/') + 1),
]
const ids: Find<OpenStack, Raw> = (io, values) =>
  forwardings(
    io,
    fipsById(
      io,
      values.map((id) => split(id)[0]),
    ),
  )

/**
 * One forwarded port of an address. It holds the address (FipInUseByPortForwarding) and the router's interface. The port behind it would take it along,
 * but that counts as a change of the port: guarded by its revision, the port's removal would refuse itself. So it goes first.
 */
export const portForwarding: OpenStackKind = openstackKind({
  name: 'openstack:port-forwarding',
  service: 'network',
  link: true,
  uses: ['openstack:floating-ip', 'openstack:port', 'openstack:router-interface'],
  find: {
    all: (io) => guarded<Raw>('floating-ip-port-forwarding', (way) => forwardings(way, rowsOf(way, fips)))(io, []),
    ids,
  },
  async read(io, id) {
    const [floatingIp, forwarding] = split(id)
    const row = await read<ForwardingRow>(io, 'network', `${pathOf(floatingIp)}/${forwarding}`, 'port_forwarding')
    // whose it is stands with the address alone
    const address = row && (await read<FloatingIpRow>(io, 'network', `/floatingips/${floatingIp}`, 'floatingip'))
    return row && address && { ...row, floatingIp, account: address.project_id ?? null }
  },
  facts: (raw: Raw) => ({
    id: `${raw.floatingIp}/${raw.id}`,
    ...(raw.account ? { account: raw.account } : {}),
    incarnation: raw.id,
    phase: 'steady',
    state: 'set',
    relations: [
      dependsOn(ref('openstack:port', raw.internal_port_id), 'internal_port_id'),
      dependsOn(ref('openstack:floating-ip', raw.floatingIp), 'floatingip_id'),
      ...(raw.interface ? [dependsOn(ref('openstack:router-interface', raw.interface), 'internal_ip_address')] : []),
    ],
    evidence: [
      through('address-of-ours', 'floatingip_id', ref('openstack:floating-ip', raw.floatingIp), raw.floatingIp),
      through('leads-to-ours', 'internal_port_id', ref('openstack:port', raw.internal_port_id), raw.internal_port_id),
    ],
    data: {
      floatingIp: raw.floatingIp,
      forwarding: {
        internal_port_id: raw.internal_port_id,
        internal_ip_address: raw.internal_ip_address,
        internal_port: raw.internal_port,
        external_port: raw.external_port,
        protocol: raw.protocol,
      },
    },
  }),
  async remove(io, it) {
    const [floatingIp, forwarding] = split(it.id)
    await io.client.send(io, 'network', 'DELETE', `${pathOf(floatingIp)}/${forwarding}`)
  },
  async restore(io, it) {
    await io.client.send(io, 'network', 'POST', pathOf(it.data.floatingIp), {
      body: { port_forwarding: it.data.forwarding },
    })
  },
  manual: (it) => cli('floating', 'ip', 'port', 'forwarding', 'delete', ...split(it.id)),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once
})

const through = (rule: string, field: string, by: Ref, value: string): Evidence => ({
  rule,
  says: 'ours',
  strength: 'proof',
  field,
  value,
  through: by,
})
