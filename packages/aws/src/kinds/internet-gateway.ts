import type { InternetGateway } from '@aws-sdk/client-ec2'
import { type AwsKind, awsKind, cli, marksOf, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

export const internetGateway: AwsKind = awsKind({
  name: 'aws:internet-gateway',
  service: 'ec2',
  uses: [],
  ...ec2Ways<Sure<InternetGateway, 'InternetGatewayId'>>({
    op: 'DescribeInternetGateways',
    field: 'InternetGateways',
    ids: 'InternetGatewayIds',
    filter: 'internet-gateway-id',
    using: { 'aws:vpc': 'attachment.vpc-id' },
  }),
  facts: (raw) => ({
    id: raw.InternetGatewayId,
    ...marksOf(raw.Tags),
    ...(raw.OwnerId ? { account: raw.OwnerId } : {}),
    incarnation: raw.InternetGatewayId,
    phase: 'steady',
    state: raw.Attachments?.length ? 'attached' : 'detached',
    relations: [],
    data: { region: raw.Region },
  }),
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteInternetGateway', { InternetGatewayId: it.id })
  },
  manual: (it) => cli('ec2', 'delete-internet-gateway', { 'internet-gateway-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
