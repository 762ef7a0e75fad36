// The worlds hold what their stories say, and each can be cleared by one who knows the owners and the order.
import { afterAll, describe, expect, it, vi } from 'vitest'
import { awsClients } from '../clients.ts'
import type { Delay, DelayName } from '../control.ts'
import { foreignWrites, judge, refusedWrites, writes } from '../judge.ts'
import { snapshot } from '../oracle.ts'
import { tearDownByReference } from '../reference.ts'
import { type AwsBed, startAwsBed } from '../start.ts'
import { stageO01 } from '../worlds/o01.ts'
import { stageO02 } from '../worlds/o02.ts'
import { stageO20 } from '../worlds/o20.ts'
import { stageW0 } from '../worlds/w0.ts'
import { stageW1 } from '../worlds/w1.ts'
import { stageW1f } from '../worlds/w1f.ts'
import { stageW3 } from '../worlds/w3.ts'
import { type StageOptions, WORLD_DELAYS, type World } from '../worlds/world.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const bed = await startAwsBed()
afterAll(() => bed.stop())

const delays = Object.fromEntries(
  Object.keys(WORLD_DELAYS).map((name) => [name, { seconds: name === 'stack-patience' ? 2 : 0.2 }]),
) as Record<DelayName, Delay>

interface Row {
  world: string
  stage: (bed: AwsBed, options: StageOptions) => Promise<World<unknown>>
  counts: Record<string, number>
  /** Writes that the reference needs. */
  writes: number
}

const worlds: Row[] = [
  { world: 'W0', stage: stageW0, counts: { account: 10, ours: 43 }, writes: 17 },
  { world: 'W1', stage: stageW1, counts: { account: 10, ours: 44 }, writes: 18 },
  { world: 'W3', stage: stageW3, counts: { account: 10, ours: 44, neighbour: 44 }, writes: 18 },
  { world: 'O01', stage: stageO01, counts: { account: 10, guard: 5, ours: 41 }, writes: 8 },
  { world: 'O02', stage: stageO02, counts: { account: 10, guard: 23, ours: 14 }, writes: 8 },
  { world: 'O20', stage: stageO20, counts: { account: 10, guard: 14, ours: 19, neighbour: 24 }, writes: 6 },
  {
    world: 'O20 with the roles swapped',
    stage: (bed, options) => stageO20(bed, { ...options, target: 'ci-10' }),
    counts: { account: 10, guard: 14, ours: 24, neighbour: 19 },
    writes: 6,
  },
]

function countOwners(world: World<unknown>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const owner of Object.values(world.owners)) counts[owner] = (counts[owner] ?? 0) + 1
  return counts
}

describe.each(worlds)('$world', ({ stage, counts, writes: expected }) => {
  it('is cleared by the reference without a refused write, and nothing else is touched', {
    timeout: 60_000,
  }, async () => {
    const world = await stage(bed, { delays })
    expect(countOwners(world)).toEqual(counts)
    expect(await bed.journal()).toEqual([])
    await tearDownByReference(bed, world, { pollMs: 50 })
    const journal = await bed.journal()
    const verdict = judge(await snapshot(bed), world)
    expect(verdict).toMatchObject({ left: [], changed: [], made: [], damaged: [] })
    expect(refusedWrites(journal)).toEqual([])
    expect(foreignWrites(journal, world)).toEqual([])
    expect(writes(journal)).toHaveLength(expected)
  })
})

describe('W1f', () => {
  it('has somebody else’s machine in our private subnet, which keeps subnet and VPC', async () => {
    const world = await stageW1f(bed, { delays })
    expect(countOwners(world)).toEqual({ account: 10, ours: 44, foreign: 4 })
    await expect(tearDownByReference(bed, world, { pollMs: 50 })).rejects.toThrow('SubnetPrivate')
    const { left, changed, damaged } = judge(await snapshot(bed), world)
    expect({ changed, damaged }).toEqual({ changed: [], damaged: [] })
    expect(left.map((key) => key.split(':')[0]).sort()).toEqual([
      'log-group',
      'network-acl',
      'route-table',
      'security-group',
      'stack',
      'subnet',
      'vpc',
    ])
  })
})

describe('O01', () => {
  it('has a volume at a node, a node group that imports three exports, and guards', async () => {
    const { names } = await stageO01(bed, { delays })
    const aws = awsClients(bed.endpoint)
    const { Volumes } = await aws.ec2.describeVolumes({ VolumeIds: [names.volume] })
    expect(Volumes?.[0]?.Attachments?.[0]).toMatchObject({ InstanceId: names.instances[0], DeleteOnTermination: false })
    for (const key of ['SubnetsPrivate', 'SharedNodeSecurityGroup', 'ClusterSecurityGroupId']) {
      const { Imports } = await aws.cloudformation.listImports({ ExportName: `${names.clusterStack}::${key}` })
      expect(Imports).toEqual([names.nodegroupStack])
    }
    const { Reservations = [] } = await aws.ec2.describeInstances({ InstanceIds: names.instances })
    const [instance] = Reservations.flatMap(({ Instances = [] }) => Instances)
    expect(instance?.SecurityGroups?.map(({ GroupId }) => GroupId)).toContain(names.clusterGroup)
    expect(instance?.Tags).toContainEqual({ Key: 'aws:autoscaling:groupName', Value: names.autoscalingGroup })
    expect(instance?.Tags).toContainEqual({ Key: 'aws:cloudformation:stack-name', Value: names.nodegroupStack })
    const { Vpcs } = await aws.ec2.describeVpcs({ VpcIds: [names.guardVpc] })
    expect(Vpcs?.[0]?.Tags ?? []).toEqual([])
    expect((await aws.iam.getRole({ RoleName: names.guardRole })).Role?.RoleName).toBe('ci-1-human')
  })
})

describe('O02', () => {
  it('has a stack whose first deletion was accepted and failed, and whose cluster is gone', async () => {
    const { names } = await stageO02(bed, { delays })
    const aws = awsClients(bed.endpoint)
    const { Stacks } = await aws.cloudformation.describeStacks({ StackName: names.stack })
    expect(Stacks?.[0]).toMatchObject({
      StackStatus: 'DELETE_FAILED',
      StackStatusReason: 'The following resource(s) failed to delete: [SubnetPublicUSEAST1A, VPCGatewayAttachment]. ',
    })
    expect((await aws.eks.listClusters({})).clusters).toEqual(['ci-2'])
    const { StackResourceSummaries = [] } = await aws.cloudformation.listStackResources({ StackName: names.stack })
    const held = StackResourceSummaries.filter(({ ResourceStatus }) => ResourceStatus !== 'DELETE_COMPLETE')
    expect(held.map((one) => [one.LogicalResourceId, one.ResourceStatus])).toEqual([
      ['VPC', 'CREATE_COMPLETE'],
      ['InternetGateway', 'CREATE_COMPLETE'],
      ['VPCGatewayAttachment', 'DELETE_FAILED'],
      ['SubnetPublicUSEAST1A', 'DELETE_FAILED'],
    ])
    const { NetworkInterfaces = [] } = await aws.ec2.describeNetworkInterfaces({
      Filters: [{ Name: 'subnet-id', Values: [names.subnet] }],
    })
    const seen = NetworkInterfaces.map((one) => [one.NetworkInterfaceId, one.Status, one.Association !== undefined])
    expect(seen).toEqual([
      [names.cniInterface, 'available', false],
      [names.balancerInterface, 'in-use', true],
      [names.endpointInterface, 'in-use', false],
    ])
    const { StackEvents = [] } = await aws.cloudformation.describeStackEvents({ StackName: names.stack })
    const failed = StackEvents.filter((event) => event.ResourceStatus === 'DELETE_FAILED')
    const told = failed.map((event) => [event.PhysicalResourceId, event.ResourceStatusReason?.includes('dependencies')])
    expect(told).toContainEqual([names.subnet, true])
  })
})
