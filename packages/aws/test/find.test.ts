import { describe, expect, test } from 'vitest'
import { fakeAws, fixture, kindOf, refusal } from './support.ts'

type Input = Readonly<Record<string, unknown>>
const ids = async (name: string, rows: AsyncIterable<unknown> | undefined): Promise<string[]> =>
  rows ? (await Array.fromAsync(rows)).map((raw) => kindOf(name).facts(raw).id) : []

test('EC2 is asked in pages and by filters, a filter for 200 at most', async () => {
  const { io, calls } = fakeAws({ DescribeSubnets: { Subnets: fixture('aws:subnet') } })
  const many = Array.from({ length: 201 }, (_, index) => `subnet-${index}`)
  await ids('aws:subnet', kindOf('aws:subnet').find.all(io))
  await ids('aws:subnet', kindOf('aws:subnet').find.ids?.(io, many))
  await ids('aws:subnet', kindOf('aws:subnet').find.tags?.(io, ['a/b=c=d']))
  await ids('aws:subnet', kindOf('aws:subnet').find.using?.['aws:vpc']?.(io, ['vpc-1']))
  expect(calls.map(({ input }) => input)).toEqual([
    { MaxResults: 1000 },
    { MaxResults: 1000, Filters: [{ Name: 'subnet-id', Values: many.slice(0, 200) }] },
    { MaxResults: 1000, Filters: [{ Name: 'subnet-id', Values: many.slice(200) }] },
    { MaxResults: 1000, Filters: [{ Name: 'tag:a/b', Values: ['c=d'] }] },
    { MaxResults: 1000, Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }] },
  ])
})

test.each([
  ['aws:elastic-ip', 'DescribeAddresses', {}],
  ['aws:route-table', 'DescribeRouteTables', { MaxResults: 100 }],
  ['aws:volume', 'DescribeVolumes', { MaxResults: 500 }],
  ['aws:launch-template', 'DescribeLaunchTemplates', { MaxResults: 200 }],
])('%s asks for as many rows as AWS allows', async (name, op, input) => {
  const { io, calls } = fakeAws()
  await ids(name, kindOf(name).find.all(io))
  expect(calls).toMatchObject([{ op, input }])
})

test('NAT gateways have a filter of another name', async () => {
  const { io, calls } = fakeAws()
  await ids('aws:nat-gateway', kindOf('aws:nat-gateway').find.ids?.(io, ['nat-1']))
  expect(calls[0]?.input).toHaveProperty('Filter')
})

describe('read by id', () => {
  test('gives the one, or nothing where AWS says that it does not exist', async () => {
    const { io } = fakeAws({
      DescribeSubnets: ({ SubnetIds }: Input) => {
        if ((SubnetIds as string[])[0] === 'subnet-0a1b2c3d4e5f60001') return { Subnets: fixture('aws:subnet') }
        throw refusal('InvalidSubnetID.NotFound', "The subnet ID 'subnet-2' does not exist")
      },
    })
    const { read } = kindOf('aws:subnet')
    expect(await read?.(io, 'subnet-0a1b2c3d4e5f60001')).toMatchObject({ SubnetId: 'subnet-0a1b2c3d4e5f60001' })
    expect(await read?.(io, 'subnet-2')).toBeUndefined()
  })

  test('lets every other refusal through as it is', async () => {
    const denied = refusal('UnauthorizedOperation', 'no')
    const { io } = fakeAws({
      DescribeSubnets: () => {
        throw denied
      },
    })
    await expect(kindOf('aws:subnet').read?.(io, 'subnet-1')).rejects.toBe(denied)
  })

  test('a deleted stack can still be read, and is gone', async () => {
    const stack = {
      StackId: 'arn:aws:cloudformation:us-east-1:1:stack/a/0',
      StackName: 'a',
      StackStatus: 'DELETE_COMPLETE',
    }
    const { io } = fakeAws({ DescribeStacks: { Stacks: [stack] } })
    const raw = await kindOf('aws:stack').read?.(io, stack.StackId)
    expect(kindOf('aws:stack').facts(raw).phase).toBe('gone')
  })
})

describe('one answer, several kinds', () => {
  const tables = fixture('aws:route-table')
  const { io } = fakeAws({ DescribeRouteTables: { RouteTables: tables } })

  test('routes are those that somebody made, and that do not go with an endpoint', async () => {
    const { find } = kindOf('aws:route')
    const all = ['rtb-0a1b2c3d4e5f60002|0.0.0.0/0', 'rtb-0a1b2c3d4e5f60002|::/0']
    expect(await ids('aws:route', find.all(io))).toEqual(all)
    expect(await ids('aws:route', find.ids?.(io, [all[1] ?? '', 'rtb-9|0.0.0.0/0']))).toEqual([all[1]])
  })

  test('associations are those of subnets, not the main ones', async () => {
    const { find } = kindOf('aws:route-table-association')
    expect(await ids('aws:route-table-association', find.all(io))).toEqual(['rtbassoc-0a1b2c3d4e5f60002'])
    expect(await ids('aws:route-table-association', find.using?.['aws:subnet']?.(io, ['subnet-9']))).toEqual([])
  })

  test('addresses are associated or not', async () => {
    const free = { PublicIp: '203.0.113.11', AllocationId: 'eipalloc-9' }
    const addresses = fakeAws({ DescribeAddresses: { Addresses: [...fixture('aws:elastic-ip'), free] } }).io
    expect(await ids('aws:elastic-ip', kindOf('aws:elastic-ip').find.all(addresses))).toHaveLength(2)
    expect(await ids('aws:address-association', kindOf('aws:address-association').find.all(addresses))).toHaveLength(1)
  })
})

test('rules are those that name another group of this account', async () => {
  const [one] = fixture('aws:security-group-rule') as readonly { GroupId: string; GroupOwnerId: string }[]
  const rules = [
    one,
    { ...one, SecurityGroupRuleId: 'sgr-2', ReferencedGroupInfo: { GroupId: one?.GroupId, UserId: one?.GroupOwnerId } },
    { ...one, SecurityGroupRuleId: 'sgr-3', ReferencedGroupInfo: { GroupId: 'sg-9', UserId: '444455556666' } },
    { ...one, SecurityGroupRuleId: 'sgr-4', ReferencedGroupInfo: undefined, CidrIpv4: '10.0.0.0/8' },
  ]
  const { io, calls } = fakeAws({
    DescribeSecurityGroupRules: { SecurityGroupRules: rules },
    DescribeSecurityGroups: { SecurityGroups: [{ GroupId: 'sg-7' }] },
  })
  const { find } = kindOf('aws:security-group-rule')
  expect(await ids('aws:security-group-rule', find.all(io))).toEqual(['sgr-0a1b2c3d4e5f60001'])
  await ids('aws:security-group-rule', find.using?.['aws:security-group']?.(io, ['sg-1']))
  expect(calls.at(-1)?.input).toMatchObject({ Filters: [{ Name: 'group-id', Values: ['sg-1', 'sg-7'] }] }) // also those that name it
})

test('instances come in reservations, which know the account', async () => {
  const { io } = fakeAws({
    DescribeInstances: { Reservations: [{ OwnerId: '1', Instances: [{ InstanceId: 'i-1' }, { InstanceId: 'i-2' }] }] },
  })
  const raws = await Array.fromAsync(kindOf('aws:instance').find.all(io))
  expect(raws).toMatchObject([
    { InstanceId: 'i-1', account: '1' },
    { InstanceId: 'i-2', account: '1' },
  ])
  expect(await kindOf('aws:instance').read?.(io, 'i-1')).toMatchObject({
    InstanceId: 'i-1',
    account: '1',
    Region: 'us-east-1',
  })
})

describe('what lives in a cluster', () => {
  const answers = {
    ListClusters: { clusters: ['ci-1', 'ci-2'] },
    ListNodegroups: ({ clusterName }: Input) => {
      if (clusterName === 'ci-2') throw refusal('ResourceNotFoundException', 'No cluster found for name: ci-2.')
      return { nodegroups: ['a', 'b'] }
    },
    DescribeNodegroup: ({ nodegroupName }: Input) => {
      if (nodegroupName === 'b') throw refusal('ResourceNotFoundException', 'No node group found for name: b.')
      return { nodegroup: fixture('aws:nodegroup')[0] }
    },
  }

  test('is asked for each cluster; what goes meanwhile is left out', async () => {
    const { io, calls } = fakeAws(answers)
    const { find } = kindOf('aws:nodegroup')
    expect(await ids('aws:nodegroup', find.all(io))).toEqual(['ci-1/a'])
    calls.length = 0
    expect(await ids('aws:nodegroup', find.using?.['aws:eks-cluster']?.(io, ['ci-1']))).toEqual(['ci-1/a'])
    expect(calls.map(({ op }) => op)).toEqual(['ListNodegroups', 'DescribeNodegroup', 'DescribeNodegroup'])
    expect(await ids('aws:nodegroup', find.ids?.(io, ['ci-1/a', 'ci-1/b']))).toEqual(['ci-1/a'])
  })
})

describe('tags of load balancing', () => {
  const raws = Array.from({ length: 21 }, (_, index) => ({
    ...(fixture('aws:load-balancer')[0] as object),
    LoadBalancerArn: `arn:${index}`,
  }))

  test('are asked for twenty at a time', async () => {
    const { io, calls } = fakeAws({
      DescribeTags: ({ ResourceArns }: Input) => ({
        TagDescriptions: (ResourceArns as string[]).map((ResourceArn) => ({
          ResourceArn,
          Tags: [{ Key: 'k', Value: ResourceArn }],
        })),
      }),
    })
    const labelled = await kindOf('aws:load-balancer').labels?.(io, raws)
    expect(calls.map(({ input: { ResourceArns } }) => (ResourceArns as string[]).length)).toEqual([20, 1])
    expect(labelled?.at(20)).toMatchObject({ tags: [{ Key: 'k', Value: 'arn:20' }] })
  })

  test('one that is gone does not take the others along', async () => {
    const { io } = fakeAws({
      DescribeTags: ({ ResourceArns }: Input) => {
        const arns = ResourceArns as string[]
        if (arns.includes('arn:3')) throw refusal('LoadBalancerNotFoundException', 'not found')
        return { TagDescriptions: arns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: 'k', Value: 'v' }] })) }
      },
    })
    const labelled = (await kindOf('aws:load-balancer').labels?.(io, raws)) as { tags: object[] }[]
    expect(labelled.map(({ tags }) => tags.length)).toEqual(raws.map((_, index) => (index === 3 ? 0 : 1)))
  })
})

test('an update that runs is found although the status says nothing', async () => {
  const { io } = fakeAws({
    ListUpdates: { updateIds: ['u-1'] },
    DescribeUpdate: { update: { status: 'InProgress', type: 'VersionUpdate' } },
  })
  const [raw] = (await kindOf('aws:eks-cluster').more?.(io, [fixture('aws:eks-cluster')[0]])) ?? []
  expect(kindOf('aws:eks-cluster').facts(raw)).toMatchObject({ phase: 'changing', state: 'ACTIVE (VersionUpdate u-1)' })
})

test('only profiles that look like Karpenter’s are asked for their tags at once', async () => {
  const { io, calls } = fakeAws()
  const own = { ...(fixture('aws:instance-profile')[0] as object) }
  await kindOf('aws:instance-profile').labels?.(io, [own, { ...own, Path: '/', InstanceProfileName: 'team-web' }])
  expect(calls.map(({ input: { InstanceProfileName } }) => InstanceProfileName)).toEqual(['ci-1_1234567890123456789'])
})
