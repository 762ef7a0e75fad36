import { describe, expect, it } from 'vitest'
import type { OwnershipLevel } from '../../src/model/ownership.ts'
import type { Decision, Plan, StayReason } from '../../src/model/plan.ts'
import type { Policy } from '../../src/model/policy.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { keyOf, type Sketch, sketchDiscovery } from '../support/discovery.ts'

const planOf = (sketches: readonly Sketch[], policy: Policy): Plan =>
  buildPlan({ discovery: sketchDiscovery(sketches), target: { cluster: 'c' }, policy, now: 0 })

const decisionOf = (plan: Plan, id = 'it'): Decision | undefined =>
  plan.resources.find(({ key }) => key === keyOf(id))?.decision

const reasonOf = (plan: Plan): StayReason | undefined =>
  [...plan.blocked, ...plan.kept].find(({ key }) => key === keyOf('it'))?.reason

const policies = {
  'no policy': {},
  approve: { approve: ['it'] },
  'approve by key': { approve: [keyOf('it')] },
  keep: { keep: ['it'] },
  'keep and approve': { keep: ['it'], approve: ['it'] },
  'suspected: keep': { suspected: 'keep' },
  'suspected: remove': { suspected: 'remove' },
} satisfies Record<string, Policy>

type Row = Record<keyof typeof policies, Decision>

const all = (one: Decision, but: Partial<Row> = {}): Row => ({
  'no policy': one,
  approve: one,
  'approve by key': one,
  keep: 'keep',
  'keep and approve': 'keep',
  'suspected: keep': one,
  'suspected: remove': one,
  ...but,
})
const named: Partial<Row> = { approve: 'remove', 'approve by key': 'remove' }

const levels: Record<OwnershipLevel, Row> = {
  owned: all('remove'),
  suspected: all('ask', { ...named, 'suspected: keep': 'keep', 'suspected: remove': 'remove' }),
  disputed: all('ask', named),
  shared: all('keep'),
  foreign: all('keep'),
  unknown: all('keep', named),
}

describe('ownership × policy', () => {
  const rows = Object.entries(levels).flatMap(([level, row]) =>
    Object.entries(row).map(([policy, decision]) => ({ level: level as OwnershipLevel, policy, decision })),
  )
  it.each(rows)('$level, $policy: $decision', ({ level, policy, decision }) => {
    const plan = planOf([{ id: 'it', owned: level }], policies[policy as keyof typeof policies])
    expect(decisionOf(plan)).toBe(decision)
  })

  // what makes a resource stay for its own sake, whoever it belongs to, and which policy would let it go
  const hindrances: Record<string, { sketch: Partial<Sketch>; stays: Decision; reason: StayReason; lift: Policy }> = {
    'data whose maker said nothing': {
      sketch: { facts: { holdsData: 'unknown' } },
      stays: 'ask',
      reason: 'holds-data',
      lift: { retained: 'remove' },
    },
    'data that its maker wants kept': {
      sketch: { facts: { holdsData: 'retain' } },
      stays: 'keep',
      reason: 'retained',
      lift: { approve: ['it'] },
    },
    'a protection': {
      sketch: {
        facts: { protections: [{ id: 'guard', liftable: true, says: 'here' }] },
        abilities: { unprotect: { guard: true } },
      },
      stays: 'blocked',
      reason: 'protected',
      lift: { liftProtection: ['it'] },
    },
  }
  it.each(Object.entries(hindrances))(
    '%s holds what is owned, and a policy lets it go',
    (_, { sketch, stays, reason, lift }) => {
      const one: Sketch = { id: 'it', ...sketch }
      const held = planOf([one], {})
      expect(decisionOf(held)).toBe(stays)
      expect(reasonOf(held)).toBe(reason)
      expect(decisionOf(planOf([one], lift))).toBe('remove')
    },
  )

  it.each(Object.entries(hindrances))('%s changes nothing for what is not ours', (_, { sketch }) => {
    for (const owned of ['foreign', 'shared', 'unknown'] as const)
      expect(decisionOf(planOf([{ id: 'it', owned, ...sketch }], { retained: 'remove' }))).toBe('keep')
  })

  it('lifts no protection that cannot be lifted, and none that the approval of an id would have to include', () => {
    const fixed: Sketch = {
      id: 'it',
      facts: { protections: [{ id: 'lock', liftable: false, says: 'by the provider' }] },
      abilities: { unprotect: { lock: true } },
    }
    expect(decisionOf(planOf([fixed], { liftProtection: ['it'] }))).toBe('blocked')
    const liftable: Sketch = {
      id: 'it',
      facts: { protections: [{ id: 'guard', liftable: true, says: 'here' }] },
      abilities: { unprotect: { guard: true } },
    }
    expect(decisionOf(planOf([liftable], { approve: ['it'] }))).toBe('blocked')
  })

  it('keeps by name, kind, alias and tag, each exactly', () => {
    const one: Sketch = { id: 'it', facts: { name: 'web', aliases: ['arn:it'], tags: { tier: 'front' } } }
    for (const keep of [
      'arn:it',
      { name: 'web' },
      { tags: { tier: 'front' } },
      { kind: 'test:thing', name: 'web', tags: { tier: 'front' } },
    ] as const)
      expect(decisionOf(planOf([one], { keep: [keep] })), JSON.stringify(keep)).toBe('keep')
    for (const keep of [
      'we',
      { name: 'we' },
      { tags: { tier: 'back' } },
      { kind: 'test:other', name: 'web' },
      {},
    ] as const)
      expect(decisionOf(planOf([one], { keep: [keep] })), JSON.stringify(keep)).toBe('remove')
  })

  it.each([
    ['continue', []],
    ['refuse-if-protected', ['protected']],
    ['refuse', ['protected', 'would-block']],
  ] as const)('ifBlocked %s refuses %j', (ifBlocked, refused) => {
    const plan = planOf(
      [{ id: 'free' }, { id: 'it', facts: { protections: [{ id: 'guard', liftable: true, says: 'here' }] } }],
      { ifBlocked },
    )
    expect(plan.refused.map(({ code }) => code)).toEqual(refused)
    expect(decisionOf(plan, 'free')).toBe('remove')
  })

  it.each(['refuse-if-protected', 'refuse'] as const)(
    'ifBlocked %s: a suspected one refuses only with refuse',
    (ifBlocked) => {
      const plan = planOf([{ id: 'it', owned: 'suspected' }], { ifBlocked })
      expect(plan.refused.map(({ code }) => code)).toEqual(ifBlocked === 'refuse' ? ['would-block'] : [])
    },
  )

  it('a wish outranks what would block: what a kept one uses is kept, also where a stranger uses it', () => {
    const plan = planOf(
      [{ id: 'it' }, { id: 'kept', uses: ['it'] }, { id: 'stranger', owned: 'foreign', uses: ['it'] }],
      { keep: ['kept'] },
    )
    expect(decisionOf(plan)).toBe('keep')
    expect(plan.blocked).toEqual([])
  })
})
