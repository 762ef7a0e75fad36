import { must } from '../../clients.ts'
import { outcome } from '../bench.ts'
import { type Probe, refusal } from '../probe.ts'

export const addressProbes: Probe[] = [
  refusal({
    rule: 'ReleaseAddress/associated',
    fact: 'the address of a NAT gateway stays until the gateway is deleted',
    code: 'InvalidIPAddress.InUse',
    without: 'AuthFailure, then ok',
    async stage({ aws, network, natGateway }) {
      const { id, address } = await natGateway((await network()).subnet)
      return {
        remove: () => aws.ec2.releaseAddress({ AllocationId: address }),
        unblock: () => aws.ec2.deleteNatGateway({ NatGatewayId: id }),
      }
    },
  }),
  refusal({
    rule: 'ReleaseAddress/associated',
    fact: 'the address of an interface stays until it is disassociated',
    code: 'InvalidIPAddress.InUse',
    async stage({ aws, network, interface: makeInterface, address }) {
      const NetworkInterfaceId = await makeInterface((await network()).subnet)
      const AllocationId = await address()
      const { AssociationId } = await aws.ec2.associateAddress({ AllocationId, NetworkInterfaceId })
      return {
        remove: () => aws.ec2.releaseAddress({ AllocationId }),
        unblock: () => aws.ec2.disassociateAddress({ AssociationId }),
      }
    },
  }),
  refusal({
    rule: 'DisassociateAddress/service-owned',
    fact: 'the address of a NAT gateway cannot be taken off it',
    code: 'AuthFailure',
    forGood: true,
    async stage({ aws, network, natGateway }) {
      const { address } = await natGateway((await network()).subnet)
      const { Addresses } = await aws.ec2.describeAddresses({ AllocationIds: [address] })
      const AssociationId = must(Addresses?.[0]?.AssociationId, 'association')
      return { remove: () => aws.ec2.disassociateAddress({ AssociationId }) }
    },
  }),
  {
    rule: 'moto',
    fact: 'an address that nothing uses is released',
    observe: async ({ aws, address }) => {
      const AllocationId = await address()
      return outcome(() => aws.ec2.releaseAddress({ AllocationId }))
    },
    seen: 'ok',
  },
  refusal({
    rule: 'DetachInternetGateway/public-address',
    fact: 'an internet gateway stays attached while an address of a NAT gateway is mapped',
    code: 'DependencyViolation',
    async stage({ aws, network, natGateway, internetGateway }) {
      const { vpc, subnet } = await network()
      const InternetGatewayId = await internetGateway(vpc)
      const { id } = await natGateway(subnet)
      return {
        remove: () => aws.ec2.detachInternetGateway({ InternetGatewayId, VpcId: vpc }),
        unblock: () => aws.ec2.deleteNatGateway({ NatGatewayId: id }),
      }
    },
  }),
  refusal({
    rule: 'DetachInternetGateway/public-address',
    fact: 'an internet-facing load balancer holds the internet gateway',
    code: 'DependencyViolation',
    async stage({ aws, network, balancer, internetGateway }) {
      const { vpc, subnet } = await network()
      const InternetGatewayId = await internetGateway(vpc)
      const LoadBalancerArn = await balancer([subnet])
      return {
        remove: () => aws.ec2.detachInternetGateway({ InternetGatewayId, VpcId: vpc }),
        unblock: () => aws.elbv2.deleteLoadBalancer({ LoadBalancerArn }),
      }
    },
  }),
]
