import { type Evidence, type Io, ref } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import { makers } from '../makers.ts'
import { aliasOf, cli, createdAt, marksOf, type OpenStackKind, openstackKind, rowsOf } from '../openstack-kind.ts'
import { type Server, servers } from './server.ts'

interface Keypair {
  readonly name: string
  readonly fingerprint: string
  readonly type?: string
  /** Only where one is read by its name. */
  readonly created_at?: string
}

interface Raw extends Keypair {
  readonly user: string
  /** Servers of the same user that were made with it by the program that made it too. */
  readonly madeWith?: readonly string[]
}

/** Names of keypairs that a program makes for its own servers; others are people's, whoever starts a server with them. */
const kubespray = makers.find(({ domain }) => domain === 'kubespray')
const made = /^kubernetes-/

async function* keypairs(io: Io<OpenStack>): AsyncGenerator<Raw, void, undefined> {
  const { user } = io.client
  const rows = io.client.list<{ keypair: Keypair }>(io, 'compute', '/os-keypairs', {}, 'keypairs')
  for await (const { keypair } of rows) yield { ...keypair, user }
}

async function* withServers(io: Io<OpenStack>): AsyncGenerator<Raw, void, undefined> {
  const all = await Array.fromAsync(keypairs(io))
  const looked = all.some(({ name }) => made.test(name)) ? await Array.fromAsync(rowsOf<Server>(io, servers)) : []
  for (const one of all) {
    const madeWith = made.test(one.name) ? looked.filter((server) => isMadeWith(server, one)).map(({ id }) => id) : []
    yield { ...one, madeWith }
  }
}

/** Kubespray's Terraform makes the keypair `kubernetes-<cluster>` and gives it to servers that say `kubespray_groups`, or its cluster in their name. */
function isMadeWith(server: Server, { name, user }: Raw): boolean {
  if (server.key_name !== name || server.user_id !== user) return false
  const cluster = name.replace(made, '')
  return (
    server.metadata?.['kubespray_groups'] !== undefined ||
    (kubespray?.read({ name: server.name }).some((one) => one.cluster === cluster) ?? false)
  )
}

/** Belongs to a user, not to a project: those of others cannot be seen. It has nothing but its name, and the servers made with it, to say whose it is. */
export const keypair: OpenStackKind = openstackKind({
  name: 'openstack:keypair',
  service: 'compute',
  uses: [],
  find: {
    all: withServers,
    async *ids(io, names) {
      const wanted = new Set(names)
      for await (const one of keypairs(io)) if (wanted.has(one.name)) yield one
    },
  },
  async read(io, name) {
    const one = await read<Keypair>(io, 'compute', `/os-keypairs/${encodeURIComponent(name)}`, 'keypair')
    return one && { ...one, user: io.client.user }
  },
  facts: (raw: Raw) => ({
    id: raw.name,
    ...marksOf({ id: raw.name, name: raw.name }),
    aliases: [aliasOf('keypair', `${raw.user}/${raw.name}`)],
    incarnation: `${raw.name}@${raw.fingerprint}`,
    phase: 'steady',
    state: 'available',
    ...createdAt(raw.created_at),
    relations: [],
    evidence: (raw.madeWith ?? []).map(throughServer),
    data: { type: raw.type ?? 'ssh' },
  }),
  async remove(io, it) {
    await io.client.send(io, 'compute', 'DELETE', `/os-keypairs/${encodeURIComponent(it.id)}`)
  },
  manual: (it) => cli('keypair', 'delete', it.id),
  latency: { typicalMs: 500, worstMs: 30_000 }, // at once
})

const throughServer = (id: string): Evidence => ({
  rule: 'key-of-server',
  says: 'ours',
  strength: 'proof',
  field: 'key_name',
  value: id,
  through: ref('openstack:server', id),
})
