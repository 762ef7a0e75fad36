import type { KindName } from '@cleardown/core'
import type { AwsClients } from '@cleardown/testbed-aws'

export interface Made {
  readonly kind: KindName
  readonly id: string
}

/** In an order that AWS accepts. */
export const removalOrder: readonly KindName[] = [
  'aws:stack',
  'aws:addon',
  'aws:fargate-profile',
  'aws:nodegroup',
  'aws:eks-cluster',
  'aws:log-group',
  'aws:auto-scaling-group',
  'aws:launch-template',
  'aws:vpc-endpoint',
  'aws:vpc-endpoint-service',
  'aws:listener',
  'aws:load-balancer',
  'aws:target-group',
  'aws:classic-load-balancer',
  'aws:address-association',
  'aws:instance',
  'aws:volume',
  'aws:route',
  'aws:nat-gateway',
  'aws:elastic-ip',
  'aws:network-interface',
  'aws:security-group-rule',
  'aws:security-group',
  'aws:route-table-association',
  'aws:route-table',
  'aws:network-acl',
  'aws:internet-gateway-attachment',
  'aws:internet-gateway',
  'aws:subnet',
  'aws:vpc',
  'aws:oidc-provider',
  'aws:role-in-profile',
  'aws:instance-profile',
  'aws:role',
]

/** One of every kind, in a network of its own, and the others that have to be there for that; the one is first. In the order of removal. */
export async function makeOneOfEach({
  ec2,
  eks,
  elb,
  elbv2,
  iam,
  logs,
  autoscaling,
  cloudformation,
}: AwsClients): Promise<readonly Made[]> {
  const ImageId = 'ami-12c6146b'
  const is = (value: string | undefined): string => value ?? ''
  const vpc = is((await ec2.createVpc({ CidrBlock: '10.16.0.0/16' })).Vpc?.VpcId)
  const subnet = is(
    (await ec2.createSubnet({ VpcId: vpc, CidrBlock: '10.16.0.0/20', AvailabilityZone: 'us-east-1a' })).Subnet
      ?.SubnetId,
  )
  const other = is(
    (await ec2.createSubnet({ VpcId: vpc, CidrBlock: '10.16.16.0/20', AvailabilityZone: 'us-east-1b' })).Subnet
      ?.SubnetId,
  )
  const gateway = is((await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId)
  await ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpc })
  const table = is((await ec2.createRouteTable({ VpcId: vpc })).RouteTable?.RouteTableId)
  await ec2.createRoute({ RouteTableId: table, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway })
  const association = is((await ec2.associateRouteTable({ RouteTableId: table, SubnetId: subnet })).AssociationId)
  const acl = is((await ec2.createNetworkAcl({ VpcId: vpc })).NetworkAcl?.NetworkAclId)

  const group = is((await ec2.createSecurityGroup({ GroupName: 'one', Description: 'one', VpcId: vpc })).GroupId)
  const named = is((await ec2.createSecurityGroup({ GroupName: 'two', Description: 'two', VpcId: vpc })).GroupId)
  await ec2.authorizeSecurityGroupIngress({
    GroupId: group,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: named }] }],
  })
  const { SecurityGroupRules = [] } = await ec2.describeSecurityGroupRules({
    Filters: [{ Name: 'group-id', Values: [group] }],
  })
  const rule = is(
    SecurityGroupRules.find(({ ReferencedGroupInfo }) => ReferencedGroupInfo?.GroupId === named)?.SecurityGroupRuleId,
  )
  const networkInterface = is(
    (await ec2.createNetworkInterface({ SubnetId: subnet, Groups: [named] })).NetworkInterface?.NetworkInterfaceId,
  )

  const address = is((await ec2.allocateAddress({ Domain: 'vpc' })).AllocationId)
  const nat = is((await ec2.createNatGateway({ SubnetId: subnet, AllocationId: address })).NatGateway?.NatGatewayId)
  const { Instances = [] } = await ec2.runInstances({
    ImageId,
    MinCount: 1,
    MaxCount: 1,
    InstanceType: 't3.medium',
    SubnetId: other,
  })
  const instance = is(Instances[0]?.InstanceId)
  const mapped = is((await ec2.allocateAddress({ Domain: 'vpc' })).AllocationId)
  const mapping = is((await ec2.associateAddress({ AllocationId: mapped, InstanceId: instance })).AssociationId)
  const volume = is((await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 8 })).VolumeId)
  const template = is(
    (
      await ec2.createLaunchTemplate({
        LaunchTemplateName: 'one',
        LaunchTemplateData: { ImageId, InstanceType: 't3.medium' },
      })
    ).LaunchTemplate?.LaunchTemplateId,
  )
  await autoscaling.createAutoScalingGroup({
    AutoScalingGroupName: 'one',
    MinSize: 0,
    MaxSize: 1,
    VPCZoneIdentifier: subnet,
    LaunchTemplate: { LaunchTemplateId: template, Version: '1' },
  })

  const { LoadBalancers = [] } = await elbv2.createLoadBalancer({
    Name: 'one',
    Type: 'network',
    Scheme: 'internal',
    Subnets: [other],
  })
  const loadBalancer = is(LoadBalancers[0]?.LoadBalancerArn)
  const { TargetGroups = [] } = await elbv2.createTargetGroup({
    Name: 'one',
    Protocol: 'TCP',
    Port: 80,
    VpcId: vpc,
    TargetType: 'ip',
  })
  const targetGroup = is(TargetGroups[0]?.TargetGroupArn)
  const { Listeners = [] } = await elbv2.createListener({
    LoadBalancerArn: loadBalancer,
    Port: 80,
    Protocol: 'TCP',
    DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
  })
  await elb.createLoadBalancer({
    LoadBalancerName: 'classic',
    Subnets: [other],
    Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 80 }],
  })
  const { ServiceConfiguration } = await ec2.createVpcEndpointServiceConfiguration({
    NetworkLoadBalancerArns: [loadBalancer],
    AcceptanceRequired: false,
  })
  const { VpcEndpoint } = await ec2.createVpcEndpoint({
    VpcId: vpc,
    ServiceName: 'com.amazonaws.us-east-1.ec2',
    VpcEndpointType: 'Interface',
    SubnetIds: [other],
  })

  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [] })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
  })
  const role = await iam.createRole({ RoleName: 'one', AssumeRolePolicyDocument })
  await iam.attachRolePolicy({ RoleName: 'one', PolicyArn: 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy' })
  await iam.putRolePolicy({ RoleName: 'one', PolicyName: 'inline', PolicyDocument })
  await iam.createInstanceProfile({ InstanceProfileName: 'one', Path: '/karpenter/us-east-1/one/0a1b/' })
  await iam.addRoleToInstanceProfile({ InstanceProfileName: 'one', RoleName: 'one' })
  const provider = await iam.createOpenIDConnectProvider({
    Url: 'https://oidc.eks.us-east-1.amazonaws.com/id/0A1B',
    ThumbprintList: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
  })

  const roleArn = is(role.Role?.Arn)
  await eks.createCluster({ name: 'one', roleArn, resourcesVpcConfig: { subnetIds: [subnet, other] } })
  await eks.createNodegroup({ clusterName: 'one', nodegroupName: 'a', subnets: [subnet], nodeRole: roleArn })
  await eks.createFargateProfile({
    clusterName: 'one',
    fargateProfileName: 'default',
    podExecutionRoleArn: roleArn,
    subnets: [subnet],
    selectors: [{ namespace: 'default' }],
  })
  await eks.createAddon({ clusterName: 'one', addonName: 'vpc-cni' })
  await logs.createLogGroup({ logGroupName: '/aws/eks/one/cluster' })
  const TemplateBody = JSON.stringify({
    Resources: {
      Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'of a stack', VpcId: vpc } },
    },
  })
  const stack = await cloudformation.createStack({ StackName: 'one', TemplateBody })

  const one: Readonly<Record<KindName, string>> = {
    'aws:addon': 'one/vpc-cni',
    'aws:address-association': mapping,
    'aws:auto-scaling-group': 'one',
    'aws:classic-load-balancer': 'classic',
    'aws:eks-cluster': 'one',
    'aws:elastic-ip': address,
    'aws:fargate-profile': 'one/default',
    'aws:instance': instance,
    'aws:instance-profile': 'one',
    'aws:internet-gateway': gateway,
    'aws:internet-gateway-attachment': `IGW|${vpc}`,
    'aws:launch-template': template,
    'aws:listener': is(Listeners[0]?.ListenerArn),
    'aws:load-balancer': loadBalancer,
    'aws:log-group': '/aws/eks/one/cluster',
    'aws:nat-gateway': nat,
    'aws:network-acl': acl,
    'aws:network-interface': networkInterface,
    'aws:nodegroup': 'one/a',
    'aws:oidc-provider': is(provider.OpenIDConnectProviderArn),
    'aws:role': 'one',
    'aws:role-in-profile': 'one/one',
    'aws:route': `${table}|0.0.0.0/0`,
    'aws:route-table': table,
    'aws:route-table-association': association,
    'aws:security-group': group,
    'aws:security-group-rule': rule,
    'aws:stack': is(stack.StackId),
    'aws:subnet': subnet,
    'aws:target-group': targetGroup,
    'aws:volume': volume,
    'aws:vpc': vpc,
    'aws:vpc-endpoint': is(VpcEndpoint?.VpcEndpointId),
    'aws:vpc-endpoint-service': is(ServiceConfiguration?.ServiceId),
  }
  const { SecurityGroups = [] } = await ec2.describeSecurityGroups({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] })
  const ofClassic = SecurityGroups.find(({ GroupName }) => GroupName?.startsWith('default_elb_'))
  const others: readonly Made[] = [
    { kind: 'aws:elastic-ip', id: mapped },
    { kind: 'aws:security-group', id: named },
    { kind: 'aws:security-group', id: is(ofClassic?.GroupId) },
    { kind: 'aws:subnet', id: other },
  ]
  return removalOrder.flatMap((kind) => [{ kind, id: one[kind] ?? '' }, ...others.filter((made) => made.kind === kind)])
}
