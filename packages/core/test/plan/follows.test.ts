import { describe, expect, it } from 'vitest'
import type { Policy } from '../../src/model/policy.ts'
import { keyOf, type Sketch } from '../support/discovery.ts'
import { now, planOf, told } from './planned.ts'

describe('what follows from something that stays, in words', () => {
  it('names who uses it, whose part it is, what it serves and what would make it again', () => {
    const plan = planOf(
      [
        { id: 'used' },
        { id: 'user', owned: 'foreign', uses: ['used'] },
        { id: 'whole' },
        { id: 'stays', partOf: ['whole'], owned: 'foreign' },
        { id: 'member', partOf: ['whole'] },
        { id: 'server' },
        { id: 'served', servedBy: ['server'], owned: 'suspected' },
        { id: 'writer', owned: 'foreign' },
        { id: 'made', restoredBy: ['writer'] },
        { id: 'bare', abilities: { remove: false } },
        { id: 'managed', abilities: { remove: false }, facts: { fixed: 'made by a service' } },
      ],
      { ifBlocked: 'continue' },
    )
    expect(told(plan, 'used')).toBe('blocked used: test:thing user uses it (uses)')
    expect(told(plan, 'whole')).toBe('blocked part-stays: removing it would remove a part that stays (part)')
    expect(told(plan, 'member')).toBe('blocked whole-stays: its whole stays (part)')
    expect(told(plan, 'server')).toBe('blocked serves: it finishes the removal of what stays (serves)')
    expect(told(plan, 'made')).toBe(
      'blocked writer: test:thing writer would make it again and cannot be silenced (writes)',
    )
    expect(told(plan, 'bare')).toBe('blocked no-removal: the adapter has no way to remove it')
    expect(told(plan, 'managed')).toBe(
      'blocked fixed: it is never removed by us: made by a service; what would take it along was not seen',
    )
  })

  it('holds a part that could go ahead of a blocked whole only where nothing else would remove it', () => {
    const held = (part: Partial<Sketch>): string | undefined =>
      told(
        planOf([
          { id: 'whole' },
          { id: 'other' },
          { id: 'stranger', owned: 'foreign', uses: ['whole'] },
          { id: 'part', partOf: [{ whole: 'whole', alone: true }], ...part },
        ]),
        'part',
      )
    const managed = { abilities: { remove: false } }
    expect(held({})).toMatch(/^remove/)
    expect(held(managed)).toBe('blocked whole-stays: its whole stays (part)')
    expect(held({ ...managed, partOf: [{ whole: 'whole', alone: true }, 'other'] })).toMatch(/^await/)
    expect(held({ ...managed, facts: { phase: 'going' } })).toMatch(/^remove/)
    expect(held({ partOf: ['whole'] })).toBe('blocked whole-stays: its whole stays (part)')
  })

  it('is a wish where it follows from a wish, to its end, and is silenced for nobody', () => {
    const plan = planOf(
      [
        { id: 'vpc' },
        { id: 'subnet', uses: ['vpc'] },
        { id: 'box', uses: ['subnet'] },
        { id: 'group', abilities: { quiesce: { n: 1 } } },
        { id: 'made', restoredBy: ['group'] },
        { id: 'quiet', abilities: { silent: true } },
        { id: 'made by the quiet', restoredBy: ['quiet'] },
      ],
      { keep: ['box', 'group', 'quiet'], ifBlocked: 'continue' },
    )
    expect(told(plan, 'vpc')).toBe('keep used: test:thing subnet uses it (uses)')
    expect(told(plan, 'subnet')).toBe('keep used: test:thing box uses it (uses)')
    expect(told(plan, 'made')).toMatch(/^blocked writer/)
    expect(told(plan, 'made by the quiet')).toMatch(/^remove/)
    expect(plan.steps.map(({ action }) => action)).toEqual(['remove'])
  })

  it('says of a set how young it is, and what the policy asks for', () => {
    const at = (minutes: number): NonNullable<Sketch['facts']> => ({
      createdAt: new Date(now - minutes * 60_000).toISOString(),
    })
    const young = (sketches: readonly Sketch[], minutes: number, id: string): string | undefined =>
      told(planOf(sketches, { minAgeMs: minutes * 60_000 }), id)
    const set: Sketch[] = [
      { id: 'vpc' },
      { id: 'old', uses: ['vpc'], facts: at(500) },
      { id: 'new', uses: ['vpc'], facts: at(90) },
    ]
    for (const id of ['vpc', 'old', 'new'])
      expect(young(set, 100, id)).toBe(
        'keep too-young: the youngest of its set is 90 min old, policy.minAgeMs asks for 100 min',
      )
    expect(young(set, 90, 'vpc')).toMatch(/^remove/)
    expect(young([{ id: 'it' }], 1, 'it')).toBe('keep too-young: the age of nothing in its set is known')
    const apart: Sketch[] = [
      { id: 'controller', facts: at(500) },
      { id: 'served', servedBy: ['controller'], facts: at(5) },
      { id: 'theirs', owned: 'foreign', facts: at(1) },
      { id: 'lone', uses: ['theirs'], facts: at(500) },
      { id: 'whole', facts: at(500) },
      { id: 'part', partOf: ['whole'], facts: at(5) },
    ]
    expect(young(apart, 100, 'served')).toMatch(/^keep too-young/)
    expect(young(apart, 100, 'lone')).toMatch(/^remove/)
    expect(young(apart, 100, 'whole')).toMatch(/^keep too-young/)
  })
})

describe('what goes although nothing tells how old it is', () => {
  const old = { createdAt: new Date(now - 500 * 60_000).toISOString() }
  const agesOf = (count: number, minAgeMs: number | undefined) =>
    planOf(
      [
        { id: 'old', facts: old, uses: Array.from({ length: count }, (_, index) => `n${index + 10}`) },
        ...Array.from({ length: count }, (_, index): Sketch => ({ id: `n${index + 10}` })),
        { id: 'kept' },
        { id: 'rule', link: true, uses: ['old'] },
      ],
      { keep: ['kept'], ...(minAgeMs === undefined ? {} : { minAgeMs }) },
    ).findings.filter(({ code }) => code === 'age-unknown')

  it('is told where the policy asks for an age, and of no link, and of nothing that stays', () => {
    expect(agesOf(2, 60_000)).toEqual([
      {
        code: 'age-unknown',
        severity: 'info',
        message: 'no age is known of test:thing n10, test:thing n11; taken as old as what each is connected with',
        keys: [keyOf('n10'), keyOf('n11')],
      },
    ])
    expect(agesOf(0, 60_000)).toEqual([])
    expect(agesOf(2, undefined)).toEqual([])
  })

  it('is told by some of its names, and how many more there are', () => {
    const [finding] = agesOf(60, 60_000)
    const named = finding?.keys.length ?? 0
    expect(named).toBeLessThan(60)
    expect(finding?.message).toContain(` and ${60 - named} more; taken as old as`)
    expect(agesOf(named, 60_000)[0]?.message).not.toContain(' more')
  })
})

describe('a plan that may not be executed says', () => {
  const guard = { facts: { protections: [{ id: 'guard', liftable: true, says: 'here' }] } }

  it('how many would go and how many may', () => {
    const plan = planOf([{ id: 'a' }, { id: 'b' }, { id: 'p', partOf: ['a'] }], { maxRemovals: 2 })
    expect(plan.refused).toEqual([
      {
        code: 'too-many-removals',
        severity: 'refusal',
        message: 'the plan would remove 3 resources, policy.maxRemovals allows 2; look at the plan, then raise it',
        keys: [],
      },
    ])
  })

  it('what is protected, and the two ways on', () => {
    const plan = planOf([{ id: 'a', ...guard }, { id: 'b', ...guard }, { id: 'c' }])
    expect(plan.refused).toEqual([
      {
        code: 'protected',
        severity: 'refusal',
        message:
          `2 protected: ${keyOf('a')}: guard (here); policy.liftProtection does not name a; ` +
          `${keyOf('b')}: guard (here); policy.liftProtection does not name b. ` +
          "Name them in policy.liftProtection, or let the rest go with ifBlocked: 'continue'",
        keys: [keyOf('a'), keyOf('b')],
      },
    ])
  })

  it('that something cannot go, where it shall all go or nothing', () => {
    const plan = planOf([{ id: 'a', owned: 'suspected' }, { id: 'c' }], { ifBlocked: 'refuse' })
    expect(plan.refused).toEqual([
      {
        code: 'would-block',
        severity: 'refusal',
        message: "1 resource cannot go and ifBlocked is 'refuse'",
        keys: [keyOf('a')],
      },
    ])
  })
})

describe('the overrides of a plan', () => {
  it('are the entries of its policy in the order of their names, each with its value and whom it names', () => {
    const policy: Policy = {
      suspected: 'keep',
      approve: ['b', keyOf('a'), 'nobody'],
      keep: [{ name: 'x' }],
      maxRemovals: 7,
    }
    expect(planOf([{ id: 'a' }, { id: 'b' }], policy).overrides).toEqual([
      { policy: 'approve', value: JSON.stringify(policy.approve), keys: [keyOf('a'), keyOf('b')] },
      { policy: 'keep', value: '[{"name":"x"}]', keys: [] },
      { policy: 'maxRemovals', value: '7', keys: [] },
      { policy: 'suspected', value: '"keep"', keys: [] },
    ])
    expect(planOf([{ id: 'a' }], { keep: undefined } as never).overrides).toEqual([])
  })
})
