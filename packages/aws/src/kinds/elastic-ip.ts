import type { Address } from '@aws-sdk/client-ec2'
import { type AwsKind, awsKind, cli, marksOf, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

export const elasticIp: AwsKind = awsKind({
  name: 'aws:elastic-ip',
  service: 'ec2',
  uses: [],
  ...ec2Ways<Sure<Address, 'AllocationId' | 'PublicIp'>>({
    op: 'DescribeAddresses',
    field: 'Addresses',
    ids: 'AllocationIds',
    filter: 'allocation-id',
  }),
  facts: (raw) => ({
    id: raw.AllocationId,
    ...marksOf(raw.Tags),
    aliases: [`elastic-ip:${raw.PublicIp}`],
    incarnation: raw.AllocationId,
    phase: 'steady',
    state: raw.AssociationId ? 'associated' : 'allocated',
    ...(raw.ServiceManaged ? { fixed: `managed by ${raw.ServiceManaged}` } : {}),
    ...(raw.ServiceManaged || raw.AssociationId ? {} : { idle: 'leads nowhere' }),
    relations: [],
    data: { region: raw.Region, address: raw.PublicIp },
  }),
  async remove(io, it) {
    await send(io, 'ec2', 'ReleaseAddress', { AllocationId: it.id })
  },
  manual: (it) => cli('ec2', 'release-address', { 'allocation-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 120_000 }, // at once; AuthFailure for a while after its NAT gateway is gone (openshift/installer#1216)
})
