import type { Io } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import { aliasOf, cli, createdAt, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'

interface Keypair {
  readonly name: string
  readonly fingerprint: string
  readonly type?: string
  /** Only where one is read by its name. */
  readonly created_at?: string
}

async function* keypairs(io: Io<OpenStack>): AsyncGenerator<Keypair, void, undefined> {
  const rows = io.client.list<{ keypair: Keypair }>(io, 'compute', '/os-keypairs', {}, 'keypairs')
  for await (const { keypair } of rows) yield keypair
}

/** Belongs to a user, not to a project: those of others cannot be seen. It has nothing but its name to say whose it is. */
export const keypair: OpenStackKind = openstackKind({
  name: 'openstack:keypair',
  service: 'compute',
  uses: [],
  find: {
    all: keypairs,
    async *ids(io, names) {
      const wanted = new Set(names)
      for await (const one of keypairs(io)) if (wanted.has(one.name)) yield one
    },
  },
  read: (io, name) => read<Keypair>(io, 'compute', `/os-keypairs/${encodeURIComponent(name)}`, 'keypair'),
  facts: (raw) => ({
    id: raw.name,
    ...marksOf({ id: raw.name, name: raw.name }),
    aliases: [aliasOf('keypair', raw.name)],
    incarnation: `${raw.name}@${raw.fingerprint}`,
    phase: 'steady',
    state: 'available',
    ...createdAt(raw.created_at),
    relations: [],
    data: { type: raw.type ?? 'ssh' },
  }),
  async remove(io, it) {
    await io.client.send(io, 'compute', 'DELETE', `/os-keypairs/${encodeURIComponent(it.id)}`)
  },
  manual: (it) => cli('keypair', 'delete', it.id),
  latency: { typicalMs: 500, worstMs: 30_000 }, // at once
})
