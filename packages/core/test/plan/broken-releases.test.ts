import { describe, expect, it } from 'vitest'
import { BrokenInvariantError } from '../../src/model/errors.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { Discovery } from '../../src/model/resource.ts'
import { assertPlan } from '../../src/plan/assert-plan.ts'
import { keyOf, type Sketch } from '../support/discovery.ts'
import { picture, planOf, told } from './planned.ts'

type Release = Extract<Step, { action: 'release' }>

/** A service whose controller is not there: its balancer goes first, and proves that its finalizer may be released. */
const good: Plan = planOf(
  [
    { id: 'controller', facts: { serves: false }, uses: ['service'] },
    { id: 'service', servedBy: [{ by: 'controller', finalizer: 'f' }] },
    { id: 'balancer', kind: 'cloud:balancer', partOf: [{ whole: 'service', alone: true }] },
    { id: 'other' },
    { id: 'theirs', owned: 'foreign' },
  ],
  { releaseFinalizers: ['f'] },
  { unserved: [{ key: keyOf('service'), controller: 'c', because: 'serves', finalizer: 'f' }] },
)
const at = good.steps.findIndex(({ action }) => action === 'release')
const balancer = keyOf('balancer', 'cloud:balancer')
const stepOn = (id: string): number => good.steps.findIndex(({ target }) => target.endsWith(`/${id}`))

const withRelease = (change: (step: Release) => Partial<Release>): Plan => ({
  ...good,
  steps: good.steps.map((step) => (step.action === 'release' ? { ...step, ...change(step) } : step)),
})
const thrownBy = (plan: Plan): string => {
  try {
    assertPlan(plan)
  } catch (error) {
    expect(error).toBeInstanceOf(BrokenInvariantError)
    return (error as Error).message
  }
  return 'nothing'
}

describe('a plan that releases a finalizer', () => {
  it('is good as it is made', () => {
    expect(picture(good)).toContain('release service <- balancer controller')
    expect(thrownBy(good)).toBe('nothing')
  })

  it('is broken where the policy does not name it', () => {
    const says = `finalizer f would be released and the policy does not name it: ${keyOf('service')}`
    expect(thrownBy({ ...good, policy: {} })).toBe(says)
    expect(thrownBy({ ...good, policy: { releaseFinalizers: ['g'] } })).toBe(says)
  })

  it('is broken without proof, and with a proof that does not go first', () => {
    expect(thrownBy(withRelease(() => ({ proof: [] })))).toBe(
      `finalizer f would be released without proof: ${keyOf('service')}`,
    )
    const early = withRelease(({ needs }) => ({ needs: needs.filter((need) => need !== stepOn('balancer')) }))
    expect(thrownBy(early)).toBe(
      `finalizer f would be released before its proof is gone: ${keyOf('service')}, ${balancer}`,
    )
    const other = withRelease(({ proof }) => ({ proof: [...proof, keyOf('other')] }))
    expect(thrownBy(other)).toContain('finalizer f would be released before its proof is gone')
  })

  it('is good with a proof that is not in the plan any more', () => {
    expect(thrownBy(withRelease(({ proof }) => ({ proof: [...proof, keyOf('gone before')] })))).toBe('nothing')
  })

  it('is broken where a part that proves it stays, and good where it is no part of it any more', () => {
    const stays = keyOf('theirs')
    const named = withRelease(({ proof }) => ({ proof: [...proof, stays] }))
    expect(thrownBy(named)).toBe('nothing')
    const part = { type: 'partOf', from: stays, to: keyOf('service'), because: 'x', alone: true } as const
    expect(thrownBy({ ...named, edges: [...named.edges, part] })).toBe(
      `finalizer f would be released before its proof is gone: ${keyOf('service')}, ${stays}`,
    )
    expect(thrownBy({ ...named, edges: [...named.edges, { ...part, to: keyOf('other') }] })).toBe('nothing')
  })

  it('is broken where nothing waits for the release', () => {
    const idle: Plan = {
      ...good,
      steps: good.steps.map((step) =>
        step.action === 'remove' && step.target === keyOf('service')
          ? { ...step, needs: step.needs.filter((need) => need !== at) }
          : step,
      ),
    }
    expect(thrownBy(idle)).toBe(`a finalizer would be released for nothing: ${keyOf('service')}`)
  })
})

describe('what a controller that is not there would have to finish', () => {
  const service: Sketch = { id: 'service', servedBy: [{ by: 'controller', finalizer: 'f' }] }
  const balancer: Sketch = { id: 'balancer', kind: 'cloud:balancer', partOf: [{ whole: 'service', alone: true }] }
  const toldOf = (
    sketches: readonly Sketch[],
    policy: Policy = {},
    more: Partial<Discovery> = {},
  ): string | undefined =>
    told(
      planOf(
        [{ id: 'controller', facts: { serves: false } }, ...sketches],
        { releaseFinalizers: ['f'], ...policy },
        { unserved: [{ key: keyOf('service'), controller: 'c', because: 'serves', finalizer: 'f' }], ...more },
      ),
      'service',
    )
  const waits = 'blocked server: finalizer f waits for c, which does not serve; '
  const unseen = (kind: `${string}:${string}`): Partial<Discovery> => ({
    unseen: [{ kind, place: 'p', account: 'a', uses: [] }],
  })

  it('goes where its parts elsewhere prove that it may', () => {
    expect(toldOf([service, balancer])).toMatch(/^remove/)
    expect(toldOf([service, balancer], {}, unseen('test:other'))).toMatch(/^remove/)
    expect(toldOf([service, balancer], { retainMembers: ['another'] })).toMatch(/^remove/)
  })

  it('goes by the route that the policy names for its controller: by its whole name, else by the last part of it', () => {
    const unserved = [{ key: keyOf('service'), controller: 'system/c', because: 'serves', finalizer: 'f' }]
    const says =
      'blocked server: system/c must finish its removal, does not serve, and policy.route says served (serves)'
    const by = (route: Policy['route']) => toldOf([service, balancer], route ? { route } : {}, { unserved })
    for (const route of ['served', { 'system/c': 'served' }, { c: 'served' }] as const) expect(by(route)).toBe(says)
    for (const route of ['auto', { system: 'served' }, { 'system/c': 'auto', c: 'served' }] as const)
      expect(by(route)).toMatch(/^remove/)
  })

  it.each<[string, readonly Sketch[], Policy, Partial<Discovery>, string]>([
    [
      'a member that stays by its id',
      [service, balancer],
      { retainMembers: ['another', 'balancer'] },
      {},
      'its part cloud:balancer balancer stays by policy.retainMembers (serves)',
    ],
    [
      'a member that stays by its key',
      [service, balancer],
      { retainMembers: [keyOf('balancer', 'cloud:balancer')] },
      {},
      'its part cloud:balancer balancer stays by policy.retainMembers (serves)',
    ],
    [
      'a part that goes with it alone',
      [service, { ...balancer, partOf: ['service'] }],
      {},
      {},
      'its part cloud:balancer balancer cannot be removed ahead of it (serves)',
    ],
    [
      'a kind that cannot release',
      [{ ...service, abilities: { finalizers: [] } }, balancer],
      {},
      {},
      'test:thing has no way to release it (serves)',
    ],
    [
      'a listing elsewhere that failed',
      [service, balancer],
      {},
      unseen('cloud:other'),
      'cloud:other could not be listed in p, so what it stands for may be there (serves)',
    ],
    [
      'no part elsewhere',
      [service, { id: 'near', partOf: [{ whole: 'service', alone: true }] }],
      {},
      {},
      'nothing outside of test is known that was part of it, so nothing proves that what the finalizer stands for is gone (serves)',
    ],
    [
      'no part elsewhere but a link',
      [service, { ...balancer, link: true }],
      {},
      {},
      'nothing outside of test is known that was part of it, so nothing proves that what the finalizer stands for is gone (serves)',
    ],
  ])('stays because of %s', (_, sketches, policy, more, why) => {
    expect(toldOf(sketches, policy, more)).toBe(`${waits}${why}`)
  })
})
