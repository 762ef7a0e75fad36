import { dependsOn, type Io, type Phase, ref, whole } from '@cleardown/core'
import type { OpenStack } from '../client.ts'
import {
  aliasOf,
  amongIds,
  byAlias,
  type Collection,
  cli,
  createdAt,
  listed,
  marksOf,
  type OpenStackKind,
  openstackKind,
  type Row,
  rowsOf,
  since,
} from '../openstack-kind.ts'

export interface Server extends Row {
  readonly user_id?: string
  readonly status: string
  readonly 'OS-EXT-STS:task_state'?: string | null
  readonly created?: string
  readonly updated?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly locked?: boolean
  readonly locked_reason?: string | null
  /** Who started it is not who looks: its keypair cannot be seen. */
  readonly strangers?: boolean
  readonly image?: { readonly id: string } | ''
  readonly key_name?: string | null
  readonly fault?: { readonly message?: string }
  readonly 'os-extended-volumes:volumes_attached'?: readonly {
    readonly id: string
    readonly delete_on_termination?: boolean
  }[]
}

export const servers: Collection<Server> = {
  service: 'compute',
  path: '/servers',
  detail: '/servers/detail',
  field: 'servers',
  one: 'server',
  project: false,
}
const ways = listed(servers)

const seenBy = (user: string, row: Server): Server => ({
  ...row,
  strangers: row.user_id !== undefined && row.user_id !== user,
})

async function* withUsers(io: Io<OpenStack>, rows: AsyncIterable<Server>): AsyncGenerator<Server, void> {
  for await (const row of rows) yield seenBy(io.client.user, row)
}

const protection = 'locked'
const act = (io: Io<OpenStack>, id: string, body: object): Promise<unknown> =>
  io.client.send(io, 'compute', 'POST', `/servers/${id}/action`, { body })

/**
 * Ports and volume attachments say themselves that they are its parts. A volume goes along only where the server's answer says so; a port that
 * was made before the server outlives it.
 */
export const server: OpenStackKind = openstackKind({
  name: 'openstack:server',
  uses: [
    'openstack:image',
    'openstack:keypair',
    'openstack:port',
    'openstack:server-group',
    'openstack:trunk',
    'openstack:volume',
  ],
  service: ways.service,
  find: {
    all: (io) => withUsers(io, rowsOf(io, servers)),
    ids: (io, ids) => withUsers(io, amongIds(rowsOf(io, servers), ids)),
  },
  async read(io, id) {
    const row = await ways.read?.(io, id)
    return row && seenBy(io.client.user, row)
  },
  facts: (raw) => {
    const { status, metadata, image, key_name, user_id, locked, locked_reason, fault } = raw
    const task = raw['OS-EXT-STS:task_state'] ?? null
    const marks = marksOf(raw)
    const volumes = raw['os-extended-volumes:volumes_attached'] ?? []
    return {
      id: raw.id,
      ...marks,
      tags: { ...marks.tags, ...metadata },
      aliases: [aliasOf('instance', raw.id)],
      incarnation: raw.id,
      phase: phaseOf(status, task),
      state: task ? `${status} (${task})` : status,
      ...since(raw.updated),
      ...createdAt(raw.created),
      relations: [
        ...volumes
          .filter((one) => one.delete_on_termination)
          .map(({ id }) => whole(ref('openstack:volume', id), 'volumes_attached.delete_on_termination')),
        // nothing of these is refused: order only, so that nothing is taken from under a server that still runs
        ...(image ? [dependsOn(byAlias('image', image.id), 'image', 'leaks')] : []),
        ...(key_name ? [dependsOn(byAlias('keypair', `${user_id ?? ''}/${key_name}`), 'key_name', 'leaks')] : []),
      ],
      ...(key_name && raw.strangers ? { hidden: [hiddenKey(raw.id, key_name, user_id)] } : {}),
      protections: locked
        ? [{ id: protection, liftable: true, says: locked_reason ? `locked: ${locked_reason}` : 'locked' }]
        : [],
      data: {
        status,
        task,
        locked: locked ? { reason: locked_reason ?? null } : null,
        reason: fault?.message ?? null,
        bootsFromVolume: image === '',
      },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'compute', 'DELETE', `/servers/${it.id}`)
  },
  unprotect: {
    before: (it) => it.data.locked ?? undefined,
    apply: async (io, it) => void (await act(io, it.id, { unlock: null })),
    undo: async (io, it, before) => {
      const { reason } = before as { reason: string | null }
      await act(io, it.id, { lock: reason ? { locked_reason: reason } : null })
    },
  },
  manual: (it) => {
    const remove = cli('server', 'delete', it.id)
    // only an operator can give a lost deletion back to the compute service
    if (it.phase === 'going') return `${cli('server', 'set', '--state', 'error', it.id)} && ${remove}`
    if (it.data.status === 'SOFT_DELETED') return cli('server', 'delete', '--force', it.id)
    return it.data.locked ? `${cli('server', 'unlock', it.id)} && ${remove}` : remove
  },
  latency: { typicalMs: 10_000, worstMs: 300_000 }, // worst: Tempest's [compute] build_timeout
})

const hiddenKey = (id: string, key: string, user = ''): string =>
  `server ${id} was started with the keypair ${key} of user ${user}; keypairs of other users can be neither seen nor removed with these credentials: it stays`

/** A server may be deleted in every state (nova/compute/api.py: delete checks neither vm_state nor task_state), and ERROR does not say what failed. */
function phaseOf(status: string, task: string | null): Phase {
  if (status === 'DELETED') return 'gone'
  // Kept for reclaim_instance_interval with all its ports and volumes. Sooner it goes only by force, which takes it from who may restore it.
  if (status === 'SOFT_DELETED') return 'stuck'
  if (task === 'deleting' || task === 'soft-deleting') return 'going'
  return 'steady'
}
