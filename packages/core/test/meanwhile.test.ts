import { describe, expect, it } from 'vitest'
import { executeTeardown, type Policy, planTeardown, type Report, type Target, verifyTeardown } from '../src/index.ts'
import { type MemoryCloud, memoryCloud, type NewResource } from '../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }

/** Plans, lets something happen, executes. */
async function tearDown(
  { adapters, context }: MemoryCloud,
  target: Target,
  policy: Policy,
  meanwhile: () => void,
): Promise<Report> {
  const plan = await planTeardown({ adapters, context, target, policy: { ifBlocked: 'continue', ...policy } })
  meanwhile()
  return executeTeardown(plan, { adapters, context }).report
}

const ids = ({ world }: MemoryCloud): string[] =>
  world
    .alive()
    .map(({ id }) => id)
    .sort()

/** A service goes after the plan was made, and another takes its id; the balancer that was made for the first one stands. */
async function replaced(
  balancer: string,
  other: Partial<NewResource> = {},
): Promise<{ one: MemoryCloud; report: Report }> {
  const one = memoryCloud({ seed: 1 })
  const { world } = one
  const whole = world.add({ kind: 'kube:service', id: 'web', aliases: ['service:web'], protections: ['lock'] })
  const partOf = [{ of: { alias: 'service:web' }, field: 'made for', alone: false }]
  world.add({ kind: 'cloud:balancer', id: balancer, partOf })
  const report = await tearDown(one, { resources: ['web'] }, {}, () => {
    world.remove(whole)
    world.add({ kind: 'kube:service', id: 'web', ...other })
  })
  return { one, report }
}

describe('what changes between plan and call', () => {
  it('a protection that was set meanwhile is respected, even where the provider would not refuse', async () => {
    const one = memoryCloud({ seed: 1 })
    const box = one.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
    one.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
    const report = await tearDown(one, mine, {}, () => one.world.change(box, { protections: ['lock'] }))
    expect(ids(one)).toEqual(['box'])
    expect(one.world.journal.filter(({ id, effect }) => id === 'box' && effect === 'write')).toEqual([])
    expect(report.outcome).toBe('blocked')
    expect(report.left[0]?.why).toBe('protected')
  })

  it('another thing that has taken an id that was named or approved is not what was meant', async () => {
    for (const [target, policy] of [
      [{ resources: ['box', 'net'] }, {}],
      [{ resources: ['net'] }, { approve: ['box'] }],
    ] as const) {
      const one = memoryCloud({ seed: 1 })
      const net = one.world.add({ kind: 'cloud:net', id: 'net' })
      const box = one.world.add({ kind: 'cloud:box', id: 'box', uses: [{ to: net, field: 'net' }] })
      const report = await tearDown(one, target, policy, () => {
        one.world.remove(box)
        one.world.add({ kind: 'cloud:box', id: 'box', uses: [{ to: net, field: 'net' }] })
      })
      expect(ids(one)).toEqual(['box', 'net'])
      expect(report.outcome).not.toBe('clean')
    }
  })

  it("a root of the same name that has come since makes its marks another's", async () => {
    const one = memoryCloud({ seed: 1 })
    const { adapters, context, world } = one
    const cluster = world.add({ kind: 'cloud:cluster', id: 'ci-1', name: 'ci-1', tags: mine })
    world.add({ kind: 'cloud:box', id: 'old', tags: mine })
    const plan = await planTeardown({ adapters, context, target: { cluster: 'ci-1' } })
    expect(plan.roots).toHaveLength(1)
    world.remove(cluster)
    world.add({ kind: 'cloud:cluster', id: 'ci-1', name: 'ci-1', tags: mine })
    world.add({ kind: 'cloud:box', id: 'new', tags: mine })
    const report = await verifyTeardown(plan, { adapters, context })
    expect(report.findings.map(({ code }) => code)).toContain('root-replaced')
    expect(report.left.map(({ key }) => key.split('/').at(-1))).toEqual(['old'])
  })

  it("another thing under the id of the whole does not make what was part of the one before nobody's", async () => {
    const { one, report } = await replaced('made-for-web')
    expect(report.outcome).toBe('incomplete')
    expect(report.left.map(({ key }) => key.split('/').at(-1))).toEqual(['made-for-web'])
    expect(ids(one)).toEqual(['made-for-web', 'web'])
  })

  it('another thing under the id of the whole is asked about what is its part now', async () => {
    const { one, report } = await replaced('adopted', { aliases: ['service:web'] })
    expect(ids(one)).toEqual(['adopted', 'web'])
    expect(report.left).toEqual([])
  })

  it('a user that names what it uses only on a second look is found before the removal', async () => {
    const one = memoryCloud({ seed: 1, kinds: [{ name: 'cloud:gateway', more: true }] })
    const { adapters, context } = one
    const net = one.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    one.world.add({ kind: 'cloud:gateway', id: 'theirs', uses: [{ to: net, field: 'net' }] })
    const plan = await planTeardown({ adapters, context, target: mine })
    const held = plan.blocked.find(({ key }) => key.endsWith('/net'))
    expect(held?.chain.map(({ key }) => key.split('/').at(-1))).toEqual(['theirs'])
    expect(plan.steps).toEqual([])
  })
})

describe('a link whose holder is not there', () => {
  it('goes by itself', async () => {
    const one = memoryCloud({ seed: 1, kinds: [{ name: 'cloud:rule', link: true }] })
    one.world.add({ kind: 'cloud:rule', id: 'orphan', tags: mine })
    const report = await tearDown(one, mine, {}, () => undefined)
    expect([report.outcome, ids(one)]).toEqual(['clean', []])
  })
})

describe('a part whose whole could not be listed', () => {
  it('stays: it may go with its whole, or be watched by it', async () => {
    const one = memoryCloud({ seed: 1 })
    const { adapters, context, world } = one
    const stack = world.add({ kind: 'cloud:stack', id: 'stack', tags: mine })
    world.add({ kind: 'cloud:box', id: 'member', tags: mine, partOf: [{ of: stack, field: 'member' }] })
    world.fail({ what: 'denied', call: 'ListStacks' })
    const plan = await planTeardown({ adapters, context, target: mine })
    expect(plan.steps).toEqual([])
    expect(plan.blocked.map(({ reason, because }) => `${reason}: ${because}`)).toEqual([
      'unseen: its whole, cloud:stack stack, could not be listed (member)',
    ])
  })
})
