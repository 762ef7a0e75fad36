import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { Discovery } from '../../src/model/resource.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { keyOf, type Sketch, sketchDiscovery } from '../support/discovery.ts'

const planOf = (sketches: readonly Sketch[], policy: Policy = {}, more: Partial<Discovery> = {}): Plan =>
  buildPlan({
    discovery: sketchDiscovery(sketches, more),
    target: { cluster: 'c' },
    policy,
    now: Date.parse('2026-01-02T00:00:00Z'),
  })

/** `remove a <- b`: the steps, each with what it waits for. */
function picture(plan: Plan): string[] {
  const id = (key: string): string => plan.resources.find((resource) => resource.key === key)?.id ?? key
  return plan.steps.map((step) => {
    const needs = step.needs.map((need) => id(plan.steps[need]?.target ?? '')).sort()
    return `${step.action} ${id(step.target)}${needs.length > 0 ? ` <- ${needs.join(' ')}` : ''}`
  })
}
const decisions = (plan: Plan): Record<string, string> =>
  Object.fromEntries(plan.resources.map(({ id, decision }) => [id, decision]))
const chain = (plan: Plan, id: string): string[] =>
  plan.blocked
    .find(({ key }) => key === keyOf(id))
    ?.chain.map(({ key }) => plan.resources.find((one) => one.key === key)?.id ?? '') ?? []

describe('what stays', () => {
  it('keeps what a foreign resource uses, and names the whole chain', () => {
    const plan = planOf([
      { id: 'vpc' },
      { id: 'subnet', uses: ['vpc'] },
      { id: 'bastion', owned: 'foreign', uses: ['subnet'] },
      { id: 'volume' },
    ])
    expect(decisions(plan)).toEqual({ vpc: 'blocked', subnet: 'blocked', bastion: 'keep', volume: 'remove' })
    expect(chain(plan, 'vpc')).toEqual(['subnet', 'bastion'])
  })

  it('holds a subnet through the interface of a load balancer that a person has to decide on', () => {
    const plan = planOf([
      { id: 'vpc' },
      { id: 'subnet', uses: ['vpc'] },
      { id: 'group', uses: ['vpc'] },
      { id: 'lb', uses: ['subnet', 'group'] },
      {
        id: 'eni',
        uses: ['subnet', 'group'],
        partOf: ['lb'],
        abilities: { remove: false },
        facts: { fixed: 'managed by ELB' },
      },
      { id: 'eni-of-another-subnet-user', uses: ['subnet'] },
      { id: 'service', owned: 'suspected', uses: ['lb'] },
    ])
    expect(chain(plan, 'vpc')).toEqual(['subnet', 'eni', 'lb', 'service'])
    expect(decisions(plan)['service']).toBe('ask')
    expect(decisions(plan)['eni-of-another-subnet-user']).toBe('remove')
  })

  it('keeps a whole whose part stays, and its other members with it: no stack deletion that must fail', () => {
    const plan = planOf([
      { id: 'stack', kind: 'test:stack' },
      { id: 'subnet', partOf: ['stack'] },
      { id: 'role', partOf: ['stack'] },
      { id: 'stranger', owned: 'suspected', uses: ['subnet'] },
    ])
    expect(decisions(plan)).toEqual({ stack: 'blocked', subnet: 'blocked', role: 'blocked', stranger: 'ask' })
    expect(plan.steps).toEqual([])
  })

  it('leaves named members out of a second stack deletion, and lets the rest go', () => {
    const sketches: Sketch[] = [
      { id: 'stack', kind: 'test:stack' },
      { id: 'subnet', partOf: ['stack'] },
      { id: 'role', partOf: ['stack'] },
      { id: 'stranger', owned: 'suspected', uses: ['subnet'] },
    ]
    const plan = planOf(sketches, { retainMembers: ['subnet'] })
    expect(decisions(plan)).toEqual({ stack: 'remove', subnet: 'blocked', role: 'await', stranger: 'ask' })
    expect(plan.steps[0]).toMatchObject({ action: 'remove', except: [keyOf('subnet')] })
  })

  it('lets through what only a leaking edge of ours would hold, but keeps it for a foreign user', () => {
    const ours = planOf([
      { id: 'oidc' },
      { id: 'cluster', uses: [{ to: 'oidc', leaks: true }] },
      { id: 'stranger', owned: 'suspected', uses: ['cluster'] },
    ])
    expect(decisions(ours)).toMatchObject({ oidc: 'remove', cluster: 'blocked' })
    const foreign = planOf([{ id: 'oidc' }, { id: 'cluster', owned: 'foreign', uses: [{ to: 'oidc', leaks: true }] }])
    expect(decisions(foreign)['oidc']).toBe('blocked')
  })

  it('takes what follows from a wish as a wish, not as a blockade', () => {
    const plan = planOf([{ id: 'subnet' }, { id: 'box', uses: ['subnet'] }], { keep: ['box'] })
    expect(decisions(plan)).toEqual({ subnet: 'keep', box: 'keep' })
    expect(plan.blocked).toEqual([])
  })

  it('asks about data whose maker said nothing, keeps what its maker wants kept, removes both when told', () => {
    const sketches: Sketch[] = [
      { id: 'unknown', facts: { holdsData: 'unknown' } },
      { id: 'retain', facts: { holdsData: 'retain' } },
      { id: 'delete', facts: { holdsData: 'delete' } },
    ]
    expect(decisions(planOf(sketches))).toEqual({ unknown: 'ask', retain: 'keep', delete: 'remove' })
    expect(decisions(planOf(sketches, { retained: 'remove' }))).toEqual({
      unknown: 'remove',
      retain: 'remove',
      delete: 'remove',
    })
    expect(decisions(planOf(sketches, { approve: ['unknown'] }))['unknown']).toBe('remove')
  })

  it('never removes what is foreign, not even when it is approved by id', () => {
    const plan = planOf([{ id: 'theirs', owned: 'foreign' }], { approve: ['theirs'] })
    expect(decisions(plan)).toEqual({ theirs: 'keep' })
  })

  it('blocks what a kind that could not be listed may use', () => {
    const plan = planOf(
      [{ id: 'subnet' }, { id: 'volume', kind: 'test:volume' }],
      {},
      {
        unseen: [{ kind: 'test:eni', place: 'p', account: 'a', uses: ['test:thing'] }],
      },
    )
    expect(decisions(plan)).toEqual({ subnet: 'blocked', volume: 'remove' })
    expect(plan.blocked[0]?.reason).toBe('unseen')
  })

  it('keeps a young set whole, and takes the age of a VPC from what is in it', () => {
    const old = { createdAt: '2026-01-01T00:00:00Z' }
    const young = { createdAt: '2026-01-01T23:30:00Z' }
    const plan = planOf(
      [
        { id: 'vpc-old' },
        { id: 'box-old', uses: ['vpc-old'], facts: old },
        { id: 'vpc-young' },
        { id: 'box-young', uses: ['vpc-young'], facts: young },
        { id: 'no-age' },
      ],
      { minAgeMs: 3 * 3_600_000 },
    )
    expect(decisions(plan)).toEqual({
      'vpc-old': 'remove',
      'box-old': 'remove',
      'vpc-young': 'keep',
      'box-young': 'keep',
      'no-age': 'keep',
    })
  })
})

describe('the order', () => {
  it('waits for a part that outlives its whole', () => {
    const plan = planOf([
      { id: 'subnet' },
      { id: 'lb' },
      { id: 'eni', uses: ['subnet'], partOf: ['lb'], abilities: { remove: false } },
    ])
    expect(picture(plan)).toEqual(['remove lb', 'await eni <- lb', 'remove subnet <- eni'])
  })

  it('cuts a rule of ours where two groups name each other, last before the removal that it frees', () => {
    const plan = planOf([
      { id: 'a' },
      { id: 'b' },
      { id: 'box', uses: ['a'] },
      { id: 'a-names-b', link: true, uses: ['b'], partOf: [{ whole: 'a', alone: true }] },
      { id: 'b-names-a', link: true, uses: ['a'], partOf: [{ whole: 'b', alone: true }] },
    ])
    expect(picture(plan)).toEqual([
      'remove box',
      'sever b-names-a <- box',
      'remove a <- b-names-a box',
      'remove b <- a',
    ])
  })

  it('does not cut a link for nothing: what it names stays', () => {
    const plan = planOf([
      { id: 'holder', owned: 'foreign' },
      { id: 'named', owned: 'foreign' },
      { id: 'rule', link: true, uses: ['named'], partOf: [{ whole: 'holder', alone: true }] },
    ])
    expect(plan.steps).toEqual([])
    expect(decisions(plan)['rule']).toBe('keep')
  })

  it('cuts a link that ties two others before both', () => {
    const plan = planOf([
      { id: 'gateway' },
      { id: 'vpc' },
      { id: 'subnet', uses: ['vpc'] },
      { id: 'attachment', link: true, uses: ['gateway', 'vpc'] },
    ])
    const steps = picture(plan)
    expect(steps.indexOf('remove gateway <- attachment')).toBeGreaterThan(
      steps.findIndex((step) => step.startsWith('sever attachment')),
    )
    expect(steps).toContain('remove vpc <- attachment subnet')
  })

  it('removes the writer first; silences one that stays, and puts that last before the removal', () => {
    const going = planOf([{ id: 'group' }, { id: 'box', restoredBy: ['group'] }])
    expect(picture(going)).toEqual(['remove group', 'remove box <- group'])
    const staying = planOf([
      { id: 'group', abilities: { quiesce: { desired: 2 } }, uses: ['subnet'] },
      { id: 'subnet' },
      { id: 'box', restoredBy: ['group'] },
      { id: 'user', uses: ['box'] },
      { id: 'stranger', owned: 'foreign', uses: ['group'] },
    ])
    expect(picture(staying)).toEqual(['remove user', 'quiesce group <- user', 'remove box <- group user'])
    const loud = planOf([
      { id: 'group' },
      { id: 'box', restoredBy: ['group'] },
      { id: 'stranger', owned: 'foreign', uses: ['group'] },
    ])
    expect(decisions(loud)['box']).toBe('blocked')
  })

  it('lifts a protection only where it is named, just before the removal; else the plan is refused before anything is destroyed', () => {
    const sketches: Sketch[] = [
      {
        id: 'lb',
        facts: { protections: [{ id: 'deletion', liftable: true, says: 'set on the load balancer' }] },
        abilities: { unprotect: { deletion: 'true' } },
      },
      { id: 'service', uses: ['lb'] },
    ]
    const refused = planOf(sketches)
    expect(refused.refused.map(({ code }) => code)).toEqual(['protected'])
    expect(decisions(refused)['lb']).toBe('blocked')
    expect(picture(planOf(sketches, { liftProtection: ['lb'] }))).toEqual([
      'remove service',
      'unprotect lb <- service',
      'remove lb <- lb service',
    ])
    expect(planOf(sketches, { ifBlocked: 'continue' }).refused).toEqual([])
  })

  it('keeps a server until what it finishes is gone', () => {
    const plan = planOf([
      { id: 'controller', facts: { serves: true } },
      { id: 'claim', servedBy: ['controller'] },
    ])
    expect(picture(plan)).toEqual(['remove claim', 'remove controller <- claim'])
  })

  it('blocks the members of a cycle that nothing may cut, and says so', () => {
    const plan = planOf([{ id: 'a', uses: ['b'] }, { id: 'b', uses: ['a'] }, { id: 'free' }])
    expect(decisions(plan)).toEqual({ a: 'blocked', b: 'blocked', free: 'remove' })
    expect(plan.blocked[0]?.reason).toBe('cycle')
  })

  it('breaks a cycle at a leaking edge with a finding, when nothing better can be cut', () => {
    const plan = planOf([
      { id: 'a', uses: ['b'] },
      { id: 'b', uses: [{ to: 'a', leaks: true }] },
    ])
    expect(picture(plan)).toEqual(['remove a', 'remove b <- a'])
    expect(plan.findings.map(({ code }) => code)).toEqual(['broken-order'])
  })

  it('takes our mark off what is shared, last of all and only when nothing of ours is left', () => {
    const shared: Sketch = {
      id: 'vpc',
      owned: 'shared',
      facts: { tags: { 'cluster/c': 'shared' } },
      abilities: { unmark: ['cluster/c=shared'] },
    }
    expect(picture(planOf([shared, { id: 'box', uses: ['vpc'] }]))).toEqual(['remove box', 'unmark vpc <- box'])
    const blocked = planOf([shared, { id: 'box', uses: ['vpc'] }, { id: 'stranger', owned: 'foreign', uses: ['box'] }])
    expect(blocked.steps).toEqual([])
  })

  it('counts everything that goes against maxRemovals', () => {
    const many = Array.from({ length: 501 }, (_, index): Sketch => ({ id: `r${index}` }))
    expect(planOf(many).refused.map(({ code }) => code)).toEqual(['too-many-removals'])
    expect(planOf(many.slice(1)).refused).toEqual([])
    expect(planOf(many, { maxRemovals: 501 }).refused).toEqual([])
  })
})
