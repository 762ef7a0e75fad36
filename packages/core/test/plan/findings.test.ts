import { describe, expect, it } from 'vitest'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { keyOf, type Sketch, sketchDiscovery } from '../support/discovery.ts'
import { idOf, now, picture, planOf } from './planned.ts'

describe('a plan of facts that contradict themselves', () => {
  it('has each key once, and says who gave it twice', () => {
    const discovery = sketchDiscovery([{ id: 'b' }, { id: 'a' }])
    const [b, a] = discovery.resources
    if (!a || !b) throw new Error('no resources')
    const twin = { ...a, facts: { ...a.facts, incarnation: 'twin' } }
    const plan = buildPlan({
      discovery: { ...discovery, resources: [b, a, twin] },
      target: { cluster: 'c' },
      policy: {},
      now,
    })
    expect(plan.resources.map(({ id, incarnation }) => `${id} ${incarnation}`)).toEqual(['a a', 'b b'])
    expect(plan.findings).toEqual([
      {
        code: 'adapter-lies',
        severity: 'warning',
        message: `test:thing gave the key ${keyOf('a')} twice; the first is used`,
        keys: [keyOf('a')],
      },
    ])
  })

  it('has no relation to itself, and says who gave it; none to what was not given', () => {
    const discovery = sketchDiscovery([{ id: 'a' }, { id: 'b', uses: ['a'] }])
    const self = { type: 'dependsOn', from: keyOf('a'), to: keyOf('a'), because: 'self', ifBroken: 'refused' } as const
    const beyond = { ...self, to: keyOf('nobody') }
    const plan = buildPlan({
      discovery: { ...discovery, edges: [beyond, ...discovery.edges, self] },
      target: { cluster: 'c' },
      policy: {},
      now,
    })
    expect(plan.edges).toEqual(discovery.edges)
    expect(plan.findings).toMatchObject([{ code: 'adapter-lies', severity: 'warning', keys: [keyOf('a')] }])
    expect(plan.findings[0]?.message).toContain('is dependsOn itself (self)')
    expect(picture(plan)).toEqual(['remove b', 'remove a <- b'])
  })

  it('treats parts that are each the whole of the other as independent, and leaves other wholes as they are', () => {
    const plan = planOf([
      { id: 'a', partOf: ['b'] },
      { id: 'b', partOf: ['c'] },
      { id: 'c', partOf: ['a', 'whole'] },
      { id: 'whole' },
      { id: 'x', partOf: ['y'] },
      { id: 'y', partOf: ['x', 'a'] },
      { id: 'part', partOf: ['a'] },
      { id: 'apart', partOf: ['from them'] },
      { id: 'from them' },
    ])
    expect(plan.findings.map(({ code, severity, message }) => `${severity} ${code}: ${message}`)).toEqual([
      'warning adapter-lies: these say that each is part of the other, which cannot be; they are treated as independent',
      'warning adapter-lies: these say that each is part of the other, which cannot be; they are treated as independent',
    ])
    expect(plan.findings.map(({ keys }) => keys.map(idOf).sort().join()).sort()).toEqual(['a,b,c', 'x,y'])
    const decisions = Object.fromEntries(plan.resources.map(({ id, decision }) => [id, decision]))
    expect(decisions).toEqual({
      a: 'remove',
      b: 'remove',
      c: 'await',
      whole: 'remove',
      x: 'remove',
      y: 'await',
      part: 'await',
      apart: 'await',
      'from them': 'remove',
    })
  })

  it('is not given to anybody: it is checked when it is made', () => {
    let looks = 0
    const changing = {
      get approve() {
        return looks++ === 0 ? ['it'] : []
      },
    }
    expect(() => planOf([{ id: 'it', owned: 'disputed' }], changing)).toThrow('a step touches what is disputed')
  })
})

describe('what an earlier removal left as failed', () => {
  it('is told with the reasons of the provider and with what holds it or a part of it', () => {
    const plan = planOf([
      {
        id: 'stack',
        kind: 'test:stack',
        facts: { phase: 'failed', state: 'DELETE_FAILED', data: { failed: ['r1', 7, 'r2'] } },
      },
      { id: 'net', partOf: ['stack'] },
      { id: 'member', partOf: ['stack'], uses: ['net'] },
      { id: 'user', uses: ['net'], facts: { name: 'web', fixed: 'made by a service' } },
      { id: 'twice', uses: ['net', 'stack'], facts: { name: 'twice' } },
      { id: 'loose', uses: [{ to: 'net', leaks: true }] },
      { id: 'elsewhere' },
    ])
    const finding = plan.findings.find(({ code }) => code === 'failed-before')
    expect(finding).toMatchObject({
      severity: 'warning',
      keys: [keyOf('stack', 'test:stack'), keyOf('twice'), keyOf('user')],
    })
    expect(finding?.message).toBe(
      'test:stack stack is DELETE_FAILED: an earlier removal was accepted and failed afterwards (r1; r2). ' +
        'What holds it goes first: test:thing twice (owned, tag owner = ours) uses test:stack stack by uses; ' +
        'test:thing web (user) (owned, tag owner = ours, made by a service) uses test:thing net by uses',
    )
  })

  it.each([
    ['nothing', {}],
    ['null', null],
    ['a list', ['failed']],
    ['text', { failed: 'r1' }],
  ])('is told without reasons where the provider gives %s, and without holders where there are none', (_, data) => {
    const plan = planOf([{ id: 'box', facts: { phase: 'failed', state: 'error', data } }])
    expect(plan.findings.map(({ message }) => message)).toEqual([
      'test:thing box is error: an earlier removal was accepted and failed afterwards. Nothing that holds it was seen',
    ])
  })

  it('is not told of what stays, nor of what never failed', () => {
    const sketches: Sketch[] = [{ id: 'box', facts: { phase: 'failed', state: 'error' } }, { id: 'ok' }]
    expect(planOf(sketches, { keep: ['box'] }).findings).toEqual([])
    expect(planOf(sketches.slice(1)).findings).toEqual([])
  })

  it('is told by the names that people use', () => {
    const named = (facts: Sketch['facts']): string =>
      planOf([{ id: 'arn:x', facts: { phase: 'failed', state: 'error', ...facts } }]).findings[0]?.message.split(
        ' is ',
      )[0] ?? ''
    expect(named({})).toBe('test:thing arn:x')
    expect(named({ name: 'web' })).toBe('test:thing web')
    expect(named({ id: 'i-1', name: 'web' })).toBe('test:thing web (i-1)')
    expect(named({ id: 'web', name: 'web' })).toBe('test:thing web')
  })
})

describe('what waits for itself', () => {
  it('is told with how many wait for each other and six of their names', () => {
    const circle = Array.from({ length: 8 }, (_, index): Sketch => ({ id: `r${index}`, uses: [`r${(index + 1) % 8}`] }))
    const plan = planOf(circle)
    expect(new Set(plan.blocked.map(({ reason, because }) => `${reason}: ${because}`))).toEqual(
      new Set([
        'cycle: 8 resources wait for each other and nothing may be cut: ' +
          [0, 1, 2, 3, 4, 5].map((index) => `test:thing r${index}`).join(', '),
      ]),
    )
    expect(plan.blocked).toHaveLength(8)
    expect(plan.steps).toEqual([])
  })

  it('is told where its order had to be broken', () => {
    const plan = planOf([
      { id: 'a', uses: ['b'] },
      { id: 'b', uses: [{ to: 'a', leaks: true }] },
    ])
    expect(plan.findings).toEqual([
      {
        code: 'broken-order',
        severity: 'warning',
        message: `${keyOf('a')} goes without waiting for ${keyOf('b')}: they wait for each other (uses)`,
        keys: [keyOf('b'), keyOf('a')],
      },
    ])
  })
})

describe('a chain of what holds something', () => {
  const chainOf = (length: number, id: string): string[] => {
    const sketches = Array.from(
      { length },
      (_, index): Sketch => ({
        id: `n${index}`,
        ...(index === 0 ? { owned: 'foreign' } : {}),
        ...(index < length - 1 ? { uses: [`n${index + 1}`] } : {}),
      }),
    )
    return (
      planOf(sketches)
        .blocked.find(({ key }) => idOf(key) === id)
        ?.chain.map(({ key }) => idOf(key)) ?? []
    )
  }

  it('is told in full up to twelve', () => {
    expect(chainOf(13, 'n12')).toEqual(['n11', 'n10', 'n9', 'n8', 'n7', 'n6', 'n5', 'n4', 'n3', 'n2', 'n1', 'n0'])
    expect(chainOf(3, 'n2')).toEqual(['n1', 'n0'])
  })

  it('is told by its eleven nearest and its last where it is longer', () => {
    expect(chainOf(14, 'n13')).toEqual(['n12', 'n11', 'n10', 'n9', 'n8', 'n7', 'n6', 'n5', 'n4', 'n3', 'n2', 'n0'])
    expect(chainOf(40, 'n39').slice(-3)).toEqual(['n29', 'n28', 'n0'].map((id) => id))
  })

  it('goes through the most used of several, and through things before links', () => {
    const plan = planOf([
      { id: 'vpc' },
      { id: 'lone', uses: ['vpc'] },
      { id: 'busy', uses: ['vpc'] },
      { id: 'u1', uses: ['busy'] },
      { id: 'theirs', owned: 'foreign', uses: ['lone', 'busy'] },
    ])
    expect(plan.blocked.find(({ key }) => idOf(key) === 'vpc')?.chain.map(({ key }) => idOf(key))).toEqual([
      'busy',
      'theirs',
    ])
  })
})
