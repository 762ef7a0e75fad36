import { expect } from 'vitest'
import { must } from '../../clients.ts'
import { type Probe, refusal } from '../probe.ts'

export const vpcProbes: Probe[] = [
  refusal({
    rule: 'moto',
    fact: 'a VPC with a subnet stays',
    code: 'DependencyViolation',
    async stage({ aws, network }) {
      const { vpc, subnet } = await network()
      return {
        remove: () => aws.ec2.deleteVpc({ VpcId: vpc }),
        unblock: () => aws.ec2.deleteSubnet({ SubnetId: subnet }),
      }
    },
  }),
  refusal({
    rule: 'DeleteVpc/internet-gateway',
    fact: 'a VPC with an internet gateway stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc, internetGateway }) {
      const VpcId = await vpc()
      const InternetGatewayId = await internetGateway(VpcId)
      return {
        remove: () => aws.ec2.deleteVpc({ VpcId }),
        unblock: () => aws.ec2.detachInternetGateway({ InternetGatewayId, VpcId }),
      }
    },
  }),
  refusal({
    rule: 'DeleteVpc/egress-only-internet-gateway',
    fact: 'a VPC with an egress-only internet gateway stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc }) {
      const VpcId = await vpc()
      const made = await aws.ec2.createEgressOnlyInternetGateway({ VpcId })
      const id = must(made.EgressOnlyInternetGateway?.EgressOnlyInternetGatewayId, 'id')
      return {
        remove: () => aws.ec2.deleteVpc({ VpcId }),
        unblock: () => aws.ec2.deleteEgressOnlyInternetGateway({ EgressOnlyInternetGatewayId: id }),
      }
    },
  }),
  refusal({
    rule: 'DeleteVpc/security-group',
    fact: 'a VPC with a security group of its own stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc, group }) {
      const VpcId = await vpc()
      const GroupId = await group(VpcId)
      return {
        remove: () => aws.ec2.deleteVpc({ VpcId }),
        unblock: () => aws.ec2.deleteSecurityGroup({ GroupId }),
      }
    },
  }),
  refusal({
    rule: 'moto',
    fact: 'a VPC with a second route table stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc }) {
      const VpcId = await vpc()
      const RouteTableId = must((await aws.ec2.createRouteTable({ VpcId })).RouteTable?.RouteTableId, 'id')
      return {
        remove: () => aws.ec2.deleteVpc({ VpcId }),
        unblock: () => aws.ec2.deleteRouteTable({ RouteTableId }),
      }
    },
  }),
  refusal({
    rule: 'DeleteVpc/network-acl',
    fact: 'a VPC with a network ACL of its own stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc }) {
      const VpcId = await vpc()
      const NetworkAclId = must((await aws.ec2.createNetworkAcl({ VpcId })).NetworkAcl?.NetworkAclId, 'id')
      return {
        remove: () => aws.ec2.deleteVpc({ VpcId }),
        unblock: () => aws.ec2.deleteNetworkAcl({ NetworkAclId }),
      }
    },
  }),
  refusal({
    rule: 'DeleteVpc/endpoint',
    fact: 'a VPC with a gateway endpoint stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc }) {
      const VpcId = await vpc()
      const request = { VpcId, ServiceName: 'com.amazonaws.us-east-1.s3', VpcEndpointType: 'Gateway' as const }
      const id = must((await aws.ec2.createVpcEndpoint(request)).VpcEndpoint?.VpcEndpointId, 'id')
      return {
        remove: () => aws.ec2.deleteVpc({ VpcId }),
        unblock: () => aws.ec2.deleteVpcEndpoints({ VpcEndpointIds: [id] }),
      }
    },
  }),
  refusal({
    rule: 'DeleteVpc/peering',
    fact: 'a VPC with an active peering connection stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc }) {
      const VpcId = await vpc()
      const made = await aws.ec2.createVpcPeeringConnection({ VpcId, PeerVpcId: await vpc() })
      const id = must(made.VpcPeeringConnection?.VpcPeeringConnectionId, 'id')
      await aws.ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId: id })
      return {
        remove: () => aws.ec2.deleteVpc({ VpcId }),
        unblock: () => aws.ec2.deleteVpcPeeringConnection({ VpcPeeringConnectionId: id }),
      }
    },
  }),
  refusal({
    rule: 'moto',
    fact: 'a VPC with a VPN gateway stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc }) {
      const VpcId = await vpc()
      const id = must((await aws.ec2.createVpnGateway({ Type: 'ipsec.1' })).VpnGateway?.VpnGatewayId, 'id')
      await aws.ec2.attachVpnGateway({ VpnGatewayId: id, VpcId })
      return {
        remove: () => aws.ec2.deleteVpc({ VpcId }),
        unblock: () => aws.ec2.detachVpnGateway({ VpnGatewayId: id, VpcId }),
      }
    },
  }),
  {
    rule: 'DeleteVpc.takes-its-defaults',
    fact: 'the default group and network ACL go with their VPC',
    async observe({ aws, vpc }) {
      const VpcId = await vpc()
      await aws.ec2.deleteVpc({ VpcId })
      const Filters = [{ Name: 'vpc-id', Values: [VpcId] }]
      const { SecurityGroups = [] } = await aws.ec2.describeSecurityGroups({ Filters })
      const { NetworkAcls = [] } = await aws.ec2.describeNetworkAcls({ Filters })
      return [SecurityGroups.length, NetworkAcls.length]
    },
    seen: [0, 0],
    seenWithout: [0, 1],
  },
  {
    rule: 'DeleteVpc.keeps-dhcp-options',
    fact: 'a DHCP options set outlives its VPC',
    async observe({ aws, vpc }) {
      const VpcId = await vpc()
      const DhcpConfigurations = [{ Key: 'domain-name', Values: ['example.test'] }]
      const made = await aws.ec2.createDhcpOptions({ DhcpConfigurations })
      const DhcpOptionsId = must(made.DhcpOptions?.DhcpOptionsId, 'id')
      await aws.ec2.associateDhcpOptions({ VpcId, DhcpOptionsId })
      await aws.ec2.deleteVpc({ VpcId })
      const { DhcpOptions = [] } = await aws.ec2.describeDhcpOptions({})
      return DhcpOptions.some((one) => one.DhcpOptionsId === DhcpOptionsId)
    },
    seen: true,
    seenWithout: false,
  },
  refusal({
    rule: 'moto',
    fact: 'a DHCP options set in use stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc }) {
      const VpcId = await vpc()
      const made = await aws.ec2.createDhcpOptions({ DhcpConfigurations: [{ Key: 'domain-name', Values: ['a.test'] }] })
      const DhcpOptionsId = must(made.DhcpOptions?.DhcpOptionsId, 'id')
      await aws.ec2.associateDhcpOptions({ VpcId, DhcpOptionsId })
      return {
        remove: () => aws.ec2.deleteDhcpOptions({ DhcpOptionsId }),
        unblock: () => aws.ec2.associateDhcpOptions({ VpcId, DhcpOptionsId: 'default' }),
      }
    },
  }),
  {
    rule: 'CreateVpc/quota',
    fact: 'no VPC is made beyond the quota',
    async observe({ bed, vpc }) {
      await bed.options({ vpcs: 0 })
      const made = await vpc().catch((error: Error) => error.name)
      await bed.options({ vpcs: 1000 })
      return made
    },
    seen: 'VpcLimitExceeded',
    seenWithout: expect.stringMatching(/^vpc-/),
  },
  refusal({
    rule: 'DeleteSubnet/network-interface',
    fact: 'a subnet with an interface stays',
    code: 'DependencyViolation',
    async stage({ aws, network, interface: makeInterface }) {
      const { subnet } = await network()
      const NetworkInterfaceId = await makeInterface(subnet)
      return {
        remove: () => aws.ec2.deleteSubnet({ SubnetId: subnet }),
        unblock: () => aws.ec2.deleteNetworkInterface({ NetworkInterfaceId }),
      }
    },
  }),
  {
    rule: 'DeleteSubnet.ends-associations',
    fact: 'the route table of a deleted subnet is free',
    async observe({ aws, network }) {
      const { vpc, subnet } = await network()
      const RouteTableId = must((await aws.ec2.createRouteTable({ VpcId: vpc })).RouteTable?.RouteTableId, 'id')
      await aws.ec2.associateRouteTable({ RouteTableId, SubnetId: subnet })
      await aws.ec2.deleteSubnet({ SubnetId: subnet })
      const { RouteTables } = await aws.ec2.describeRouteTables({ RouteTableIds: [RouteTableId] })
      return RouteTables?.[0]?.Associations?.length
    },
    seen: 0,
    seenWithout: 1,
  },
  refusal({
    rule: 'moto',
    fact: 'a route table with an associated subnet stays',
    code: 'DependencyViolation',
    async stage({ aws, network }) {
      const { vpc, subnet } = await network()
      const RouteTableId = must((await aws.ec2.createRouteTable({ VpcId: vpc })).RouteTable?.RouteTableId, 'id')
      const { AssociationId } = await aws.ec2.associateRouteTable({ RouteTableId, SubnetId: subnet })
      return {
        remove: () => aws.ec2.deleteRouteTable({ RouteTableId }),
        unblock: () => aws.ec2.disassociateRouteTable({ AssociationId }),
      }
    },
  }),
  refusal({
    rule: 'DeleteRouteTable/main',
    fact: 'the main route table goes with its VPC only',
    code: 'DependencyViolation',
    forGood: true,
    async stage({ aws, vpc }) {
      const Filters = [{ Name: 'vpc-id', Values: [await vpc()] }]
      const { RouteTables } = await aws.ec2.describeRouteTables({ Filters })
      return { remove: () => aws.ec2.deleteRouteTable({ RouteTableId: RouteTables?.[0]?.RouteTableId }) }
    },
  }),
  refusal({
    rule: 'DeleteNetworkAcl/default',
    fact: 'the default network ACL goes with its VPC only',
    code: 'InvalidParameterValue',
    forGood: true,
    async stage({ aws, vpc }) {
      const Filters = [{ Name: 'vpc-id', Values: [await vpc()] }]
      const { NetworkAcls } = await aws.ec2.describeNetworkAcls({ Filters })
      return { remove: () => aws.ec2.deleteNetworkAcl({ NetworkAclId: NetworkAcls?.[0]?.NetworkAclId }) }
    },
  }),
]
