import {
  type AwsBed,
  type JournalEntry,
  RUN,
  stageO01,
  stageO02,
  stageO20,
  startAwsBed,
  writes,
} from '@cleardown/testbed-aws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectGeneralRules, expectNothingLeftToDo, printMeasure, tearDown } from './on-the-bed.ts'

// Incidents of real projects, staged through API calls; the sources stand beside each stage in testbeds/aws/worlds.
let bed: AwsBed
beforeAll(async () => {
  bed = await startAwsBed()
}, 240_000)
afterAll(() => bed.stop())

const limit = { timeout: 120_000 }
const order = (journal: readonly JournalEntry[]): string[] => writes([...journal]).map(({ action }) => action)

describe('O01: a complete eksctl cluster, everything healthy', () => {
  it('goes clean, in an order in which nothing is refused, without touching what a stack removes', limit, async () => {
    const world = await stageO01(bed)
    const target = { cluster: 'ci-1' }
    const done = await tearDown(bed, world, target, { retained: 'remove' })
    printMeasure('O01', done)
    expectGeneralRules(done, world)
    expect(done.report.outcome).toBe('clean')
    expect(done.verdict.left).toEqual([])
    expect(done.verdict.changed).toEqual([])
    expect(done.report.timing?.longest?.key).toContain('aws:')
    expect(Object.keys(done.report.timing?.phases ?? {})).toEqual(['execute', 'verify'])

    const sent = order(done.journal)
    const at = (action: string): number => sent.indexOf(action)
    expect(at('DeleteLoadBalancer')).toBeLessThan(sent.lastIndexOf('DeleteStack'))
    expect(at('DeleteStack')).toBeLessThan(at('DeleteVolume')) // the volume waits for the instance that holds it
    expect(sent.lastIndexOf('DeleteStack')).toBeLessThan(at('DeleteOpenIDConnectProvider'))
    expect(
      sent.filter((action) =>
        ['DeleteSubnet', 'DeleteVpc', 'DeleteNatGateway', 'DELETE /clusters/ci-1', 'TerminateInstances'].includes(
          action,
        ),
      ),
    ).toEqual([])
    await expectNothingLeftToDo(bed, target, { retained: 'remove' })
  })

  it('asks about the volume by default, and says which', limit, async () => {
    const world = await stageO01(bed)
    const done = await tearDown(bed, world, { cluster: 'ci-1' })
    expectGeneralRules(done, world)
    expect(done.report.outcome).toBe('blocked')
    expect(done.report.left.map(({ why }) => why)).toEqual(['holds-data'])
    expect(done.verdict.left.map((key) => key.split(':')[0])).toEqual(['volume'])
  })
})

describe('O02: a stack in DELETE_FAILED because of leftovers in a subnet', () => {
  it('removes the leftovers, never a service-managed interface, and asks for the stack again', limit, async () => {
    const world = await stageO02(bed)
    const target = { cluster: 'ci-1', run: RUN }
    const done = await tearDown(bed, world, target)
    printMeasure('O02', done)
    expectGeneralRules(done, world)
    expect(done.report.outcome).toBe('clean')
    expect(done.verdict.left).toEqual([])
    expect(done.verdict.changed).toEqual([])
    const told = done.plan.findings.find(({ code }) => code === 'failed-before')?.message ?? ''
    for (const fact of [
      'DELETE_FAILED',
      world.names.cniInterface,
      world.names.balancerInterface,
      world.names.endpointInterface,
      'cluster.k8s.amazonaws.com/name',
    ])
      expect(told).toContain(fact)
    const sent = writes([...done.journal])
    expect(sent.map(({ action }) => action)).not.toContain('DeleteSubnet')
    expect(sent.map(({ action }) => action)).not.toContain('DeleteVpc')
    expect(sent.filter(({ action }) => action === 'DeleteStack')).toHaveLength(1)
    const removed = sent.filter(({ action }) => action === 'DeleteNetworkInterface').flatMap(({ ids }) => ids)
    expect(removed).toHaveLength(1) // e1, the CNI's; e2 and e3 are never deleted directly
    await expectNothingLeftToDo(bed, target)
  })
})

describe.each(['ci-1', 'ci-10'] as const)('O20: a shared VPC, tearing down %s', (cluster) => {
  it("takes only its own, takes its mark off what is shared, and leaves the other cluster's", limit, async () => {
    const world = await stageO20(bed, { target: cluster })
    const done = await tearDown(bed, world, { cluster })
    expectGeneralRules(done, world)
    expect(done.report.outcome).toBe('clean')
    expect(done.verdict.left).toEqual([])
    const mark = `kubernetes.io/cluster/${cluster}`
    for (const change of done.verdict.changed) expect(change).toMatchObject({ lostTags: [mark], addedTags: [] })
    expect(done.verdict.changed).toHaveLength(5) // the VPC and its four subnets
    expect(done.report.kept.map(({ reason }) => reason)).toEqual(Array(5).fill('shared'))
    const other = cluster === 'ci-1' ? 'ci-10' : 'ci-1'
    for (const kept of done.report.kept) expect(kept.because).toContain(`with ${other}`)
    await expectNothingLeftToDo(bed, { cluster })
  })
})
