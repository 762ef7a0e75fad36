import type { Volume } from '@aws-sdk/client-ec2'
import { type Phase, partOf, ref, usedBy } from '@cleardown/core'
import { type AwsKind, awsKind, cli, createdAt, marksOf, operated, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

const phases: Readonly<Record<string, Phase>> = { creating: 'changing', deleting: 'going', deleted: 'gone' }

export const volume: AwsKind = awsKind({
  name: 'aws:volume',
  service: 'ec2',
  uses: ['aws:instance', 'aws:eks-cluster'],
  ...ec2Ways<Sure<Volume, 'VolumeId'>>({
    op: 'DescribeVolumes',
    field: 'Volumes',
    ids: 'VolumeIds',
    filter: 'volume-id',
    using: { 'aws:instance': 'attachment.instance-id' },
  }),
  facts: (raw) => {
    const marks = marksOf(raw.Tags)
    const { fixed, relations } = operated(raw, marks.tags)
    const state = raw.State ?? 'available'
    const attachments = (raw.Attachments ?? []).filter(({ State }) => State !== 'detached')
    const withInstance = attachments.some((one) => one.DeleteOnTermination)
    return {
      id: raw.VolumeId,
      ...marks,
      aliases: [`volume:${raw.VolumeId}`],
      incarnation: raw.VolumeId,
      phase: phases[state] ?? 'steady',
      state,
      ...createdAt(raw.CreateTime),
      ...(fixed ? { fixed } : {}),
      ...(state === 'available' && attachments.length === 0 ? { idle: 'attached to nothing' } : {}),
      // The reclaim policy of a claimed volume is known to Kubernetes alone.
      ...(withInstance ? {} : { holdsData: 'unknown' as const }),
      relations: [
        ...relations,
        ...attachments.flatMap(({ InstanceId, DeleteOnTermination }) => {
          if (!InstanceId) return []
          const instance = ref('aws:instance', InstanceId)
          return [
            DeleteOnTermination
              ? partOf(instance, 'Attachments.DeleteOnTermination')
              : usedBy(instance, 'Attachments.InstanceId'),
          ]
        }),
      ],
      data: {
        region: raw.Region,
        size: raw.Size ?? 0,
        type: raw.VolumeType ?? '',
        claim: marks.tags['kubernetes.io/created-for/pvc/name'] ?? null,
        namespace: marks.tags['kubernetes.io/created-for/pvc/namespace'] ?? null,
      },
    }
  },
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteVolume', { VolumeId: it.id })
  },
  manual: (it) => cli('ec2', 'delete-volume', { 'volume-id': it.id }, it.data.region),
  latency: { typicalMs: 5_000, worstMs: 60_000 }, // seconds to a minute
})
