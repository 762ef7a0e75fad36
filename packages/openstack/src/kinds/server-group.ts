import { ref, usedBy } from '@cleardown/core'
import { cli, listed, marksOf, type OpenStackKind, openstackKind, type Row } from '../openstack-kind.ts'

interface ServerGroup extends Row {
  readonly policy?: string
  readonly policies?: readonly string[]
  readonly members?: readonly string[]
}

/** Nothing refuses its removal while servers are in it; it goes after them all the same, so that their placement is never in doubt. */
export const serverGroup: OpenStackKind = openstackKind({
  name: 'openstack:server-group',
  uses: ['openstack:server'],
  ...listed<ServerGroup>({
    service: 'compute',
    path: '/os-server-groups',
    field: 'server_groups',
    one: 'server_group',
    project: false,
  }),
  facts: (raw) => ({
    id: raw.id,
    ...marksOf(raw),
    incarnation: raw.id,
    phase: 'steady',
    state: 'available',
    relations: (raw.members ?? []).map((id) => usedBy(ref('openstack:server', id), 'members', 'leaks')),
    data: { policy: raw.policy ?? raw.policies?.[0] ?? null },
  }),
  async remove(io, it) {
    await io.client.send(io, 'compute', 'DELETE', `/os-server-groups/${it.id}`)
  },
  manual: (it) => cli('server', 'group', 'delete', it.id),
  latency: { typicalMs: 500, worstMs: 30_000 }, // at once
})
