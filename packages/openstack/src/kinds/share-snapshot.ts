import { dependsOn, ref } from '@cleardown/core'
import {
  deletedByHand,
  listed,
  marksOf,
  type OpenStackKind,
  openstackKind,
  phases,
  type Row,
} from '../openstack-kind.ts'

interface ShareSnapshot extends Row {
  readonly status: string
  readonly share_id: string
  readonly size?: number
  /** Since 2.73. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Deletable: available, error (manila/share/api.py, delete_snapshot). */
const phaseOf = phases({
  creating: 'changing',
  manage_starting: 'changing',
  unmanage_starting: 'changing',
  migrating: 'changing',
  migrating_to: 'changing',
  restoring: 'changing',
  deleting: 'going',
  deferred_deleting: 'going',
  error_deleting: 'stuck',
  error_deferred_deleting: 'stuck',
  manage_error: 'stuck',
  unmanage_error: 'stuck',
})

/** Its share cannot go before it. It is called a snapshot there too, and has nothing to do with those of volumes. */
export const shareSnapshot: OpenStackKind = openstackKind({
  name: 'openstack:share-snapshot',
  uses: ['openstack:share'],
  ...listed<ShareSnapshot>({
    service: 'shared-file-system',
    path: '/snapshots',
    detail: '/snapshots/detail',
    field: 'snapshots',
    one: 'snapshot',
    project: false,
  }),
  facts: (raw) => {
    const marks = marksOf(raw)
    return {
      id: raw.id,
      ...marks,
      tags: { ...marks.tags, ...raw.metadata },
      incarnation: raw.id,
      phase: phaseOf(raw.status),
      state: raw.status,
      // the driver for Kubernetes writes no mark on it, so it never says what its maker wants kept
      holdsData: 'delete',
      relations: [dependsOn(ref('openstack:share', raw.share_id), 'share_id')],
      data: { size: raw.size ?? 0 },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'shared-file-system', 'DELETE', `/snapshots/${it.id}`)
  },
  manual: (it) => deletedByHand(it, ['share', 'snapshot'], '--status'),
  latency: { typicalMs: 10_000, worstMs: 500_000 }, // worst: manila-tempest-plugin, [share] build_timeout
})
