import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { parsePlan } from '../../src/plan/parse-plan.ts'
import { sketchDiscovery } from '../support/discovery.ts'
import { randomWorld, sketchesOf } from './random-world.ts'

const planOf = (seed: number, now = 0): Plan => {
  const { sketches, more } = sketchesOf(randomWorld(seed))
  return buildPlan({ discovery: sketchDiscovery(sketches, more), target: { cluster: 'c' }, policy: {}, now })
}

/** The same JSON with the fields of every object the other way round. */
function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]) => [key, backwards(one)] as const)
      .reverse(),
  )
}

/** Every text and number in a value, each changed once. */
function* alterations(value: unknown): Generator<unknown> {
  if (typeof value === 'string') yield `${value}x`
  else if (typeof value === 'number') yield value + 1
  else if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) for (const other of alterations(one)) yield value.with(at, other)
    if (value.length > 0) yield value.slice(1)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value))
      for (const other of alterations(one)) yield { ...value, [key]: other }
    yield { ...value, more: true }
  }
}

describe('the hash of a plan', () => {
  it('does not depend on the order of fields in the text', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const plan = planOf(seed)
      expect(parsePlan(JSON.stringify(backwards(plan)))).toEqual(plan)
    }
  })

  it('notices every change of any value, and every field more or less', () => {
    const plan = planOf(2)
    expect(plan.steps.length).toBeGreaterThan(2)
    let changes = 0
    for (const altered of alterations(plan)) {
      changes++
      expect(() => parsePlan(JSON.stringify(altered))).toThrow(/plan/)
    }
    expect(changes).toBeGreaterThan(200)
  })

  it('tells texts apart that run into each other', () => {
    const plan = planOf(2)
    const target = (cluster: string, run: string): Plan => ({ ...plan, target: { cluster, run } })
    for (const other of [target('c', ''), target('', 'c'), target('3:run', ''), target('c}', '{')])
      expect(() => parsePlan(JSON.stringify(other))).toThrow(/altered/)
  })

  it('gives one contentId for one world at any time, another id for another time', () => {
    const [early, late] = [planOf(3, 0), planOf(3, 1_000)]
    expect(late.contentId).toBe(early.contentId)
    expect(late.id).not.toBe(early.id)
    expect(planOf(4).contentId).not.toBe(early.contentId)
  })
})
