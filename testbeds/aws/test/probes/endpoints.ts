import { must } from '../../clients.ts'
import { type Bench, outcome } from '../bench.ts'
import type { Probe } from '../probe.ts'

async function makeEndpoint({ aws, network, group }: Bench): Promise<{ id: string; subnet: string; group: string }> {
  const { vpc, subnet } = await network()
  const GroupId = await group(vpc)
  const { VpcEndpoint } = await aws.ec2.createVpcEndpoint({
    VpcId: vpc,
    ServiceName: 'com.amazonaws.us-east-1.sts',
    VpcEndpointType: 'Interface',
    SubnetIds: [subnet],
    SecurityGroupIds: [GroupId],
  })
  return { id: must(VpcEndpoint?.VpcEndpointId, 'endpoint'), subnet, group: GroupId }
}

async function makeService({
  aws,
  network,
  balancer,
}: Bench): Promise<{ id: string; name: string; vpc: string; balancer: string }> {
  const { vpc, subnet } = await network()
  const LoadBalancerArn = await balancer([subnet])
  const request = { NetworkLoadBalancerArns: [LoadBalancerArn], AcceptanceRequired: false }
  const { ServiceConfiguration } = await aws.ec2.createVpcEndpointServiceConfiguration(request)
  const id = must(ServiceConfiguration?.ServiceId, 'service')
  return { id, name: must(ServiceConfiguration?.ServiceName, 'service name'), vpc, balancer: LoadBalancerArn }
}

export const endpointProbes: Probe[] = [
  {
    rule: 'CreateVpcEndpoint.interfaces',
    fact: 'the interface of an endpoint belongs to the service and is in the groups of the endpoint',
    async observe(bench) {
      const { subnet, group } = await makeEndpoint(bench)
      const { NetworkInterfaces = [] } = await bench.aws.ec2.describeNetworkInterfaces({
        Filters: [{ Name: 'group-id', Values: [group] }],
      })
      return [...(await bench.interfacesIn(subnet)), NetworkInterfaces.length]
    },
    seen: ['vpc_endpoint managed in-use', 1],
    seenWithout: ['interface free available', 0],
  },
  {
    rule: 'DeleteVpcEndpoints.deleting',
    fact: 'an endpoint is deleting, holds its subnet, then is gone',
    async observe(bench) {
      const { aws, bed } = bench
      const { id, subnet } = await makeEndpoint(bench)
      await aws.ec2.deleteVpcEndpoints({ VpcEndpointIds: [id] })
      const state = async (): Promise<unknown> => {
        const { VpcEndpoints = [] } = await aws.ec2.describeVpcEndpoints({})
        return VpcEndpoints.find(({ VpcEndpointId }) => VpcEndpointId === id)?.State
      }
      const first = [await state(), await outcome(() => aws.ec2.deleteSubnet({ SubnetId: subnet }))]
      await bed.settle()
      return [...first, await state(), await outcome(() => aws.ec2.deleteSubnet({ SubnetId: subnet }))]
    },
    seen: ['deleting', 'DependencyViolation', undefined, 'ok'],
    seenWithout: ['deleted', 'ok', 'deleted', 'InvalidSubnetID.NotFound'],
  },
  {
    rule: 'DeleteVpcEndpoints.unknown',
    fact: 'an endpoint that does not exist is reported, not passed over',
    async observe({ aws }) {
      const { Unsuccessful } = await aws.ec2.deleteVpcEndpoints({ VpcEndpointIds: ['vpce-00000000000000000'] })
      return Unsuccessful?.map(({ Error: error }) => error?.Code)
    },
    seen: ['InvalidVpcEndpoint.NotFound'],
    seenWithout: [],
  },
  {
    rule: 'DeleteLoadBalancer/endpoint-service',
    fact: 'a load balancer behind an endpoint service stays',
    async observe(bench) {
      const { aws } = bench
      const { id, balancer } = await makeService(bench)
      const remove = (): Promise<string> => outcome(() => aws.elbv2.deleteLoadBalancer({ LoadBalancerArn: balancer }))
      const first = await remove()
      await aws.ec2.deleteVpcEndpointServiceConfigurations({ ServiceIds: [id] })
      return [first, await remove()]
    },
    seen: ['ResourceInUseException', 'ok'],
    seenWithout: ['ok', 'ok'],
  },
  {
    rule: 'DeleteVpcEndpointService/connection',
    fact: 'an endpoint service with a connection stays until the connection is rejected, and says so with HTTP 200',
    async observe(bench) {
      const { aws } = bench
      const { id, name, vpc } = await makeService(bench)
      const { VpcEndpoint } = await aws.ec2.createVpcEndpoint({
        VpcId: vpc,
        ServiceName: name,
        VpcEndpointType: 'Interface',
      })
      const { VpcEndpointConnections = [] } = await aws.ec2.describeVpcEndpointConnections({
        Filters: [{ Name: 'service-id', Values: [id] }],
      })
      const remove = async (): Promise<unknown> => {
        const { Unsuccessful } = await aws.ec2.deleteVpcEndpointServiceConfigurations({ ServiceIds: [id] })
        return Unsuccessful?.map(({ Error: error }) => error?.Code)
      }
      const first = await remove()
      const VpcEndpointIds = [must(VpcEndpoint?.VpcEndpointId, 'endpoint')]
      await aws.ec2.rejectVpcEndpointConnections({ ServiceId: id, VpcEndpointIds })
      return [VpcEndpointConnections.length, first, await remove()]
    },
    seen: [1, ['ExistingVpcEndpointConnections'], []],
    seenWithout: [1, [], ['InvalidVpcEndpointService.NotFound']],
  },
]
