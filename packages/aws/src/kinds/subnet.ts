import type { Subnet } from '@aws-sdk/client-ec2'
import { dependsOn, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, marksOf, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways, unmarkEc2 } from '../ec2.ts'

export const subnet: AwsKind = awsKind({
  name: 'aws:subnet',
  service: 'ec2',
  uses: ['aws:vpc'],
  ...ec2Ways<Sure<Subnet, 'SubnetId' | 'VpcId'>>({
    op: 'DescribeSubnets',
    field: 'Subnets',
    ids: 'SubnetIds',
    filter: 'subnet-id',
    using: { 'aws:vpc': 'vpc-id' },
  }),
  facts: (raw) => ({
    id: raw.SubnetId,
    ...marksOf(raw.Tags),
    ...(raw.OwnerId ? { account: raw.OwnerId } : {}), // shared subnets of another account are listed too
    incarnation: raw.SubnetId,
    phase: raw.State === 'pending' ? 'changing' : 'steady',
    state: raw.State ?? 'available',
    relations: [dependsOn(ref('aws:vpc', raw.VpcId), 'VpcId')],
    data: { region: raw.Region, cidr: raw.CidrBlock ?? null, zone: raw.AvailabilityZone ?? null },
  }),
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteSubnet', { SubnetId: it.id })
  },
  unmark: unmarkEc2,
  manual: (it) => cli('ec2', 'delete-subnet', { 'subnet-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once; describes lag behind
})
