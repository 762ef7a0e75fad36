import { dependsOn } from '@cleardown/core'
import {
  aliasOf,
  byAlias,
  cli,
  listed,
  marksOf,
  type OpenStackKind,
  openstackKind,
  type Row,
} from '../openstack-kind.ts'

interface Transfer extends Row {
  readonly volume_id: string
  readonly accepted?: boolean
}

/** An offer of a volume to another project; nobody can delete the volume while it stands. Only the giver's own offers are listed. */
export const volumeTransfer: OpenStackKind = openstackKind({
  name: 'openstack:volume-transfer',
  uses: ['openstack:volume'],
  ...listed<Transfer>({
    service: 'block-storage',
    path: '/os-volume-transfer',
    detail: '/os-volume-transfer/detail',
    field: 'transfers',
    one: 'transfer',
    project: false,
  }),
  facts: (raw) => ({
    id: raw.id,
    ...marksOf(raw),
    incarnation: raw.id,
    phase: raw.accepted ? 'gone' : 'steady',
    state: raw.accepted ? 'accepted' : 'offered',
    relations: [dependsOn(byAlias('volume', raw.volume_id), 'volume_id')],
    evidence: [
      {
        rule: 'transfer-of-ours',
        says: 'ours',
        strength: 'proof',
        field: 'volume_id',
        value: raw.volume_id,
        through: { alias: aliasOf('volume', raw.volume_id) },
      },
    ],
    data: { volume: raw.volume_id },
  }),
  async remove(io, it) {
    await io.client.send(io, 'block-storage', 'DELETE', `/os-volume-transfer/${it.id}`)
  },
  manual: (it) => cli('volume', 'transfer', 'request', 'delete', it.id),
  latency: { typicalMs: 500, worstMs: 30_000 }, // at once
})
