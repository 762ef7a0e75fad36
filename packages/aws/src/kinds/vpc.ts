import type { Vpc } from '@aws-sdk/client-ec2'
import { type AwsKind, awsKind, cli, marksOf, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways, unmarkEc2 } from '../ec2.ts'

export const vpc: AwsKind = awsKind({
  name: 'aws:vpc',
  service: 'ec2',
  uses: [],
  ...ec2Ways<Sure<Vpc, 'VpcId'>>({ op: 'DescribeVpcs', field: 'Vpcs', ids: 'VpcIds', filter: 'vpc-id' }),
  facts: (raw) => ({
    id: raw.VpcId,
    ...marksOf(raw.Tags),
    ...(raw.OwnerId ? { account: raw.OwnerId } : {}),
    incarnation: raw.VpcId,
    phase: raw.State === 'pending' ? 'changing' : 'steady',
    state: raw.State ?? 'available',
    relations: [],
    data: { region: raw.Region, cidr: raw.CidrBlock ?? null, default: raw.IsDefault ?? false },
  }),
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteVpc', { VpcId: it.id })
  },
  unmark: unmarkEc2,
  manual: (it) => cli('ec2', 'delete-vpc', { 'vpc-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once; describes lag behind
})
