// O02: the stack of a cluster in DELETE_FAILED, because of what was left in one of its subnets.
import { type AwsClients, must } from '../clients.ts'
import type { AwsBed } from '../start.ts'
import { type ClusterLayout, clusterStack, clusterTemplate, eksctlTags } from './eksctl-template.ts'
import {
  allow,
  filter,
  hash,
  makeGroup,
  makeInterface,
  makeStack,
  output,
  tagList,
  tagSpecifications,
} from './making.ts'
import { type StageOptions, stageWorld, type World } from './world.ts'

export interface FailedStack {
  cluster: string
  stack: string
  vpc: string
  /** The one subnet of four that is still there. */
  subnet: string
  internetGateway: string
  /** e1: of a dead node, `available`. */
  cniInterface: string
  /** The classic load balancer of Service `default/web`, and e2, its interface with a public address. */
  balancer: string
  balancerInterface: string
  /** vpce-1, made by a test of run r-77, and e3, its interface. */
  endpoint: string
  endpointInterface: string
  /** sg-n and `k8s-elb-…`: each has a rule that names the other. */
  nodeGroup: string
  balancerGroup: string
  guardStack: string
  guardVpc: string
}

const CLUSTER = 'ci-1'
const GUARD = 'ci-2'
export const RUN = 'r-77'

export function stageO02(bed: AwsBed, options: StageOptions = {}): Promise<World<FailedStack>> {
  return stageWorld('O02', bed, options, async ({ aws, claim }) => {
    const guard = await makeStack(aws, clusterStack(GUARD), clusterTemplate(layout(GUARD, '10.17')), eksctlTags(GUARD))
    await claim('guard')
    const outputs = await makeStack(
      aws,
      clusterStack(CLUSTER),
      clusterTemplate(layout(CLUSTER, '10.16')),
      eksctlTags(CLUSTER),
    )
    const vpc = output(outputs, 'VPC')
    const subnet = must(output(outputs, 'SubnetsPublic').split(',')[0], 'subnet')
    const left = await leaveThingsBehind(aws, vpc, subnet)
    await aws.cloudformation.deleteStack({ StackName: clusterStack(CLUSTER) })
    await bed.settle()
    await requireFailed(aws)
    await claim('ours')
    return {
      cluster: CLUSTER,
      stack: clusterStack(CLUSTER),
      vpc,
      subnet,
      internetGateway: await internetGatewayOf(aws, vpc),
      ...left,
      guardStack: clusterStack(GUARD),
      guardVpc: output(guard, 'VPC'),
    }
  })
}

function layout(name: string, network: string): ClusterLayout {
  const zones = ['us-east-1a', 'us-east-1b']
  return { name, network, publicZones: zones, privateZones: zones, privateRoutes: true, controlPlane: true, nat: true }
}

type LeftBehind = Omit<
  FailedStack,
  'cluster' | 'stack' | 'vpc' | 'subnet' | 'internetGateway' | 'guardStack' | 'guardVpc'
>

async function leaveThingsBehind(aws: AwsClients, vpc: string, subnet: string): Promise<LeftBehind> {
  const owned = { [`kubernetes.io/cluster/${CLUSTER}`]: 'owned' }
  const balancer = `a${hash(`${CLUSTER}web`, 31)}`
  const nodeGroup = await makeGroup(aws, vpc, `${CLUSTER}-nodes`, owned)
  const balancerGroup = await makeGroup(aws, vpc, `k8s-elb-${balancer}`, owned)
  await allow(aws, balancerGroup, nodeGroup, 30080)
  await allow(aws, nodeGroup, balancerGroup, 30080, 'kubernetes.io/rule/nlb/client')
  const instance = `i-0${hash(`${CLUSTER}node`, 16)}`
  const cniInterface = await makeInterface(aws, subnet, [nodeGroup], `aws-K8S-${instance}`, {
    'node.k8s.amazonaws.com/instance_id': instance,
    'node.k8s.amazonaws.com/createdAt': '2026-01-02T03:04:05Z',
    'cluster.k8s.amazonaws.com/name': CLUSTER,
  })
  await aws.elb.createLoadBalancer({
    LoadBalancerName: balancer,
    Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstanceProtocol: 'TCP', InstancePort: 30080 }],
    Subnets: [subnet],
    SecurityGroups: [balancerGroup],
    Tags: tagList({ ...owned, 'kubernetes.io/service-name': 'default/web' }),
  })
  const { VpcEndpoint } = await aws.ec2.createVpcEndpoint({
    VpcId: vpc,
    VpcEndpointType: 'Interface',
    ServiceName: 'com.amazonaws.us-east-1.sts',
    SubnetIds: [subnet],
    TagSpecifications: tagSpecifications('vpc-endpoint', { 'cleardown.run': RUN }),
  })
  const endpoint = must(VpcEndpoint?.VpcEndpointId, 'endpoint id')
  return {
    nodeGroup,
    balancerGroup,
    cniInterface,
    balancer,
    balancerInterface: await interfaceCalled(aws, `ELB ${balancer}`),
    endpoint,
    endpointInterface: await interfaceCalled(aws, `VPC Endpoint Interface ${endpoint}`),
  }
}

async function interfaceCalled(aws: AwsClients, description: string): Promise<string> {
  const { NetworkInterfaces } = await aws.ec2.describeNetworkInterfaces({ Filters: filter('description', description) })
  return must(NetworkInterfaces?.[0]?.NetworkInterfaceId, description)
}

async function internetGatewayOf(aws: AwsClients, vpc: string): Promise<string> {
  const { InternetGateways } = await aws.ec2.describeInternetGateways({ Filters: filter('attachment.vpc-id', vpc) })
  return must(InternetGateways?.[0]?.InternetGatewayId, 'internet gateway')
}

async function requireFailed(aws: AwsClients): Promise<void> {
  const { Stacks } = await aws.cloudformation.describeStacks({ StackName: clusterStack(CLUSTER) })
  const { StackStatus, StackStatusReason } = must(Stacks?.[0], 'stack')
  if (StackStatus !== 'DELETE_FAILED')
    throw new Error(`O02 wants a failed stack, not ${StackStatus} ${StackStatusReason}`)
}
