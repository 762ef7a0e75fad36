import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { Discovery } from '../../src/model/resource.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { keyOf, type Sketch, sketchDiscovery } from '../support/discovery.ts'
import { alone, rule } from './planned.ts'

const planOf = (sketches: readonly Sketch[], policy: Policy = {}, more: Partial<Discovery> = {}): Plan =>
  buildPlan({
    discovery: sketchDiscovery(sketches, more),
    target: { cluster: 'c' },
    policy: { maxRemovals: 10_000, ...policy },
    now: 0,
  })

const steps = (plan: Plan): string[] => plan.steps.map(({ action, target }) => `${action} ${target.split('/').at(-1)}`)

// One world for each way out of a cycle, the cheapest first; the dearer ways stand open in the same cycle and are not taken.
describe('a cycle is left by the cheapest way', () => {
  it('another whole takes the link along: no call at all', () => {
    const plan = planOf([
      { id: 'a', uses: ['b'] },
      { id: 'b' },
      { id: 'stack', kind: 'test:stack' },
      { id: 'member', partOf: ['stack'], uses: ['b'] },
      rule('b', 'a', 'stack'),
    ])
    expect(steps(plan).filter((step) => step.startsWith('sever'))).toEqual([])
    expect(steps(plan)).toEqual(['remove stack', 'remove a', 'await member', 'remove b'])
  })

  it('a writer that is silent already is not waited for', () => {
    const plan = planOf([
      { id: 'group', abilities: { silent: true } },
      { id: 'box', uses: ['group'], restoredBy: ['group'] },
      rule('group', 'box'),
    ])
    expect(plan.blocked).toEqual([])
    expect(steps(plan)).toEqual(['sever group-names-box', 'remove box', 'remove group'])
  })

  it('a link is cut before a part is sent ahead', () => {
    const plan = planOf([
      { id: 'pool', uses: [] },
      { id: 'machine', partOf: [alone('pool')] },
      { id: 'volume', uses: ['pool'] },
      rule('machine', 'volume'),
    ])
    expect(steps(plan)).toEqual(['sever machine-names-volume', 'remove volume', 'remove pool'])
  })

  it('a part that may goes ahead of its whole before a writer is silenced', () => {
    const plan = planOf([
      { id: 'pool', uses: ['guard'], abilities: { quiesce: { size: 2 } } },
      { id: 'guard' },
      { id: 'machine', uses: ['watcher'], partOf: [alone('pool')] },
      { id: 'watcher', uses: ['pool'], restoredBy: [] },
    ])
    expect(steps(plan)).toEqual(['remove machine', 'remove watcher', 'remove pool', 'remove guard'])
  })

  it('a writer is silenced before a finalizer is done without', () => {
    const plan = planOf([
      { id: 'writer', abilities: { quiesce: { size: 2 } }, servedBy: ['made'] },
      { id: 'made', uses: ['writer'], restoredBy: ['writer'] },
    ])
    expect(plan.blocked.map(({ reason }) => reason)).toEqual([])
    expect(steps(plan)).toContain('quiesce writer')
  })

  it('route direct is taken before an order is broken that leaks; forbidden, the order is broken', () => {
    const sketches: Sketch[] = [
      { id: 'controller', uses: [{ to: 'role', leaks: true }], facts: { serves: true } },
      { id: 'role', uses: ['claim'] },
      { id: 'claim', servedBy: ['controller'] },
    ]
    const open = planOf(sketches)
    expect(open.findings).toEqual([])
    expect(open.steps.find(({ target }) => target.endsWith('/claim'))).toMatchObject({ route: 'direct' })
    const forbidden = planOf(sketches, { route: 'served' })
    expect(forbidden.blocked).toEqual([])
    expect(forbidden.findings.map(({ code }) => code)).toEqual(['broken-order'])
  })

  it('does without a server where waiting for it closes the cycle, and says direct; never against the policy', () => {
    const sketches: Sketch[] = [
      { id: 'controller', facts: { serves: true }, uses: ['claim'] },
      { id: 'claim', servedBy: ['controller'] },
    ]
    expect(steps(planOf(sketches))).toEqual(['remove controller', 'remove claim'])
    expect(planOf(sketches).steps[1]).toMatchObject({ route: 'direct' })
    expect(planOf(sketches, { route: 'served' }).blocked.map(({ reason }) => reason)).toEqual(['cycle', 'cycle'])
  })

  it('what is released waits for its idle controller, unless that waits for it; never without a controller at work', () => {
    const sketches = (serves: boolean): Sketch[] => [
      { id: 'controller', facts: { serves }, uses: ['service'] },
      { id: 'service', servedBy: [{ by: 'controller', finalizer: 'f' }] },
      { id: 'balancer', kind: 'cloud:balancer', partOf: [alone('service')] },
    ]
    const policy = { releaseFinalizers: ['f'] }
    const plan = (all: readonly Sketch[], unserved: boolean): Plan =>
      planOf(all, policy, {
        unserved: unserved ? [{ key: keyOf('service'), controller: 'c', because: 'serves', finalizer: 'f' }] : [],
      })
    const idle = plan(sketches(false), true)
    expect(steps(idle)).toEqual(['remove balancer', 'remove controller', 'release service', 'remove service'])
    expect(idle.steps[2]).toMatchObject({ needs: [0, 1] })
    expect(idle.steps[3]).toMatchObject({ route: 'direct', needs: [0, 1, 2] })
    const apart = sketches(false).map(({ uses: _, ...sketch }) => sketch)
    expect(steps(plan(apart, true)).slice(-2)).toEqual(['remove service', 'remove controller'])
    expect(plan(sketches(true), false).blocked.map(({ reason }) => reason)).toEqual(['cycle', 'cycle'])
  })

  it('a link that is not the stack’s own is cut where its members would wait for each other, and nothing else inside a stack', () => {
    const stack: Sketch[] = [
      { id: 'stack', kind: 'test:stack' },
      { id: 'a', partOf: ['stack'] },
      { id: 'b', uses: ['a'], partOf: ['stack'] },
    ]
    const inside = (...sketches: readonly Sketch[]): string[] => steps(planOf([...stack, ...sketches]))
    expect(inside(rule('a', 'b'))).toEqual(['sever a-names-b', 'remove stack'])
    expect(inside(rule('b', 'a'))).toEqual(['remove stack']) // b goes first, and takes it along
    expect(inside(rule('a', 'b', 'stack'))).toEqual(['remove stack']) // the stack made it and knows it
    expect(inside(rule('a', 'b'), rule('a', 'c'), { id: 'c', uses: ['b'], partOf: ['stack'] })).toEqual([
      'sever a-names-b',
      'sever a-names-c',
      'remove stack',
    ])
  })

  it('silences a writer once for all that it makes', () => {
    const plan = planOf([
      { id: 'group', abilities: { quiesce: { size: 2 } } },
      { id: 'box-1', uses: ['group'], restoredBy: ['group'] },
      { id: 'box-2', uses: ['group'], restoredBy: ['group'] },
    ])
    expect(steps(plan)).toEqual(['quiesce group', 'remove box-1', 'remove box-2', 'remove group'])
    for (const step of plan.steps.slice(1, 3)) expect(step.needs).toContain(0)
  })

  it('silences a writer that stays before the first of all that it makes', () => {
    const plan = planOf([
      { id: 'group', abilities: { quiesce: { size: 2 } }, uses: [] },
      { id: 'stranger', owned: 'foreign', uses: ['group'] },
      { id: 'box-1', restoredBy: ['group'] },
      { id: 'box-2', restoredBy: ['group'] },
    ])
    expect(steps(plan)).toEqual(['quiesce group', 'remove box-1', 'remove box-2'])
    for (const step of plan.steps.slice(1)) expect(step.needs).toEqual([0])
  })

  it('cuts the one link that opens two cycles', () => {
    const plan = planOf([
      { id: 'a' },
      { id: 'b' },
      { id: 'c' },
      rule('a', 'b'),
      rule('a', 'c'),
      rule('b', 'hub'),
      rule('c', 'hub'),
      { id: 'hub' },
      rule('hub', 'a'),
    ])
    expect(steps(plan).filter((step) => step.startsWith('sever'))).toEqual(['sever hub-names-a'])
  })

  it('blocks only those that wait for each other for good, and what hangs on them', () => {
    const plan = planOf([
      { id: 'x', uses: ['y'] },
      { id: 'y', uses: ['x'] },
      { id: 'under', uses: [] },
      { id: 'z', uses: ['under'] },
      { id: 'w', uses: [] },
      rule('y', 'w'),
    ])
    expect(plan.blocked.map(({ key, reason }) => `${key.split('/').at(-1)} ${reason}`)).toEqual(['x cycle', 'y cycle'])
    expect(steps(plan)).toContain('sever y-names-w')
  })
})
