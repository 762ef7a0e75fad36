import { madeFor } from '../makers.ts'
import { type NeutronRow, neutronWays, removeUnchanged, revisionOf } from '../neutron.ts'
import { aliasOf, cli, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'

interface SecurityGroup extends NeutronRow {
  readonly security_group_rules?: readonly { readonly remote_group_id?: string | null }[]
}

export const securityGroup: OpenStackKind = openstackKind({
  ...neutronWays<SecurityGroup>({
    path: '/security-groups',
    field: 'security_groups',
    one: 'security_group',
    extension: 'security-group',
  }),
  name: 'openstack:security-group',
  // a rule that names another group goes with that group, and raises the revision of this one
  revision: (raw) => (namesAnother(raw) ? '' : revisionOf(raw)),
  uses: [],
  facts: (raw) => ({
    id: raw.id,
    ...marksOf(raw),
    aliases: [aliasOf('security-group', raw.id)],
    incarnation: raw.id,
    phase: 'steady',
    state: 'available',
    // by its name alone, and it comes back (neutron, securitygroups_db.py: SecurityGroupCannotRemoveDefault)
    ...(raw.name === 'default' ? { fixed: 'every project has one' } : {}),
    relations: madeFor(raw),
    data: {},
  }),
  remove: (io, it) => removeUnchanged(io, '/security-groups', it),
  manual: (it) => cli('security', 'group', 'delete', it.id),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once; a dying server's ports hold it until Nova has cleaned up
})

const namesAnother = ({ id, security_group_rules = [] }: SecurityGroup): boolean =>
  security_group_rules.some(({ remote_group_id }) => remote_group_id && remote_group_id !== id)
