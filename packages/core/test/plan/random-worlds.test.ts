import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { sketchDiscovery } from '../support/discovery.ts'
import { carryOut } from './carry-out.ts'
import { fewerCuts, goesIn, waysOf } from './fewer-cuts.ts'
import { type RandomWorld, randomWorld, sketchesOf } from './random-world.ts'
import { whatCouldGo } from './what-could-go.ts'

// Small random worlds against the truth found by trying.

const worlds = Number(process.env['CLEARDOWN_WORLDS'] ?? 4000)
const timeoutMs = 60_000 + worlds * 20

const planOf = (world: RandomWorld): Plan => {
  const { sketches, more } = sketchesOf(world)
  return buildPlan({
    discovery: sketchDiscovery(sketches, more),
    target: { cluster: 'c' },
    policy: world.policy,
    now: 0,
  })
}

describe('on random small worlds', () => {
  it(
    `plans nothing that is refused, leaves nothing that could go and cuts no more links than it must (${worlds} worlds)`,
    () => {
      const seen = { cuts: 0, quiesces: 0, direct: 0, broken: 0, ahead: 0, releases: 0, checked: 0 }
      for (let seed = 1; seed <= worlds; seed++) {
        const world = randomWorld(seed)
        const plan = planOf(world)
        const goes = goesIn(plan).filter((id) => world.entities.get(id)?.what === 'thing')
        const could = [...whatCouldGo(world)].filter((id) => world.entities.get(id)?.what === 'thing')
        if (goes.sort().join() !== could.sort().join()) expect(goes, `seed ${seed}: what goes`).toEqual(could)
        const wrong = carryOut(world, plan, seed)
        if (wrong.length > 0) expect(wrong, `seed ${seed}`).toEqual([])
        const ways = waysOf(world, plan)
        const fewer = fewerCuts(world, ways, could)
        if (fewer) expect(fewer, `seed ${seed}: fewer cuts would do`).toBeUndefined()
        seen.cuts += ways.cuts.size
        seen.quiesces += ways.silenced.size
        seen.ahead += ways.ahead.size
        seen.releases += plan.steps.filter(({ action }) => action === 'release').length
        seen.direct += plan.steps.filter((step) => step.action === 'remove' && step.route === 'direct').length
        seen.broken += plan.findings.filter(({ code }) => code === 'broken-order').length
      }
      for (const [what, times] of Object.entries(seen)) if (what !== 'checked') expect(times, what).toBeGreaterThan(0)
    },
    timeoutMs,
  )

  it('gives the same plan for any order of the listings', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const { sketches, more } = sketchesOf(randomWorld(seed))
      const discovery = sketchDiscovery(sketches, more)
      const backwards = {
        ...discovery,
        resources: [...discovery.resources].reverse(),
        edges: [...discovery.edges].reverse(),
      }
      const plan = (one: typeof discovery): Plan =>
        buildPlan({ discovery: one, target: { cluster: 'c' }, policy: {}, now: 0 })
      expect(plan(backwards)).toEqual(plan(discovery))
    }
  })
})
