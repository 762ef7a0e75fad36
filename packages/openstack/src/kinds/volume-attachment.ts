import { dependsOn, type Io, partOf, ref } from '@cleardown/core'
import { HttpError, type OpenStack } from '../client.ts'
import {
  aliasOf,
  byAlias,
  type Collection,
  cli,
  listed,
  type OpenStackKind,
  openstackKind,
  phases,
  rowsOf,
} from '../openstack-kind.ts'

interface Attachment {
  readonly id: string
  readonly status: string
  readonly instance?: string | null
  readonly volume_id: string
  readonly attached_at?: string | null
  /** Second look: its server. */
  readonly server?: 'there' | 'boots-from-volume' | 'absent'
}

const attachments: Collection<Attachment> = {
  service: 'block-storage',
  path: '/attachments',
  detail: '/attachments/detail', // with a filter by volume it answers 400
  field: 'attachments',
  one: 'attachment',
  project: false,
}

interface Server {
  readonly id: string
  readonly image?: unknown
}
const servers: Collection<Server> = {
  service: 'compute',
  path: '/servers',
  detail: '/servers/detail',
  field: 'servers',
  one: 'server',
  project: false,
}

/** Which servers still are there: one listing for all of them, and a question by id for each that it lacks. */
async function lookAtServers(io: Io<OpenStack>, found: readonly Attachment[]): Promise<readonly Attachment[]> {
  const seen = new Map<string, Server>()
  for await (const one of rowsOf(io, servers)) seen.set(one.id, one)
  return Promise.all(
    found.map(async (raw) => {
      if (!raw.instance) return raw
      const server = seen.get(raw.instance) ?? (await listed(servers).read?.(io, raw.instance))
      return { ...raw, server: !server ? 'absent' : server.image === '' ? 'boots-from-volume' : 'there' }
    }),
  )
}

const phaseOf = phases({
  attaching: 'changing',
  detaching: 'going',
  error_detaching: 'failed',
  detached: 'gone',
  deleted: 'gone',
})

/**
 * Ties a volume to a server, goes with the server, and holds the volume until then. One whose server is gone was left behind by Compute; Block
 * Storage then takes it away itself.
 */
export const volumeAttachment: OpenStackKind = openstackKind({
  name: 'openstack:volume-attachment',
  link: true,
  uses: ['openstack:server', 'openstack:volume'],
  ...listed(attachments),
  more: lookAtServers,
  facts: (raw) => ({
    id: raw.id,
    incarnation: raw.id,
    phase: phaseOf(raw.status),
    state: raw.status,
    relations: [
      dependsOn(byAlias('volume', raw.volume_id), 'volume_id'),
      // Compute never detaches the disk that a server boots from, and the answer does not say which one that is
      ...(raw.instance
        ? [partOf(ref('openstack:server', raw.instance), 'instance', raw.server !== 'boots-from-volume')]
        : []),
    ],
    evidence:
      raw.server === 'absent'
        ? [
            {
              rule: 'attachment-without-server',
              says: 'ours',
              strength: 'proof',
              field: 'instance',
              value: raw.instance ?? '',
              through: { alias: aliasOf('volume', raw.volume_id) },
            },
          ]
        : [],
    data: { server: raw.instance ?? null, volume: raw.volume_id },
  }),
  async remove(io, it) {
    const { server, volume } = it.data
    if (server && (await detached(io, server, volume))) return
    await io.client.send(io, 'block-storage', 'DELETE', `/attachments/${it.id}`)
  },
  async restore(io, it) {
    const { server, volume } = it.data
    if (!server) return // it named a volume alone; nobody used it
    await io.client.send(io, 'compute', 'POST', `/servers/${server}/os-volume_attachments`, {
      body: { volumeAttachment: { volumeId: volume } },
    })
  },
  manual: (it) =>
    it.data.server
      ? cli('server', 'remove', 'volume', it.data.server, it.data.volume)
      : cli('volume', 'attachment', 'delete', it.id),
  latency: { typicalMs: 3_000, worstMs: 300_000 }, // worst: Tempest's [volume] build_timeout
})

/**
 * Only Compute may detach what it uses (409 ConflictNovaUsingAttachment); false where it knows neither server nor attachment. Block Storage asks
 * Compute again before it deletes an attachment, so a server that is only hidden from us loses nothing.
 */
async function detached(io: Io<OpenStack>, server: string, volume: string): Promise<boolean> {
  try {
    await io.client.send(io, 'compute', 'DELETE', `/servers/${server}/os-volume_attachments/${volume}`)
    return true
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return false
    throw error
  }
}
