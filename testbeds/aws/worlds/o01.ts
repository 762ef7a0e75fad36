// O01: a complete eksctl cluster, everything healthy: two stacks, a Service with its load balancer, a claim with its volume.
import { type AwsClients, must } from '../clients.ts'
import type { AwsBed } from '../start.ts'
import { clusterStack, clusterTemplate, eksctlTags, nodegroupStack, nodegroupTemplate } from './eksctl-template.ts'
import {
  allow,
  filter,
  hash,
  makeGroup,
  makeNetworkBalancer,
  makeOidcProvider,
  makeStack,
  makeVolume,
  makeVpc,
  output,
  type Tags,
} from './making.ts'
import { IMAGE, type StageOptions, stageWorld, type World } from './world.ts'

export interface HealthyCluster {
  cluster: string
  clusterStack: string
  nodegroupStack: string
  vpc: string
  publicSubnets: string[]
  privateSubnets: string[]
  clusterGroup: string
  autoscalingGroup: string
  instances: string[]
  balancer: string
  targetGroup: string
  balancerGroup: string
  /** The claim's volume, attached to the first instance. */
  volume: string
  oidcProvider: string
  guardVpc: string
  guardRole: string
}

const CLUSTER = 'ci-1'
const NODEGROUP = 'a'

export function stageO01(bed: AwsBed, options: StageOptions = {}): Promise<World<HealthyCluster>> {
  return stageWorld('O01', bed, options, async ({ aws, claim }) => {
    const guardVpc = await makeVpc(aws, '10.99.0.0/16')
    const guardRole = 'ci-1-human'
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [] })
    await aws.iam.createRole({ RoleName: guardRole, AssumeRolePolicyDocument })
    await claim('guard')
    const cluster = await makeHealthyCluster(aws)
    await claim('ours')
    return { ...cluster, guardVpc, guardRole }
  })
}

async function makeHealthyCluster(aws: AwsClients): Promise<Omit<HealthyCluster, 'guardVpc' | 'guardRole'>> {
  const outputs = await makeStacks(aws)
  const vpc = output(outputs, 'VPC')
  const publicSubnets = output(outputs, 'SubnetsPublic').split(',')
  const clusterGroup = output(outputs, 'ClusterSecurityGroupId')
  const autoscalingGroup = nodegroupStack(CLUSTER, NODEGROUP)
  const instances = await instancesOf(aws, autoscalingGroup)
  return {
    cluster: CLUSTER,
    clusterStack: clusterStack(CLUSTER),
    nodegroupStack: nodegroupStack(CLUSTER, NODEGROUP),
    vpc,
    publicSubnets,
    privateSubnets: output(outputs, 'SubnetsPrivate').split(','),
    clusterGroup,
    autoscalingGroup,
    instances,
    ...(await makeService(aws, vpc, publicSubnets, clusterGroup)),
    volume: await makeClaim(aws, must(instances[0], 'instance')),
    oidcProvider: await makeOidcProvider(aws, CLUSTER),
  }
}

async function makeStacks(aws: AwsClients): Promise<Tags> {
  const template = clusterTemplate({
    name: CLUSTER,
    network: '10.16',
    publicZones: ['us-east-1a', 'us-east-1b'],
    privateZones: ['us-east-1a', 'us-east-1b'],
    privateRoutes: true,
    controlPlane: true,
    nat: true,
  })
  const tags = eksctlTags(CLUSTER)
  const clusterTags = { ...tags, 'alpha.eksctl.io/cluster-oidc-enabled': 'true' }
  const outputs = await makeStack(aws, clusterStack(CLUSTER), template, clusterTags)
  const nodegroupTags = {
    ...tags,
    'alpha.eksctl.io/nodegroup-name': NODEGROUP,
    'alpha.eksctl.io/nodegroup-type': 'unmanaged',
  }
  const nodegroup = nodegroupTemplate(CLUSTER, NODEGROUP, 2, IMAGE)
  await makeStack(aws, nodegroupStack(CLUSTER, NODEGROUP), nodegroup, nodegroupTags)
  return outputs
}

async function instancesOf(aws: AwsClients, group: string): Promise<string[]> {
  const { Reservations = [] } = await aws.ec2.describeInstances({
    Filters: filter('tag:aws:autoscaling:groupName', group),
  })
  return Reservations.flatMap(({ Instances = [] }) =>
    Instances.map(({ InstanceId }) => must(InstanceId, 'instance id')),
  )
}

/** Service `default/web` of type LoadBalancer, served by the load balancer controller. */
async function makeService(
  aws: AwsClients,
  vpc: string,
  subnets: string[],
  clusterGroup: string,
): Promise<Pick<HealthyCluster, 'balancer' | 'targetGroup' | 'balancerGroup'>> {
  const tags = (resource: string): Tags => ({
    'elbv2.k8s.aws/cluster': CLUSTER,
    'service.k8s.aws/stack': 'default/web',
    'service.k8s.aws/resource': resource,
  })
  const name = `k8s-default-web-${hash(`${CLUSTER}web`, 10)}`
  const balancerGroup = await makeGroup(aws, vpc, name, tags('ManagedLBSecurityGroup'))
  await allow(aws, clusterGroup, balancerGroup, 8080, 'elbv2.k8s.aws/targetGroupBinding=shared')
  const made = await makeNetworkBalancer(aws, {
    name,
    vpc,
    subnets,
    groups: [balancerGroup],
    tags: tags('LoadBalancer'),
    targetGroup: { name: `k8s-default-web-${hash(`${CLUSTER}group`, 10)}`, tags: tags('default/web:80') },
  })
  return { ...made, balancerGroup }
}

/** Claim `default/data-0` with reclaim policy Delete; its pod runs on the first node. */
async function makeClaim(aws: AwsClients, instance: string): Promise<string> {
  const { Reservations } = await aws.ec2.describeInstances({ InstanceIds: [instance] })
  const zone = must(Reservations?.[0]?.Instances?.[0]?.Placement?.AvailabilityZone, 'zone')
  const volume = await makeVolume(aws, zone, {
    [`kubernetes.io/cluster/${CLUSTER}`]: 'owned',
    'ebs.csi.aws.com/cluster': 'true',
    CSIVolumeName: 'pvc-9f0e6a52-web',
    'kubernetes.io/created-for/pvc/name': 'data-0',
    'kubernetes.io/created-for/pvc/namespace': 'default',
    'kubernetes.io/created-for/pv/name': 'pvc-9f0e6a52-web',
  })
  await aws.ec2.attachVolume({ VolumeId: volume, InstanceId: instance, Device: '/dev/xvdba' })
  return volume
}
