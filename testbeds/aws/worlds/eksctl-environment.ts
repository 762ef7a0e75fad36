// One eksctl-style environment with everything that controllers, EKS and people made beside its two stacks.
import type { AwsClients } from '../clients.ts'
import {
  type ClusterLayout,
  clusterStack,
  clusterTemplate,
  eksctlTags,
  managedNodegroupTemplate,
  nodegroupStack,
} from './eksctl-template.ts'
import {
  allow,
  hash,
  makeGroup,
  makeInterface,
  makeNetworkBalancer,
  makeOidcProvider,
  makeStack,
  makeVolume,
  output,
  type Tags,
} from './making.ts'

export interface EksctlEnvironment {
  cluster: string
  vpc: string
  publicSubnet: string
  privateSubnet: string
  clusterGroup: string
  /** The endpoint service in front of the load balancer; empty where there is none. */
  endpointService: string
}

const NODEGROUP = 'ng-1'

function layout(name: string): ClusterLayout {
  return {
    name,
    network: '192.168',
    publicZones: ['us-east-1a'],
    privateZones: ['us-east-1b'],
    privateRoutes: false,
    controlPlane: true,
    nat: true,
  }
}

export async function makeEksctlEnvironment(
  aws: AwsClients,
  cluster: string,
  { endpointService }: { endpointService: boolean },
): Promise<EksctlEnvironment> {
  const tags = eksctlTags(cluster)
  const clusterTags = { ...tags, 'alpha.eksctl.io/cluster-oidc-enabled': 'true' }
  const outputs = await makeStack(aws, clusterStack(cluster), clusterTemplate(layout(cluster)), clusterTags)
  const nodegroupTags = {
    ...tags,
    'alpha.eksctl.io/nodegroup-name': NODEGROUP,
    'alpha.eksctl.io/nodegroup-type': 'managed',
  }
  await makeStack(aws, nodegroupStack(cluster, NODEGROUP), managedNodegroupTemplate(cluster, NODEGROUP), nodegroupTags)
  const environment = {
    cluster,
    vpc: output(outputs, 'VPC'),
    publicSubnet: output(outputs, 'SubnetsPublic'),
    privateSubnet: output(outputs, 'SubnetsPrivate'),
    clusterGroup: output(outputs, 'ClusterSecurityGroupId'),
  }
  await serviceOfCloudController(aws, environment, output(outputs, 'SharedNodeSecurityGroup'))
  const balancer = await serviceOfBalancerController(aws, environment)
  const service = endpointService ? await makeEndpointService(aws, balancer) : ''
  await leftByTheNodes(aws, environment)
  await groupCycle(aws, environment, output(outputs, 'SecurityGroup'))
  await aws.logs.createLogGroup({ logGroupName: `/aws/eks/${cluster}/cluster` })
  await makeOidcProvider(aws, cluster)
  return { ...environment, endpointService: service }
}

type Base = Omit<EksctlEnvironment, 'endpointService'>

const owned = (cluster: string): Tags => ({ [`kubernetes.io/cluster/${cluster}`]: 'owned' })

/** A Service served by the cloud controller: load balancer and group named after its uid. */
async function serviceOfCloudController(aws: AwsClients, base: Base, nodeGroup: string): Promise<void> {
  const { cluster, vpc, publicSubnet } = base
  const name = `a${hash(`${cluster}web`, 31)}`
  const tags = { ...owned(cluster), 'kubernetes.io/service-name': 'default/web' }
  const group = await makeGroup(aws, vpc, `k8s-elb-${name}`, owned(cluster))
  await allow(aws, nodeGroup, group, 30080, 'kubernetes.io/rule/nlb/client')
  const targetGroup = { name: `k8s-default-web-${hash(cluster, 10)}`, tags }
  await makeNetworkBalancer(aws, { name, vpc, subnets: [publicSubnet], groups: [group], tags, targetGroup })
}

/** A Service served by the load balancer controller, with its shared group for the traffic behind it. */
async function serviceOfBalancerController(aws: AwsClients, base: Base): Promise<string> {
  const { cluster, vpc, publicSubnet, privateSubnet, clusterGroup } = base
  const tags = (resource: string): Tags => ({
    'elbv2.k8s.aws/cluster': cluster,
    'service.k8s.aws/stack': 'default/api',
    'service.k8s.aws/resource': resource,
  })
  const groupName = `k8s-traffic-${cluster.replaceAll('-', '')}-${hash(`${cluster}traffic`, 10)}`
  const groupTags = { 'elbv2.k8s.aws/cluster': cluster, 'elbv2.k8s.aws/resource': 'backend-sg' }
  const group = await makeGroup(aws, vpc, groupName, groupTags)
  await allow(aws, clusterGroup, group, 8080, 'elbv2.k8s.aws/targetGroupBinding=shared')
  const { balancer } = await makeNetworkBalancer(aws, {
    name: `k8s-default-api-${hash(`${cluster}api`, 10)}`,
    vpc,
    subnets: [publicSubnet, privateSubnet],
    groups: [group],
    tags: tags('LoadBalancer'),
    targetGroup: { name: `k8s-default-api-${hash(`${cluster}group`, 10)}`, tags: tags('default/api:80') },
  })
  return balancer
}

async function makeEndpointService(aws: AwsClients, balancer: string): Promise<string> {
  const request = { NetworkLoadBalancerArns: [balancer], AcceptanceRequired: false }
  const { ServiceConfiguration } = await aws.ec2.createVpcEndpointServiceConfiguration(request)
  return ServiceConfiguration?.ServiceId ?? ''
}

/** The CNI left two interfaces of dead nodes, the CSI driver a volume. */
async function leftByTheNodes(aws: AwsClients, { cluster, privateSubnet, clusterGroup }: Base): Promise<void> {
  for (const number of [1, 2]) {
    const instance = `i-0dead${hash(`${cluster}${number}`, 12)}`
    await makeInterface(aws, privateSubnet, [clusterGroup], `aws-K8S-${instance}`, {
      'node.k8s.amazonaws.com/instance_id': instance,
      'node.k8s.amazonaws.com/createdAt': '2026-01-02T03:04:05Z',
      'cluster.k8s.amazonaws.com/name': cluster,
    })
  }
  await makeVolume(aws, 'us-east-1b', {
    ...owned(cluster),
    'ebs.csi.aws.com/cluster': 'true',
    CSIVolumeName: `pvc-${cluster}`,
    'kubernetes.io/created-for/pvc/name': 'data-0',
    'kubernetes.io/created-for/pvc/namespace': 'default',
  })
}

/** Two groups that name each other, one of them in the stack. */
async function groupCycle(aws: AwsClients, { cluster, vpc }: Base, stackGroup: string): Promise<void> {
  const extra = await makeGroup(aws, vpc, `${cluster}-extra`, owned(cluster))
  await allow(aws, extra, stackGroup, 443)
  await allow(aws, stackGroup, extra, 443)
}
