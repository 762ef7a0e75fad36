import type { SecurityGroup } from '@aws-sdk/client-ec2'
import { dependsOn, partOf, type Relation, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, marksOf, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways, unmarkEc2 } from '../ec2.ts'
import { madeFor } from '../makers.ts'

type Raw = Sure<SecurityGroup, 'GroupId' | 'GroupName' | 'VpcId'>

export const securityGroup: AwsKind = awsKind({
  name: 'aws:security-group',
  service: 'ec2',
  uses: ['aws:vpc', 'aws:eks-cluster'],
  ...ec2Ways<Raw>({
    op: 'DescribeSecurityGroups',
    field: 'SecurityGroups',
    ids: 'GroupIds',
    filter: 'group-id',
    using: { 'aws:vpc': 'vpc-id' },
  }),
  facts: (raw) => {
    const marks = marksOf(raw.Tags)
    const isDefault = raw.GroupName === 'default'
    return {
      id: raw.GroupId,
      ...marks,
      name: raw.GroupName,
      ...(raw.OwnerId ? { account: raw.OwnerId } : {}),
      incarnation: raw.GroupId,
      phase: 'steady',
      state: 'available',
      ...(isDefault ? { fixed: 'every VPC has one, and it goes with the VPC' } : {}),
      relations: isDefault ? [partOf(ref('aws:vpc', raw.VpcId), 'GroupName default')] : relationsOf(raw, marks.tags),
      data: { region: raw.Region, vpc: raw.VpcId, description: raw.Description ?? '' },
    }
  },
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteSecurityGroup', { GroupId: it.id })
  },
  unmark: unmarkEc2,
  manual: (it) => cli('ec2', 'delete-security-group', { 'group-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once; what holds it may take minutes
})

/** EKS takes its own group away after the cluster, and leaves it where an interface still uses it (aws/aws-k8s-tester#416). */
function relationsOf(raw: Raw, tags: Readonly<Record<string, string>>): Relation[] {
  const cluster = tags['aws:eks:cluster-name']
  return [
    dependsOn(ref('aws:vpc', raw.VpcId), 'VpcId'),
    ...(cluster ? [partOf(ref('aws:eks-cluster', cluster), 'tag aws:eks:cluster-name')] : madeFor(tags)),
  ]
}
