import { dependsOn } from '@cleardown/core'
import {
  byAlias,
  cli,
  listed,
  marksOf,
  type OpenStackKind,
  openstackKind,
  phases,
  type Row,
  since,
} from '../openstack-kind.ts'

interface Place {
  readonly neutron_net_id?: string | null
  readonly neutron_subnet_id?: string | null
}
interface ShareNetwork extends Row, Place {
  readonly status?: string
  readonly updated_at?: string | null
  /** Since 2.51; before, a share network had one subnet, at its own level. */
  readonly share_network_subnets?: readonly Place[]
}

const phaseOf = phases({ network_change: 'changing' })

/** Goes after its shares. The servers that Manila ran in it end with it, and with them their ports. */
export const shareNetwork: OpenStackKind = openstackKind({
  name: 'openstack:share-network',
  uses: ['openstack:network', 'openstack:subnet'],
  ...listed<ShareNetwork>({
    service: 'shared-file-system',
    path: '/share-networks',
    detail: '/share-networks/detail',
    field: 'share_networks',
    one: 'share_network',
    project: false,
  }),
  facts: (raw) => ({
    id: raw.id,
    ...marksOf(raw),
    incarnation: raw.id,
    phase: phaseOf(raw.status ?? 'active'),
    state: raw.status ?? 'active',
    ...since(raw.updated_at),
    relations: (raw.share_network_subnets ?? [raw]).flatMap((place) => [
      ...(place.neutron_net_id ? [dependsOn(byAlias('network', place.neutron_net_id), 'neutron_net_id')] : []),
      ...(place.neutron_subnet_id ? [dependsOn(byAlias('subnet', place.neutron_subnet_id), 'neutron_subnet_id')] : []),
    ]),
    data: {},
  }),
  async remove(io, it) {
    await io.client.send(io, 'shared-file-system', 'DELETE', `/share-networks/${it.id}`)
  },
  manual: (it) => cli('share', 'network', 'delete', it.id),
  latency: { typicalMs: 5_000, worstMs: 500_000 }, // worst: manila-tempest-plugin, [share] build_timeout
})
