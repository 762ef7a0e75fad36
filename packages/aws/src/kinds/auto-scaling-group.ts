import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import { dependsOn, partOf, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, createdAt, marksOf, regionOf, type Sure, slices } from '../aws-kind.ts'
import { pages, send } from '../client.ts'

type Raw = Sure<AutoScalingGroup, 'AutoScalingGroupName' | 'AutoScalingGroupARN'>

const protection = 'DeletionProtection'
/** Group names in one question (Auto Scaling API Reference, DescribeAutoScalingGroups). */
const namesAtOnce = 50

const find = 'DescribeAutoScalingGroups'
const field = 'AutoScalingGroups'

export const autoScalingGroup: AwsKind = awsKind({
  name: 'aws:auto-scaling-group',
  service: 'autoscaling',
  uses: ['aws:nodegroup', 'aws:subnet', 'aws:launch-template', 'aws:target-group', 'aws:classic-load-balancer'],
  find: {
    all: (io) => pages<Raw>(io, 'autoscaling', find, { MaxRecords: 100 }, field),
    async *ids(io, names) {
      for (const some of slices(names, namesAtOnce))
        yield* pages<Raw>(io, 'autoscaling', find, { AutoScalingGroupNames: some }, field)
    },
  },
  facts: (raw) => {
    const marks = marksOf(raw.Tags)
    const cluster = marks.tags['eks:cluster-name']
    const nodegroup = marks.tags['eks:nodegroup-name']
    const suspended = (raw.SuspendedProcesses ?? []).flatMap(({ ProcessName }) => ProcessName ?? []).sort()
    const guard = raw.DeletionProtection
    return {
      id: raw.AutoScalingGroupName,
      ...marks,
      name: raw.AutoScalingGroupName,
      aliases: [raw.AutoScalingGroupARN],
      incarnation: raw.AutoScalingGroupARN, // has a uuid of its own beside the name
      phase: raw.Status === 'Delete in progress' ? 'going' : 'steady',
      state: raw.Status ?? 'active',
      ...createdAt(raw.CreatedTime),
      relations: [
        ...(cluster && nodegroup
          ? [partOf(ref('aws:nodegroup', `${cluster}/${nodegroup}`), 'tag eks:nodegroup-name')]
          : []),
        // Nothing of these is refused while the group lives; it only fails to launch from then on.
        ...(raw.VPCZoneIdentifier ?? '')
          .split(',')
          .flatMap((id) => (id ? [dependsOn(ref('aws:subnet', id.trim()), 'VPCZoneIdentifier', 'leaks')] : [])),
        ...templatesOf(raw).map((id) => dependsOn(ref('aws:launch-template', id), 'LaunchTemplate', 'leaks')),
        ...(raw.TargetGroupARNs ?? []).map((arn) =>
          dependsOn(ref('aws:target-group', arn), 'TargetGroupARNs', 'leaks'),
        ),
        ...(raw.LoadBalancerNames ?? []).map((name) =>
          dependsOn(ref('aws:classic-load-balancer', name), 'LoadBalancerNames', 'leaks'),
        ),
      ],
      protections:
        guard && guard !== 'none'
          ? [{ id: protection, liftable: true, says: `deletion protection of the group (${guard})` }]
          : [],
      data: {
        region: regionOf(raw.AutoScalingGroupARN),
        suspended,
        desired: raw.DesiredCapacity ?? 0,
        protection: guard ?? 'none',
      },
    }
  },
  /** ForceDelete takes the instances along. */
  async remove(io, it) {
    await send(io, 'autoscaling', 'DeleteAutoScalingGroup', { AutoScalingGroupName: it.id, ForceDelete: true })
  },
  /** Setting its size to 0 would end the instances; without `Launch` it only makes no new ones. */
  quiesce: {
    before: (it) => (it.data.suspended.includes('Launch') ? undefined : [...it.data.suspended]),
    apply: async (io, it) =>
      void (await send(io, 'autoscaling', 'SuspendProcesses', {
        AutoScalingGroupName: it.id,
        ScalingProcesses: ['Launch'],
      })),
    undo: async (io, it) =>
      void (await send(io, 'autoscaling', 'ResumeProcesses', {
        AutoScalingGroupName: it.id,
        ScalingProcesses: ['Launch'],
      })),
  },
  unprotect: {
    before: (it) => (it.data.protection === 'none' ? undefined : it.data.protection),
    apply: async (io, it) =>
      void (await send(io, 'autoscaling', 'UpdateAutoScalingGroup', {
        AutoScalingGroupName: it.id,
        DeletionProtection: 'none',
      })),
    undo: async (io, it, before) =>
      void (await send(io, 'autoscaling', 'UpdateAutoScalingGroup', {
        AutoScalingGroupName: it.id,
        DeletionProtection: before as NonNullable<Raw['DeletionProtection']>,
      })),
  },
  manual: (it) =>
    cli(
      'autoscaling',
      'delete-auto-scaling-group',
      { 'auto-scaling-group-name': it.id, 'force-delete': true },
      it.data.region,
    ),
  latency: { typicalMs: 180_000, worstMs: 900_000 }, // 1 to 10 min, as long as its instances take
})

function templatesOf(raw: Raw): string[] {
  const mixed = raw.MixedInstancesPolicy?.LaunchTemplate
  const all = [
    raw.LaunchTemplate,
    mixed?.LaunchTemplateSpecification,
    ...(mixed?.Overrides ?? []).map((one) => one.LaunchTemplateSpecification),
  ]
  return [...new Set(all.flatMap((one) => one?.LaunchTemplateId ?? []))]
}
