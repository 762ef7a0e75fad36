import { dependsOn, type Io, type Phase, ref } from '@cleardown/core'
import type { OpenStack } from '../client.ts'
import { madeForService, servicesOf, withKubeTags, withoutCluster } from '../kube-service.ts'
import { madeFor } from '../makers.ts'
import {
  aliasOf,
  byAlias,
  type Collection,
  cli,
  listed,
  marksOf,
  type OpenStackKind,
  openstackKind,
  phases,
  type Row,
  rowsBy,
  rowsOf,
  since,
} from '../openstack-kind.ts'

interface LoadBalancer extends Row {
  readonly provisioning_status: string
  readonly operating_status?: string
  readonly updated_at?: string | null
  readonly vip_address?: string | null
  readonly vip_port_id?: string | null
  readonly vip_subnet_id?: string | null
  readonly vip_network_id?: string | null
  readonly additional_vips?: readonly { readonly subnet_id: string }[]
  readonly provider?: string
  /** Second look: the VIP's port was there before the load balancer and stays when it goes. */
  readonly givenPort?: boolean
}

export const loadBalancers: Collection<LoadBalancer> = {
  service: 'load-balancer',
  path: '/lbaas/loadbalancers',
  field: 'loadbalancers',
  one: 'loadbalancer',
}

interface Port extends Row {
  readonly device_owner: string
}
const ports: Collection<Port> = { service: 'network', path: '/ports', field: 'ports', one: 'port' }

async function* withPorts(io: Io<OpenStack>, ids: readonly string[]): AsyncGenerator<LoadBalancer, void, undefined> {
  const wanted = new Set(ids)
  for await (const one of rowsOf(io, loadBalancers)) if (wanted.has(one.vip_port_id ?? '')) yield one
}

/** Octavia takes away only the VIP port that it made itself, and that carries its name as owner (octavia: network/drivers/neutron). */
async function lookAtPorts(io: Io<OpenStack>, found: readonly LoadBalancer[]): Promise<readonly LoadBalancer[]> {
  const ids = found.flatMap(({ vip_port_id }) => vip_port_id ?? [])
  const given = new Set<string>()
  for await (const { id, device_owner } of rowsBy(ports, 'id')(io, ids)) if (device_owner === '') given.add(id)
  return found.map((raw) => ({ ...raw, givenPort: given.has(raw.vip_port_id ?? '') }))
}

/** Listeners, pools, members and monitors go with it (cascade); its VIP port goes with it in its own time. */
export const loadBalancer: OpenStackKind = openstackKind({
  name: 'openstack:load-balancer',
  uses: ['openstack:network', 'openstack:subnet', 'openstack:port'],
  ...listed(loadBalancers),
  find: { ...listed(loadBalancers).find, using: { 'openstack:port': withPorts } },
  late: ['openstack:port'],
  more: lookAtPorts,
  facts: (raw) => {
    const marks = marksOf(raw)
    const subnets = [raw.vip_subnet_id, ...(raw.additional_vips ?? []).map((vip) => vip.subnet_id)]
    return {
      id: raw.id,
      ...marks,
      tags: withKubeTags(raw, marks.tags),
      aliases: [aliasOf('load-balancer', raw.id)], // not its address: every job uses the same private one
      incarnation: raw.id,
      phase: provisioning(raw.provisioning_status),
      state: raw.provisioning_status,
      ...since(raw.updated_at),
      relations: [
        ...madeForService(raw),
        ...madeFor(raw),
        ...subnets.flatMap((id) => (id ? [dependsOn(byAlias('subnet', id), 'vip_subnet_id')] : [])),
        ...(raw.vip_network_id ? [dependsOn(byAlias('network', raw.vip_network_id), 'vip_network_id')] : []),
        ...(raw.givenPort && raw.vip_port_id ? [dependsOn(ref('openstack:port', raw.vip_port_id), 'vip_port_id')] : []),
      ],
      data: {
        tags: raw.tags ?? [],
        services: servicesOf(raw).map(({ cluster, namespace, name }) => `${cluster}/${namespace}/${name}`),
        address: raw.vip_address ?? null,
        provider: raw.provider ?? null,
        operating: raw.operating_status ?? null,
      },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'load-balancer', 'DELETE', `/lbaas/loadbalancers/${it.id}`, { query: { cascade: true } })
  },
  /** A cluster's mark is made of all tags of its Services: they go, those of others stay. */
  async unmark(io, it, mark) {
    const cluster = /^kube_service\/(.+)=shared$/.exec(mark)?.[1]
    const tags =
      cluster === undefined
        ? it.data.tags.filter((word) => word !== mark && `${word}=` !== mark)
        : withoutCluster(it.data.tags, cluster)
    if (tags.length === it.data.tags.length) return
    await io.client.send(io, 'load-balancer', 'PUT', `/lbaas/loadbalancers/${it.id}`, {
      body: { loadbalancer: { tags } },
    })
  },
  manual: (it) =>
    it.phase === 'changing' || it.phase === 'going'
      ? // what is immutable only an operator can move: failover rebuilds it and ends in ACTIVE or ERROR, and both can be deleted
        `${cli('loadbalancer', 'status', 'show', it.id)} && ${cli('loadbalancer', 'failover', it.id)}`
      : cli('loadbalancer', 'delete', '--cascade', it.id),
  latency: { typicalMs: 10_000, worstMs: 120_000 }, // worst: octavia-tempest-plugin, [load_balancer] check_timeout
})

/** Where load balancers, listeners and pools stand: what is PENDING is immutable; ERROR can be deleted and does not say what failed (api-ref, Provisioning Status Codes). */
export const provisioning: (state: string) => Phase = phases({
  PENDING_CREATE: 'changing',
  PENDING_UPDATE: 'changing',
  PENDING_DELETE: 'going',
  DELETED: 'gone',
})
