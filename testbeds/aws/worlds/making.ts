// Small verbs for building worlds through API calls.
import type { Filter, IpPermission, ResourceType, TagSpecification } from '@aws-sdk/client-ec2'
import { type AwsClients, must } from '../clients.ts'
import type { Template } from './eksctl-template.ts'
import { IMAGE } from './world.ts'

export type Tags = Record<string, string>

export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

export function tagSpecifications(ResourceType: ResourceType, tags: Tags): TagSpecification[] {
  return Object.keys(tags).length > 0 ? [{ ResourceType, Tags: tagList(tags) }] : []
}

export const filter = (Name: string, ...Values: string[]): Filter[] => [{ Name, Values }]

/** Hex digits that depend on nothing but the text, for names that controllers end in a hash. */
export function hash(text: string, length: number): string {
  let state = 2166136261
  let digits = ''
  while (digits.length < length) {
    for (const letter of text) state = Math.imul(state ^ letter.charCodeAt(0), 16777619) >>> 0
    digits += state.toString(16).padStart(8, '0')
  }
  return digits.slice(0, length)
}

/** Creates a stack and gives its outputs. */
export async function makeStack(aws: AwsClients, StackName: string, template: Template, tags: Tags): Promise<Tags> {
  const TemplateBody = JSON.stringify(template)
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const]
  await aws.cloudformation.createStack({ StackName, TemplateBody, Capabilities, Tags: tagList(tags) })
  const { Stacks = [] } = await aws.cloudformation.describeStacks({ StackName })
  const stack = must(Stacks[0], 'stack')
  if (stack.StackStatus !== 'CREATE_COMPLETE')
    throw new Error(`${StackName}: ${stack.StackStatus} ${stack.StackStatusReason}`)
  return Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))
}

/** An output that the template has. */
export function output(outputs: Tags, key: string): string {
  return must(outputs[key], `output ${key}`)
}

export async function makeVpc(aws: AwsClients, CidrBlock: string, tags: Tags = {}): Promise<string> {
  const { Vpc } = await aws.ec2.createVpc({ CidrBlock, TagSpecifications: tagSpecifications('vpc', tags) })
  return must(Vpc?.VpcId, 'VPC id')
}

export async function makeSubnet(
  aws: AwsClients,
  VpcId: string,
  CidrBlock: string,
  zone: string,
  tags: Tags = {},
): Promise<string> {
  const TagSpecifications = tagSpecifications('subnet', tags)
  const { Subnet } = await aws.ec2.createSubnet({ VpcId, CidrBlock, AvailabilityZone: zone, TagSpecifications })
  return must(Subnet?.SubnetId, 'subnet id')
}

export async function makeGroup(aws: AwsClients, VpcId: string, GroupName: string, tags: Tags = {}): Promise<string> {
  const TagSpecifications = tagSpecifications('security-group', tags)
  const { GroupId } = await aws.ec2.createSecurityGroup({ GroupName, Description: GroupName, VpcId, TagSpecifications })
  return must(GroupId, 'group id')
}

export function fromGroup(GroupId: string, port: number, Description?: string): IpPermission[] {
  const pair = Description === undefined ? { GroupId } : { GroupId, Description }
  return [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, UserIdGroupPairs: [pair] }]
}

/** A rule of `target` that lets `source` in. */
export async function allow(
  aws: AwsClients,
  target: string,
  source: string,
  port: number,
  description?: string,
): Promise<string> {
  const IpPermissions = fromGroup(source, port, description)
  const { SecurityGroupRules } = await aws.ec2.authorizeSecurityGroupIngress({ GroupId: target, IpPermissions })
  return must(SecurityGroupRules?.[0]?.SecurityGroupRuleId, 'rule id')
}

export async function makeInterface(
  aws: AwsClients,
  SubnetId: string,
  Groups: string[],
  Description: string,
  tags: Tags = {},
): Promise<string> {
  const TagSpecifications = tagSpecifications('network-interface', tags)
  const { NetworkInterface } = await aws.ec2.createNetworkInterface({
    SubnetId,
    Groups,
    Description,
    TagSpecifications,
  })
  return must(NetworkInterface?.NetworkInterfaceId, 'interface id')
}

export async function makeInstance(
  aws: AwsClients,
  SubnetId: string,
  SecurityGroupIds: string[],
  tags: Tags = {},
): Promise<string> {
  const { Instances } = await aws.ec2.runInstances({
    ImageId: IMAGE,
    InstanceType: 't3.medium',
    MinCount: 1,
    MaxCount: 1,
    SubnetId,
    SecurityGroupIds,
    TagSpecifications: tagSpecifications('instance', tags),
  })
  return must(Instances?.[0]?.InstanceId, 'instance id')
}

export async function makeVolume(aws: AwsClients, AvailabilityZone: string, tags: Tags = {}): Promise<string> {
  const TagSpecifications = tagSpecifications('volume', tags)
  const { VolumeId } = await aws.ec2.createVolume({ AvailabilityZone, Size: 8, TagSpecifications })
  return must(VolumeId, 'volume id')
}

export interface NetworkBalancer {
  name: string
  vpc: string
  subnets: string[]
  groups: string[]
  tags: Tags
  targetGroup: { name: string; tags: Tags }
}

/** A network load balancer with one listener and the target group behind it. */
export async function makeNetworkBalancer(
  aws: AwsClients,
  balancer: NetworkBalancer,
): Promise<{ balancer: string; targetGroup: string }> {
  const { LoadBalancers } = await aws.elbv2.createLoadBalancer({
    Name: balancer.name,
    Type: 'network',
    Scheme: 'internet-facing',
    Subnets: balancer.subnets,
    SecurityGroups: balancer.groups,
    Tags: tagList(balancer.tags),
  })
  const LoadBalancerArn = must(LoadBalancers?.[0]?.LoadBalancerArn, 'load balancer ARN')
  const { TargetGroups } = await aws.elbv2.createTargetGroup({
    Name: balancer.targetGroup.name,
    Protocol: 'TCP',
    Port: 80,
    VpcId: balancer.vpc,
    TargetType: 'ip',
    Tags: tagList(balancer.targetGroup.tags),
  })
  const TargetGroupArn = must(TargetGroups?.[0]?.TargetGroupArn, 'target group ARN')
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }]
  await aws.elbv2.createListener({ LoadBalancerArn, Port: 80, Protocol: 'TCP', DefaultActions })
  return { balancer: LoadBalancerArn, targetGroup: TargetGroupArn }
}

/** The provider of a cluster's identities, made beside its stacks. */
export async function makeOidcProvider(aws: AwsClients, cluster: string): Promise<string> {
  const described = await aws.eks.describeCluster({ name: cluster })
  const { OpenIDConnectProviderArn } = await aws.iam.createOpenIDConnectProvider({
    Url: must(described.cluster?.identity?.oidc?.issuer, 'issuer'),
    ThumbprintList: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
    ClientIDList: ['sts.amazonaws.com'],
    Tags: tagList({ 'alpha.eksctl.io/cluster-name': cluster }),
  })
  return must(OpenIDConnectProviderArn, 'provider ARN')
}
