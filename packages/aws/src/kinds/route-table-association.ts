import type { RouteTable, RouteTableAssociation } from '@aws-sdk/client-ec2'
import { dependsOn, type Find, partOf, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, type Placed, type Sure } from '../aws-kind.ts'
import { type Aws, send } from '../client.ts'
import { ec2By, ec2Rows } from '../ec2.ts'

type Raw = Sure<RouteTableAssociation, 'RouteTableAssociationId' | 'RouteTableId'> & Placed

const op = 'DescribeRouteTables'
const field = 'RouteTables'

/** Main associations are no links: they come and go with the VPC. */
async function* associationsOf(tables: AsyncIterable<RouteTable & Placed>): AsyncGenerator<Raw, void, undefined> {
  for await (const { Associations, Region } of tables)
    for (const association of Associations ?? [])
      if (!association.Main && association.AssociationState?.State !== 'disassociated')
        yield { ...(association as Raw), Region }
}

/** A filter finds whole tables, so what it did not ask for is left out here. */
const by = (filter: string, named: 'RouteTableAssociationId' | 'RouteTableId' | 'SubnetId'): Find<Aws, Raw> => {
  const tables = ec2By<RouteTable>(op, field, filter)
  return async function* (io, values) {
    const wanted = new Set(values)
    for await (const raw of associationsOf(tables(io, values))) if (wanted.has(raw[named] ?? '')) yield raw
  }
}

/** A table cannot be deleted while a subnet names it; the subnet's deletion takes the association along. */
export const routeTableAssociation: AwsKind = awsKind({
  name: 'aws:route-table-association',
  service: 'ec2',
  link: true,
  uses: ['aws:subnet', 'aws:route-table', 'aws:internet-gateway'],
  find: {
    all: (io) => associationsOf(ec2Rows<RouteTable>(io, op, field)),
    ids: by('association.route-table-association-id', 'RouteTableAssociationId'),
    using: {
      'aws:subnet': by('association.subnet-id', 'SubnetId'),
      'aws:route-table': by('route-table-id', 'RouteTableId'),
    },
  },
  facts: (raw) => ({
    id: raw.RouteTableAssociationId,
    incarnation: raw.RouteTableAssociationId,
    phase: 'steady',
    state: raw.AssociationState?.State ?? 'associated',
    relations: [
      dependsOn(ref('aws:route-table', raw.RouteTableId), 'RouteTableId'),
      ...(raw.SubnetId ? [partOf(ref('aws:subnet', raw.SubnetId), 'SubnetId', true)] : []),
      ...(raw.GatewayId?.startsWith('igw-')
        ? [partOf(ref('aws:internet-gateway', raw.GatewayId), 'GatewayId', true)]
        : []),
    ],
    data: { region: raw.Region, table: raw.RouteTableId, subnet: raw.SubnetId ?? null, gateway: raw.GatewayId ?? null },
  }),
  async remove(io, it) {
    await send(io, 'ec2', 'DisassociateRouteTable', { AssociationId: it.id })
  },
  async restore(io, it) {
    const { table, subnet, gateway } = it.data
    await send(io, 'ec2', 'AssociateRouteTable', {
      RouteTableId: table,
      ...(subnet ? { SubnetId: subnet } : {}),
      ...(gateway ? { GatewayId: gateway } : {}),
    })
  },
  manual: (it) => cli('ec2', 'disassociate-route-table', { 'association-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
