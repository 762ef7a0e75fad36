import { awsClients } from '../../clients.ts'
import { IMAGE } from '../../worlds/world.ts'
import { outcome } from '../bench.ts'
import type { Probe } from '../probe.ts'

export const readProbes: Probe[] = [
  {
    rule: 'Paging',
    fact: 'a describe gives as many rows as asked for, and every row once',
    async observe({ aws, vpc }) {
      const VpcId = await vpc()
      for (const number of [1, 2, 3, 4, 5]) await aws.ec2.createSubnet({ VpcId, CidrBlock: `10.0.${number}.0/24` })
      const sizes: number[] = []
      const seen = new Set<unknown>()
      let NextToken: string | undefined
      do {
        const page = await aws.ec2.describeSubnets({
          Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
          MaxResults: 2,
          ...(NextToken ? { NextToken } : {}),
        })
        sizes.push(page.Subnets?.length ?? 0)
        for (const { SubnetId } of page.Subnets ?? []) seen.add(SubnetId)
        NextToken = page.NextToken
      } while (NextToken)
      return [sizes, seen.size]
    },
    seen: [[2, 2, 1], 5],
    seenWithout: [[5], 5],
  },
  {
    rule: 'DescribeLaunchTemplates.all',
    fact: 'no launch template is lost',
    async observe({ endpointOf }) {
      const aws = awsClients(endpointOf(), { region: 'eu-west-1' })
      for (let number = 0; number < 16; number += 1) {
        const LaunchTemplateName = `many-${Math.random()}`
        await aws.ec2.createLaunchTemplate({ LaunchTemplateName, LaunchTemplateData: { ImageId: IMAGE } })
      }
      return ((await aws.ec2.describeLaunchTemplates({})).LaunchTemplates?.length ?? 0) > 15
    },
    seen: true,
    seenWithout: false,
  },
  {
    rule: 'DescribeLaunchTemplates.unknown',
    fact: 'a launch template that does not exist is an error',
    observe: ({ aws }) =>
      outcome(() => aws.ec2.describeLaunchTemplates({ LaunchTemplateIds: ['lt-00000000000000000'] })),
    seen: 'InvalidLaunchTemplateId.NotFound',
    seenWithout: 'ok',
  },
  {
    rule: 'DescribeNatGateways.unknown',
    fact: 'a NAT gateway that does not exist is an error',
    observe: ({ aws }) => outcome(() => aws.ec2.describeNatGateways({ NatGatewayIds: ['nat-00000000000000000'] })),
    seen: 'NatGatewayNotFound',
    seenWithout: 'ok',
  },
  {
    rule: 'DescribeNetworkAcls.unknown',
    fact: 'a network ACL that does not exist is named as one',
    observe: ({ aws }) => outcome(() => aws.ec2.describeNetworkAcls({ NetworkAclIds: ['acl-00000000000000000'] })),
    seen: 'InvalidNetworkAclID.NotFound',
    seenWithout: 'InvalidRouteTableID.NotFound',
  },
  {
    rule: 'DescribeVpcPeeringConnections.unknown',
    fact: 'a peering connection that does not exist is an error',
    observe: ({ aws }) => {
      const VpcPeeringConnectionIds = ['pcx-00000000000000000']
      return outcome(() => aws.ec2.describeVpcPeeringConnections({ VpcPeeringConnectionIds }))
    },
    seen: 'InvalidVpcPeeringConnectionID.NotFound',
    seenWithout: 'ok',
  },
  {
    rule: 'VpcPeeringConnection.unknown',
    fact: 'a peering connection that does not exist cannot be deleted',
    observe: ({ aws }) => {
      const VpcPeeringConnectionId = 'pcx-00000000000000000'
      return outcome(() => aws.ec2.deleteVpcPeeringConnection({ VpcPeeringConnectionId }))
    },
    seen: 'InvalidVpcPeeringConnectionID.NotFound',
    seenWithout: 'InvalidVpcPeeringConnectionId.NotFound',
  },
  {
    rule: 'DescribeNetworkInterfaces.filters',
    fact: 'interfaces are found by requester, kind and description',
    async observe({ aws, network, natGateway }) {
      const { subnet } = await network()
      await natGateway(subnet)
      const Filters = [
        { Name: 'subnet-id', Values: [subnet] },
        { Name: 'requester-managed', Values: ['true'] },
        { Name: 'attachment.status', Values: ['attached'] },
        { Name: 'interface-type', Values: ['nat_gateway'] },
        { Name: 'description', Values: ['Interface for NAT Gateway *'] },
      ]
      try {
        return (await aws.ec2.describeNetworkInterfaces({ Filters })).NetworkInterfaces?.length
      } catch {
        return 'refused'
      }
    },
    seen: 1,
    seenWithout: 'refused',
  },
  {
    rule: 'DescribeVpcEndpoints.filters',
    fact: 'endpoints are found by id, service and tag',
    async observe({ aws, vpc }) {
      const request = {
        VpcId: await vpc(),
        ServiceName: 'com.amazonaws.us-east-1.s3',
        VpcEndpointType: 'Gateway' as const,
      }
      const { VpcEndpoint } = await aws.ec2.createVpcEndpoint(request)
      const Filters = [
        { Name: 'vpc-endpoint-id', Values: [String(VpcEndpoint?.VpcEndpointId)] },
        { Name: 'service-name', Values: [request.ServiceName] },
      ]
      try {
        return (await aws.ec2.describeVpcEndpoints({ Filters })).VpcEndpoints?.length
      } catch {
        return 'refused'
      }
    },
    seen: 1,
    seenWithout: 'refused',
  },
]
