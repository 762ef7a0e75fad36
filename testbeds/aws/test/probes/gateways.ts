import { must } from '../../clients.ts'
import { type Bench, outcome } from '../bench.ts'
import { type Probe, refusal } from '../probe.ts'

async function natState({ aws }: Bench, id: string): Promise<unknown> {
  return (await aws.ec2.describeNatGateways({ NatGatewayIds: [id] })).NatGateways?.[0]?.State
}

async function attach({ aws, network }: Bench): Promise<{ gateway: string; attachment: string; subnet: string }> {
  const { vpc, subnet } = await network()
  const gateway = must((await aws.ec2.createTransitGateway({})).TransitGateway?.TransitGatewayId, 'gateway')
  const request = { TransitGatewayId: gateway, VpcId: vpc, SubnetIds: [subnet] }
  const made = await aws.ec2.createTransitGatewayVpcAttachment(request)
  const attachment = must(made.TransitGatewayVpcAttachment?.TransitGatewayAttachmentId, 'attachment')
  return { gateway, attachment, subnet }
}

export const gatewayProbes: Probe[] = [
  refusal({
    rule: 'moto',
    fact: 'an attached internet gateway stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc, internetGateway }) {
      const VpcId = await vpc()
      const InternetGatewayId = await internetGateway(VpcId)
      return {
        remove: () => aws.ec2.deleteInternetGateway({ InternetGatewayId }),
        unblock: () => aws.ec2.detachInternetGateway({ InternetGatewayId, VpcId }),
      }
    },
  }),
  {
    rule: 'moto',
    fact: 'a gateway that is not attached says so',
    async observe({ aws, vpc }) {
      const { InternetGateway } = await aws.ec2.createInternetGateway({})
      const InternetGatewayId = must(InternetGateway?.InternetGatewayId, 'gateway')
      const VpcId = await vpc()
      return outcome(() => aws.ec2.detachInternetGateway({ InternetGatewayId, VpcId }))
    },
    seen: 'Gateway.NotAttached',
  },
  {
    rule: 'CreateNatGateway.interface',
    fact: 'the interface of a NAT gateway belongs to the service',
    async observe({ network, natGateway, interfacesIn }) {
      const { subnet } = await network()
      await natGateway(subnet)
      return interfacesIn(subnet)
    },
    seen: ['nat_gateway managed in-use'],
    seenWithout: ['interface free available'],
  },
  {
    rule: 'DeleteNatGateway.deleting',
    fact: 'a NAT gateway is deleting, then deleted; its interface and address are free only then',
    async observe(bench) {
      const { aws, bed, network, natGateway, interfacesIn } = bench
      const { subnet } = await network()
      const { id } = await natGateway(subnet)
      await aws.ec2.deleteNatGateway({ NatGatewayId: id })
      const first = [await natState(bench, id), (await interfacesIn(subnet)).length]
      await bed.settle()
      return [...first, await natState(bench, id), (await interfacesIn(subnet)).length]
    },
    seen: ['deleting', 1, 'deleted', 0],
    seenWithout: ['deleted', 1, 'deleted', 1],
  },
  {
    rule: 'TransitGatewayAttachment.interfaces',
    fact: 'an attachment of a transit gateway puts an interface into each subnet',
    async observe(bench) {
      return bench.interfacesIn((await attach(bench)).subnet)
    },
    seen: ['transit_gateway managed in-use'],
    seenWithout: [],
  },
  {
    rule: 'TransitGatewayAttachment.deleting',
    fact: 'an attachment of a transit gateway is deleting, then deleted and listed',
    async observe(bench) {
      const { aws, bed } = bench
      const id = (await attach(bench)).attachment
      await aws.ec2.deleteTransitGatewayVpcAttachment({ TransitGatewayAttachmentId: id })
      const state = async (): Promise<unknown> => {
        const { TransitGatewayVpcAttachments = [] } = await aws.ec2.describeTransitGatewayVpcAttachments({})
        return TransitGatewayVpcAttachments.find((one) => one.TransitGatewayAttachmentId === id)?.State
      }
      const first = await state()
      await bed.settle()
      return [first, await state()]
    },
    seen: ['deleting', 'deleted'],
    seenWithout: [undefined, undefined],
  },
  refusal({
    rule: 'DeleteTransitGateway/attachment',
    fact: 'a transit gateway with an attachment stays',
    code: 'IncorrectState',
    async stage(bench) {
      const { aws } = bench
      const { gateway, attachment } = await attach(bench)
      return {
        remove: () => aws.ec2.deleteTransitGateway({ TransitGatewayId: gateway }),
        unblock: () => aws.ec2.deleteTransitGatewayVpcAttachment({ TransitGatewayAttachmentId: attachment }),
      }
    },
  }),
  refusal({
    rule: 'DeleteVpnGateway/attached',
    fact: 'an attached VPN gateway stays',
    code: 'IncorrectState',
    async stage({ aws, vpc }) {
      const VpcId = await vpc()
      const id = must((await aws.ec2.createVpnGateway({ Type: 'ipsec.1' })).VpnGateway?.VpnGatewayId, 'id')
      await aws.ec2.attachVpnGateway({ VpnGatewayId: id, VpcId })
      return {
        remove: () => aws.ec2.deleteVpnGateway({ VpnGatewayId: id }),
        unblock: () => aws.ec2.detachVpnGateway({ VpnGatewayId: id, VpcId }),
      }
    },
  }),
]
