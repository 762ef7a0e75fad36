import {
  type AwsBed,
  type StageOptions,
  stageW0,
  stageW1,
  stageW1f,
  stageW3,
  startAwsBed,
  tearDownByReference,
  writes,
} from '@cleardown/testbed-aws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chainOf, expectGeneralRules, expectNothingLeftToDo, printMeasure, tearDown } from './on-the-bed.ts'

// The worlds of testbeds/aws: an eksctl cluster with the leftovers that no stack knows. What each peer leaves of them stands in docs/compared.md.
let bed: AwsBed
beforeAll(async () => {
  bed = await startAwsBed()
}, 240_000)
afterAll(() => bed.stop())

const target = { cluster: 'test-1' }
const data = { retained: 'remove' } as const // from AWS alone the volume's reclaim policy is unknown
const limit = { timeout: 120_000 }

/** The delays with which the peers were measured (docs/compared.md): seconds under other delays say nothing beside theirs. */
const delays: NonNullable<StageOptions['delays']> = {
  nat: { seconds: 3 },
  'elbv2-eni': { seconds: 4 },
  'eks-cluster': { seconds: 5 },
  'eks-nodegroup': { seconds: 5 },
  instance: { seconds: 2 },
  vpce: { seconds: 2 },
  'stack-patience': { seconds: 8 },
}

const endpointService = (owners: Readonly<Record<string, string>>): string => {
  const key = Object.keys(owners).find((one) => one.startsWith('endpoint-service:') && owners[one] === 'ours')
  return key?.slice('endpoint-service:'.length) ?? ''
}

describe('W0: no endpoint service', () => {
  it('goes without a question', limit, async () => {
    const world = await stageW0(bed)
    const done = await tearDown(bed, world, target, data)
    expectGeneralRules(done, world)
    expect(done.report.outcome).toBe('clean')
    expect(done.verdict.left).toEqual([])
    expect(done.verdict.changed).toEqual([])
  })
})

describe('W1: an untagged endpoint service on our load balancer', () => {
  it(
    'is left with nothing, in few calls and little more time than a reference that knows all owners',
    limit,
    async () => {
      const staged = await stageW1(bed, { delays })
      const from = Date.now()
      await tearDownByReference(bed, staged)
      const referenceSeconds = (Date.now() - from) / 1000

      const world = await stageW1(bed, { delays })
      const policy = { ...data, approve: [endpointService(world.owners)] }
      const done = await tearDown(bed, world, target, policy)
      printMeasure(`W1 (reference ${referenceSeconds.toFixed(1)} s)`, done)
      expectGeneralRules(done, world)
      expect(done.report.outcome).toBe('clean')
      expect(done.verdict.left).toEqual([])
      expect(done.verdict.changed).toEqual([])
      expect(done.callsToLastRemoval).toBeLessThanOrEqual(150)
      expect(done.secondsToLastRemoval).toBeLessThanOrEqual(1.5 * referenceSeconds)
      await expectNothingLeftToDo(bed, target, policy)
    },
  )

  it('is blocked without approval, and the report names the whole chain', limit, async () => {
    const world = await stageW1(bed, { delays: { 'eks-nodegroup': { seconds: 1 } } })
    const done = await tearDown(bed, world, target, data)
    expectGeneralRules(done, world)
    expect(done.report.outcome).toBe('blocked')
    expect(done.report.exitCode).toBe(2)
    expect(chainOf(done.report, 'aws:vpc')).toEqual([
      'aws:vpc',
      'aws:subnet',
      'aws:network-interface',
      'aws:load-balancer',
      'aws:vpc-endpoint-service',
    ])
  })
})

describe('W1f: an untagged instance in our private subnet', () => {
  it('keeps what it holds and so the whole cluster stack, lets everything else go, and asks', limit, async () => {
    const world = await stageW1f(bed)
    const done = await tearDown(bed, world, target, { ...data, approve: [endpointService(world.owners)] })
    expectGeneralRules(done, world)
    expect(done.report.outcome).toBe('blocked')
    expect(done.report.exitCode).toBe(2)
    expect(done.verdict.changed).toEqual([])
    const instance = done.plan.resources.find(({ id }) => id === world.names.foreignInstance)
    expect(instance).toMatchObject({ decision: 'ask', ownership: { level: 'suspected' } })
    expect(writes([...done.journal]).filter(({ action }) => action === 'DeleteStack')).toHaveLength(1) // the nodegroup's
    for (const one of done.report.left)
      expect(one.blockers.length > 0 || one.why === 'suspected', `${one.key} has its chain`).toBe(true)
    const left = done.verdict.left.map((key) => key.split(':')[0])
    for (const gone of ['load-balancer', 'target-group', 'endpoint-service', 'nodegroup', 'volume', 'oidc-provider'])
      expect(left).not.toContain(gone)
  })

  it('lets the rest of the stack go where retainMembers names what it holds', limit, async () => {
    const world = await stageW1f(bed)
    const done = await tearDown(bed, world, target, {
      ...data,
      approve: [endpointService(world.owners)],
      retainMembers: [world.names.privateSubnet, world.names.vpc],
    })
    expect(done.report.outcome).toBe('blocked')
    expect(done.verdict.damaged).toEqual([])
    expect(done.verdict.changed).toEqual([])
    const left = done.verdict.left.map((key) => key.split(':')[0]).sort()
    expect(left).toEqual(['network-acl', 'route-table', 'security-group', 'subnet', 'vpc'])
  })
})

describe('W3: the same again as test-10', () => {
  it('leaves the neighbour identical', limit, async () => {
    const world = await stageW3(bed)
    const neighbour = Object.keys(world.owners).filter((key) => world.owners[key] === 'neighbour')
    const ours = Object.keys(world.owners).find(
      (key) => key.startsWith('endpoint-service:') && world.owners[key] === 'ours',
    )
    const done = await tearDown(bed, world, target, {
      ...data,
      approve: [ours?.slice('endpoint-service:'.length) ?? ''],
    })
    expectGeneralRules(done, world)
    expect(done.report.outcome).toBe('clean')
    expect(done.verdict.left).toEqual([])
    expect(done.verdict.changed).toEqual([])
    expect(done.verdict.counts.neighbour).toEqual({ left: neighbour.length, gone: 0 })
    expect(done.report.findings.find(({ code }) => code === 'look-alike')?.message).toContain('test-10')
  })
})
