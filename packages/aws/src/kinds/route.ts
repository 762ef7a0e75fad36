import type { Route, RouteTable } from '@aws-sdk/client-ec2'
import { dependsOn, type Io, type KindName, partOf, type Relation, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, type Placed, type Sure } from '../aws-kind.ts'
import { type Aws, send } from '../client.ts'
import { ec2By, ec2Rows } from '../ec2.ts'

type Table = Sure<RouteTable, 'RouteTableId' | 'VpcId'>
interface Raw extends Placed {
  readonly table: string
  readonly vpc: string
  readonly route: Route
}

/** What a route can lead to, by the field that names it, in the words of CreateRoute. */
const targets = [
  ['NatGatewayId', 'aws:nat-gateway'],
  ['NetworkInterfaceId', 'aws:network-interface'],
  ['GatewayId', undefined],
  ['TransitGatewayId', undefined],
  ['VpcPeeringConnectionId', undefined],
  ['EgressOnlyInternetGatewayId', undefined],
  ['CarrierGatewayId', undefined],
  ['LocalGatewayId', undefined],
  ['CoreNetworkArn', undefined],
  ['InstanceId', 'aws:instance'],
] as const satisfies readonly (readonly [keyof Route, KindName | undefined])[]

async function* routesOf(tables: AsyncIterable<Table & Placed>): AsyncGenerator<Raw, void, undefined> {
  for await (const table of tables)
    for (const route of table.Routes ?? [])
      if (isOwn(route)) yield { Region: table.Region, table: table.RouteTableId, vpc: table.VpcId, route }
}

/** Local and propagated routes go with their table; those of a gateway endpoint (to a prefix list) go with the endpoint. */
function isOwn(route: Route): boolean {
  if (route.Origin !== 'CreateRoute' || route.GatewayId === 'local') return false
  return !(route.DestinationPrefixListId && route.GatewayId?.startsWith('vpce-'))
}

const byTable = ec2By<Table>('DescribeRouteTables', 'RouteTables', 'route-table-id')

async function* among(io: Io<Aws>, ids: readonly string[]): AsyncGenerator<Raw, void, undefined> {
  const wanted = new Set(ids)
  const tables = [...new Set(ids.map((id) => id.slice(0, id.indexOf('|'))))]
  for await (const raw of routesOf(byTable(io, tables))) if (wanted.has(idOf(raw))) yield raw
}

const destinationOf = ({ route }: Raw): string =>
  route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? ''
/** CloudFormation writes its physical ids in this form too. */
const idOf = (raw: Raw): string => `${raw.table}|${destinationOf(raw)}`

function targetOf({ route }: Raw): {
  readonly field: string
  readonly id: string
  readonly kind: KindName | undefined
} {
  for (const [field, kind] of targets) {
    const id = route[field]
    if (!id) continue
    if (id.startsWith('igw-')) return { field, id, kind: 'aws:internet-gateway' }
    if (id.startsWith('vpce-')) return { field, id, kind: 'aws:vpc-endpoint' }
    return { field, id, kind }
  }
  return { field: 'none', id: '', kind: undefined }
}

/** A route outlives what it leads to as a black hole: nothing refuses, so the order is only kept. */
export const route: AwsKind = awsKind({
  name: 'aws:route',
  service: 'ec2',
  link: true,
  uses: [
    'aws:route-table',
    'aws:nat-gateway',
    'aws:internet-gateway',
    'aws:vpc-endpoint',
    'aws:network-interface',
    'aws:instance',
  ],
  find: {
    all: (io) => routesOf(ec2Rows<Table>(io, 'DescribeRouteTables', 'RouteTables')),
    ids: among,
    using: {
      'aws:route-table': (io, ids) => routesOf(byTable(io, ids)),
    },
  },
  facts: (raw) => {
    const target = targetOf(raw)
    const relations: Relation[] = [partOf(ref('aws:route-table', raw.table), 'RouteTableId', true)]
    if (target.kind) relations.push(dependsOn(ref(target.kind, target.id), target.field, 'leaks'))
    return {
      id: idOf(raw),
      incarnation: `${idOf(raw)}>${target.id}`,
      phase: 'steady',
      state: raw.route.State ?? 'active',
      relations,
      data: {
        region: raw.Region,
        table: raw.table,
        destination: destinationOf(raw),
        ...whereTo(raw),
        targetField: target.field,
        target: target.id,
      },
    }
  },
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteRoute', {
      RouteTableId: it.data.table,
      [it.data.destinationField]: it.data.destination,
    })
  },
  async restore(io, it) {
    const { table, destinationField, destination, targetField, target } = it.data
    await send(io, 'ec2', 'CreateRoute', {
      RouteTableId: table,
      [destinationField]: destination,
      [targetField]: target,
    })
  },
  manual: (it) =>
    cli(
      'ec2',
      'delete-route',
      { 'route-table-id': it.data.table, [it.data.option]: it.data.destination },
      it.data.region,
    ),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})

function whereTo({ route }: Raw): { destinationField: string; option: string } {
  if (route.DestinationCidrBlock) return { destinationField: 'DestinationCidrBlock', option: 'destination-cidr-block' }
  if (route.DestinationIpv6CidrBlock)
    return { destinationField: 'DestinationIpv6CidrBlock', option: 'destination-ipv6-cidr-block' }
  return { destinationField: 'DestinationPrefixListId', option: 'destination-prefix-list-id' }
}
