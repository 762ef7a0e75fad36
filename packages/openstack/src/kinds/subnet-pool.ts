import { type NeutronRow, neutronWays, removeUnchanged } from '../neutron.ts'
import { aliasOf, cli, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'

export const subnetPool: OpenStackKind = openstackKind({
  ...neutronWays<NeutronRow>({
    path: '/subnetpools',
    field: 'subnetpools',
    one: 'subnetpool',
    extension: 'subnet_allocation',
  }),
  name: 'openstack:subnet-pool',
  uses: [],
  facts: (raw) => ({
    id: raw.id,
    ...marksOf(raw),
    aliases: [aliasOf('subnet-pool', raw.id)],
    incarnation: raw.id,
    phase: 'steady',
    state: 'available',
    relations: [],
    data: {},
  }),
  remove: (io, it) => removeUnchanged(io, '/subnetpools', it),
  manual: (it) => cli('subnet', 'pool', 'delete', it.id),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
