import { describe, expect, it } from 'vitest'
import { diffPlans, parsePlan } from '../../src/index.ts'
import type { Plan } from '../../src/model/plan.ts'
import { refusedPlan } from '../../src/plan/build-plan.ts'
import { keyOf, type Sketch } from '../support/discovery.ts'
import { now, planOf } from './planned.ts'

const plan: Plan = planOf([{ id: 'vpc' }, { id: 'box', uses: ['vpc'] }])
const misuse = (code: string, message: string | RegExp): object =>
  expect.objectContaining({
    code,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  })

describe('a stored plan', () => {
  it('is read as it was written', () => {
    expect(parsePlan(JSON.stringify(plan))).toEqual(plan)
  })

  it.each([
    ['no JSON', 'no', 'bad-plan', /^the plan is no JSON: /],
    ['text', '"no"', 'bad-plan', 'a plan is an object, not "no"'],
    ['null', 'null', 'bad-plan', 'a plan is an object, not null'],
    [
      'of no version',
      '{}',
      'bad-plan-version',
      'the plan has the format undefined, this version reads "cleardown-plan/1"; plan again',
    ],
    [
      'of another version',
      '{"format":"cleardown-plan/2"}',
      'bad-plan-version',
      'the plan has the format "cleardown-plan/2", this version reads "cleardown-plan/1"; plan again',
    ],
  ])('is refused when it is %s', (_, text, code, message) => {
    expect(() => parsePlan(text)).toThrow(misuse(code, message))
  })

  it('tells what made it no JSON', () => {
    let thrown: unknown
    try {
      parsePlan('{')
    } catch (error) {
      thrown = error
    }
    expect((thrown as Error).cause).toBeInstanceOf(SyntaxError)
    expect((thrown as Error).message).toContain(((thrown as Error).cause as Error).message)
  })

  it.each(['id', 'contentId', 'createdAt', 'expiresAt'])('is refused when its %s is no text', (field) => {
    expect(() => parsePlan(JSON.stringify({ ...plan, [field]: 7 }))).toThrow(
      misuse('bad-plan', `the plan's ${field} must be text; it is 7`),
    )
  })

  it.each([
    'overrides',
    'identities',
    'adapters',
    'roots',
    'coverage',
    'resources',
    'edges',
    'steps',
    'kept',
    'blocked',
    'findings',
    'refused',
  ])('is refused when its %s are no list', (field) => {
    expect(() => parsePlan(JSON.stringify({ ...plan, [field]: {} }))).toThrow(
      misuse('bad-plan', `the plan's ${field} must be a list; it is {}`),
    )
  })

  it('is refused when anything in it was altered, its ids included', () => {
    const altered = misuse('altered-plan', /^the plan was altered after it was made: its content does not give the id /)
    for (const change of [
      { steps: [] },
      { expiresAt: '2099-01-01T00:00:00.000Z' },
      { policy: { approve: ['x'] } },
      { contentId: `0${plan.contentId.slice(1)}x` },
      { id: `${plan.id}0` },
    ])
      expect(() => parsePlan(JSON.stringify({ ...plan, ...change }))).toThrow(altered)
    expect(() => parsePlan(JSON.stringify({ ...plan, steps: [] }))).toThrow(
      `the id ${plan.id.slice(0, 16)}…; plan again`,
    )
  })
})

describe('a plan that was refused before anything was looked at', () => {
  const refused = [{ code: 'wrong-account', severity: 'refusal', message: 'no', keys: [] }] as const

  it('has its reasons, a time to live, and nothing else; it can be stored', () => {
    const made = refusedPlan({ cluster: 'c' }, { maxRemovals: 1 }, refused, now)
    const { id: _, contentId: __, ...rest } = made
    expect(rest).toEqual({
      format: 'cleardown-plan/1',
      createdAt: '2026-01-02T00:00:00.000Z',
      expiresAt: plan.expiresAt,
      target: { cluster: 'c' },
      policy: { maxRemovals: 1 },
      overrides: [],
      identities: [],
      adapters: [],
      roots: [],
      coverage: [],
      resources: [],
      edges: [],
      steps: [],
      kept: [],
      blocked: [],
      findings: [],
      refused,
      estimate: { makespanMs: 0, criticalPath: [] },
    })
    expect(parsePlan(JSON.stringify(made))).toEqual(made)
  })

  it('has what was known by then', () => {
    const identities = [{ adapter: 'x', account: '1', principal: 'p', places: [] }]
    const adapters = [{ name: 'x', version: '1' }]
    const coverage = [{ kind: 'x:y', place: 'p', seen: 'yes' }] as const
    const findings = [{ code: 'look-alike', severity: 'info', message: 'm', keys: [] }] as const
    const made = refusedPlan({ cluster: 'c' }, {}, refused, now, { identities, adapters, coverage, findings })
    expect(made).toMatchObject({ identities, adapters, coverage, findings, refused })
  })

  it('is one whose discovery found a refusal, whatever it would remove', () => {
    const more = planOf(
      [{ id: 'a' }],
      {},
      { findings: [...refused, { code: 'look-alike', severity: 'info', message: 'm', keys: [] }] },
    )
    expect(more.refused).toEqual(refused)
    expect(more.findings).toHaveLength(2)
  })
})

describe('the difference of two plans', () => {
  const base: readonly Sketch[] = [{ id: 'a' }, { id: 'b', uses: ['a'] }, { id: 'c', uses: ['b'] }]

  it('tells findings that came and went, and how long each takes', () => {
    const other: Plan = {
      ...plan,
      findings: [{ code: 'look-alike', severity: 'info', message: 'one', keys: [] }],
      estimate: { ...plan.estimate, makespanMs: 7 },
    }
    const third: Plan = {
      ...other,
      findings: [
        { code: 'look-alike', severity: 'info', message: 'two', keys: [] },
        { code: 'disputed', severity: 'info', message: 'one', keys: [] },
      ],
    }
    expect(diffPlans(plan, other).findings).toEqual({ added: other.findings, dropped: plan.findings })
    expect(diffPlans(other, third).findings).toEqual({ added: third.findings, dropped: other.findings })
    expect(diffPlans(third, third).findings).toEqual({ added: [], dropped: [] })
    expect(diffPlans(plan, other).makespanMs).toEqual({ before: plan.estimate.makespanMs, after: 7 })
  })

  it('tells what was asked for otherwise: target, policy, identities, adapters', () => {
    const identity = { adapter: 'x', account: '1', principal: 'p', places: [] }
    const other: Plan = {
      ...plan,
      target: { cluster: 'd' },
      policy: { maxRemovals: 1 },
      identities: [identity],
      adapters: [{ name: 'x', version: '2' }],
    }
    expect(diffPlans(plan, other).asked).toEqual([
      { field: 'target', before: '{"cluster":"c"}', after: '{"cluster":"d"}' },
      { field: 'policy', before: '{}', after: '{"maxRemovals":1}' },
      { field: 'identities', before: '[]', after: '[{"account":"1","adapter":"x","places":[],"principal":"p"}]' },
      { field: 'adapters', before: '[]', after: '[{"name":"x","version":"2"}]' },
    ])
  })

  it('tells calls that only one of them would send; waiting is no call', () => {
    const part: Sketch = { id: 'eni', uses: ['a'], partOf: ['c'], abilities: { remove: false } }
    const diff = diffPlans(planOf(base), planOf([...base, part]))
    expect(diff.steps).toEqual({ added: [], dropped: [] })
    expect(diff.alsoGo).toEqual([keyOf('eni')])
    expect(diff.appeared).toEqual([keyOf('eni')])
    const fewer = diffPlans(planOf(base), planOf(base, { keep: ['a'] }))
    expect(fewer.steps).toEqual({ added: [], dropped: [`remove ${keyOf('a')}`] })
    expect(fewer.noLongerGo).toEqual([keyOf('a')])
    expect(fewer.disappeared).toEqual([])
    const [decision] = fewer.decisions
    expect(decision).toEqual({ key: keyOf('a'), before: 'remove', after: 'keep', because: 'policy.keep names a' })
    const gone = diffPlans(planOf([...base, { id: 'd' }]), planOf(base))
    expect(gone.disappeared).toEqual([keyOf('d')])
    expect(gone.noLongerGo).toEqual([keyOf('d')])
    expect(gone.decisions).toEqual([])
    expect(gone.replaced).toEqual([])
  })

  it('tells another thing under the same key', () => {
    const other = planOf([{ id: 'a', facts: { incarnation: 'later' } }, ...base.slice(1)])
    expect(diffPlans(planOf(base), other).replaced).toEqual([keyOf('a')])
  })

  it('tells an order that was turned round, also over others, and none that is only looser', () => {
    const turned = (now: readonly Sketch[]): string[][] =>
      diffPlans(planOf(base), planOf(now)).reordered.map((pair) => pair.map((key) => key.split('/').at(-1) as string))
    expect(turned([{ id: 'a', uses: ['b'] }, { id: 'b', uses: ['c'] }, { id: 'c' }])).toEqual([
      ['a', 'b'],
      ['b', 'c'],
    ])
    expect(turned([{ id: 'a', uses: ['c'] }, { id: 'b' }, { id: 'c' }])).toEqual([['a', 'c']])
    expect(turned([{ id: 'a' }, { id: 'b' }, { id: 'c' }])).toEqual([])
    expect(turned([{ id: 'a' }, { id: 'b', uses: ['a'] }, { id: 'c', uses: ['a'] }])).toEqual([])
    expect(turned([{ id: 'a', uses: ['new'] }, { id: 'new', uses: ['b'] }, { id: 'b' }, { id: 'c' }])).toEqual([])
    const loose = planOf([{ id: 'a' }, { id: 'b' }])
    const tied = planOf([{ id: 'a', uses: ['b'] }, { id: 'b' }])
    expect(diffPlans(loose, tied).reordered).toEqual([])
    const part = (uses: readonly string[]): Sketch => ({
      id: 'eni',
      uses,
      partOf: ['lb'],
      abilities: { remove: false },
    })
    const [before, after] = [
      planOf([{ id: 'lb' }, part(['a']), { id: 'a' }]),
      planOf([{ id: 'lb', uses: ['a'] }, part([]), { id: 'a' }]),
    ]
    expect(diffPlans(before, after).reordered).toEqual([])
    const awaited = planOf([{ id: 'lb' }, part(['net']), { id: 'net' }])
    const removed = planOf([{ id: 'lb' }, { id: 'eni', uses: ['lb'] }, { id: 'net' }])
    expect(diffPlans(removed, awaited).reordered).toEqual([])
  })
})
