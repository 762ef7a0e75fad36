import type { Facts } from '@cleardown/core'
import { describe, expect, test } from 'vitest'
import { failureOf } from '../src/failures.ts'
import { kinds } from '../src/kinds/index.ts'
import { factsOf, fakeAws, fixture, kindOf, live, refusal } from './support.ts'

const lb =
  'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/k8s-default-web-0a1b2c3d4e/50dc6c495c0c9188'
const tg = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/k8s-default-web-1b2c3d4e5f/73e2d6bc24d8a067'
const stackId =
  'arn:aws:cloudformation:us-east-1:111122223333:stack/eksctl-ci-1-cluster/7f1a2b30-9c1d-11f0-8a6e-0a1b2c3d4e5f'

/** The one call that removes each kind. */
const removals: Readonly<Record<string, readonly [op: string, input: object]>> = {
  'aws:addon': ['DeleteAddon', { clusterName: 'ci-1', addonName: 'vpc-cni' }],
  'aws:address-association': ['DisassociateAddress', { AssociationId: 'eipassoc-0a1b2c3d4e5f60001' }],
  'aws:auto-scaling-group': ['DeleteAutoScalingGroup', { AutoScalingGroupName: 'eks-a-0a1b', ForceDelete: true }],
  'aws:classic-load-balancer': ['DeleteLoadBalancer', { LoadBalancerName: 'a0a1b2c3d4e5f60718293a4b5c6d7e8f' }],
  'aws:eks-cluster': ['DeleteCluster', { name: 'ci-1' }],
  'aws:elastic-ip': ['ReleaseAddress', { AllocationId: 'eipalloc-0a1b2c3d4e5f60001' }],
  'aws:fargate-profile': ['DeleteFargateProfile', { clusterName: 'ci-1', fargateProfileName: 'fp-default' }],
  'aws:instance': ['TerminateInstances', { InstanceIds: ['i-0a1b2c3d4e5f60001'] }],
  'aws:instance-profile': ['DeleteInstanceProfile', { InstanceProfileName: 'ci-1_1234567890123456789' }],
  'aws:internet-gateway': ['DeleteInternetGateway', { InternetGatewayId: 'igw-0a1b2c3d4e5f60001' }],
  'aws:internet-gateway-attachment': [
    'DetachInternetGateway',
    { InternetGatewayId: 'igw-0a1b2c3d4e5f60001', VpcId: 'vpc-0a1b2c3d4e5f60001' },
  ],
  'aws:launch-template': ['DeleteLaunchTemplate', { LaunchTemplateId: 'lt-0a1b2c3d4e5f60001' }],
  'aws:listener': ['DeleteListener', { ListenerArn: `${lb.replace('loadbalancer/', 'listener/')}/f2f7dc8efc522ab2` }],
  'aws:load-balancer': ['DeleteLoadBalancer', { LoadBalancerArn: lb }],
  'aws:log-group': ['DeleteLogGroup', { logGroupName: '/aws/eks/ci-1/cluster' }],
  'aws:nat-gateway': ['DeleteNatGateway', { NatGatewayId: 'nat-0a1b2c3d4e5f60001' }],
  'aws:network-acl': ['DeleteNetworkAcl', { NetworkAclId: 'acl-0a1b2c3d4e5f60001' }],
  'aws:network-interface': ['DeleteNetworkInterface', { NetworkInterfaceId: 'eni-0a1b2c3d4e5f60001' }],
  'aws:nodegroup': ['DeleteNodegroup', { clusterName: 'ci-1', nodegroupName: 'a' }],
  'aws:oidc-provider': ['DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: factsOf('aws:oidc-provider').id }],
  'aws:role': ['DeleteRole', { RoleName: 'eksctl-ci-1-cluster-ServiceRole-0A1B' }],
  'aws:role-in-profile': [
    'RemoveRoleFromInstanceProfile',
    { InstanceProfileName: 'ci-1_1234567890123456789', RoleName: 'KarpenterNodeRole-ci-1' },
  ],
  'aws:route': ['DeleteRoute', { RouteTableId: 'rtb-0a1b2c3d4e5f60002', DestinationCidrBlock: '0.0.0.0/0' }],
  'aws:route-table': ['DeleteRouteTable', { RouteTableId: 'rtb-0a1b2c3d4e5f60001' }],
  'aws:route-table-association': ['DisassociateRouteTable', { AssociationId: 'rtbassoc-0a1b2c3d4e5f60002' }],
  'aws:security-group': ['DeleteSecurityGroup', { GroupId: 'sg-0a1b2c3d4e5f60001' }],
  'aws:security-group-rule': [
    'RevokeSecurityGroupIngress',
    { GroupId: 'sg-0a1b2c3d4e5f60002', SecurityGroupRuleIds: ['sgr-0a1b2c3d4e5f60001'] },
  ],
  'aws:stack': ['DeleteStack', { StackName: stackId }],
  'aws:subnet': ['DeleteSubnet', { SubnetId: 'subnet-0a1b2c3d4e5f60001' }],
  'aws:target-group': ['DeleteTargetGroup', { TargetGroupArn: tg }],
  'aws:volume': ['DeleteVolume', { VolumeId: 'vol-0a1b2c3d4e5f60001' }],
  'aws:vpc': ['DeleteVpc', { VpcId: 'vpc-0a1b2c3d4e5f60001' }],
  'aws:vpc-endpoint': ['DeleteVpcEndpoints', { VpcEndpointIds: ['vpce-0a1b2c3d4e5f60001'] }],
  'aws:vpc-endpoint-service': [
    'DeleteVpcEndpointServiceConfigurations',
    { ServiceIds: ['vpce-svc-0a1b2c3d4e5f60001'] },
  ],
}

test('every kind stands in the table', () => {
  expect(Object.keys(removals).sort()).toEqual(kinds.map(({ name }) => name).sort())
})

test.each(Object.entries(removals))('%s is removed by one call', async (name, [op, input]) => {
  const { io, calls } = fakeAws()
  await kindOf(name).remove?.(io, live(factsOf(name)))
  const writes = calls.filter((call) => !/^List/.test(call.op))
  expect(writes).toEqual([{ place: 'us-east-1', service: kindOf(name).service, op, input }])
})

test.each([
  ['aws:vpc-endpoint', 'InvalidVpcEndpointId.NotFound', 'gone'],
  ['aws:vpc-endpoint-service', 'ExistingVpcEndpointConnections', 'blocked'],
])('%s: a refusal inside an answer of success is a refusal', async (name, Code, gives) => {
  const { io } = fakeAws({
    DeleteVpcEndpoints: { Unsuccessful: [{ ResourceId: 'x', Error: { Code, Message: 'no' } }] },
    DeleteVpcEndpointServiceConfigurations: { Unsuccessful: [{ ResourceId: 'x', Error: { Code, Message: 'no' } }] },
  })
  const error: unknown = await Promise.resolve(kindOf(name).remove?.(io, live(factsOf(name)))).catch(
    (thrown: unknown) => thrown,
  )
  expect(failureOf(error)).toMatchObject({ code: gives, providerCode: Code, message: 'no' })
})

test('a role loses its policies first; what is gone meanwhile is no obstacle', async () => {
  const { io, calls } = fakeAws({
    ListAttachedRolePolicies: { AttachedPolicies: [{ PolicyArn: 'arn:a' }, { PolicyArn: 'arn:b' }] },
    ListRolePolicies: { PolicyNames: ['inline'] },
    DetachRolePolicy: ({ PolicyArn }: Readonly<Record<string, unknown>>) => {
      if (PolicyArn === 'arn:a') throw refusal('NoSuchEntityException', 'not attached')
      return {}
    },
  })
  await kindOf('aws:role').remove?.(io, live(factsOf('aws:role')))
  expect(calls.map(({ op }) => op)).toEqual([
    'ListAttachedRolePolicies',
    'DetachRolePolicy',
    'DetachRolePolicy',
    'ListRolePolicies',
    'DeleteRolePolicy',
    'DeleteRole',
  ])
})

describe('a stack', () => {
  const member = (LogicalResourceId: string, PhysicalResourceId: string, ResourceStatus: string): object => ({
    LogicalResourceId,
    PhysicalResourceId,
    ResourceStatus,
    ResourceType: 'AWS::EC2::Subnet',
  })
  const StackResourceSummaries = [
    member('A', 'subnet-a', 'DELETE_FAILED'),
    member('B', 'subnet-b', 'DELETE_FAILED'),
    member('C', 'subnet-c', 'CREATE_COMPLETE'),
    member('D', 'subnet-d', 'DELETE_COMPLETE'),
  ]
  const failed = live(factsOf('aws:stack'))
  const how = { except: ['subnet-b', 'subnet-c', 'subnet-d'] }

  test('that failed leaves out the members that stay, unless they are deleted already', async () => {
    const { io, calls } = fakeAws({ ListStackResources: { StackResourceSummaries } })
    await kindOf('aws:stack').remove?.(io, failed, how)
    expect(calls.at(-1)).toMatchObject({
      op: 'DeleteStack',
      input: { StackName: stackId, RetainResources: ['B', 'C'] },
    })
  })

  test('that has not failed is deleted whole: AWS takes no exceptions before', async () => {
    const { io, calls } = fakeAws({ ListStackResources: { StackResourceSummaries } })
    await kindOf('aws:stack').remove?.(io, { ...failed, state: 'CREATE_COMPLETE' }, how)
    expect(calls.map(({ op, input }) => [op, input])).toEqual([['DeleteStack', { StackName: stackId }]])
  })

  test('is looked into: members, template, and who imports what it exports', async () => {
    const template =
      'Resources:\n  A:\n    Type: AWS::EC2::Subnet\n    DeletionPolicy: Retain\n    Properties: { VpcId: !Ref Vpc, Tags: [!Join ["-", [a, b]]] }\n'
    const { io } = fakeAws({
      ListStackResources: { StackResourceSummaries },
      GetTemplate: { TemplateBody: template },
      ListImports: ({ ExportName }: Readonly<Record<string, unknown>>) => {
        if (ExportName === 'used') return { Imports: ['team-x'] }
        throw refusal('ValidationError', `Export '${ExportName}' is not imported by any stack.`)
      },
    })
    const Outputs = [
      { OutputKey: 'a', ExportName: 'used' },
      { OutputKey: 'b', ExportName: 'unused' },
      { OutputKey: 'c' },
    ]
    const raw = { StackId: stackId, StackName: 'a', StackStatus: 'CREATE_COMPLETE', Outputs }
    const [looked] = (await kindOf('aws:stack').more?.(io, [raw])) ?? []
    const { data, relations } = kindOf('aws:stack').facts(looked)
    expect(data).toMatchObject({ retained: ['A (AWS::EC2::Subnet subnet-a)'] })
    expect(relations.map((one) => ('from' in one ? one.from : one.to))).toEqual([
      { kind: 'aws:subnet', id: 'subnet-b' },
      { kind: 'aws:subnet', id: 'subnet-c' },
      { alias: 'stack:us-east-1/team-x' },
    ])
  })

  test('whose template cannot be read is not judged: nobody knows what it retains', async () => {
    const { io } = fakeAws({
      ListStackResources: { StackResourceSummaries },
      GetTemplate: { TemplateBody: 'just text' },
    })
    const raw = { StackId: stackId, StackName: 'a', StackStatus: 'CREATE_COMPLETE' }
    await expect(kindOf('aws:stack').more?.(io, [raw])).rejects.toThrow('no resources')
  })
})

describe('what can be taken back', () => {
  const changes = [
    [
      'aws:stack',
      'unprotect',
      true,
      'UpdateTerminationProtection',
      { EnableTerminationProtection: false },
      { EnableTerminationProtection: true },
    ],
    [
      'aws:eks-cluster',
      'unprotect',
      true,
      'UpdateClusterConfig',
      { deletionProtection: false },
      { deletionProtection: true },
    ],
    [
      'aws:instance',
      'unprotect',
      true,
      'ModifyInstanceAttribute',
      { DisableApiTermination: { Value: false } },
      { DisableApiTermination: { Value: true } },
    ],
    [
      'aws:load-balancer',
      'unprotect',
      'true',
      'ModifyLoadBalancerAttributes',
      { Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }] },
      { Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] },
    ],
    [
      'aws:auto-scaling-group',
      'unprotect',
      'prevent-force-deletion',
      'UpdateAutoScalingGroup',
      { DeletionProtection: 'none' },
      { DeletionProtection: 'prevent-force-deletion' },
    ],
    [
      'aws:log-group',
      'unprotect',
      true,
      'PutLogGroupDeletionProtection',
      { deletionProtectionEnabled: false },
      { deletionProtectionEnabled: true },
    ],
  ] as const

  test.each(changes)('%s %s', async (name, what, before, op, applied, undone) => {
    const { io, calls } = fakeAws()
    const facts = factsOf(name)
    const reversible = kindOf(name)[what]
    expect(reversible?.before(facts, facts.protections?.[0]?.id ?? '')).toEqual(before)
    await reversible?.apply(io, live(facts), '')
    await reversible?.undo(io, live(facts), before)
    expect(calls).toMatchObject([
      { op, input: applied },
      { op, input: undone },
    ])
  })

  test('without a protection there is nothing to lift', () => {
    for (const [name, what] of changes) {
      const bare = kindOf(name).facts(unprotected(name))
      expect(bare.protections ?? []).toEqual([])
      expect(kindOf(name)[what]?.before(bare, '')).toBeUndefined()
    }
  })

  function unprotected(name: string): object {
    const off = {
      EnableTerminationProtection: false,
      deletionProtection: false,
      protected: false,
      DeletionProtection: 'none',
      deletionProtectionEnabled: false,
    }
    return { ...(fixture(name)[0] as object), ...off }
  }

  test('a group of machines is silenced by taking away its launching, and only that is given back', async () => {
    const { io, calls } = fakeAws()
    const { quiesce } = kindOf('aws:auto-scaling-group')
    const facts = factsOf('aws:auto-scaling-group')
    expect(quiesce?.before(facts, facts.id)).toEqual(['AZRebalance'])
    await quiesce?.apply(io, live(facts), facts.id)
    await quiesce?.undo(io, live(facts), ['AZRebalance'])
    expect(calls).toMatchObject([
      { op: 'SuspendProcesses', input: { ScalingProcesses: ['Launch'] } },
      { op: 'ResumeProcesses', input: { ScalingProcesses: ['Launch'] } },
    ])
    const silent: Facts = { ...facts, data: { ...(facts.data as object), suspended: ['Launch'] } }
    expect(quiesce?.before(silent, facts.id)).toBeUndefined()
  })
})

describe('links are put back as they were', () => {
  test.each([
    [
      'aws:route',
      0,
      'CreateRoute',
      {
        RouteTableId: 'rtb-0a1b2c3d4e5f60002',
        DestinationCidrBlock: '0.0.0.0/0',
        NatGatewayId: 'nat-0a1b2c3d4e5f60001',
      },
    ],
    [
      'aws:route',
      1,
      'CreateRoute',
      { RouteTableId: 'rtb-0a1b2c3d4e5f60002', DestinationIpv6CidrBlock: '::/0', GatewayId: 'igw-0a1b2c3d4e5f60001' },
    ],
    [
      'aws:route-table-association',
      0,
      'AssociateRouteTable',
      { RouteTableId: 'rtb-0a1b2c3d4e5f60002', SubnetId: 'subnet-0a1b2c3d4e5f60001' },
    ],
    [
      'aws:internet-gateway-attachment',
      0,
      'AttachInternetGateway',
      { InternetGatewayId: 'igw-0a1b2c3d4e5f60001', VpcId: 'vpc-0a1b2c3d4e5f60001' },
    ],
    [
      'aws:address-association',
      1,
      'AssociateAddress',
      {
        AllocationId: 'eipalloc-0a1b2c3d4e5f60002',
        NetworkInterfaceId: 'eni-0a1b2c3d4e5f60001',
        PrivateIpAddress: '10.16.0.12',
      },
    ],
    [
      'aws:role-in-profile',
      0,
      'AddRoleToInstanceProfile',
      { InstanceProfileName: 'ci-1_1234567890123456789', RoleName: 'KarpenterNodeRole-ci-1' },
    ],
    [
      'aws:security-group-rule',
      0,
      'AuthorizeSecurityGroupIngress',
      {
        GroupId: 'sg-0a1b2c3d4e5f60002',
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: 8080,
            ToPort: 8080,
            UserIdGroupPairs: [
              { GroupId: 'sg-0a1b2c3d4e5f60003', Description: 'elbv2.k8s.aws/targetGroupBinding=shared' },
            ],
          },
        ],
      },
    ],
    [
      'aws:security-group-rule',
      1,
      'AuthorizeSecurityGroupEgress',
      {
        GroupId: 'sg-0a1b2c3d4e5f60003',
        IpPermissions: [
          { IpProtocol: '-1', FromPort: -1, ToPort: -1, UserIdGroupPairs: [{ GroupId: 'sg-0a1b2c3d4e5f60002' }] },
        ],
      },
    ],
  ] as const)('%s (%i)', async (name, index, op, input) => {
    const { io, calls } = fakeAws()
    await kindOf(name).restore?.(io, factsOf(name, index))
    expect(calls).toMatchObject([{ op, input }])
  })
})

test.each(['aws:vpc', 'aws:subnet', 'aws:security-group'])(
  '%s: a mark is taken off with its value, so that another’s stays',
  async (name) => {
    const { io, calls } = fakeAws()
    const it = live(factsOf(name))
    await kindOf(name).unmark?.(io, it, 'kubernetes.io/cluster/ci-1=shared')
    expect(calls).toMatchObject([
      {
        op: 'DeleteTags',
        input: { Resources: [it.id], Tags: [{ Key: 'kubernetes.io/cluster/ci-1', Value: 'shared' }] },
      },
    ])
  },
)

test('Fargate profiles of one cluster go one after the other, others do not wait', () => {
  const { oneAtATime } = kindOf('aws:fargate-profile')
  const facts = factsOf('aws:fargate-profile')
  expect(oneAtATime?.(facts)).toBe('ci-1')
  expect(oneAtATime?.({ ...facts, id: 'ci-10/fp' })).toBe('ci-10')
})
