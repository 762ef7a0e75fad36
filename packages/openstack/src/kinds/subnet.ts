import { dependsOn, ref } from '@cleardown/core'
import { type NeutronRow, neutronWays, removeUnchanged } from '../neutron.ts'
import { aliasOf, byAlias, cli, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'

interface SubnetRow extends NeutronRow {
  readonly network_id: string
  readonly cidr: string
  readonly subnetpool_id?: string | null
}

/** A network takes its subnets with it, so one of an owned network is owned; it still goes first, so that nobody's addresses go with it unseen. */
export const subnet: OpenStackKind = openstackKind({
  ...neutronWays<SubnetRow>({
    path: '/subnets',
    field: 'subnets',
    one: 'subnet',
    using: { 'openstack:network': 'network_id' },
  }),
  name: 'openstack:subnet',
  uses: ['openstack:network', 'openstack:subnet-pool'],
  facts: (raw) => ({
    id: raw.id,
    ...marksOf(raw),
    aliases: [aliasOf('subnet', raw.id)],
    incarnation: raw.id,
    phase: 'steady',
    state: 'available',
    relations: [
      dependsOn(byAlias('network', raw.network_id), 'network_id'),
      ...(raw.subnetpool_id ? [dependsOn(byAlias('subnet-pool', raw.subnetpool_id), 'subnetpool_id')] : []),
    ],
    evidence: [
      {
        rule: 'network-of-ours',
        says: 'ours',
        strength: 'proof',
        field: 'network_id',
        value: raw.network_id,
        through: ref('openstack:network', raw.network_id),
      },
    ],
    data: { network: raw.network_id, cidr: raw.cidr },
  }),
  remove: (io, it) => removeUnchanged(io, '/subnets', it),
  manual: (it) => cli('subnet', 'delete', it.id),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once
})
