import { dependsOn, type Io, ref } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import {
  aliasOf,
  amongIds,
  type Collection,
  cli,
  marksOf,
  type OpenStackKind,
  openstackKind,
  phases,
  type Row,
  rowsOf,
  since,
} from '../openstack-kind.ts'

/** Beside these fields an image carries properties that its maker chose, at the same level and always as text. */
interface Image extends Row {
  readonly owner?: string | null
  readonly status: string
  readonly visibility?: string
  readonly protected?: boolean
  readonly updated_at?: string
  readonly size?: number | null
  readonly block_device_mapping?: string
}

/** Never a property of the maker's. */
const fields = new Set(
  'id name owner status visibility protected created_at updated_at tags size virtual_size checksum container_format disk_format file schema self locations direct_url stores os_hash_algo os_hash_value block_device_mapping'.split(
    ' ',
  ),
)

const images: Collection<Image> = {
  service: 'image',
  path: '/images',
  field: 'images',
  one: '',
  project: 'owner',
  owner: (row) => row.owner,
}

/** Hidden ones are listed only when they are asked for. */
async function* own(io: Io<OpenStack>): AsyncGenerator<Image, void, undefined> {
  yield* rowsOf(io, images)
  yield* rowsOf(io, images, { os_hidden: true })
}

const protection = 'protected'
const protect = (io: Io<OpenStack>, id: string, value: boolean): Promise<unknown> =>
  io.client.send(io, 'image', 'PATCH', `/images/${id}`, {
    body: [{ op: 'replace', path: '/protected', value }],
    headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
  })

/** Only those that the project owns; what others publish or share is never listed. */
export const image: OpenStackKind = openstackKind({
  name: 'openstack:image',
  service: 'image',
  uses: ['openstack:snapshot'],
  find: { all: own, ids: (io, ids) => amongIds(own(io), ids) },
  read: (io, id) => read<Image>(io, 'image', `/images/${id}`, ''),
  facts: (raw) => {
    const marks = marksOf(raw)
    const properties = Object.entries(raw).filter(
      (one): one is [string, string] => !fields.has(one[0]) && typeof one[1] === 'string',
    )
    return {
      id: raw.id,
      ...marks,
      tags: { ...marks.tags, ...Object.fromEntries(properties) },
      ...(raw.owner ? { account: raw.owner } : {}),
      aliases: [aliasOf('image', raw.id)],
      incarnation: raw.id,
      phase: phaseOf(raw.status),
      state: raw.status,
      ...since(raw.updated_at),
      relations: snapshotsOf(raw).map((id) =>
        dependsOn(ref('openstack:snapshot', id), 'block_device_mapping', 'leaks'),
      ),
      protections: raw.protected ? [{ id: protection, liftable: true, says: 'the image is protected' }] : [],
      data: { protected: raw.protected ?? false, visibility: raw.visibility ?? 'shared', size: raw.size ?? 0 },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'image', 'DELETE', `/images/${it.id}`)
  },
  unprotect: {
    before: (it) => (it.data.protected ? true : undefined),
    apply: async (io, it) => void (await protect(io, it.id, false)),
    undo: async (io, it) => void (await protect(io, it.id, true)),
  },
  manual: (it) => {
    const remove = cli('image', 'delete', it.id)
    return it.data.protected ? `${cli('image', 'set', '--unprotected', it.id)} && ${remove}` : remove
  },
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once; a store that has to free the space takes longer
})

const phaseOf = phases({ deleted: 'gone', pending_delete: 'going' })

/** The image of a server that boots from a volume is only a list of snapshots, and they stay when it goes. */
function snapshotsOf({ block_device_mapping: text }: Image): string[] {
  if (!text) return []
  try {
    const mapping = JSON.parse(text) as readonly { readonly snapshot_id?: string | null }[]
    return mapping.flatMap(({ snapshot_id }) => snapshot_id ?? [])
  } catch {
    return [] // anybody may write the property, so it need not be what Nova writes
  }
}
