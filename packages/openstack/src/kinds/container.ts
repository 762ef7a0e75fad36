import type { Io } from '@cleardown/core'
import type { OpenStack } from '../client.ts'
import { cli, type OpenStackKind, openstackKind } from '../openstack-kind.ts'

interface Container {
  readonly name: string
  readonly count: number
  readonly bytes: number
  readonly last_modified?: string
}

async function* containers(io: Io<OpenStack>, prefix?: string): AsyncGenerator<Container, void, undefined> {
  yield* io.client.list<Container>(io, 'object-store', '/', { format: 'json', prefix }, '')
}

const protection = 'objects'

/**
 * A listing has no marks, so only a target that names it by id, or the ledger, or its exact name, makes one ours; and as it holds data, a person
 * decides. One with objects in it is never emptied by us: the command for it is told.
 */
export const container: OpenStackKind = openstackKind({
  name: 'openstack:container',
  service: 'object-store',
  uses: [],
  find: {
    all: (io) => containers(io),
    async *ids(io, names) {
      const wanted = new Set(names)
      for await (const one of containers(io)) if (wanted.has(one.name)) yield one
    },
  },
  async read(io, name): Promise<Container | undefined> {
    for await (const one of containers(io, name)) if (one.name === name) return one
    return undefined
  },
  facts: (raw) => ({
    id: raw.name,
    name: raw.name,
    incarnation: raw.name, // a listing says nothing that would tell it from a later one of the same name
    phase: 'steady',
    state: 'available',
    holdsData: 'unknown',
    relations: [],
    protections:
      raw.count > 0
        ? [{ id: protection, liftable: false, says: `${raw.count} objects with ${raw.bytes} bytes are in it` }]
        : [],
    data: { count: raw.count, bytes: raw.bytes },
  }),
  async remove(io, it) {
    await io.client.send(io, 'object-store', 'DELETE', `/${encodeURIComponent(it.id)}`)
  },
  manual: (it) => cli('container', 'delete', ...(it.data.count > 0 ? ['--recursive'] : []), it.id),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once; listings lag behind
})
