// Small truths in answers that an adapter reads, and that moto alone gets wrong. Each was once a wrong conclusion.
import { afterAll, expect, it, vi } from 'vitest'
import { awsClients, must } from '../clients.ts'
import { startAwsBed } from '../start.ts'
import { Bench, outcome } from './bench.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const bed = await startAwsBed()
const aws = awsClients(bed.endpoint)
const bench = new Bench(bed, aws)
afterAll(() => bed.stop())

const VPC = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16' } }

it('a rule that names a group has its description, id, direction and tags', async () => {
  const vpc = await bench.vpc()
  const [target, source] = [await bench.group(vpc), await bench.group(vpc)]
  const pair = { GroupId: source, Description: 'elbv2.k8s.aws/targetGroupBinding=shared' }
  await aws.ec2.authorizeSecurityGroupIngress({
    GroupId: target,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [pair] }],
    TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'team', Value: 'web' }] }],
  })
  const { SecurityGroupRules } = await aws.ec2.describeSecurityGroupRules({
    Filters: [
      { Name: 'group-id', Values: [target] },
      { Name: 'tag:team', Values: ['web'] },
    ],
  })
  expect(SecurityGroupRules).toMatchObject([
    {
      GroupId: target,
      IsEgress: false,
      IpProtocol: 'tcp',
      ReferencedGroupInfo: { GroupId: source, UserId: '111122223333' },
      Description: 'elbv2.k8s.aws/targetGroupBinding=shared',
      Tags: [{ Key: 'team', Value: 'web' }],
    },
  ])
  const { SecurityGroupRules: all = [] } = await aws.ec2.describeSecurityGroupRules({})
  expect(all.filter(({ GroupId }) => GroupId === target).map(({ IsEgress }) => IsEgress)).toEqual([true, false])
})

it('an address of a NAT gateway has an interface and no instance', async () => {
  const { address } = await bench.natGateway((await bench.network()).subnet)
  const { Addresses } = await aws.ec2.describeAddresses({ AllocationIds: [address] })
  expect(Addresses?.[0]?.InstanceId).toBeUndefined()
  expect(Addresses?.[0]?.NetworkInterfaceId).toMatch(/^eni-/)
})

it('instances and volumes tell what goes with an instance', async () => {
  const InstanceId = await bench.instance((await bench.network()).subnet)
  const { Reservations } = await aws.ec2.describeInstances({ InstanceIds: [InstanceId] })
  const instance = must(Reservations?.[0]?.Instances?.[0], 'instance')
  expect(instance.BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination).toBe(true)
  expect(instance.NetworkInterfaces?.[0]?.Attachment?.DeleteOnTermination).toBe(true)
  expect(instance.NetworkInterfaces?.[0]?.Association).toBeUndefined()
  const root = must(instance.BlockDeviceMappings?.[0]?.Ebs?.VolumeId, 'volume')
  const { Volumes } = await aws.ec2.describeVolumes({ VolumeIds: [root] })
  expect(Volumes?.[0]?.Attachments).toMatchObject([{ InstanceId, DeleteOnTermination: true, State: 'attached' }])
})

it('a terminated instance is listed without interfaces, and its root volume is gone', async () => {
  const InstanceId = await bench.instance((await bench.network()).subnet)
  const { Volumes = [] } = await aws.ec2.describeVolumes({
    Filters: [{ Name: 'attachment.instance-id', Values: [InstanceId] }],
  })
  await aws.ec2.terminateInstances({ InstanceIds: [InstanceId] })
  await bed.settle()
  const { Reservations } = await aws.ec2.describeInstances({ InstanceIds: [InstanceId] })
  expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({ State: { Name: 'terminated' }, NetworkInterfaces: [] })
  const root = must(Volumes[0]?.VolumeId, 'volume')
  expect(await outcome(() => aws.ec2.describeVolumes({ VolumeIds: [root] }))).toBe('InvalidVolume.NotFound')
})

it('two outputs with one value keep each its own export', async () => {
  const name = bench.name('outputs')
  const output = (key: string): object => ({ Value: 'same', Export: { Name: `${name}-${key}` } })
  const StackName = await bench.stack({ V: VPC }, { outputs: { A: output('a'), B: output('b') } })
  const { Stacks } = await aws.cloudformation.describeStacks({ StackName })
  expect(Stacks?.[0]?.Outputs?.map((one) => one.ExportName)).toEqual([`${name}-a`, `${name}-b`])
})

it('a stack associates its subnets, and its attachments and associations have ids of their own', async () => {
  const StackName = await bench.stack({
    V: VPC,
    S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'V' }, CidrBlock: '10.9.1.0/24' } },
    T: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'V' } } },
    A: {
      Type: 'AWS::EC2::SubnetRouteTableAssociation',
      Properties: { SubnetId: { Ref: 'S' }, RouteTableId: { Ref: 'T' } },
    },
    I: { Type: 'AWS::EC2::InternetGateway' },
    G: { Type: 'AWS::EC2::VPCGatewayAttachment', Properties: { VpcId: { Ref: 'V' }, InternetGatewayId: { Ref: 'I' } } },
  })
  const { StackResourceSummaries = [] } = await aws.cloudformation.listStackResources({ StackName })
  const id = (logical: string): string =>
    must(StackResourceSummaries.find((one) => one.LogicalResourceId === logical)?.PhysicalResourceId, logical)
  expect(id('A')).toMatch(/^rtbassoc-/)
  expect(id('G')).toBe(`IGW|${id('V')}`)
  const { RouteTables } = await aws.ec2.describeRouteTables({ RouteTableIds: [id('T')] })
  expect(RouteTables?.[0]?.Associations).toMatchObject([
    { RouteTableAssociationId: id('A'), SubnetId: id('S'), Main: false },
  ])
})

it('a deleted stack is read by its id, with its members, and not by its name', async () => {
  const StackName = await bench.stack({ V: VPC }, { outputs: { O: { Value: { Ref: 'V' } } } })
  const StackId = must((await aws.cloudformation.describeStacks({ StackName })).Stacks?.[0]?.StackId, 'stack')
  await aws.cloudformation.deleteStack({ StackName })
  await bed.settle()
  expect(await outcome(() => aws.cloudformation.describeStacks({ StackName }))).toBe('ValidationError')
  const { Stacks } = await aws.cloudformation.describeStacks({ StackName: StackId })
  expect(Stacks?.[0]).toMatchObject({ StackStatus: 'DELETE_COMPLETE', Outputs: [{ OutputKey: 'O' }] })
  expect(Stacks?.[0]?.DeletionTime).toBeInstanceOf(Date)
  const { StackResourceSummaries = [] } = await aws.cloudformation.listStackResources({ StackName: StackId })
  expect(StackResourceSummaries.map((one) => one.ResourceStatus)).toEqual(['DELETE_COMPLETE'])
})

it('a stack tells its role and its protection', async () => {
  const { arn } = await bench.role()
  const StackName = await bench.stack({ V: VPC }, { role: arn, protected: true })
  const { Stacks } = await aws.cloudformation.describeStacks({ StackName })
  expect(Stacks?.[0]).toMatchObject({ RoleARN: arn, EnableTerminationProtection: true })
})

it('a managed node group invents no key and no group for remote access', async () => {
  const { name, subnets, role } = await bench.cluster()
  await aws.eks.createNodegroup({ clusterName: name, nodegroupName: 'a', subnets, nodeRole: role })
  const { nodegroup } = await aws.eks.describeNodegroup({ clusterName: name, nodegroupName: 'a' })
  expect(nodegroup?.remoteAccess).toBeUndefined()
  expect(nodegroup?.resources?.remoteAccessSecurityGroup).toBeUndefined()
})

it('instances of a launch template are in the groups that it names', async () => {
  const { vpc, subnet } = await bench.network()
  const group = await bench.group(vpc)
  const { LaunchTemplate } = await aws.ec2.createLaunchTemplate({
    LaunchTemplateName: bench.name('template'),
    LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.micro', SecurityGroupIds: [group] },
  })
  await aws.autoscaling.createAutoScalingGroup({
    AutoScalingGroupName: bench.name('machines'),
    MinSize: 1,
    MaxSize: 1,
    VPCZoneIdentifier: subnet,
    LaunchTemplate: { LaunchTemplateId: must(LaunchTemplate?.LaunchTemplateId, 'template') },
  })
  const { NetworkInterfaces } = await aws.ec2.describeNetworkInterfaces({
    Filters: [{ Name: 'subnet-id', Values: [subnet] }],
  })
  expect(NetworkInterfaces?.[0]?.Groups?.map(({ GroupId }) => GroupId)).toEqual([group])
})

it('a classic load balancer tells its scheme and its tags', async () => {
  const LoadBalancerName = bench.name('classic')
  await aws.elb.createLoadBalancer({
    LoadBalancerName,
    Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 80 }],
    Subnets: [(await bench.network()).subnet],
    Tags: [{ Key: 'a', Value: 'b' }],
  })
  const { LoadBalancerDescriptions } = await aws.elb.describeLoadBalancers({ LoadBalancerNames: [LoadBalancerName] })
  expect(LoadBalancerDescriptions?.[0]?.Scheme).toBe('internet-facing')
  const { TagDescriptions } = await aws.elb.describeTags({ LoadBalancerNames: [LoadBalancerName] })
  expect(TagDescriptions).toMatchObject([{ LoadBalancerName, Tags: [{ Key: 'a', Value: 'b' }] }])
})
