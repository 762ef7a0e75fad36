import { dependsOn, type Protection, ref } from '@cleardown/core'
import {
  aliasOf,
  byAlias,
  deletedByHand,
  listed,
  marksOf,
  type OpenStackKind,
  openstackKind,
  phases,
  type Row,
  since,
} from '../openstack-kind.ts'

interface Volume extends Row {
  readonly status: string
  readonly updated_at?: string | null
  readonly size?: number
  readonly bootable?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly snapshot_id?: string | null
  readonly source_volid?: string | null
  readonly group_id?: string | null
  readonly consistencygroup_id?: string | null
  readonly migration_status?: string | null
  readonly volume_image_metadata?: Readonly<Record<string, string>>
  readonly 'os-vol-tenant-attr:tenant_id'?: string
}

/**
 * Deletable: available, error, error_restoring, error_extending, error_managing (cinder/volume/api.py, delete); in-use, reserved and
 * awaiting-transfer become so once an attachment or a transfer is gone. From the other errors only an operator leads out.
 */
const phaseOf = phases({
  creating: 'changing',
  attaching: 'changing',
  detaching: 'changing',
  maintenance: 'changing',
  'backing-up': 'changing',
  'restoring-backup': 'changing',
  downloading: 'changing',
  uploading: 'changing',
  retyping: 'changing',
  extending: 'changing',
  managing: 'changing',
  unmanaging: 'changing',
  deleting: 'going',
  deleted: 'gone',
  error_deleting: 'stuck',
  'error_backing-up': 'stuck',
  error_unmanaging: 'stuck',
})

const migrating = new Set(['starting', 'migrating', 'completing'])

export const volume: OpenStackKind = openstackKind({
  name: 'openstack:volume',
  uses: ['openstack:image', 'openstack:snapshot', 'openstack:volume'],
  ...listed<Volume>({
    service: 'block-storage',
    path: '/volumes',
    detail: '/volumes/detail',
    field: 'volumes',
    one: 'volume',
    project: false,
    owner: (row) => row['os-vol-tenant-attr:tenant_id'],
  }),
  facts: (raw) => {
    const marks = marksOf(raw)
    const account = raw['os-vol-tenant-attr:tenant_id']
    const image = raw.volume_image_metadata?.['image_id']
    return {
      id: raw.id,
      ...marks,
      ...(account ? { account } : {}),
      tags: { ...marks.tags, ...raw.metadata },
      aliases: [aliasOf('volume', raw.id)],
      incarnation: raw.id,
      phase: migrating.has(raw.migration_status ?? '') ? 'changing' : phaseOf(raw.status),
      state: raw.status,
      ...since(raw.updated_at),
      holdsData: wishOf(raw.metadata, raw.status, 'cinder.csi.openstack.org/cluster'),
      relations: [
        // some stores keep what a volume was made from as long as the volume: what was made goes first
        ...(raw.snapshot_id ? [dependsOn(ref('openstack:snapshot', raw.snapshot_id), 'snapshot_id', 'leaks')] : []),
        ...(raw.source_volid ? [dependsOn(byAlias('volume', raw.source_volid), 'source_volid', 'leaks')] : []),
        ...(image ? [dependsOn(byAlias('image', image), 'volume_image_metadata.image_id', 'leaks')] : []),
      ],
      protections: groups(raw),
      data: { size: raw.size ?? 0, bootable: raw.bootable === 'true' },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'block-storage', 'DELETE', `/volumes/${it.id}`)
  },
  // the state is an operator's to set, after a look at what the store still has
  manual: (it) => deletedByHand(it, ['volume']),
  latency: { typicalMs: 5_000, worstMs: 300_000 }, // worst: Tempest's [volume] build_timeout
})

/** A member of a group goes with it; the service refuses it alone. */
function groups({ group_id, consistencygroup_id }: Volume): Protection[] {
  const group = group_id || consistencygroup_id
  return group ? [{ id: 'group', liftable: false, says: `it is in the volume group ${group}` }] : []
}

/**
 * What shall become of the data: a cluster's mark says whose it is, and the reclaim policy stands in Kubernetes alone. A deletion that was asked
 * for before is the answer.
 */
export function wishOf(
  metadata: Readonly<Record<string, string>> | undefined,
  state: string,
  mark: string,
): 'delete' | 'unknown' {
  const asked = state === 'deleting' || state === 'error_deleting'
  return metadata?.[mark] !== undefined && !asked ? 'unknown' : 'delete'
}
