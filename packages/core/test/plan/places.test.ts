import { describe, expect, it } from 'vitest'
import { BrokenInvariantError } from '../../src/model/errors.ts'
import { assertPlan } from '../../src/plan/assert-plan.ts'
import { placesOf } from '../../src/plan/places.ts'
import { planOf } from './planned.ts'

const plan = planOf([{ id: 'vpc' }, { id: 'subnet', uses: ['vpc'] }, { id: 'box', uses: ['subnet'] }])
const places = placesOf(plan)

describe('the places of what edges and steps name', () => {
  it('are those of the resources with these keys', () => {
    const keysAt = (list: Int32Array) => [...list].map((place) => plan.resources[place]?.key)
    expect(keysAt(places.from)).toEqual(plan.edges.map(({ from }) => from))
    expect(keysAt(places.to)).toEqual(plan.edges.map(({ to }) => to))
    expect(keysAt(places.targets)).toEqual(plan.steps.map(({ target }) => target))
    expect(() => assertPlan(plan, places)).not.toThrow()
  })

  it.each(['from', 'to'] as const)('are believed of nobody: another place in `%s`, or none', (side) => {
    for (const wrong of [-1, 1, 2, 3]) {
      if (wrong === places[side][0]) continue
      const claimed = { ...places, [side]: places[side].with(0, wrong) }
      expect(() => assertPlan(plan, claimed)).toThrow(BrokenInvariantError)
      const [edge] = plan.edges
      expect(() => assertPlan(plan, claimed)).toThrow(`an edge ends elsewhere than it says: ${edge?.from}, ${edge?.to}`)
    }
  })

  it.each([-1, 1, 3])('are believed of no step: the place %i', (wrong) => {
    const claimed = { ...places, targets: places.targets.with(places.targets.indexOf(0), wrong) }
    expect(() => assertPlan(plan, claimed)).toThrow('a step aims elsewhere than it says')
  })

  it('are -1 for what the plan does not list', () => {
    const { resources, edges, steps } = plan
    expect([
      ...placesOf({ resources: resources.slice(1), edges, steps }).from,
      ...placesOf({ resources: [], edges, steps }).to,
    ]).toContain(-1)
    expect([...placesOf({ resources: [], edges, steps }).targets]).toEqual([-1, -1, -1])
  })
})
