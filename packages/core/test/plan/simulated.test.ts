import { describe, expect, it } from 'vitest'
import { simulateTeardown } from '../../src/index.ts'
import { seededRandom } from '../../src/kit/testing/index.ts'
import type { Plan, PlannedResource, Step } from '../../src/model/plan.ts'
import { keyOf } from '../support/discovery.ts'
import { idOf, planOf } from './planned.ts'

interface Drawn {
  readonly ms: number
  readonly needs?: readonly string[]
  readonly word?: string
  readonly adapter?: string
  readonly place?: string
  readonly action?: Step['action']
}

/** A plan of just these steps, in this order. */
function drawn(steps: Readonly<Record<string, Drawn>>): Plan {
  const ids = Object.keys(steps)
  const base = planOf([{ id: 'x' }])
  const [resource] = base.resources as [PlannedResource]
  return {
    ...base,
    resources: Object.entries(steps).map(([id, { word, adapter = 'cloud', place = 'here' }]) => ({
      ...resource,
      key: keyOf(id),
      id,
      adapter,
      place,
      ...(word === undefined ? {} : { oneAtATime: word }),
    })),
    steps: Object.entries(steps).map(
      ([id, { ms, needs = [], action = 'remove' }]) =>
        ({
          action,
          target: keyOf(id),
          route: 'direct',
          needs: needs.map((need) => ids.indexOf(need)),
          because: [],
          estimateMs: ms,
        }) as unknown as Step,
    ),
  }
}

const times = (plan: Plan, options: Parameters<typeof simulateTeardown>[1] = {}): Record<string, string> =>
  Object.fromEntries(
    simulateTeardown(plan, options).timeline.map(({ key, startMs, endMs }) => [idOf(key), `${startMs}-${endMs}`]),
  )

describe('a plan on the virtual clock', () => {
  it('begins each step when the last of its needs is done', () => {
    const plan = drawn({
      a: { ms: 10 },
      b: { ms: 30 },
      c: { ms: 5, needs: ['a'] },
      d: { ms: 7, needs: ['a', 'b', 'c'] },
    })
    expect(times(plan)).toEqual({ a: '0-10', b: '0-30', c: '10-15', d: '30-37' })
    const { makespanMs, lowerBoundMs, criticalPath, timeline } = simulateTeardown(plan)
    expect([makespanMs, lowerBoundMs, criticalPath]).toEqual([37, 37, [1, 3]])
    expect(timeline.map(({ slackMs }) => slackMs)).toEqual([15, 0, 15, 0])
    expect(timeline.map(({ step, action }) => `${step} ${action}`)).toEqual([
      '0 remove',
      '1 remove',
      '2 remove',
      '3 remove',
    ])
  })

  it('of nothing takes no time', () => {
    expect(simulateTeardown(drawn({}))).toEqual({ makespanMs: 0, lowerBoundMs: 0, criticalPath: [], timeline: [] })
  })

  it('takes other times for removals of a kind, and for nothing else', () => {
    const plan = drawn({ a: { ms: 10 }, part: { ms: 20, action: 'await' }, link: { ms: 30, action: 'sever' } })
    expect(times(plan, { latency: { 'test:thing': { typicalMs: 99 } } })).toEqual({
      a: '0-99',
      part: '0-20',
      link: '0-30',
    })
    expect(times(plan, { latency: { 'test:other': { typicalMs: 99 } } })).toEqual({
      a: '0-10',
      part: '0-20',
      link: '0-30',
    })
    expect(times(plan, { latency: { 'test:thing': { typicalMs: 0 } } })['a']).toBe('0-0')
  })

  it('lets removals with one word go one after the other, the longest way first; other words and steps beside them', () => {
    const plan = drawn({
      a: { ms: 10, word: 'w' },
      b: { ms: 20, word: 'w' },
      c: { ms: 5, word: 'w' },
      other: { ms: 50, word: 'v' },
      none: { ms: 50 },
      part: { ms: 50, word: 'w', action: 'await' },
      lifted: { ms: 50, word: 'w', action: 'unprotect' },
      behind: { ms: 100, needs: ['c'] },
    })
    expect(times(plan)).toEqual({
      c: '0-5',
      b: '5-25',
      a: '25-35',
      other: '0-50',
      none: '0-50',
      part: '0-50',
      lifted: '0-50',
      behind: '5-105',
    })
  })

  it('lets the next of a word begin when the one before has ended, also when it comes later', () => {
    const plan = drawn({
      first: { ms: 100, word: 'w' },
      cause: { ms: 30 },
      late: { ms: 10, word: 'w', needs: ['cause'] },
      later: { ms: 40, needs: ['late'] },
    })
    expect(times(plan)).toEqual({ first: '0-100', cause: '0-30', late: '100-110', later: '110-150' })
    expect(simulateTeardown(plan).lowerBoundMs).toBe(100)
  })

  it('begins so many steps a second of each adapter in each place, and those that only wait at once', () => {
    const plan = drawn({
      a: { ms: 10 },
      b: { ms: 20 },
      c: { ms: 30 },
      there: { ms: 10, place: 'there' },
      theirs: { ms: 10, adapter: 'other' },
      theirs2: { ms: 10, adapter: 'other' },
      part: { ms: 10, action: 'await' },
      lifted: { ms: 1, action: 'unprotect' },
    })
    expect(times(plan, { ratePerSecond: { cloud: 4 } })).toEqual({
      c: '0-30',
      b: '250-270',
      a: '500-510',
      lifted: '750-751',
      there: '0-10',
      theirs: '0-10',
      theirs2: '0-10',
      part: '0-10',
    })
  })

  it('does not save up turns while nobody waits', () => {
    const plan = drawn({
      a: { ms: 5_000 },
      b: { ms: 10, needs: ['a'] },
      c: { ms: 20, needs: ['a'] },
      d: { ms: 30, needs: ['a'] },
    })
    expect(times(plan, { ratePerSecond: { cloud: 1 } })).toEqual({
      a: '0-5000',
      d: '5000-5030',
      c: '6000-6020',
      b: '7000-7010',
    })
  })

  it('gives no turn back when a step ends before the next turn', () => {
    const plan = drawn({ a: { ms: 10 }, b: { ms: 10, needs: ['a'] }, c: { ms: 10, needs: ['b'] } })
    expect(times(plan, { ratePerSecond: { cloud: 1 } })).toEqual({ a: '0-10', b: '1000-1010', c: '2000-2010' })
  })

  it('takes the turn of the word first, then that of the rate', () => {
    const plan = drawn({ a: { ms: 3_000, word: 'w' }, b: { ms: 1_000, word: 'w' }, c: { ms: 500 }, d: { ms: 400 } })
    expect(times(plan, { ratePerSecond: { cloud: 1 } })).toEqual({
      a: '0-3000',
      c: '1000-1500',
      d: '2000-2400',
      b: '3000-4000',
    })
  })

  it('begins each of very many steps at the end of the last one that it needs', () => {
    const random = seededRandom('steps')
    const steps: Record<string, Drawn> = {}
    for (let index = 0; index < 300; index++) {
      const needs = Array.from({ length: Math.min(index, random.below(4)) }, () => `s${random.below(index)}`)
      steps[`s${index}`] = { ms: 1 + random.below(1_000), needs: [...new Set(needs)] }
    }
    steps['last'] = { ms: 1, needs: Object.keys(steps) }
    const plan = drawn(steps)
    const { timeline } = simulateTeardown(plan)
    for (const [index, { needs }] of plan.steps.entries())
      expect(timeline[index]?.startMs).toBe(Math.max(0, ...needs.map((need) => timeline[need]?.endMs as number)))
  })

  it('keeps its order among very many events', () => {
    const plan = drawn(
      Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`s${index}`, { ms: ((index * 73) % 97) + 1 }])),
    )
    const { timeline, makespanMs } = simulateTeardown(plan, { ratePerSecond: { cloud: 1_000 } })
    const began = [...timeline].sort((a, b) => a.startMs - b.startMs)
    expect(began.map(({ startMs }) => startMs)).toEqual(began.map((_, index) => index))
    const lengths = began.map(({ startMs, endMs }) => endMs - startMs)
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a))
    expect(makespanMs).toBe(Math.max(...timeline.map(({ endMs }) => endMs)))
    const word = drawn(
      Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [`s${index}`, { ms: ((index * 37) % 61) + 1, word: `w${index % 3}` }]),
      ),
    )
    const ends = simulateTeardown(word).timeline
    for (const name of [0, 1, 2]) {
      const turns = ends.filter((_, index) => index % 3 === name).sort((a, b) => a.startMs - b.startMs)
      turns.forEach(({ startMs }, index) => void expect(startMs).toBe(index === 0 ? 0 : turns[index - 1]?.endMs))
    }
  })

  it.each([0, -1, Number.NaN])('refuses a rate of %d', (rate) => {
    expect(() => simulateTeardown(drawn({}), { ratePerSecond: { cloud: rate } })).toThrow(
      expect.objectContaining({ code: 'bad-option', message: `ratePerSecond.cloud must be above 0; it is ${rate}` }),
    )
  })
})
