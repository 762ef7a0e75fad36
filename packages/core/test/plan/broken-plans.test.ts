import { describe, expect, it } from 'vitest'
import { BrokenInvariantError } from '../../src/model/errors.ts'
import type { ResourceKey } from '../../src/model/key.ts'
import type { Plan, PlannedResource, Step } from '../../src/model/plan.ts'
import { assertPlan } from '../../src/plan/assert-plan.ts'
import { keyOf, type Sketch } from '../support/discovery.ts'
import { planOf } from './planned.ts'

/** A box on a subnet on a network; a whole with a part that somebody waits for; groups that name each other; a writer, a mark, a stranger. */
const sketches: readonly Sketch[] = [
  { id: 'vpc' },
  { id: 'subnet', uses: ['vpc'] },
  { id: 'box', uses: ['subnet'] },
  { id: 'lb', uses: [{ to: 'vpc', leaks: true }] },
  { id: 'eni', uses: ['subnet'], partOf: ['lb'], abilities: { remove: false } },
  { id: 'a' },
  { id: 'b' },
  { id: 'a-b', link: true, uses: ['b'], partOf: [{ whole: 'a', alone: true }] },
  { id: 'b-a', link: true, uses: ['a'], partOf: [{ whole: 'b', alone: true }] },
  { id: 'asg', abilities: { quiesce: { desired: 1 } } },
  { id: 'made', restoredBy: ['asg'] },
  { id: 'theirs', owned: 'foreign', uses: ['asg'] },
  { id: 'suspect', owned: 'suspected' },
  { id: 'shared', owned: 'shared' },
  { id: 'alone', owned: 'disputed' },
]

const good: Plan = planOf(sketches)

const stepOn = (id: string, action?: Step['action']): number =>
  good.steps.findIndex((step) => step.target === keyOf(id) && (action === undefined || step.action === action))

const withStep = (at: number, change: (step: Step) => object): Plan => ({
  ...good,
  steps: good.steps.map((step, index) => (index === at ? ({ ...step, ...change(step) } as Step) : step)),
})
const withResource = (id: string, change: Partial<PlannedResource> | { step: undefined }): Plan => ({
  ...good,
  resources: good.resources.map((one) => (one.key === keyOf(id) ? ({ ...one, ...change } as PlannedResource) : one)),
})
const ownedAs = (level: PlannedResource['ownership']['level']): Partial<PlannedResource> => ({
  ownership: { level, evidence: [] },
})
const withoutNeed = (id: string, need: string): Plan =>
  withStep(stepOn(id), ({ needs }) => ({ needs: needs.filter((one) => good.steps[one]?.target !== keyOf(need)) }))
/** One more step, behind all others. */
const with1 = (step: object): Plan => ({
  ...good,
  steps: [...good.steps, { needs: [], because: [], estimateMs: 1, ...step } as unknown as Step],
})

const cut = good.steps.find((step) => step.action === 'sever') as Extract<Step, { action: 'sever' }>

const carried = cut.target === keyOf('a-b') ? 'b-a' : 'a-b'

const broken: readonly (readonly [what: string, plan: Plan, says: string, keys: readonly ResourceKey[]])[] = [
  [
    'a step that needs itself',
    withStep(stepOn('box'), () => ({ needs: [stepOn('box')] })),
    `step ${stepOn('box')} needs step ${stepOn('box')}, which does not come before it`,
    [keyOf('box')],
  ],
  [
    'a step that needs a later one',
    withStep(0, () => ({ needs: [1] })),
    'step 0 needs step 1, which does not come before it',
    [good.steps[0]?.target as ResourceKey],
  ],
  [
    'a step that needs what is no step',
    withStep(stepOn('vpc'), () => ({ needs: [-1] })),
    `step ${stepOn('vpc')} needs step -1, which does not come before it`,
    [keyOf('vpc')],
  ],
  [
    'a step that needs half a step',
    withStep(stepOn('vpc'), () => ({ needs: [0.5] })),
    `step ${stepOn('vpc')} needs step 0.5, which does not come before it`,
    [keyOf('vpc')],
  ],
  [
    'a resource that stands in it twice',
    { ...good, resources: [...good.resources, good.resources[0] as PlannedResource] },
    'a resource stands in the plan twice',
    [],
  ],
  [
    'a step on what is not in it',
    with1({ action: 'remove', route: 'direct', target: keyOf('nobody') }),
    'a step names what is not in the plan',
    [keyOf('nobody')],
  ],
  [
    'a removal of what is foreign',
    withResource('box', ownedAs('foreign')),
    'a step touches what is foreign',
    [keyOf('box')],
  ],
  [
    "a mark that is taken off what is another's",
    with1({ action: 'unmark', mark: 'x=y', target: keyOf('theirs') }),
    'a step touches what is foreign',
    [keyOf('theirs')],
  ],
  [
    'a removal of what is shared',
    withResource('box', ownedAs('shared')),
    'a step touches what is shared',
    [keyOf('box')],
  ],
  [
    'a removal of what is disputed',
    withResource('box', ownedAs('disputed')),
    'a step touches what is disputed',
    [keyOf('box')],
  ],
  [
    'a removal of what is unknown',
    withResource('box', ownedAs('unknown')),
    'a step touches what is unknown',
    [keyOf('box')],
  ],
  [
    'a writer that is silenced and kept',
    withResource('asg', { decision: 'keep' }),
    'a step silences what is kept',
    [keyOf('asg')],
  ],
  [
    'a writer that is silenced and asked about',
    withResource('asg', { decision: 'ask' }),
    'a step silences what is kept',
    [keyOf('asg')],
  ],
  [
    'a removal of what is kept',
    withResource('box', { decision: 'keep' }),
    'a step touches what the plan says to keep',
    [keyOf('box')],
  ],
  [
    'a removal of what is asked about',
    withResource('box', { decision: 'ask' }),
    'a step touches what the plan says to ask',
    [keyOf('box')],
  ],
  [
    'two removals of one thing',
    with1({ action: 'remove', route: 'direct', target: keyOf('box') }),
    'two steps remove the same resource',
    [keyOf('box')],
  ],
  [
    'a cut and a removal of one thing',
    with1({ action: 'sever', holder: keyOf('a'), freedFor: keyOf('b'), target: cut.target }),
    'two steps remove the same resource',
    [cut.target],
  ],
  [
    'something that goes by no step',
    withResource('suspect', { decision: 'remove' }),
    'the plan says remove, its steps say otherwise',
    [keyOf('suspect')],
  ],
  [
    'a step on what should go with its whole',
    withResource('box', { decision: 'await' }),
    'the plan says await, its steps say otherwise',
    [keyOf('box')],
  ],
  [
    'a part whose whole goes by no step',
    withResource('eni', { step: undefined }),
    'it goes with a whole that no step removes',
    [keyOf('eni')],
  ],
  [
    'something blocked that its list of blocked lacks',
    { ...good, blocked: good.blocked.filter(({ key }) => key !== keyOf('asg')) },
    'the plan says blocked, its list of blocked says otherwise',
    [keyOf('asg')],
  ],
  [
    'something to ask about that its list of blocked lacks',
    { ...good, blocked: good.blocked.filter(({ key }) => key !== keyOf('suspect')) },
    'the plan says ask, its list of blocked says otherwise',
    [keyOf('suspect')],
  ],
  [
    'something that goes and is in its list of blocked',
    { ...good, blocked: [...good.blocked, { key: keyOf('box'), reason: 'used', because: '', chain: [] }] },
    'the plan says remove, its list of blocked says otherwise',
    [keyOf('box')],
  ],
  [
    'a removal that does not wait for a user',
    withoutNeed('subnet', 'box'),
    'a removal does not wait for what uses it',
    [keyOf('box'), keyOf('subnet')],
  ],
  [
    'a removal that does not wait for a part that uses it',
    withoutNeed('subnet', 'eni'),
    'a removal does not wait for what uses it',
    [keyOf('eni'), keyOf('subnet')],
  ],
  [
    'a link that is kept and holds what goes',
    withResource(carried, { decision: 'keep', step: undefined }),
    'a link that stays holds what goes',
    [keyOf(carried), keyOf(carried.slice(-1))],
  ],
  [
    'a user that stays',
    {
      ...good,
      edges: [
        ...good.edges,
        { type: 'dependsOn', from: keyOf('theirs'), to: keyOf('box'), because: 'x', ifBroken: 'refused' },
      ],
    },
    'what stays uses what goes',
    [keyOf('theirs'), keyOf('box')],
  ],
  [
    'a member that is cut out of its whole',
    {
      ...good,
      edges: good.edges.map((edge) =>
        edge.type === 'partOf' && edge.from === cut.target ? { ...edge, alone: false } : edge,
      ),
    },
    'a member of a whole would be cut out of it',
    [cut.target],
  ],
  [
    'a cut for what stays',
    withStep(stepOn(cut.target.split('/').at(-1) as string, 'sever'), () => ({ freedFor: keyOf('theirs') })),
    'a link would be cut for nothing',
    [cut.target, keyOf('theirs')],
  ],
  [
    'a cut for what is not in it',
    withStep(stepOn(cut.target.split('/').at(-1) as string, 'sever'), () => ({ freedFor: keyOf('nobody') })),
    'a link would be cut for nothing',
    [cut.target, keyOf('nobody')],
  ],
]

describe('a plan is good', () => {
  it('as it is made, and needs every one of these kinds of step', () => {
    expect(() => assertPlan(good)).not.toThrow()
    expect(new Set(good.steps.map(({ action }) => action))).toEqual(new Set(['remove', 'await', 'sever', 'quiesce']))
  })

  it('where a leaking use is not waited for, or a user stays by one', () => {
    const leaking = withoutNeed('vpc', 'lb')
    expect(() => assertPlan(leaking)).not.toThrow()
    const staying: Plan = {
      ...good,
      edges: [
        ...good.edges,
        { type: 'dependsOn', from: keyOf('theirs'), to: keyOf('box'), because: 'x', ifBroken: 'leaks' },
        { type: 'partOf', from: keyOf('theirs'), to: keyOf('box'), because: 'x', alone: true },
      ],
    }
    expect(() => assertPlan(staying)).not.toThrow()
  })

  it('whatever the order of the needs of a step, and however many they are', () => {
    const many = planOf([
      { id: 'net' },
      ...Array.from({ length: 40 }, (_, at): Sketch => ({ id: `box-${at}`, uses: ['net'] })),
    ])
    const last = many.steps.length - 1
    const withNeeds = (needs: readonly number[]): Plan => ({
      ...many,
      steps: many.steps.map((step, index) => (index === last ? { ...step, needs } : step)),
    })
    const needs = many.steps[last]?.needs ?? []
    expect(needs).toHaveLength(40)
    expect(() => assertPlan(withNeeds(needs.toReversed()))).not.toThrow()
    expect(() => assertPlan(withNeeds([...needs, ...needs, ...needs]))).not.toThrow()
    for (const missing of needs)
      expect(() => assertPlan(withNeeds(needs.filter((need) => need !== missing)))).toThrow(
        'a removal does not wait for what uses it',
      )
  })

  it('where the ends of a relation are not in it', () => {
    const beyond: Plan = {
      ...good,
      edges: [
        ...good.edges,
        { type: 'dependsOn', from: keyOf('nobody'), to: keyOf('box'), because: 'x', ifBroken: 'refused' },
        { type: 'dependsOn', from: keyOf('box'), to: keyOf('nobody'), because: 'x', ifBroken: 'refused' },
      ],
    }
    expect(() => assertPlan(beyond)).not.toThrow()
  })

  it('where a person named what is disputed or unknown, by id or by key, or the whole that it is a part of', () => {
    for (const level of ['disputed', 'unknown'] as const)
      for (const approve of [['eni'], [keyOf('eni')], ['lb'], [keyOf('lb')]]) {
        const plan = withResource('eni', ownedAs(level))
        expect(() => assertPlan({ ...plan, policy: { approve } })).not.toThrow()
        for (const other of ['box', 'subnet'])
          expect(() => assertPlan({ ...plan, policy: { approve: [other] } })).toThrow(`a step touches what is ${level}`)
      }
    const shared = withResource('eni', ownedAs('shared'))
    expect(() => assertPlan({ ...shared, policy: { approve: ['eni'] } })).toThrow('a step touches what is shared')
  })

  it('where a mark of ours is taken off what is shared', () => {
    expect(() => assertPlan(with1({ action: 'unmark', mark: 'x=y', target: keyOf('shared') }))).not.toThrow()
  })
})

describe('a plan is broken by', () => {
  it.each(broken)('%s', (_, plan, says, keys) => {
    let thrown: unknown
    try {
      assertPlan(plan)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(BrokenInvariantError)
    expect(String(thrown)).toContain(says)
    expect((thrown as BrokenInvariantError).keys).toEqual(keys)
  })
})
