import { describe, expect, it } from 'vitest'
import { executeTeardown, type Plan, type Policy, planTeardown, type Target } from '../../src/index.ts'
import { type MemoryCloud, memoryCloud } from '../../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }
const planOf = ({ adapters, context }: MemoryCloud, target: Target = mine, policy: Policy = {}): Promise<Plan> =>
  planTeardown({ adapters, context, target, policy })
const levels = (plan: Plan): Record<string, string> =>
  Object.fromEntries(plan.resources.map(({ id, ownership }) => [id, ownership.level]))
const codes = (plan: Plan): string[] => [...new Set(plan.findings.map(({ code }) => code))]

describe('ownership', () => {
  it('goes down to parts, and makes what only uses ours suspected', async () => {
    const it = memoryCloud({ seed: 1 })
    const vpc = it.world.add({ kind: 'cloud:vpc', id: 'vpc-1', tags: mine })
    it.world.add({ kind: 'cloud:group', id: 'default', partOf: [{ of: vpc, field: 'VpcId' }] })
    const box = it.world.add({ kind: 'cloud:box', id: 'stranger', uses: [{ to: vpc, field: 'VpcId' }] })
    it.world.add({ kind: 'cloud:disk', id: 'disk', partOf: [{ of: box, field: 'Attachment' }] })
    it.world.add({ kind: 'cloud:box', id: 'elsewhere' })
    expect(levels(await planOf(it))).toEqual({
      'vpc-1': 'owned',
      default: 'owned',
      stranger: 'suspected',
      disk: 'suspected',
    })
  })

  it('tells what a person keeps by id, though nothing says that it is ours, and nothing around it', async () => {
    const it = memoryCloud({ seed: 1 })
    const given = it.world.add({ kind: 'cloud:vpc', id: 'given' })
    it.world.add({ kind: 'cloud:box', id: 'ours', tags: mine, uses: [{ to: given, field: 'VpcId' }] })
    it.world.add({ kind: 'cloud:box', id: 'theirs', uses: [{ to: given, field: 'VpcId' }] })
    const plan = await planOf(it, mine, { keep: ['given'] })
    expect(levels(plan)).toEqual({ given: 'unknown', ours: 'owned' })
    expect(plan.kept).toMatchObject([
      { key: expect.stringMatching(/given$/), reason: 'kept-by-policy', because: 'policy.keep names given' },
    ])
    expect(plan.steps.map(({ target }) => target.split('/').at(-1))).toEqual(['ours'])
  })

  it('asks who uses a member also where it was looked at closer before it was known to be one', async () => {
    const late = { finds: { using: true }, more: true }
    const it = memoryCloud({
      seed: 1,
      kinds: [
        { name: 'cloud:net', ...late },
        { name: 'cloud:stack', more: true, namesParts: true },
      ],
    })
    const stack = it.world.add({ kind: 'cloud:stack', id: 'stack', tags: mine })
    const net = it.world.add({ kind: 'cloud:net', id: 'net', partOf: [{ of: stack, field: 'member' }] })
    it.world.add({ kind: 'cloud:net', id: 'theirs', tags: { cluster: 'prod' }, uses: [{ to: net, field: 'Peer' }] })
    const plan = await planOf(it)
    expect(plan.steps).toEqual([])
    expect(plan.blocked.find(({ key }) => key.endsWith('/stack'))?.chain.at(-1)?.key).toMatch(/theirs$/)
  })

  it('keeps what something could use whose relations no call is offered for', async () => {
    const it = memoryCloud({
      seed: 1,
      kinds: [{ name: 'cloud:net' }, { name: 'cloud:box', uses: ['cloud:net'], more: true, finds: { using: true } }],
    })
    const net = it.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    it.world.add({ kind: 'cloud:box', id: 'theirs', tags: { cluster: 'prod' }, uses: [{ to: net, field: 'Net' }] })
    it.world.fail({ what: 'unsupported', effect: 'read', kind: 'cloud:box', call: /^Find/ })
    const plan = await planOf(it)
    expect(plan.steps).toEqual([])
    expect(plan.blocked).toMatchObject([{ reason: 'unseen', because: expect.stringContaining('cloud:box') }])
  })

  it('does not take ci-10 for ci-1, and tells what it left out', async () => {
    const it = memoryCloud({ seed: 1 })
    it.world.add({ kind: 'cloud:vpc', id: 'vpc-1', name: 'ci-1-vpc', tags: mine })
    it.world.add({ kind: 'cloud:vpc', id: 'vpc-10', name: 'ci-10-vpc', tags: { cluster: 'ci-10' } })
    const plan = await planOf(it)
    expect(levels(plan)).toEqual({ 'vpc-1': 'owned' })
    expect(plan.findings.find(({ code }) => code === 'look-alike')?.message).toContain('ci-10-vpc')
    it.world.add({ kind: 'cloud:vpc', id: 'vpc-2', name: 'ci-1_b' })
    const byName = await planOf(it, { names: { prefix: 'ci-1' } })
    expect(levels(byName)).toEqual({ 'vpc-1': 'disputed', 'vpc-2': 'suspected' }) // names never prove; a mark beside them is a question
    expect(byName.steps).toEqual([])
  })

  it('disputes what carries proof of ours and of another, and touches it only when approved', async () => {
    const it = memoryCloud({ seed: 1 })
    it.world.add({ kind: 'cloud:vpc', id: 'vpc-1', tags: { cluster: 'ci-1', 'cleardown.run': 'r-77' } })
    const run = { cluster: 'ci-2', run: 'r-77' }
    const plan = await planOf(it, run)
    expect(levels(plan)).toEqual({ 'vpc-1': 'disputed' })
    expect(plan.resources[0]?.decision).toBe('ask')
    expect(codes(plan)).toContain('disputed')
    expect((await planOf(it, run, { approve: ['vpc-1'] })).steps).toHaveLength(1)
  })

  it('takes the mark of a cluster for no proof against a run that does not speak of clusters', async () => {
    const it = memoryCloud({ seed: 1 })
    const vpc = it.world.add({ kind: 'cloud:vpc', id: 'vpc-1', tags: { cluster: 'ci-1', 'cleardown.run': 'r-77' } })
    it.world.add({ kind: 'cloud:box', id: 'node', tags: { cluster: 'ci-1' }, uses: [{ to: vpc, field: 'VpcId' }] })
    const plan = await planOf(it, { run: 'r-77' })
    expect(levels(plan)).toEqual({ 'vpc-1': 'owned', node: 'disputed' })
    expect(plan.resources.find(({ id }) => id === 'node')?.decision).toBe('ask')
    expect(
      (await planOf(it, { run: 'r-77' }, { suspected: 'remove' })).resources.find(({ id }) => id === 'node')?.decision,
    ).toBe('ask')
  })

  it('keeps what belongs to another account, even named by id', async () => {
    const it = memoryCloud({ seed: 1 })
    it.world.add({ kind: 'cloud:subnet', id: 'shared-1', ownerAccount: '999' })
    const plan = await planOf(it, { resources: ['shared-1'] }, { approve: ['shared-1'] })
    expect(levels(plan)).toEqual({ 'shared-1': 'foreign' })
    expect(plan.steps).toEqual([])
  })
})

describe('coverage', () => {
  it('blocks what an unseen kind could use, and is never clean about it', async () => {
    const it = memoryCloud({ seed: 1 })
    const vpc = it.world.add({ kind: 'cloud:vpc', id: 'vpc-1', tags: mine })
    it.world.add({ kind: 'cloud:subnet', id: 'subnet-1', tags: mine, uses: [{ to: vpc, field: 'VpcId' }] })
    it.world.add({ kind: 'cloud:volume', id: 'vol-1', tags: mine })
    it.world.fail({ what: 'denied', effect: 'read', kind: 'cloud:subnet' })
    const plan = await planOf(it)
    expect(plan.coverage.find(({ kind }) => kind === 'cloud:subnet')?.seen).toBe('denied')
    expect(plan.blocked.map(({ key, reason }) => `${key.split('/').at(-1)} ${reason}`)).toEqual(['vpc-1 unseen'])
    expect(codes(plan)).toContain('not-seen')
    const report = await executeTeardown(plan, { adapters: it.adapters, context: it.context }).report
    expect(report.outcome).toBe('incomplete')
    expect(
      it.world
        .alive()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['subnet-1', 'vpc-1'])
  })

  it('repeats a page that was throttled instead of losing it', async () => {
    const it = memoryCloud({ seed: 1, pageSize: 3 })
    for (let index = 0; index < 20; index++) it.world.add({ kind: 'cloud:volume', id: `vol-${index}`, tags: mine })
    it.world.fail({ what: 'throttled', effect: 'read', rate: 0.3 })
    const plan = await planOf(it)
    expect(plan.coverage.every(({ seen }) => seen === 'yes')).toBe(true)
    expect(plan.steps).toHaveLength(20)
  })

  it('says what was searched where nothing matches', async () => {
    const it = memoryCloud({ seed: 1 })
    it.world.add({ kind: 'cloud:vpc', id: 'vpc-1' })
    const plan = await planOf(it)
    expect(codes(plan)).toEqual(['matched-nothing'])
    expect((await executeTeardown(plan, { adapters: it.adapters, context: it.context }).report).outcome).toBe('clean')
  })
})

describe('references', () => {
  it('join neither of two resources that answer to one name', async () => {
    const it = memoryCloud({ seed: 1 })
    for (const id of ['a', 'b']) it.world.add({ kind: 'cloud:balancer', id, tags: mine, aliases: ['web.example.test'] })
    it.world.add({
      kind: 'kube:service',
      id: 'web',
      tags: mine,
      uses: [{ to: { alias: 'web.example.test' }, field: 'status' }],
    })
    const plan = await planOf(it)
    expect(codes(plan)).toContain('alias-not-unique')
    expect(plan.edges).toEqual([])
  })

  it('join over providers by alias', async () => {
    const it = memoryCloud({ seed: 1 })
    it.world.add({ kind: 'cloud:balancer', id: 'a', tags: mine, aliases: ['web.example.test'] })
    it.world.add({
      kind: 'kube:service',
      id: 'web',
      tags: mine,
      uses: [{ to: { alias: 'web.example.test' }, field: 'status' }],
    })
    const plan = await planOf(it)
    expect(plan.edges.map(({ from, to }) => `${from.split('/')[0]} → ${to.split('/')[0]}`)).toEqual([
      'kube:service → cloud:balancer',
    ])
  })
})
