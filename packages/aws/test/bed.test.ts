import type { Facts, Io, Kind, Ref, Session } from '@cleardown/core'
import { type AwsBed, type AwsClients, awsClients, stageW1, startAwsBed } from '@cleardown/testbed-aws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Aws } from '../src/client.ts'
import { aws } from '../src/index.ts'
import { live } from './support.ts'

// Against an emulated AWS that refuses what AWS refuses. Its rules are facts with a source, but no proof of what AWS does.

const startLimitMs = 120_000
let bed: AwsBed
let clients: AwsClients
let session: Session<Aws>

const signal = new AbortController().signal
const base = {
  signal,
  now: () => 0,
  request: <T>(_: unknown, send: (given: AbortSignal) => Promise<T>): Promise<T> => send(signal),
}
const ioOf = (kind: Kind): Io<Aws> => ({ ...base, client: session.client, place: kind.place ?? 'us-east-1' })

function kindOf(name: string): Kind<Aws> {
  const kind = session.kinds.find((one) => one.name === name)
  if (!kind) throw new Error(`there is no kind ${name}`)
  return kind
}

/** Everything of a kind, with all that its looks can tell. */
async function look(kind: Kind<Aws>): Promise<Facts[]> {
  const io = ioOf(kind)
  let raws: readonly unknown[] = await Array.fromAsync(kind.find.all(io))
  for (const again of [kind.labels, kind.more]) {
    const seen = (await again?.(io, raws)) ?? []
    const byId = new Map(seen.map((raw) => [kind.facts(raw).id, raw]))
    raws = raws.map((raw) => byId.get(kind.facts(raw).id) ?? raw)
  }
  return raws.map((raw) => kind.facts(raw)).filter(({ phase }) => phase !== 'gone')
}

beforeAll(async () => {
  bed = await startAwsBed()
  clients = awsClients(bed.endpoint)
  const credentials = { accessKeyId: 'cleardown', secretAccessKey: 'none' }
  session = await aws({
    regions: ['us-east-1'],
    expectedAccount: bed.account,
    credentials,
    endpoint: bed.endpoint,
  }).connect(base)
}, startLimitMs)
afterAll(() => bed?.stop())

describe('an ordinary eksctl environment with ordinary leftovers', () => {
  const world = new Map<string, Facts[]>()
  let owners: Readonly<Record<string, string>>

  beforeAll(async () => {
    ;({ owners } = await stageW1(bed))
    await bed.clearJournal()
    for (const kind of session.kinds) world.set(kind.name, await look(kind))
  }, startLimitMs)

  const has = ({ kind, id }: Extract<Ref, { id: string }>): boolean =>
    (world.get(kind) ?? []).some((one) => one.id === id)

  test('is seen whole', () => {
    const seen = new Set([...world.values()].flat().flatMap(({ id, name, aliases }) => [id, name, ...(aliases ?? [])]))
    const missed = Object.entries(owners).filter(
      ([key, owner]) => owner === 'ours' && !seen.has(key.slice(key.indexOf(':') + 1)),
    )
    expect(missed).toEqual([])
  })

  test('was only read', async () => {
    expect((await bed.journal()).filter(({ write }) => write)).toEqual([])
  })

  test('points at nothing that is not there', () => {
    const dangling = [...world.values()].flat().flatMap(({ id, relations }) =>
      relations.flatMap((relation) => {
        const other = 'to' in relation ? relation.to : relation.from
        return 'kind' in other && !has(other) ? [`${id} ${relation.type} ${other.kind} ${other.id}`] : []
      }),
    )
    const known = [/dependsOn aws:instance i-0dead/, /partOf aws:security-group/] // machines of leftover interfaces; a group that the emulator only names
    expect(dangling.filter((line) => !known.some((one) => one.test(line)))).toEqual([])
  })

  test('every interface says who has it', () => {
    const uses = (world.get('aws:network-interface') ?? []).map(({ data }) => (data as { use: string }).use).sort()
    expect(uses).toEqual(['free', 'free', 'instance', ...Array(6).fill('service')])
  })

  test('nothing in the stack of the cluster stays unmapped', () => {
    const stacks = world.get('aws:stack') ?? []
    expect(stacks.map(({ data }) => (data as { unmapped: string[] }).unmapped)).toEqual([[], []])
    for (const { relations } of stacks) expect(relations.length).toBeGreaterThan(2)
  })
})

describe('each kind by itself', () => {
  const ids = new Map<string, string>()

  beforeAll(async () => {
    await bed.reset()
    for (const [kind, id] of Object.entries(await makeOneOfEach(clients))) ids.set(kind, id)
  }, startLimitMs)

  /** In an order that AWS accepts. */
  const order = [
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

  test('is in the order', () => {
    expect([...order].sort()).toEqual(session.kinds.map(({ name }) => name).sort())
  })

  test.each(order)('%s is seen, removed, and read as gone', async (name) => {
    const kind = kindOf(name)
    const io = ioOf(kind)
    const id = ids.get(name) ?? ''
    const facts = (await look(kind)).find((one) => one.id === id)
    expect(facts, `${id} among what is listed`).toBeDefined()
    if (!facts) return
    expect(facts.phase).toBe('steady')
    if (kind.read) expect(kind.facts(await kind.read(io, id)).incarnation).toBe(facts.incarnation)
    if (kind.find.ids) expect(await listed(kind, [id, id.replace(/.$/, 'x')])).toContain(id)

    if (name === 'aws:vpc') await removeTheOthers()
    await kind.remove?.(io, live(facts))
    await bed.settle()
    expect((await look(kind)).map((one) => one.id)).not.toContain(id)
    const again = await kind.read?.(io, id)
    if (again !== undefined) expect(kind.facts(again).phase).toBe('gone')
    if (kind.find.ids) expect(await listed(kind, [id])).not.toContain(id)
  })

  /** What had to be there for one of each, and was one of a kind too many. */
  async function removeTheOthers(): Promise<void> {
    for (const name of ['aws:subnet', 'aws:security-group'])
      for (const facts of await look(kindOf(name)))
        if (
          facts.fixed === undefined &&
          facts.relations.some((one) => 'to' in one && 'id' in one.to && one.to.id === ids.get('aws:vpc'))
        )
          await kindOf(name).remove?.(ioOf(kindOf(name)), live(facts))
  }

  async function listed(kind: Kind<Aws>, some: readonly string[]): Promise<string[]> {
    const found = await Array.fromAsync(kind.find.ids?.(ioOf(kind), some) ?? [])
    return found.map((raw) => kind.facts(raw)).flatMap((one) => (one.phase === 'gone' ? [] : [one.id]))
  }
})

test('a refusal comes through the client with the call that it came from', async () => {
  await bed.reset()
  const { ec2 } = clients
  const vpc = (await ec2.createVpc({ CidrBlock: '10.9.0.0/16' })).Vpc?.VpcId ?? ''
  await ec2.createSubnet({ VpcId: vpc, CidrBlock: '10.9.0.0/24' })
  const kind = kindOf('aws:vpc')
  const facts = (await look(kind)).find(({ id }) => id === vpc)
  const error: unknown = await Promise.resolve(kind.remove?.(ioOf(kind), live(facts as Facts))).catch(
    (thrown: unknown) => thrown,
  )
  expect(session.failure(error, { kind: 'aws:vpc', call: 'remove' })).toMatchObject({
    code: 'blocked',
    providerCode: 'DependencyViolation',
  })
})

/** One of every kind, in a network of its own. */
async function makeOneOfEach({
  ec2,
  eks,
  elb,
  elbv2,
  iam,
  logs,
  autoscaling,
  cloudformation,
}: AwsClients): Promise<Record<string, string>> {
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

  return {
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
}
