// The layer in front of moto: what it writes down, and what it lets go wrong on request.
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { awsClients, ORACLE_KEY } from '../clients.ts'
import { startAwsBed } from '../start.ts'
import { Bench, outcome } from './bench.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const bed = await startAwsBed()
const aws = awsClients(bed.endpoint)
const bench = new Bench(bed, aws)
afterAll(() => bed.stop())
beforeEach(() => bed.reset())

const actions = async (): Promise<string[]> => (await bed.journal()).map(({ action }) => action)

describe('journal', () => {
  it('keeps calls in order, with caller, service, kind and outcome', async () => {
    const vpc = await bench.vpc()
    await bench.subnet(vpc)
    await outcome(() => aws.ec2.deleteVpc({ VpcId: vpc }))
    await awsClients(bed.endpoint, { key: 'tool' }).ec2.describeVpcs({})
    const journal = await bed.journal()
    expect(
      journal.map(({ n, key, service, action, write, status }) => [n, key, service, action, write, status]),
    ).toEqual([
      [1, 'stage', 'ec2', 'CreateVpc', true, 200],
      [2, 'stage', 'ec2', 'CreateSubnet', true, 200],
      [3, 'stage', 'ec2', 'DeleteVpc', true, 400],
      [4, 'tool', 'ec2', 'DescribeVpcs', false, 200],
    ])
    expect(journal[2]).toMatchObject({ ids: [vpc], code: 'DependencyViolation' })
  })

  it('keeps the ids that a call carries in each of the three protocols', async () => {
    const { name } = await bench.cluster()
    await aws.logs.createLogGroup({ logGroupName: '/a', tags: { TeamName: 'x' } })
    await bed.clearJournal()
    await aws.eks.deleteCluster({ name })
    await aws.logs.deleteLogGroup({ logGroupName: '/a' })
    await outcome(() => aws.iam.deleteRole({ RoleName: 'r' }))
    await aws.elbv2.deleteLoadBalancer({
      LoadBalancerArn: 'arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/a/b',
    })
    await outcome(() => aws.eks.deleteNodegroup({ clusterName: name, nodegroupName: 'n' }))
    await outcome(() => aws.ec2.terminateInstances({ InstanceIds: ['i-00000000000000001', 'i-00000000000000002'] }))
    expect((await bed.journal()).map(({ ids }) => ids)).toEqual([
      [name],
      ['/a'],
      ['r'],
      ['arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/a/b'],
      [name, 'n'],
      ['i-00000000000000001', 'i-00000000000000002'],
    ])
  })

  it('keeps groups named inside rules and resources of tags, not the values of tags and filters', async () => {
    const vpc = await bench.vpc()
    const [one, other] = [await bench.group(vpc), await bench.group(vpc)]
    await bed.clearJournal()
    await bench.allowFrom(one, other)
    await aws.ec2.createTags({ Resources: [vpc], Tags: [{ Key: 'ResourceId', Value: 'secret' }] })
    await aws.ec2.describeVpcs({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] })
    expect((await bed.journal()).map(({ ids }) => ids)).toEqual([[one, other], [vpc], []])
  })

  it('does not count a dry run as a write', async () => {
    await outcome(() => aws.ec2.deleteVpc({ VpcId: 'vpc-00000000000000000', DryRun: true }))
    expect(await bed.journal()).toMatchObject([{ action: 'DeleteVpc', write: false, dryRun: true, status: 412 }])
  })

  it('never sees the oracle, and the oracle moves no clock', async () => {
    await bed.setDelay('nat', { calls: 1 })
    const { id } = await bench.natGateway((await bench.network()).subnet)
    await aws.ec2.deleteNatGateway({ NatGatewayId: id })
    await bed.clearJournal()
    const oracle = awsClients(bed.endpoint, { key: ORACLE_KEY })
    const state = async (clients: typeof aws): Promise<unknown> =>
      (await clients.ec2.describeNatGateways({ NatGatewayIds: [id] })).NatGateways?.[0]?.State
    expect([await state(oracle), await state(oracle), await state(aws)]).toEqual(['deleting', 'deleting', 'deleted'])
    expect(await actions()).toEqual(['DescribeNatGateways'])
  })
})

describe('delays', () => {
  it('end after so many later calls', async () => {
    await bed.setDelay('elbv2-eni', { calls: 4 })
    const { vpc, subnet } = await bench.network()
    await bench.internetGateway(vpc)
    await aws.elbv2.deleteLoadBalancer({ LoadBalancerArn: await bench.balancer([subnet]) })
    const tries: string[] = []
    while (tries.at(-1) !== 'ok' && tries.length < 10) {
      tries.push(await outcome(() => aws.ec2.deleteSubnet({ SubnetId: subnet })))
    }
    expect(tries).toEqual(['DependencyViolation', 'DependencyViolation', 'DependencyViolation', 'ok'])
  })
})

describe('faults', () => {
  it('throttle so many calls, in the dialect of each service', async () => {
    await bed.faults([{ kind: 'throttle', count: 4 }])
    expect([
      await outcome(() => aws.ec2.describeVpcs({})),
      await outcome(() => aws.eks.listClusters({})),
      await outcome(() => aws.cloudformation.describeStacks({})),
      await outcome(() => aws.logs.describeLogGroups({})),
      await outcome(() => aws.ec2.describeVpcs({})),
    ]).toEqual(['RequestLimitExceeded', 'ThrottlingException', 'Throttling', 'ThrottlingException', 'ok'])
  })

  it('are absorbed by a client that tries again', async () => {
    await bed.faults([{ kind: 'throttle', action: 'DescribeVpcs', count: 2 }])
    const patient = awsClients(bed.endpoint, { maxAttempts: 4 })
    expect(await outcome(() => patient.ec2.describeVpcs({}))).toBe('ok')
    expect((await bed.journal()).map(({ status, fault }) => [status, fault])).toEqual([
      [503, 'throttle'],
      [503, 'throttle'],
      [200, undefined],
    ])
  })

  it('deny one action on one resource, for good, and name principal, action and resource', async () => {
    const [one, other] = [await bench.vpc(), await bench.vpc()]
    await bed.faults([{ kind: 'deny', action: 'DeleteVpc', id: one }])
    const denied = await aws.ec2.deleteVpc({ VpcId: one }).catch((error: Error) => error)
    expect(denied).toMatchObject({
      name: 'UnauthorizedOperation',
      message:
        'You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/stage is not ' +
        `authorized to perform: ec2:DeleteVpc on resource: ${one} with an explicit deny in an identity-based policy`,
    })
    expect(await outcome(() => aws.ec2.deleteVpc({ VpcId: other }))).toBe('ok')
    expect(await outcome(() => aws.ec2.deleteVpc({ VpcId: one }))).toBe('UnauthorizedOperation')
    await bed.faults([])
    expect(await outcome(() => aws.ec2.deleteVpc({ VpcId: one }))).toBe('ok')
  })

  it('deny in the dialect of each service', async () => {
    await bed.faults([{ kind: 'deny' }])
    const message = await aws.eks.deleteCluster({ name: 'c' }).catch((error: Error) => error.message)
    expect(message).toContain('is not authorized to perform: eks:DeleteCluster on resource: c with an explicit deny')
    expect([
      await outcome(() => aws.eks.describeCluster({ name: 'c' })),
      await outcome(() =>
        aws.iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn: 'arn:aws:iam::1:oidc-provider/x' }),
      ),
      await outcome(() => aws.cloudformation.deleteStack({ StackName: 's' })),
      await outcome(() => aws.logs.describeLogGroups({})),
      await outcome(() => aws.elbv2.describeLoadBalancers({})),
      await outcome(() => aws.autoscaling.describeAutoScalingGroups({})),
    ]).toEqual([
      'AccessDeniedException',
      'AccessDenied',
      'AccessDenied',
      'AccessDeniedException',
      'AccessDenied',
      'AccessDenied',
    ])
  })

  it('lose the answer after the effect, so that a second try finds nothing', async () => {
    const vpc = await bench.vpc()
    await bed.faults([{ kind: 'drop', action: 'DeleteVpc' }])
    const patient = awsClients(bed.endpoint, { maxAttempts: 3 })
    expect(await outcome(() => patient.ec2.deleteVpc({ VpcId: vpc }))).toBe('InvalidVpcID.NotFound')
  })

  it('lose the call before the effect', async () => {
    const vpc = await bench.vpc()
    await bed.faults([{ kind: 'drop-before', action: 'DeleteVpc' }])
    const patient = awsClients(bed.endpoint, { maxAttempts: 3 })
    expect(await outcome(() => patient.ec2.deleteVpc({ VpcId: vpc }))).toBe('ok')
  })

  it('fail with 500 and 503, with any code, after some calls, or late', async () => {
    await bed.faults([
      { kind: '500', action: 'DescribeVpcs' },
      { kind: '503', action: 'DescribeSubnets' },
      { kind: 'error', action: 'ReleaseAddress', code: 'AuthFailure', status: 400 },
      { kind: 'error', action: 'DescribeVolumes', code: 'Late', after: 1 },
      { kind: 'delay', action: 'DescribeAddresses', seconds: 0.3 },
    ])
    const startedAt = Date.now()
    await aws.ec2.describeAddresses({})
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300)
    expect([
      await outcome(() => aws.ec2.describeVpcs({})),
      await outcome(() => aws.ec2.describeSubnets({})),
      await outcome(() => aws.ec2.releaseAddress({ AllocationId: 'eipalloc-1' })),
      await outcome(() => aws.ec2.describeVolumes({})),
      await outcome(() => aws.ec2.describeVolumes({})),
    ]).toEqual(['InternalError', 'Unavailable', 'AuthFailure', 'ok', 'Late'])
  })

  it('are refused when their kind is unknown', async () => {
    await expect(bed.faults([{ kind: 'explode' as 'drop' }])).rejects.toThrow('unknown fault explode')
  })
})

describe('stale reads', () => {
  it('show a repeated read its older answer, so many times', async () => {
    await bed.options({ stale: { actions: 'DescribeVpcs', reads: 2 } })
    const count = async (): Promise<number> => (await aws.ec2.describeVpcs({})).Vpcs?.length ?? 0
    const before = await count()
    await bench.vpc()
    expect([await count(), await count(), await count()]).toEqual([before, before, before + 1])
  })

  it('show what is gone for a while', async () => {
    await bed.options({ stale: { actions: 'DescribeVpcs', seconds: 60, rate: 1 } })
    const vpc = await bench.vpc()
    const see = (): Promise<string> => outcome(() => aws.ec2.describeVpcs({ VpcIds: [vpc] }))
    await see()
    await aws.ec2.deleteVpc({ VpcId: vpc })
    expect(await see()).toBe('ok')
    await bed.options({ stale: null })
    expect(await see()).toBe('InvalidVpcID.NotFound')
  })
})

describe('token buckets', () => {
  it('let as many calls through as there are tokens, and refill', async () => {
    await bed.options({ buckets: [{ service: 'ec2', actions: 'Describe.*', capacity: 5, refill: 0.001 }] })
    const calls = Array.from({ length: 8 }, () => outcome(() => aws.ec2.describeVpcs({})))
    expect((await Promise.all(calls)).sort()).toEqual([
      ...Array.from({ length: 3 }, () => 'RequestLimitExceeded'),
      ...Array.from({ length: 5 }, () => 'ok'),
    ])
    expect(await outcome(() => aws.ec2.describeSubnets({}))).toBe('ok') // each action has its own
    await bed.options({ buckets: [{ capacity: 1, refill: 1000, per: 'service' }] })
    expect([await outcome(() => aws.ec2.describeVpcs({})), await outcome(() => aws.ec2.describeVpcs({}))]).toEqual([
      'ok',
      'ok',
    ])
  })
})

describe('what moto lacks', () => {
  it('is refused with a code that no client retries', async () => {
    const answer = outcome(() => aws.ec2.describeClassicLinkInstances({}))
    expect(await answer).toBe('EmulatorNotImplemented')
  })
})

describe('other accounts', () => {
  it('are reached by an access key that ends in their number', async () => {
    const vpc = await bench.vpc()
    const other = awsClients(bed.endpoint, { key: 'tool-222233334444' })
    expect((await other.sts.getCallerIdentity({})).Account).toBe('222233334444')
    expect(await outcome(() => other.ec2.describeVpcs({ VpcIds: [vpc] }))).toBe('InvalidVpcID.NotFound')
  })
})

describe('planted interfaces', () => {
  it('are what a CNI left behind: free, and deletable by anybody', async () => {
    const { subnet } = await bench.network()
    const id = await bed.plantInterface({
      subnetId: subnet,
      description: 'aws-K8S-i-0abc',
      available: true,
      tags: { 'cluster.k8s.amazonaws.com/name': 'ci-1' },
    })
    const { NetworkInterfaces } = await aws.ec2.describeNetworkInterfaces({ NetworkInterfaceIds: [id] })
    expect(NetworkInterfaces?.[0]).toMatchObject({ Status: 'available', RequesterManaged: false })
    expect(NetworkInterfaces?.[0]?.Attachment).toBeUndefined()
    expect(await outcome(() => aws.ec2.deleteNetworkInterface({ NetworkInterfaceId: id }))).toBe('ok')
  })
})
