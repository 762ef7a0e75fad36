// O20: two clusters, `ci-1` and `ci-10`, in one network that Terraform made. Either may be the one to tear down.
import { type AwsClients, must } from '../clients.ts'
import type { AwsBed } from '../start.ts'
import {
  clusterInGivenNetwork,
  clusterStack,
  eksctlTags,
  nodegroupStack,
  nodegroupTemplate,
} from './eksctl-template.ts'
import {
  allow,
  filter,
  hash,
  makeGroup,
  makeInstance,
  makeNetworkBalancer,
  makeStack,
  makeSubnet,
  makeVpc,
  output,
  type Tags,
} from './making.ts'
import { IMAGE, type StageOptions, stageWorld, type World } from './world.ts'

type ClusterName = 'ci-1' | 'ci-10'

export interface SharedNetwork {
  vpc: string
  publicSubnets: string[]
  privateSubnets: string[]
  natGateway: string
  address: string
  internetGateway: string
  routeTables: string[]
}

export interface TenantCluster {
  cluster: ClusterName
  stacks: string[]
  instances: string[]
  balancer: string
  targetGroup: string
  trafficGroup: string
}

export interface SharedVpc {
  network: SharedNetwork
  ours: TenantCluster
  neighbour: TenantCluster
}

export interface SharedVpcOptions extends StageOptions {
  /** Which of the two is ours; `ci-1` unless told. */
  target?: ClusterName
}

export function stageO20(bed: AwsBed, options: SharedVpcOptions = {}): Promise<World<SharedVpc>> {
  const { target = 'ci-1' } = options
  return stageWorld('O20', bed, options, async ({ aws, claim }) => {
    const network = await makeNetwork(aws)
    await claim('guard')
    const first = await makeFirst(aws, network)
    await claim(target === 'ci-1' ? 'ours' : 'neighbour')
    const tenth = await makeTenth(aws, network)
    await claim(target === 'ci-10' ? 'ours' : 'neighbour')
    return target === 'ci-1' ? { network, ours: first, neighbour: tenth } : { network, ours: tenth, neighbour: first }
  })
}

async function makeNetwork(aws: AwsClients): Promise<SharedNetwork> {
  const shared = { 'kubernetes.io/cluster/ci-1': 'shared', 'kubernetes.io/cluster/ci-10': 'shared' }
  const vpc = await makeVpc(aws, '10.20.0.0/16', { ...shared, Name: 'platform' })
  const subnet = (number: number, zone: string, role: string): Promise<string> =>
    makeSubnet(aws, vpc, `10.20.${number * 32}.0/19`, zone, { ...shared, [`kubernetes.io/role/${role}`]: '1' })
  const publicSubnets = [await subnet(0, 'us-east-1a', 'elb'), await subnet(1, 'us-east-1b', 'elb')]
  const privateSubnets = [await subnet(2, 'us-east-1a', 'internal-elb'), await subnet(3, 'us-east-1b', 'internal-elb')]
  const internetGateway = must(
    (await aws.ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId,
    'gateway id',
  )
  await aws.ec2.attachInternetGateway({ InternetGatewayId: internetGateway, VpcId: vpc })
  const address = must((await aws.ec2.allocateAddress({ Domain: 'vpc' })).AllocationId, 'allocation id')
  const nat = await aws.ec2.createNatGateway({ SubnetId: must(publicSubnets[0], 'subnet'), AllocationId: address })
  const natGateway = must(nat.NatGateway?.NatGatewayId, 'NAT gateway id')
  const routeTables = [
    await makeRouteTable(aws, vpc, publicSubnets, { GatewayId: internetGateway }),
    await makeRouteTable(aws, vpc, privateSubnets, { NatGatewayId: natGateway }),
  ]
  return { vpc, publicSubnets, privateSubnets, natGateway, address, internetGateway, routeTables }
}

async function makeRouteTable(
  aws: AwsClients,
  VpcId: string,
  subnets: string[],
  to: { GatewayId: string } | { NatGatewayId: string },
): Promise<string> {
  const RouteTableId = must((await aws.ec2.createRouteTable({ VpcId })).RouteTable?.RouteTableId, 'route table id')
  await aws.ec2.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', ...to })
  for (const SubnetId of subnets) await aws.ec2.associateRouteTable({ RouteTableId, SubnetId })
  return RouteTableId
}

/** `ci-1`: its control plane in a stack, two machines beside it. */
async function makeFirst(aws: AwsClients, network: SharedNetwork): Promise<TenantCluster> {
  const { group, ...cluster } = await makeTenant(aws, 'ci-1', 'k8s-default-web-aaa', network)
  const tags = (number: number): Tags => ({ 'kubernetes.io/cluster/ci-1': 'owned', Name: `ci-1-node-${number}` })
  const instances = [
    await makeInstance(aws, must(network.privateSubnets[0], 'subnet'), [group], tags(0)),
    await makeInstance(aws, must(network.privateSubnets[1], 'subnet'), [group], tags(1)),
  ]
  return { ...cluster, stacks: [clusterStack('ci-1')], instances }
}

/** `ci-10`: its control plane in one stack, two machines in another. */
async function makeTenth(aws: AwsClients, network: SharedNetwork): Promise<TenantCluster> {
  const { group: _, ...cluster } = await makeTenant(aws, 'ci-10', 'k8s-default-web-bbb', network)
  const nodegroup = nodegroupStack('ci-10', 'a')
  const tags = {
    ...eksctlTags('ci-10'),
    'alpha.eksctl.io/nodegroup-name': 'a',
    'alpha.eksctl.io/nodegroup-type': 'unmanaged',
  }
  await makeStack(aws, nodegroup, nodegroupTemplate('ci-10', 'a', 2, IMAGE), tags)
  const { Reservations = [] } = await aws.ec2.describeInstances({
    Filters: filter('tag:aws:autoscaling:groupName', nodegroup),
  })
  const instances = Reservations.flatMap(({ Instances = [] }) =>
    Instances.map(({ InstanceId }) => must(InstanceId, 'id')),
  )
  return { ...cluster, stacks: [clusterStack('ci-10'), nodegroup], instances }
}

async function makeTenant(
  aws: AwsClients,
  cluster: ClusterName,
  balancerName: string,
  { vpc, publicSubnets, privateSubnets }: SharedNetwork,
): Promise<Omit<TenantCluster, 'stacks' | 'instances'> & { group: string }> {
  const template = clusterInGivenNetwork(cluster, vpc, publicSubnets, privateSubnets)
  const outputs = await makeStack(aws, clusterStack(cluster), template, eksctlTags(cluster))
  const group = output(outputs, 'ClusterSecurityGroupId')
  const tags = (resource: string): Tags => ({
    'elbv2.k8s.aws/cluster': cluster,
    'service.k8s.aws/stack': 'default/web',
    'service.k8s.aws/resource': resource,
  })
  const trafficName = `k8s-traffic-${cluster.replace('-', '')}-${hash(`${cluster}traffic`, 10)}`
  const trafficTags = { 'elbv2.k8s.aws/cluster': cluster, 'elbv2.k8s.aws/resource': 'backend-sg' }
  const trafficGroup = await makeGroup(aws, vpc, trafficName, trafficTags)
  await allow(aws, group, trafficGroup, 8080, 'elbv2.k8s.aws/targetGroupBinding=shared')
  const made = await makeNetworkBalancer(aws, {
    name: balancerName,
    vpc,
    subnets: publicSubnets,
    groups: [trafficGroup],
    tags: tags('LoadBalancer'),
    targetGroup: { name: `k8s-default-web-${hash(`${cluster}group`, 10)}`, tags: tags('default/web:80') },
  })
  return { cluster, trafficGroup, group, ...made }
}
