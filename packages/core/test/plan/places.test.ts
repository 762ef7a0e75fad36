import { describe, expect, it } from 'vitest'
import { BrokenInvariantError } from '../../src/model/errors.ts'
import { assertPlan } from '../../src/plan/assert-plan.ts'
import { placesOf } from '../../src/plan/places.ts'
import { planOf } from './planned.ts'

const plan = planOf([{ id: 'vpc' }, { id: 'subnet', uses: ['vpc'] }, { id: 'box', uses: ['subnet'] }])
const places = placesOf(plan)

describe('the places of the ends of edges', () => {
  it('are those of the resources with these keys', () => {
    const keysAt = (list: Int32Array) => [...list].map((place) => plan.resources[place]?.key)
    expect(keysAt(places.from)).toEqual(plan.edges.map(({ from }) => from))
    expect(keysAt(places.to)).toEqual(plan.edges.map(({ to }) => to))
    expect(() => assertPlan(plan, places)).not.toThrow()
  })

  it.each(['from', 'to'] as const)('are believed of nobody: another place in `%s`, or none', (side) => {
    for (const wrong of [-1, 1, 2, 3]) {
      if (wrong === places[side][0]) continue
      const claimed = { ...places, [side]: places[side].with(0, wrong) }
      expect(() => assertPlan(plan, claimed)).toThrow(BrokenInvariantError)
      expect(() => assertPlan(plan, claimed)).toThrow('an edge ends elsewhere than it says')
    }
  })

  it('are -1 for what the plan does not list', () => {
    const { resources, edges } = plan
    expect([
      ...placesOf({ resources: resources.slice(1), edges }).from,
      ...placesOf({ resources: [], edges }).to,
    ]).toContain(-1)
  })
})
