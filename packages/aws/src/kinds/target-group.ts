import type { Tag, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2'
import { dependsOn, ref, usedBy } from '@cleardown/core'
import { type AwsKind, awsKind, cli, marksOf, regionOf, type Sure, unlessGone } from '../aws-kind.ts'
import { pages, send } from '../client.ts'
import { elbTags } from '../elb-tags.ts'
import { madeFor } from '../makers.ts'

type Raw = Sure<TargetGroup, 'TargetGroupArn' | 'TargetGroupName'> & { readonly tags?: readonly Tag[] }

export const targetGroup: AwsKind = awsKind({
  name: 'aws:target-group',
  service: 'elbv2',
  uses: ['aws:load-balancer', 'aws:vpc'],
  find: { all: (io) => pages<Raw>(io, 'elbv2', 'DescribeTargetGroups', {}, 'TargetGroups') },
  labels: (io, found) => elbTags(io, found, (raw) => raw.TargetGroupArn),
  read: async (io, arn) =>
    (await unlessGone(send(io, 'elbv2', 'DescribeTargetGroups', { TargetGroupArns: [arn] })))?.TargetGroups?.[0] as
      | Raw
      | undefined,
  facts: (raw) => {
    const marks = marksOf(raw.tags)
    return {
      id: raw.TargetGroupArn,
      ...marks,
      name: raw.TargetGroupName,
      aliases: [raw.TargetGroupArn],
      incarnation: raw.TargetGroupArn,
      phase: 'steady',
      state: raw.LoadBalancerArns?.length ? 'used' : 'unused',
      relations: [
        ...madeFor(marks.tags),
        // Its rules name it too; that they are gone shows only in this list (kubernetes-sigs/cluster-api-provider-aws#4175).
        ...(raw.LoadBalancerArns ?? []).map((arn) => usedBy(ref('aws:load-balancer', arn), 'LoadBalancerArns')),
        ...(raw.VpcId ? [dependsOn(ref('aws:vpc', raw.VpcId), 'VpcId', 'leaks')] : []),
      ],
      data: { region: regionOf(raw.TargetGroupArn), type: raw.TargetType ?? '' },
    }
  },
  async remove(io, it) {
    await send(io, 'elbv2', 'DeleteTargetGroup', { TargetGroupArn: it.id })
  },
  manual: (it) => cli('elbv2', 'delete-target-group', { 'target-group-arn': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once; in use for up to half a minute after its load balancer
})
