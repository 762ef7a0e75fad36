import { describe, expect, it } from 'vitest'
import {
  type ExecuteOptions,
  executeTeardown,
  memoryLedger,
  type Policy,
  planTeardown,
  type Report,
  renderReport,
  verifyTeardown,
} from '../src/index.ts'
import { type MemoryCloud, memoryCloud, type World } from '../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }

/** A small environment: a load balancer with an interface that outlives it, groups that name each other, a stack, a neighbour. */
function environment(world: World): ReturnType<World['add']>[] {
  const vpc = world.add({ kind: 'cloud:vpc', id: 'vpc-1', tags: mine })
  const stack = world.add({
    kind: 'cloud:stack',
    id: 'stack-1',
    tags: mine,
    rules: { goingMs: 60_000, ifUsed: 'fails' },
  })
  const subnet = world.add({
    kind: 'cloud:subnet',
    id: 'subnet-1',
    uses: [{ to: vpc, field: 'VpcId' }],
    partOf: [{ of: stack, field: 'member' }],
  })
  const a = world.add({ kind: 'cloud:group', id: 'sg-a', tags: mine, uses: [{ to: vpc, field: 'VpcId' }] })
  const b = world.add({ kind: 'cloud:group', id: 'sg-b', tags: mine, uses: [{ to: vpc, field: 'VpcId' }] })
  for (const [holder, names] of [
    [a, b],
    [b, a],
  ] as const)
    world.add({
      kind: 'cloud:rule',
      partOf: [{ of: holder, field: 'GroupId', alone: true }],
      uses: [{ to: names, field: 'ReferencedGroup' }],
    })
  const balancer = world.add({
    kind: 'cloud:balancer',
    id: 'lb-1',
    tags: mine,
    uses: [{ to: a, field: 'SecurityGroups' }],
    rules: { goingMs: 3_000 },
  })
  world.add({
    kind: 'cloud:interface',
    id: 'eni-1',
    managed: 'the load balancer',
    partOf: [{ of: balancer, field: 'Description' }],
    uses: [
      { to: subnet, field: 'SubnetId' },
      { to: a, field: 'Groups' },
    ],
    rules: { outlivesMs: 120_000 },
  })
  const theirs = world.add({ kind: 'cloud:vpc', id: 'vpc-10', tags: { cluster: 'ci-10' } })
  const box = world.add({
    kind: 'cloud:subnet',
    id: 'subnet-10',
    tags: { cluster: 'ci-10' },
    uses: [{ to: theirs, field: 'VpcId' }],
  })
  return [theirs, box]
}

function cloud(): MemoryCloud {
  return memoryCloud({ seed: 7, kinds: [{ name: 'cloud:rule', link: true }] })
}

async function tearDown(
  { adapters, context }: MemoryCloud,
  policy: Policy = {},
  options: Partial<ExecuteOptions> = {},
): Promise<Report> {
  const plan = await planTeardown({ adapters, target: mine, policy, context })
  return executeTeardown(plan, { adapters, context, ...options }).report
}

describe('a teardown on the memory cloud', () => {
  it('ends clean without one refused call, leaves the neighbour alone, and finds nothing to do a second time', async () => {
    const it = cloud()
    const neighbours = environment(it.world)
    const report = await tearDown(it)
    expect(report.left).toEqual([])
    expect(report.outcome).toBe('clean')
    expect(it.world.refusals()).toEqual([])
    expect(it.world.harm(neighbours)).toEqual([])
    expect(
      it.world
        .alive()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['subnet-10', 'vpc-10'])

    const again = await planTeardown({ adapters: it.adapters, target: mine, context: it.context })
    expect(again.steps).toEqual([])
    expect((await executeTeardown(again, { adapters: it.adapters, context: it.context }).report).outcome).toBe('clean')
  })

  it('sends no mutating call while it plans and while it verifies', async () => {
    const it = cloud()
    environment(it.world)
    const { adapters, context, world } = it
    await planTeardown({ adapters, target: mine, context })
    const report = await verifyTeardown({ target: mine }, { adapters, context })
    expect(world.journal.filter(({ effect }) => effect === 'write')).toEqual([])
    expect(report.outcome).toBe('incomplete')
    expect(report.left.length).toBeGreaterThan(5)
  })

  it('sends exactly the writes that the plan names', async () => {
    const it = cloud()
    environment(it.world)
    const { adapters, context, world } = it
    const plan = await planTeardown({ adapters, target: mine, context })
    await executeTeardown(plan, { adapters, context }).report
    const planned = plan.steps.filter(({ action }) => action !== 'await').map(({ target }) => target.split('/').at(-1))
    expect(
      world.journal
        .filter(({ effect }) => effect === 'write')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(planned.sort())
  })

  it('follows what holds a network to the whole that it is part of: a machine is decided about, not its interface', async () => {
    const it = cloud()
    environment(it.world)
    const subnet = it.world.get('cloud:subnet', 'subnet-1')
    if (!subnet) throw new Error('no subnet')
    const box = it.world.add({ kind: 'cloud:box', id: 'stranger' })
    it.world.add({
      kind: 'cloud:interface',
      id: 'eni-9',
      uses: [{ to: subnet, field: 'SubnetId' }],
      partOf: [{ of: box, field: 'Attachment' }],
    })
    const plan = await planTeardown({ adapters: it.adapters, context: it.context, target: mine })
    const chainOf = (id: string): (string | undefined)[] =>
      plan.blocked.find(({ key }) => key.endsWith(`/${id}`))?.chain.map(({ key }) => key.split('/').at(-1)) ?? []
    expect(chainOf('subnet-1')).toEqual(['eni-9', 'stranger'])
  })

  it('names who holds what stays, and lets the rest go', async () => {
    const it = cloud()
    environment(it.world)
    const subnet = it.world.get('cloud:subnet', 'subnet-1')
    if (!subnet) throw new Error('no subnet')
    it.world.add({ kind: 'cloud:box', id: 'bastion', uses: [{ to: subnet, field: 'SubnetId' }] })
    const report = await tearDown(it)
    expect(report.outcome).toBe('blocked')
    expect(report.exitCode).toBe(2)
    expect(it.world.refusals()).toEqual([])
    expect(it.world.alive().map(({ id }) => id)).toEqual(
      expect.arrayContaining(['bastion', 'subnet-1', 'stack-1', 'vpc-1']),
    )
    expect(it.world.alive().map(({ id }) => id)).not.toContain('lb-1')
    const vpc = report.left.find(({ key }) => key.endsWith('/vpc-1'))
    expect(vpc?.blockers.map(({ key }) => key.split('/').at(-1))).toEqual(['subnet-1', 'bastion'])
    const text = renderReport(report)
    expect(text).toContain(
      'cloud:box bastion, which holds 3 others: nothing says whose it is; it only uses what is ours',
    )
    expect(text).toContain('cloud:vpc vpc-1 ← cloud:subnet subnet-1 ← cloud:box bastion')
  })

  it('looks again after a lost answer instead of taking it for a failure', async () => {
    const it = cloud()
    environment(it.world)
    it.world.fail({ what: 'lost-response', effect: 'write', times: 3 })
    const report = await tearDown(it)
    expect(report.outcome).toBe('clean')
  })

  it('finishes what a denied call leaves reachable, and names the right that is missing', async () => {
    const it = cloud()
    environment(it.world)
    it.world.fail({ what: 'denied', effect: 'write', id: 'lb-1' })
    const report = await tearDown(it)
    expect(report.outcome).toBe('incomplete')
    expect(report.left.find(({ key }) => key.endsWith('/lb-1'))?.why).toBe('denied')
  })

  it('stops on the first signal, starts nothing new, and can be run to the end later', async () => {
    const it = cloud()
    environment(it.world)
    const { adapters, context, world } = it
    const plan = await planTeardown({ adapters, target: mine, context })
    const run = executeTeardown(plan, { adapters, context })
    for await (const event of run) if (event.type === 'step-asked') break
    const report = await run.stop()
    expect(report.outcome).toBe('interrupted')
    expect(report.exitCode).toBe(4)
    expect((await tearDown(it)).outcome).toBe('clean')
    expect(world.refusals()).toEqual([])
  })

  it('puts a cut link back where the removal that it was cut for does not come about', async () => {
    const it = cloud()
    environment(it.world)
    it.world.fail({ what: 'denied', effect: 'write', call: /^Delete(?!.*Rule)/, id: 'sg-a' })
    const rules = it.world.alive().filter(({ kind }) => kind === 'cloud:rule').length
    const report = await tearDown(it)
    expect(report.outcome).toBe('incomplete')
    expect(report.left.find(({ key }) => key.endsWith('/sg-a'))?.why).toBe('denied')
    expect(report.steps.filter(({ result }) => result === 'undone').map(({ action }) => action)).toEqual(['sever'])
    expect(it.world.alive().filter(({ kind }) => kind === 'cloud:rule')).toHaveLength(rules)
  })

  it('lifts a protection only where it is named, and puts it back where the removal does not come about', async () => {
    const it = cloud()
    const box = it.world.add({ kind: 'cloud:box', id: 'box-1', tags: mine, protections: ['termination'] })
    expect((await tearDown(it)).outcome).toBe('refused')
    expect(it.world.journal.filter(({ effect }) => effect === 'write')).toEqual([])

    const end = it.world.fail({ what: 'denied', effect: 'write', call: /^Delete/, id: 'box-1' })
    const report = await tearDown(it, { liftProtection: ['box-1'] })
    expect(report.outcome).toBe('incomplete')
    expect(report.steps.map(({ action, result }) => `${action} ${result}`)).toEqual([
      'unprotect done',
      'remove failed',
      'unprotect undone',
    ])
    expect((await tearDown(it)).outcome).toBe('refused') // it stands again
    end()
    expect((await tearDown(it, { liftProtection: ['box-1'] })).outcome).toBe('clean')
    expect(it.world.isAlive(box)).toBe(false)
  })

  it('asks a writer to be silent while what it makes goes, when it stays itself', async () => {
    const it = memoryCloud({ seed: 3, kinds: [{ name: 'cloud:group', writer: true }] })
    const subnet = it.world.add({ kind: 'cloud:subnet', id: 'subnet-1', tags: mine })
    const group = it.world.add({
      kind: 'cloud:group',
      id: 'asg-1',
      tags: mine,
      uses: [{ to: subnet, field: 'Subnets' }],
    })
    it.world.add({ kind: 'cloud:box', id: 'box-1', tags: mine, restoredBy: group })
    it.world.add({ kind: 'cloud:alarm', id: 'alarm-1', uses: [{ to: group, field: 'Group' }] }) // a stranger: the group stays
    const report = await tearDown(it)
    expect(report.outcome).toBe('blocked')
    expect(report.steps.map(({ action, result }) => `${action} ${result}`)).toEqual(['quiesce done', 'remove done'])
    expect(
      it.world
        .alive()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['alarm-1', 'asg-1', 'subnet-1'])
  })

  it('keeps two runs on one target apart', async () => {
    const it = cloud()
    environment(it.world)
    const { adapters, context } = it
    const ledger = memoryLedger({ context })
    const plan = await planTeardown({ adapters, target: mine, context })
    const first = executeTeardown(plan, { adapters, context, ledger })
    for await (const event of first) if (event.type === 'step-asked') break
    const second = await executeTeardown(plan, { adapters, context, ledger }).report
    expect(second.outcome).toBe('refused')
    expect(second.findings).toContainEqual(
      expect.objectContaining({ code: 'held', message: expect.stringContaining(first.id) }),
    )
    expect((await first.report).outcome).toBe('clean')
  })

  it('does not send what it cannot write down first', async () => {
    const it = cloud()
    environment(it.world)
    const { adapters, context, world } = it
    const ledger = memoryLedger({ context })
    const full = { ...ledger, append: () => Promise.reject(new Error('disk full')) }
    const plan = await planTeardown({ adapters, target: mine, context })
    const report = await executeTeardown(plan, { adapters, context, ledger: full }).report
    expect(report.outcome).toBe('interrupted')
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'ledger-lost', message: expect.stringContaining('disk full') }),
    )
    expect(world.journal.filter(({ effect }) => effect === 'write')).toEqual([])
  })
})
