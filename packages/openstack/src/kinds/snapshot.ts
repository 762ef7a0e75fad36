import { dependsOn, type Protection } from '@cleardown/core'
import {
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
import { wishOf } from './volume.ts'

interface Snapshot extends Row {
  readonly status: string
  readonly updated_at?: string | null
  readonly volume_id: string
  readonly size?: number
  readonly metadata?: Readonly<Record<string, string>>
  readonly group_snapshot_id?: string | null
  readonly 'os-extended-snapshot-attributes:project_id'?: string
}

/** Deletable: available, error (cinder/volume/api.py, delete_snapshot). */
const phaseOf = phases({
  creating: 'changing',
  'backing-up': 'changing',
  restoring: 'changing',
  unmanaging: 'changing',
  deleting: 'going',
  deleted: 'gone',
  error_deleting: 'stuck',
})

/** Its volume cannot go before it. */
export const snapshot: OpenStackKind = openstackKind({
  name: 'openstack:snapshot',
  uses: ['openstack:volume'],
  ...listed<Snapshot>({
    service: 'block-storage',
    path: '/snapshots',
    detail: '/snapshots/detail',
    field: 'snapshots',
    one: 'snapshot',
    project: false,
    owner: (row) => row['os-extended-snapshot-attributes:project_id'],
  }),
  facts: (raw) => {
    const marks = marksOf(raw)
    const account = raw['os-extended-snapshot-attributes:project_id']
    return {
      id: raw.id,
      ...marks,
      ...(account ? { account } : {}),
      tags: { ...marks.tags, ...raw.metadata },
      incarnation: raw.id,
      phase: phaseOf(raw.status),
      state: raw.status,
      ...since(raw.updated_at),
      holdsData: wishOf(raw.metadata, raw.status, 'cinder.csi.openstack.org/cluster'),
      relations: [dependsOn(byAlias('volume', raw.volume_id), 'volume_id')],
      protections: groups(raw),
      data: { size: raw.size ?? 0 },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'block-storage', 'DELETE', `/snapshots/${it.id}`)
  },
  manual: (it) => deletedByHand(it, ['volume', 'snapshot']),
  latency: { typicalMs: 3_000, worstMs: 300_000 }, // worst: Tempest's [volume] build_timeout
})

function groups({ group_snapshot_id: group }: Snapshot): Protection[] {
  return group ? [{ id: 'group-snapshot', liftable: false, says: `it is in the group snapshot ${group}` }] : []
}
