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
import { wishOf } from './volume.ts'

interface Share extends Row {
  readonly status: string
  readonly size?: number
  readonly share_proto?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly share_network_id?: string | null
  readonly share_group_id?: string | null
}

/** Deletable: available, error, inactive (manila/share/api.py, delete). */
const phaseOf = phases({
  creating: 'changing',
  creating_from_snapshot: 'changing',
  manage_starting: 'changing',
  unmanage_starting: 'changing',
  manage_error_unmanage_starting: 'changing',
  ensuring: 'changing',
  extending: 'changing',
  shrinking: 'changing',
  reverting: 'changing',
  migrating: 'changing',
  migrating_to: 'changing',
  replication_change: 'changing',
  server_migrating: 'changing',
  server_migrating_to: 'changing',
  backup_creating: 'changing',
  backup_restoring: 'changing',
  deleting: 'going',
  deferred_deleting: 'going',
  deleted: 'gone',
  error_deleting: 'stuck',
  error_deferred_deleting: 'stuck',
  extending_error: 'stuck',
  shrinking_error: 'stuck',
  shrinking_possible_data_loss_error: 'stuck',
  reverting_error: 'stuck',
  manage_error: 'stuck',
  unmanage_error: 'stuck',
})

export const share: OpenStackKind = openstackKind({
  name: 'openstack:share',
  uses: ['openstack:share-network'],
  ...listed<Share>({
    service: 'shared-file-system',
    path: '/shares',
    detail: '/shares/detail',
    field: 'shares',
    one: 'share',
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
      holdsData: wishOf(raw.metadata, raw.status, 'manila.csi.openstack.org/cluster'),
      relations: raw.share_network_id
        ? [dependsOn(ref('openstack:share-network', raw.share_network_id), 'share_network_id')]
        : [],
      data: { size: raw.size ?? 0, protocol: raw.share_proto ?? null, group: raw.share_group_id ?? null },
    }
  },
  /** A member of a share group is only deleted by a call that names the group. */
  async remove(io, it) {
    const { group } = it.data
    await io.client.send(
      io,
      'shared-file-system',
      'DELETE',
      `/shares/${it.id}`,
      group ? { query: { share_group_id: group } } : {},
    )
  },
  manual: (it) => deletedByHand(it, ['share'], '--status'),
  latency: { typicalMs: 15_000, worstMs: 500_000 }, // worst: manila-tempest-plugin, [share] build_timeout
})
