import { dependsOn, type Find, type Io, ref, usedBy } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import { collectionOf, neutronWays, removeUnchanged, revisionOf } from '../neutron.ts'
import { cli, marksOf, type OpenStackKind, openstackKind, rowsBy } from '../openstack-kind.ts'
import type { PortRow } from '../ports.ts'
import { type TrunkRow, trunks } from '../trunks.ts'

interface Raw extends TrunkRow {
  /** The server that uses the parent port, where that was looked up. */
  readonly server?: string
}

const ways = neutronWays<TrunkRow>(trunks)
const portsById = rowsBy<PortRow>({ service: 'network', path: '/ports', field: 'ports', one: 'port' }, 'id')

async function* withServers(io: Io<OpenStack>, rows: AsyncIterable<TrunkRow>): AsyncGenerator<Raw, void> {
  const found = await Array.fromAsync(rows)
  const servers = new Map<string, string>()
  for await (const port of portsById(
    io,
    found.map(({ port_id }) => port_id),
  ))
    if (port.device_id && port.device_owner.startsWith('compute:')) servers.set(port.id, port.device_id)
  for (const trunk of found) {
    const server = servers.get(trunk.port_id)
    yield server ? { ...trunk, server } : trunk
  }
}

const { ids } = ways.find

export const trunk: OpenStackKind = openstackKind({
  name: 'openstack:trunk',
  service: 'network',
  uses: ['openstack:port', 'openstack:server'],
  find: {
    all: (io) => withServers(io, ways.find.all(io)),
    ...(ids ? { ids: ((io, values) => withServers(io, ids(io, values))) satisfies Find<OpenStack, Raw> } : {}),
  },
  read: (io, id) => read<Raw>(io, 'network', `${collectionOf(trunks).path}/${id}`, 'trunk'),
  revision: revisionOf,
  facts: (raw: Raw) => ({
    id: raw.id,
    ...marksOf(raw),
    incarnation: raw.id,
    phase: raw.status === 'BUILD' ? 'changing' : 'steady',
    state: raw.status,
    relations: [
      dependsOn(ref('openstack:port', raw.port_id), 'port_id'),
      // some drivers refuse a trunk whose parent port is bound: TrunkInUse
      ...(raw.server ? [usedBy(ref('openstack:server', raw.server), 'port_id.device_id')] : []),
    ],
    ...(raw.admin_state_up
      ? {}
      : {
          protections: [{ id: 'admin-state', liftable: true, says: 'a trunk that is switched off cannot be removed' }],
        }),
    data: { up: raw.admin_state_up },
  }),
  remove: (io, it) => removeUnchanged(io, '/trunks', it),
  unprotect: {
    before: (it) => (it.data.up ? undefined : false),
    async apply(io, it) {
      await io.client.send(io, 'network', 'PUT', `/trunks/${it.id}`, { body: { trunk: { admin_state_up: true } } })
    },
    async undo(io, it) {
      await io.client.send(io, 'network', 'PUT', `/trunks/${it.id}`, { body: { trunk: { admin_state_up: false } } })
    },
  },
  manual: (it) => cli('network', 'trunk', 'delete', it.id),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once
})
