import { dependsOn, type Io, type Phase, ref } from '@cleardown/core'
import type { OpenStack } from '../client.ts'
import {
  amongIds,
  type Collection,
  cli,
  listed,
  marksOf,
  type OpenStackKind,
  openstackKind,
  type Row,
  rowsOf,
  since,
} from '../openstack-kind.ts'

interface Zone extends Row {
  readonly name: string
  readonly status: string
  readonly action?: string
  readonly updated_at?: string | null
  readonly shared?: boolean
  /** From the whole listing: the zone that this one is a subzone of. */
  readonly parent?: string
}

export const zones: Collection<Zone> = { service: 'dns', path: '/zones', field: 'zones', one: '', project: false }

async function* withParents(io: Io<OpenStack>): AsyncGenerator<Zone, void, undefined> {
  const all = await Array.fromAsync(rowsOf(io, zones))
  for (const one of all) {
    const [parent] = all
      .filter(({ name }) => one.name.endsWith(`.${name}`))
      .toSorted((a, b) => b.name.length - a.name.length)
    yield parent ? { ...one, parent: parent.id } : one
  }
}

/** Its record sets go with it. Subzones refuse its removal. */
export const zone: OpenStackKind = openstackKind({
  name: 'openstack:zone',
  uses: ['openstack:zone'],
  ...listed(zones),
  find: { all: withParents, ids: (io, ids) => amongIds(withParents(io), ids) },
  facts: (raw) => ({
    id: raw.id,
    ...marksOf(raw),
    aliases: [`zone:${raw.name}`],
    incarnation: raw.id,
    phase: dnsPhase(raw),
    state: dnsState(raw),
    ...since(raw.updated_at),
    relations: raw.parent ? [dependsOn(ref('openstack:zone', raw.parent), 'name')] : [],
    protections: raw.shared
      ? [
          {
            id: 'shared',
            liftable: false,
            says: 'the zone is shared with other projects, which lose their records in it',
          },
        ]
      : [],
    data: { shared: raw.shared ?? false },
  }),
  async remove(io, it) {
    await io.client.send(io, 'dns', 'DELETE', `/zones/${it.id}`)
  },
  manual: (it) => (it.data.shared ? cli('zone', 'delete', '--delete-shares', it.id) : cli('zone', 'delete', it.id)),
  latency: { typicalMs: 5_000, worstMs: 120_000 }, // worst: designate-tempest-plugin, [dns] build_timeout
})

interface Pending {
  readonly status: string
  readonly action?: string
}

/** Designate accepts a deletion in every state and says in `action` what it is at (api-ref, Zone Statuses). */
export function dnsPhase({ status, action }: Pending): Phase {
  if (status === 'DELETED') return 'gone'
  if (action !== 'DELETE') return 'steady'
  return status === 'ERROR' ? 'failed' : 'going'
}

export const dnsState = ({ status, action }: Pending): string =>
  action && action !== 'NONE' ? `${status} (${action})` : status
