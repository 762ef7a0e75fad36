import type { NetworkAcl } from '@aws-sdk/client-ec2'
import { dependsOn, partOf, ref, usedBy } from '@cleardown/core'
import { type AwsKind, awsKind, cli, marksOf, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

export const networkAcl: AwsKind = awsKind({
  name: 'aws:network-acl',
  service: 'ec2',
  uses: ['aws:vpc', 'aws:subnet'],
  ...ec2Ways<Sure<NetworkAcl, 'NetworkAclId' | 'VpcId'>>({
    op: 'DescribeNetworkAcls',
    field: 'NetworkAcls',
    ids: 'NetworkAclIds',
    using: { 'aws:vpc': 'vpc-id', 'aws:subnet': 'association.subnet-id' },
  }),
  facts: (raw) => {
    const vpc = ref('aws:vpc', raw.VpcId)
    const subnets = (raw.Associations ?? []).flatMap(({ SubnetId }) => (SubnetId ? [ref('aws:subnet', SubnetId)] : []))
    return {
      id: raw.NetworkAclId,
      ...marksOf(raw.Tags),
      ...(raw.OwnerId ? { account: raw.OwnerId } : {}),
      incarnation: raw.NetworkAclId,
      phase: 'steady',
      state: raw.IsDefault ? 'default' : 'available',
      ...(raw.IsDefault ? { fixed: 'every VPC has one, and it goes with the VPC' } : {}),
      relations: raw.IsDefault
        ? [partOf(vpc, 'IsDefault')]
        : [dependsOn(vpc, 'VpcId'), ...subnets.map((subnet) => usedBy(subnet, 'Associations.SubnetId'))],
      data: { region: raw.Region, vpc: raw.VpcId },
    }
  },
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteNetworkAcl', { NetworkAclId: it.id })
  },
  manual: (it) => cli('ec2', 'delete-network-acl', { 'network-acl-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
