import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import type { Discovery } from '../../src/model/resource.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { type KnownParts, knownParts } from '../../src/plan/release.ts'
import { keyOf, type Sketch, sketchDiscovery } from '../support/discovery.ts'
import { alone, now, picture, planOf, told } from './planned.ts'

const controller: Sketch = { id: 'controller', facts: { serves: false } }
const service: Sketch = { id: 'service', servedBy: [{ by: 'controller', finalizer: 'f' }] }
const balancer: Sketch = { id: 'balancer', kind: 'cloud:balancer', partOf: [alone('service')] }
const without = (finalizer: string, because = 'serves'): Discovery['unserved'][number] => ({
  key: keyOf('service'),
  controller: 'c',
  because,
  finalizer,
})

function released(
  sketches: readonly Sketch[],
  how: {
    readonly known?: KnownParts
    readonly unserved?: Discovery['unserved']
    readonly may?: readonly string[]
  } = {},
): Plan {
  const { known, unserved = [without('f')], may = ['f'] } = how
  return buildPlan({
    discovery: sketchDiscovery([controller, ...sketches], { unserved }),
    target: { cluster: 'c' },
    policy: { releaseFinalizers: may },
    now,
    ...(known ? { known } : {}),
  })
}
const releases = ({ steps }: Plan): (readonly [string, readonly string[]])[] =>
  steps.flatMap((step) => (step.action === 'release' ? [[step.finalizer, step.proof] as const] : []))
const managed: Partial<Sketch> = { abilities: { remove: false } }

describe('what goes ahead of a release', () => {
  it('has a removal of its own, or goes already, or goes with another whole', () => {
    const way = (part: Partial<Sketch>, ...more: readonly Sketch[]): string[] =>
      picture(released([service, { ...balancer, ...part }, ...more])).filter((one) => !one.endsWith('controller'))
    expect(way({})).toContain('release service <- balancer')
    expect(way({ ...managed, facts: { phase: 'going' } })).toContain('release service <- balancer')
    expect(way({ ...managed, partOf: [alone('service'), alone('group')] }, { id: 'group' })).toEqual([
      'remove group',
      'await balancer <- group',
      'release service <- balancer',
      'remove service <- balancer service',
      'remove controller <- service',
    ])
    expect(told(released([service, { ...balancer, ...managed }]), 'service')).toContain(
      'its part cloud:balancer balancer cannot be removed ahead of it',
    )
  })

  it('is what something elsewhere is part of, however far; the first that cannot go is named', () => {
    const near = (id: string, whole: Sketch['partOf']): Sketch => ({ id, partOf: whole ?? [] })
    const stuck = released([
      service,
      near('a', ['service']),
      near('b', ['service']),
      near('c', ['service']),
      { ...balancer, partOf: ['b'] },
      { ...balancer, id: 'other', partOf: ['c'] },
    ])
    expect(told(stuck, 'service')).toContain('its part test:thing b cannot be removed ahead of it')
    const plan = released([
      service,
      near('a', ['service']),
      near('b', [alone('service')]),
      { ...balancer, partOf: ['b'] },
    ])
    expect(releases(plan)).toEqual([['f', [keyOf('balancer', 'cloud:balancer')]]])
    expect(picture(plan)).toContain('release service <- b balancer')
  })
})

describe('several finalizers of one resource', () => {
  const both: Sketch = {
    id: 'service',
    servedBy: [
      { by: 'controller', finalizer: 'f' },
      { by: 'controller', finalizer: 'g' },
    ],
  }
  const unserved = [without('f'), without('g', 'serves as well')]

  it('are released each by itself, all of them or none', () => {
    const all = released([both, balancer], { unserved, may: ['f', 'g'] })
    const proof = [keyOf('balancer', 'cloud:balancer')]
    expect(releases(all)).toEqual([
      ['f', proof],
      ['g', proof],
    ])
    for (const may of [['f'], ['g']]) {
      const plan = released([both, balancer], { unserved, may })
      expect(plan.steps.map(({ action }) => action)).not.toContain('release')
      const [refused, because] = may[0] === 'f' ? ['g', 'serves as well'] : ['f', 'serves']
      expect(told(plan, 'service')).toBe(
        `blocked server: finalizer ${refused} waits for c, which does not serve; policy.releaseFinalizers does not name it (${because})`,
      )
    }
  })

  it('are not asked for where nothing says that one stands', () => {
    const { finalizer: _, ...noFinalizer } = without('f')
    const plan = released([{ ...service, servedBy: ['controller'] }], { unserved: [noFinalizer] })
    expect(told(plan, 'service')).toMatch(/^remove/)
  })

  it('of something that is not there change nothing', () => {
    const plan = released([{ id: 'box' }], { unserved })
    expect(plan.steps.map(({ target }) => target).sort()).toEqual([keyOf('box'), keyOf('controller')])
  })
})

describe('what earlier plans knew as parts', () => {
  const eni = keyOf('eni', 'cloud:eni')
  const known: KnownParts = (whole, incarnation) =>
    new Set(whole === keyOf('service') && incarnation === 'service' ? [eni] : [])

  it('proves a release once it is gone', () => {
    const plan = released([service], { known })
    expect(releases(plan)).toEqual([['f', [eni]]])
    expect(picture(plan)).toContain('release service')
  })

  it('is waited for where something of ours was made again under its id', () => {
    const again: Sketch = { id: 'eni', kind: 'cloud:eni', facts: { incarnation: 'second' } }
    const plan = released([service, again], { known })
    expect(releases(plan)).toEqual([['f', [eni]]])
    expect(picture(plan)).toContain('release service <- eni')
  })

  it('is waited for while it is still on its way, though it names no whole any more; once, where it does name one', () => {
    const lone: Sketch = { id: 'eni', kind: 'cloud:eni', facts: { phase: 'going' } }
    const plan = released([service, lone], { known })
    expect(releases(plan)).toEqual([['f', [eni]]])
    expect(picture(plan)).toContain('release service <- eni')
    const step = plan.steps.find(({ action }) => action === 'release')
    expect(step?.because).toEqual(['comes last before the removal that it frees'])
    const named = released([service, { ...lone, partOf: [alone('service')] }], { known })
    expect(releases(named)).toEqual([['f', [eni]]])
    expect(picture(named)).toContain('release service <- eni')
  })

  it('is what each plan had of other providers under the same thing, also through parts; no link and no user', () => {
    const parts: Sketch[] = [
      { id: 'service' },
      { id: 'near', partOf: ['service'] },
      { id: 'far', kind: 'cloud:eni', partOf: ['near'] },
      { id: 'eni', kind: 'cloud:eni', partOf: ['service'], facts: { incarnation: 'first' } },
      { id: 'rule', kind: 'cloud:rule', link: true, partOf: ['service'] },
      { id: 'user', kind: 'cloud:eni', uses: ['service'] },
      { id: 'other' },
      { id: 'of other', kind: 'cloud:eni', partOf: ['other'] },
    ]
    const again = parts.map((one) => (one.id === 'eni' ? { ...one, facts: { incarnation: 'second' } } : one))
    const late: Sketch = { id: 'late', kind: 'cloud:eni', partOf: ['service'] }
    const ask = knownParts([planOf(parts), planOf([...again, late])])
    const [far, newcomer] = [keyOf('far', 'cloud:eni'), keyOf('late', 'cloud:eni')]
    expect(ask(keyOf('service'), 'service')).toEqual(new Set([far, eni, newcomer]))
    expect(ask(keyOf('service'), 'another')).toEqual(new Set())
    expect(ask(keyOf('nobody'), 'nobody')).toEqual(new Set())
    expect(ask(keyOf('other'), 'other')).toEqual(new Set([keyOf('of other', 'cloud:eni')]))
  })
})
