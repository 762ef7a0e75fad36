import { type NeutronRow, neutronWays, removeUnchanged } from '../neutron.ts'
import { aliasOf, cli, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'

interface NetworkRow extends NeutronRow {
  readonly status: string
  readonly 'router:external'?: boolean
  readonly shared?: boolean
}

export const network: OpenStackKind = openstackKind({
  ...neutronWays<NetworkRow>({ path: '/networks', field: 'networks', one: 'network' }),
  name: 'openstack:network',
  uses: [],
  facts: (raw) => ({
    id: raw.id,
    ...marksOf(raw),
    aliases: [aliasOf('network', raw.id)],
    incarnation: raw.id,
    phase: 'steady',
    state: raw.status,
    relations: [],
    data: { external: raw['router:external'] ?? false, shared: raw.shared ?? false },
  }),
  remove: (io, it) => removeUnchanged(io, '/networks', it),
  manual: (it) => cli('network', 'delete', it.id),
  latency: { typicalMs: 2_000, worstMs: 60_000 }, // at once; agents' ports go with it
})
