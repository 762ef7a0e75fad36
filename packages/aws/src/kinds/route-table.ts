import type { RouteTable } from '@aws-sdk/client-ec2'
import { dependsOn, partOf, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, marksOf, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

export const routeTable: AwsKind = awsKind({
  name: 'aws:route-table',
  service: 'ec2',
  uses: ['aws:vpc'],
  ...ec2Ways<Sure<RouteTable, 'RouteTableId' | 'VpcId'>>({
    op: 'DescribeRouteTables',
    field: 'RouteTables',
    ids: 'RouteTableIds',
    filter: 'route-table-id',
    using: { 'aws:vpc': 'vpc-id' },
  }),
  facts: (raw) => {
    const main = raw.Associations?.some((association) => association.Main) ?? false
    const vpc = ref('aws:vpc', raw.VpcId)
    return {
      id: raw.RouteTableId,
      ...marksOf(raw.Tags),
      ...(raw.OwnerId ? { account: raw.OwnerId } : {}),
      incarnation: raw.RouteTableId,
      phase: 'steady',
      state: main ? 'main' : 'available',
      ...(main ? { fixed: 'it is the main table of its VPC, and goes with it' } : {}),
      relations: [main ? partOf(vpc, 'Associations.Main') : dependsOn(vpc, 'VpcId')],
      data: { region: raw.Region, vpc: raw.VpcId },
    }
  },
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteRouteTable', { RouteTableId: it.id })
  },
  manual: (it) => cli('ec2', 'delete-route-table', { 'route-table-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
