import type { InternetGateway } from '@aws-sdk/client-ec2'
import { dependsOn, type Find, ref } from '@cleardown/core'
import { type AwsKind, attachmentId, awsKind, cli, type Placed } from '../aws-kind.ts'
import { type Aws, send } from '../client.ts'
import { ec2By, ec2Rows } from '../ec2.ts'

interface Raw extends Placed {
  readonly gateway: string
  readonly vpc: string
  readonly state: string
}

const op = 'DescribeInternetGateways'
const field = 'InternetGateways'

async function* attachmentsOf(gateways: AsyncIterable<InternetGateway & Placed>): AsyncGenerator<Raw, void, undefined> {
  for await (const { InternetGatewayId, Attachments, Region } of gateways)
    for (const { VpcId, State } of Attachments ?? [])
      if (InternetGatewayId && VpcId && State !== 'detached')
        yield { Region, gateway: InternetGatewayId, vpc: VpcId, state: State ?? 'attached' }
}

const by = (filter: string): Find<Aws, Raw> => {
  const gateways = ec2By<InternetGateway>(op, field, filter)
  return (io, values) => attachmentsOf(gateways(io, values))
}

const byVpc = by('attachment.vpc-id')

/**
 * Neither the gateway nor the VPC can be deleted while it is there, and it cannot be
 * detached while an address in the VPC is mapped. A stack names it as its member; elsewhere it is the gateway owner's.
 */
export const internetGatewayAttachment: AwsKind = awsKind({
  name: 'aws:internet-gateway-attachment',
  service: 'ec2',
  link: true,
  uses: ['aws:internet-gateway', 'aws:vpc'],
  find: {
    all: (io) => attachmentsOf(ec2Rows<InternetGateway>(io, op, field)),
    ids: (io, ids) =>
      byVpc(
        io,
        ids.map((id) => id.slice(attachmentId('').length)),
      ),
    using: { 'aws:vpc': byVpc, 'aws:internet-gateway': by('internet-gateway-id') },
  },
  facts: (raw) => ({
    id: attachmentId(raw.vpc),
    aliases: [`internet-gateway-attachment:${raw.vpc}`],
    incarnation: `${raw.gateway}>${raw.vpc}`,
    phase: raw.state === 'detaching' ? 'going' : raw.state === 'attaching' ? 'changing' : 'steady',
    state: raw.state,
    relations: [
      dependsOn(ref('aws:internet-gateway', raw.gateway), 'InternetGatewayId'),
      dependsOn(ref('aws:vpc', raw.vpc), 'Attachments.VpcId'),
    ],
    evidence: [
      {
        rule: 'gateway-of-ours',
        says: 'ours',
        strength: 'proof',
        field: 'InternetGatewayId',
        value: raw.gateway,
        through: ref('aws:internet-gateway', raw.gateway),
      },
    ],
    data: { region: raw.Region, gateway: raw.gateway, vpc: raw.vpc },
  }),
  async remove(io, it) {
    await send(io, 'ec2', 'DetachInternetGateway', { InternetGatewayId: it.data.gateway, VpcId: it.data.vpc })
  },
  async restore(io, it) {
    await send(io, 'ec2', 'AttachInternetGateway', { InternetGatewayId: it.data.gateway, VpcId: it.data.vpc })
  },
  manual: (it) =>
    cli(
      'ec2',
      'detach-internet-gateway',
      { 'internet-gateway-id': it.data.gateway, 'vpc-id': it.data.vpc },
      it.data.region,
    ),
  latency: { typicalMs: 2_000, worstMs: 300_000 }, // at once; after load balancers, when their addresses are unmapped
})
