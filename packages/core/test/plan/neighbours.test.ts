import { describe, expect, it } from 'vitest'
import { diffPlans } from '../../src/plan/diff-plans.ts'
import { keyOf, type Sketch } from '../support/discovery.ts'
import { alone, idOf, now, picture, planOf, rule, told } from './planned.ts'

describe('what waits for many', () => {
  const users = (count: number): Sketch[] =>
    Array.from({ length: count }, (_, at) => ({ id: `u${10 + at}`, uses: ['net'] }))
  const netOf = (count: number) => planOf([{ id: 'net' }, ...users(count)]).steps.at(-1)

  it('needs all of them, in the order of their steps, and gives twelve reasons and how many more there are', () => {
    for (const [count, more] of [
      [12, []],
      [13, ['and 1 more']],
      [16, ['and 4 more']],
      [17, ['and 5 more']],
      [40, ['and 28 more']],
    ] as const) {
      const step = netOf(count)
      expect(step?.needs).toEqual(Array.from({ length: count }, (_, at) => at))
      expect(step?.because).toEqual([...Array.from({ length: 12 }, () => 'uses it (uses)'), ...more])
    }
  })

  it('has reasons of its own beside those that another step has', () => {
    const plan = planOf([
      { id: 'net' },
      { id: 'pool' },
      { id: 'server', facts: { serves: true } },
      ...users(2).map((one) => ({ ...one, servedBy: ['server'], uses: ['net', 'pool'] })),
      { id: 'last', uses: ['pool'] },
    ])
    const becauseOf = (id: string) => plan.steps.find(({ target }) => idOf(target) === id)?.because
    expect(becauseOf('net')).toEqual(['uses it (uses)', 'uses it (uses)'])
    expect(becauseOf('server')).toEqual(['is finished by it (serves)', 'is finished by it (serves)'])
    expect(becauseOf('pool')).toEqual(['uses it (uses)', 'uses it (uses)', 'uses it (uses)'])
  })
})

describe('a part of two wholes', () => {
  it('holds the one that it does not go with until its own users are gone, and not the one that takes those along', () => {
    const plan = planOf([
      { id: 'a' },
      { id: 'b' },
      { id: 'shared', partOf: ['a', 'b'] },
      { id: 'user', uses: ['shared'], partOf: ['b'] },
    ])
    expect(picture(plan)).toEqual(['remove b', 'await user <- b', 'remove a <- user'])
  })

  it('holds the topmost of each, whichever comes first', () => {
    for (const [top, middle, other] of [
      ['a', 'z', 'b'],
      ['z', 'a', 'b'],
      ['m', 'n', 'a'],
      ['n', 'm', 'z'],
    ] as const) {
      const plan = planOf([
        { id: top },
        { id: middle, partOf: [top] },
        { id: other },
        { id: 'part', partOf: [middle, other] },
        { id: 'user', uses: ['part'] },
      ])
      expect(picture(plan).sort()).toEqual([`remove ${other} <- user`, `remove ${top} <- user`, 'remove user'].sort())
    }
  })

  it('that goes with neither alone stays with the one that a person keeps, and goes with the other where it is only blocked', () => {
    const rules = (keep: readonly string[], ...more: readonly Sketch[]): string | undefined =>
      told(
        planOf(
          [
            ...more,
            { id: 'holder' },
            { id: 'other' },
            { id: 'target' },
            { id: 'rule', link: true, uses: ['target'], partOf: ['holder', 'other'] },
          ],
          { keep },
        ),
        'rule',
      )
    expect(rules(['holder'])).toBe('keep whole-stays: its whole stays (part)')
    expect(rules([], { id: 'stranger', owned: 'foreign', uses: ['holder'] })).toMatch(/^await/)
  })
})

describe('in a circle', () => {
  it('a whole that stays takes nothing along', () => {
    const plan = planOf([
      { id: 'whole' },
      { id: 'stranger', owned: 'foreign', uses: ['whole'] },
      { id: 'part', uses: ['other'], partOf: [alone('whole')] },
      { id: 'other' },
      rule('other', 'part'),
    ])
    expect(picture(plan)).toEqual(['sever other-names-part', 'remove part <- other-names-part', 'remove other <- part'])
  })

  it('two links are cut rather than one part sent ahead of its whole', () => {
    const plan = planOf([
      { id: 'pool' },
      { id: 'machine', partOf: [alone('pool')] },
      { id: 'a', uses: ['pool'] },
      { id: 'b', uses: ['pool'] },
      rule('machine', 'a'),
      rule('machine', 'b'),
    ])
    expect(picture(plan)).toEqual([
      'sever machine-names-a',
      'sever machine-names-b',
      'remove a <- machine-names-a',
      'remove b <- machine-names-b',
      'remove pool <- a b',
    ])
  })

  it('a member of a stack is not sent ahead of it, and what cannot be removed neither', () => {
    const circle = (machine: Partial<Sketch>): string[] =>
      planOf([
        { id: 'pool' },
        { id: 'machine', uses: ['watcher'], ...machine },
        { id: 'watcher', uses: ['pool'] },
      ]).blocked.map(({ key, reason }) => `${idOf(key)} ${reason}`)
    expect(circle({ partOf: [alone('pool')] })).toEqual([])
    expect(circle({ partOf: ['pool'] })).toContain('pool cycle')
    expect(circle({ partOf: [alone('pool')], abilities: { remove: false } })).toContain('pool cycle')
  })
})

describe('a link that is cut', () => {
  const cutOf = (...more: readonly Sketch[]) =>
    planOf([{ id: 'a' }, { id: 'b' }, { id: 'c', uses: ['a'] }, ...more]).steps.find(({ action }) => action === 'sever')

  it('is lost by its whole, though it ties others as well', () => {
    const cut = cutOf({ id: 'rule', link: true, uses: ['b', 'c'], partOf: [alone('a')] })
    expect(cut).toMatchObject({ target: keyOf('rule'), holder: keyOf('a') })
  })

  it('is cut for what it would hold, not for what only leaks', () => {
    for (const [leaks, held] of [
      ['b', 'c'],
      ['c', 'b'],
    ] as const) {
      const rules: Sketch[] = [
        { id: 'rule', link: true, uses: [{ to: leaks, leaks: true }, held], partOf: [alone('a')] },
        { id: 'first', uses: [held] },
        { id: 'before a', uses: ['a'] },
      ]
      const plan = planOf([{ id: 'a' }, { id: 'b', uses: ['a'] }, { id: 'c', uses: ['a'] }, ...rules])
      const cut = plan.steps.find(({ action }) => action === 'sever')
      expect(cut).toMatchObject({ target: keyOf('rule'), freedFor: keyOf(held) })
    }
  })
})

describe('a link that stays', () => {
  it('is not cut for what it only leaks into, nor for what stays', () => {
    const stepsOf = (uses: Sketch['uses']): string[] =>
      picture(
        planOf([
          { id: 'a' },
          { id: 'b' },
          { id: 'theirs', owned: 'foreign' },
          { id: 'stranger', owned: 'foreign', uses: ['a'] },
          { id: 'rule', link: true, uses: uses ?? [], partOf: [alone('a')] },
        ]),
      )
    expect(stepsOf(['b'])).toEqual(['sever rule', 'remove b <- rule'])
    expect(stepsOf([{ to: 'b', leaks: true }])).toEqual(['remove b'])
    expect(stepsOf(['theirs'])).toEqual(['remove b'])
  })
})

describe('inside a stack', () => {
  const stack: Sketch[] = [
    { id: 'stack', kind: 'test:stack' },
    { id: 'a', partOf: ['stack'] },
    { id: 'b', uses: ['a'], partOf: ['stack'] },
  ]

  it('a link is cut for what sits in a member as for the member; none that leaks, and none that cannot be removed', () => {
    const inside = (...more: readonly Sketch[]): string[] => picture(planOf([...stack, ...more]))
    expect(inside({ id: 'disk', partOf: ['a'] }, rule('disk', 'b'))).toEqual([
      'sever disk-names-b',
      'remove stack <- disk-names-b',
    ])
    expect(inside({ id: 'disk', partOf: ['b'] }, rule('a', 'disk'))).toEqual([
      'sever a-names-disk',
      'remove stack <- a-names-disk',
    ])
    expect(inside({ ...rule('a', 'b'), uses: [{ to: 'b', leaks: true }] })).toEqual(['remove stack'])
    expect(inside({ ...rule('a', 'b'), abilities: { remove: false } })).toEqual(['remove stack'])
  })

  it('one cut is enough for a link that names two members', () => {
    const both = { ...rule('a', 'b'), uses: ['b', 'c'] }
    const plan = planOf([...stack, { id: 'c', uses: ['a'], partOf: ['stack'] }, both, rule('a', 'd'), { id: 'd' }])
    expect(picture(plan)).toEqual(['sever a-names-b', 'remove stack <- a-names-b', 'remove d <- stack'])
  })

  it('links of two stacks are told apart', () => {
    const other: Sketch[] = [
      { id: 'stack-2', kind: 'test:stack' },
      { id: 'c', partOf: ['stack-2'] },
      { id: 'd', uses: ['c'], partOf: ['stack-2'] },
    ]
    expect(picture(planOf([...stack, ...other, rule('a', 'b'), rule('d', 'c')]))).toEqual([
      'sever a-names-b',
      'remove stack <- a-names-b',
      'remove stack-2',
    ])
  })
})

describe('what is told of others', () => {
  it('is that they serve, not that they are young, where only what they finish is young', () => {
    const at = (minutes: number) => ({ createdAt: new Date(now - minutes * 60_000).toISOString() })
    const plan = planOf(
      [
        { id: 'controller', facts: at(500) },
        { id: 'served', servedBy: ['controller'], facts: at(5) },
      ],
      { minAgeMs: 100 * 60_000 },
    )
    expect(told(plan, 'served')).toMatch(/^keep too-young/)
    expect(told(plan, 'controller')).toBe('keep serves: it finishes the removal of what stays (serves)')
  })

  it('is only what holds a thing that failed, not who holds something else', () => {
    const plan = planOf([
      { id: 'stack', facts: { phase: 'failed', state: 'DELETE_FAILED' } },
      { id: 'net' },
      { id: 'box', uses: ['net'] },
    ])
    const [finding] = plan.findings.filter(({ code }) => code === 'failed-before')
    expect(finding?.message).toBe(
      'test:thing stack is DELETE_FAILED: an earlier removal was accepted and failed afterwards. Nothing that holds it was seen',
    )
    expect(finding?.keys).toEqual([keyOf('stack')])
  })

  it('is by which marks those are ours that hold it, and by no other mark', () => {
    const held: Sketch[] = [
      { id: 'stack', facts: { phase: 'failed', state: 'DELETE_FAILED' } },
      { id: 'box', owned: 'disputed', uses: ['stack'] },
    ]
    const [finding] = planOf(held, { approve: ['box'] }).findings.filter(({ code }) => code === 'failed-before')
    expect(finding?.message).toContain(
      'What holds it goes first: test:thing box (disputed, tag owner = ours) uses test:thing stack by uses',
    )
  })

  it("is no command that removes it where it is a stranger's, and no empty one", () => {
    const command = { why: 'x', command: 'delete it' } as never
    const plan = planOf([
      { id: 'ours', abilities: { manual: command } },
      { id: 'maybe', owned: 'suspected', abilities: { manual: command } },
      { id: 'theirs', owned: 'foreign', abilities: { manual: command } },
      { id: 'plain' },
    ])
    const withCommand = plan.resources.flatMap((one) => ('manual' in one ? [one.id] : []))
    expect(withCommand).toEqual(['maybe', 'ours'])
    expect(plan.resources.flatMap((one) => Object.values(one)).filter((one) => one === undefined)).toEqual([])
  })

  it('is no order that was turned round where one of the two is only waited for now', () => {
    const before = planOf([{ id: 'net' }, { id: 'part', uses: ['net'] }, { id: 'whole', uses: ['net'], partOf: [] }])
    const first = planOf([{ id: 'whole' }, { id: 'net' }, { id: 'part', uses: ['net', 'whole'] }])
    const after = planOf([{ id: 'whole' }, { id: 'net' }, { id: 'part', uses: ['net'], partOf: ['whole'] }])
    expect(picture(after)).toContain('await part <- whole')
    expect(diffPlans(first, after).reordered).toEqual([])
    expect(diffPlans(before, after).reordered).toEqual([])
  })
})
