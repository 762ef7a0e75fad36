import { partOf } from '@cleardown/core'
import { type NeutronRow, neutronWays } from '../neutron.ts'
import { byAlias, cli, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'

interface RuleRow extends NeutronRow {
  readonly security_group_id: string
  readonly remote_group_id: string | null
  readonly direction: 'ingress' | 'egress'
  readonly ethertype: string
  readonly protocol: string | null
  readonly port_range_min: number | null
  readonly port_range_max: number | null
}

const ways = neutronWays<RuleRow>({
  path: '/security-group-rules',
  field: 'security_group_rules',
  one: 'security_group_rule',
  extension: 'security-group',
  using: { 'openstack:security-group': 'security_group_id' },
})

/** A rule that names another group. */
const names = (row: RuleRow): boolean => row.remote_group_id !== null && row.remote_group_id !== row.security_group_id

/**
 * Only rules that name another group. They hold nothing: a group takes along the rules that name it, also those in other people's groups, without
 * a word (neutron, securitygroups_db.py: the foreign key cascades). So a rule is part of both, and the plan shows those that vanish.
 */
export const securityGroupRule: OpenStackKind = openstackKind({
  ...ways,
  name: 'openstack:security-group-rule',
  link: true,
  uses: ['openstack:security-group'],
  find: {
    ...ways.find,
    async *all(io) {
      for await (const row of ways.find.all(io)) if (names(row)) yield row
    },
  },
  facts: (raw: RuleRow) => ({
    id: raw.id,
    ...marksOf(raw),
    incarnation: raw.id,
    phase: 'steady',
    state: raw.direction,
    relations: [
      partOf(byAlias('security-group', raw.security_group_id), 'security_group_id', true),
      ...(raw.remote_group_id ? [partOf(byAlias('security-group', raw.remote_group_id), 'remote_group_id', true)] : []),
    ],
    data: {
      security_group_id: raw.security_group_id,
      remote_group_id: raw.remote_group_id,
      direction: raw.direction,
      ethertype: raw.ethertype,
      protocol: raw.protocol,
      port_range_min: raw.port_range_min,
      port_range_max: raw.port_range_max,
    },
  }),
  async remove(io, it) {
    await io.client.send(io, 'network', 'DELETE', `/security-group-rules/${it.id}`)
  },
  async restore(io, it) {
    await io.client.send(io, 'network', 'POST', '/security-group-rules', { body: { security_group_rule: it.data } })
  },
  manual: (it) => cli('security', 'group', 'rule', 'delete', it.id),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
