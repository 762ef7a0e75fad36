import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import type { Edge } from '../../src/model/relation.ts'
import type { Discovery } from '../../src/model/resource.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { keyOf, type Sketch, sketchDiscovery } from '../support/discovery.ts'

const plan = (discovery: Discovery): Plan =>
  buildPlan({ discovery, target: { cluster: 'c' }, policy: { maxRemovals: 10_000_000 }, now: 0 })

/** Adapters that contradict themselves get a finding, and the rest goes as if they had not. */
describe('what contradicts itself', () => {
  it('parts of each other are treated as independent', () => {
    for (const circle of [2, 3, 5]) {
      const sketches = Array.from(
        { length: circle },
        (_, at): Sketch => ({ id: `r${at}`, partOf: [`r${(at + 1) % circle}`] }),
      )
      const { steps, findings } = plan(sketchDiscovery([...sketches, { id: 'tail', partOf: ['r0'] }]))
      expect(findings.map(({ code, keys }) => [code, keys.length])).toEqual([['adapter-lies', circle]])
      expect(steps.map(({ action }) => action)).toEqual(Array.from({ length: circle }, () => 'remove'))
    }
  })

  it.each(['dependsOn', 'partOf', 'restoredBy', 'servedBy'] as const)('a relation %s to itself is left out', (type) => {
    const sane = sketchDiscovery([{ id: 'a' }, { id: 'b', uses: ['a'] }])
    const self: Edge = { type, from: keyOf('a'), to: keyOf('a'), because: 'me' }
    const { steps, findings, edges } = plan({ ...sane, edges: [...sane.edges, self] })
    expect(findings.map(({ code, keys }) => [code, keys])).toEqual([['adapter-lies', [keyOf('a')]]])
    expect(steps.map(({ target }) => target)).toEqual([keyOf('b'), keyOf('a')])
    expect(edges).toEqual(sane.edges)
  })

  it('of two resources with one key the first is used', () => {
    const sane = sketchDiscovery([{ id: 'a' }, { id: 'b', uses: ['a'] }])
    const twice = sketchDiscovery([{ id: 'a', owned: 'foreign' }]).resources
    const { resources, findings } = plan({ ...sane, resources: [...sane.resources, ...twice] })
    expect(resources.map(({ id, decision }) => [id, decision])).toEqual([
      ['a', 'remove'],
      ['b', 'remove'],
    ])
    expect(findings.map(({ code, keys }) => [code, keys])).toEqual([['adapter-lies', [keyOf('a')]]])
  })

  it('relations to what was not given are left out', () => {
    const sane = sketchDiscovery([{ id: 'a' }])
    const lost: Edge = { type: 'dependsOn', from: keyOf('a'), to: keyOf('gone'), because: 'x' }
    expect(plan({ ...sane, edges: [lost] }).edges).toEqual([])
  })

  it('ids that mean something to JavaScript are ids', () => {
    const ids = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '1', '0']
    const { steps } = plan(sketchDiscovery(ids.map((id, at): Sketch => ({ id, uses: ids.slice(at + 1) }))))
    expect(steps.map(({ target }) => target)).toEqual(ids.map((id) => keyOf(id)))
  })
})

describe('shapes that recursion and quadratic loops would not survive', { timeout: 120_000 }, () => {
  const size = 30_000
  const many = (sketch: (at: number) => Omit<Sketch, 'id'>): Sketch[] =>
    Array.from({ length: size }, (_, at) => ({ id: `r${at}`, ...sketch(at) }))

  it.each<[string, (at: number) => Omit<Sketch, 'id'>, number]>([
    ['a chain', (at) => (at > 0 ? { uses: [`r${at - 1}`] } : {}), size],
    ['a chain of parts', (at) => (at > 0 ? { partOf: [`r${at - 1}`] } : {}), 1],
    ['a hub', (at) => (at > 0 ? { uses: ['r0'] } : {}), size],
    [
      'a hub that uses all',
      (at) => (at === 0 ? { uses: Array.from({ length: size - 1 }, (_, one) => `r${one + 1}`) } : {}),
      size,
    ],
    ['2-cycles that nothing may cut', (at) => ({ uses: [`r${at ^ 1}`] }), 0],
    ['one cycle of all', (at) => ({ uses: [`r${(at + 1) % size}`] }), 0],
    ['one circle of wholes', (at) => ({ partOf: [`r${(at + 1) % size}`] }), size],
  ])('%s of 30,000', (_, sketch, steps) => {
    expect(plan(sketchDiscovery(many(sketch))).steps).toHaveLength(steps)
  })

  it('a chain of 30,000 that a stranger holds: each tells the nearest of its chain, and the last', () => {
    const { blocked } = plan(
      sketchDiscovery(
        many((at) => ({ ...(at > 0 ? { uses: [`r${at - 1}`] } : {}), owned: at === size - 1 ? 'foreign' : 'owned' })),
      ),
    )
    expect(blocked).toHaveLength(size - 1)
    const first = blocked.find(({ key }) => key === keyOf('r0'))
    expect(first?.chain).toHaveLength(12)
    expect(first?.chain[0]?.key).toBe(keyOf('r1'))
    expect(first?.chain.at(-1)).toMatchObject({ key: keyOf(`r${size - 1}`), reason: 'foreign' })
  })
})
