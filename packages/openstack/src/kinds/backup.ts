import { dependsOn, type Io, ref } from '@cleardown/core'
import type { OpenStack } from '../client.ts'
import {
  aliasOf,
  amongIds,
  type Collection,
  deletedByHand,
  listed,
  marksOf,
  type OpenStackKind,
  openstackKind,
  phases,
  type Row,
  rowsOf,
  since,
} from '../openstack-kind.ts'
import { wishOf } from './volume.ts'

interface Backup extends Row {
  readonly status: string
  readonly updated_at?: string | null
  readonly volume_id: string
  readonly size?: number
  readonly metadata?: Readonly<Record<string, string>> | null
  readonly is_incremental?: boolean
  readonly has_dependent_backups?: boolean
  readonly data_timestamp?: string | null
  readonly fail_reason?: string | null
  readonly 'os-backup-project-attr:project_id'?: string
  /** From the whole listing: the backup that this one builds on. */
  readonly parent?: string
}

const backups: Collection<Backup> = {
  service: 'block-storage',
  path: '/backups',
  detail: '/backups/detail',
  field: 'backups',
  one: 'backup',
  project: false,
  owner: (row) => row['os-backup-project-attr:project_id'],
}

async function* withParents(io: Io<OpenStack>): AsyncGenerator<Backup, void, undefined> {
  const all = await Array.fromAsync(rowsOf(io, backups))
  const newestFirst = all.toSorted((a, b) => (momentOf(a) < momentOf(b) ? 1 : -1))
  for (const one of all) {
    const parent = one.is_incremental
      ? newestFirst.find(
          (other) =>
            other.has_dependent_backups && other.volume_id === one.volume_id && momentOf(other) < momentOf(one),
        )
      : undefined
    yield parent ? { ...one, parent: parent.id } : one
  }
}

/** The answer does not name the parent. Cinder takes the newest that is older (cinder/backup/api.py, create), so that is the one. */
const momentOf = ({ data_timestamp, created_at }: Backup): string => data_timestamp ?? created_at ?? ''

/** Deletable: available, error, and only while no incremental one builds on it (cinder/backup/api.py, delete). */
const phaseOf = phases({
  creating: 'changing',
  restoring: 'changing',
  deleting: 'going',
  deleted: 'gone',
  error_deleting: 'stuck',
})

/** Outlives its volume and does not hold it. That it is a copy of ours is a hint: whoever made it may want to keep it. */
export const backup: OpenStackKind = openstackKind({
  name: 'openstack:backup',
  uses: ['openstack:backup'],
  ...listed(backups),
  find: { all: withParents, ids: (io, ids) => amongIds(withParents(io), ids) },
  facts: (raw) => {
    const marks = marksOf(raw)
    const account = raw['os-backup-project-attr:project_id']
    return {
      id: raw.id,
      ...marks,
      ...(account ? { account } : {}),
      tags: { ...marks.tags, ...raw.metadata },
      incarnation: raw.id,
      phase: phaseOf(raw.status),
      state: raw.status,
      ...since(raw.updated_at),
      holdsData: wishOf(raw.metadata ?? {}, raw.status, 'cinder.csi.openstack.org/cluster'),
      relations: raw.parent ? [dependsOn(ref('openstack:backup', raw.parent), 'is_incremental')] : [],
      evidence: [
        {
          rule: 'backup-of-ours',
          says: 'ours',
          strength: 'hint',
          field: 'volume_id',
          value: raw.volume_id,
          through: { alias: aliasOf('volume', raw.volume_id) },
        },
      ],
      data: { size: raw.size ?? 0, incremental: raw.is_incremental ?? false, reason: raw.fail_reason ?? null },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'block-storage', 'DELETE', `/backups/${it.id}`)
  },
  manual: (it) => deletedByHand(it, ['volume', 'backup']),
  latency: { typicalMs: 5_000, worstMs: 300_000 }, // worst: Tempest's [volume] build_timeout
})
