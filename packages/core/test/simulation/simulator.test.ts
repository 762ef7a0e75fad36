import { describe, expect, it } from 'vitest'
import { replay, runSeeds, tellFailure } from './campaign.ts'
import type { Planted, Sabotage, Scenario } from './scenario.ts'
import { scenarioOf } from './scenario.ts'
import { applyCut, cutText, parseCut, shrink, wholeOf } from './shrink.ts'
import { simulate } from './simulate.ts'
import { longLife } from './weather.ts'

const ours = (kind: string, id: string, more: Partial<Planted['spec']> = {}): Planted => ({
  id: `cloud:${kind} ${id}`,
  owner: 'ours',
  spec: { kind: `cloud:${kind}`, id, tags: { cluster: 'ci-1' }, data: { owner: 'ours' }, ...more },
})
const theirs: Planted = {
  id: 'cloud:box b-theirs',
  owner: 'theirs',
  spec: { kind: 'cloud:box', id: 'b-theirs', tags: { cluster: 'prod' }, data: { owner: 'theirs' } },
}
const subnet = ours('subnet', 's-1')
const box = ours('box', 'b-1', {
  uses: [{ to: { kind: 'cloud:subnet', id: 's-1' }, field: 'subnet', enforced: false }],
  rules: { goingMs: 30_000 },
})

/** Two of ours, one of theirs, and fair weather. */
const fair: Scenario = {
  seed: 1,
  weather: 'fair',
  honest: true,
  target: { cluster: 'ci-1' },
  policy: { maxRemovals: 100 },
  kinds: [{ name: 'cloud:subnet' }, { name: 'cloud:box' }],
  resources: [subnet, box, theirs],
  faults: [],
  happenings: [],
  lies: [],
  lives: longLife,
  listLagMs: 0,
  pageSize: 500,
  shuffle: false,
}

async function brokenRules(scenario: Scenario): Promise<string[]> {
  const { violations } = await simulate(scenario)
  return [...new Set(violations.map(({ rule }) => rule))]
}
const withLie = (what: Sabotage, { id }: Planted): Scenario => ({ ...fair, lies: [{ what, id }] })

// generous: two cores may have more to do than this
describe('the simulation', { timeout: 120_000 }, () => {
  it('finds nothing wrong where nothing is', async () => {
    expect(await simulate(fair)).toMatchObject({ outcome: 'clean', removed: 2, violations: [] })
  })

  it('notices a call for which there is no intent', async () => {
    expect(await brokenRules(withLie('removes-twice', box))).toContain('no durable intent')
  })

  it('notices that something of another owner is touched', async () => {
    const rules = await brokenRules(withLie('removes-another', theirs))
    expect(rules).toEqual(expect.arrayContaining(['touches what it may not', 'harm']))
  })

  it('notices a removal under a live dependent, and a success that is none', async () => {
    const rules = await brokenRules(withLie('hides', box))
    expect(rules).toEqual(expect.arrayContaining(['dependent alive', 'says success, ours is there']))
  })

  it('notices what is said to be gone and is there', async () => {
    const rules = await brokenRules(withLie('says-gone', box))
    expect(rules).toEqual(expect.arrayContaining(['said gone, is there', 'dependent alive']))
  })

  it('notices two processes that work at once', async () => {
    const rules = await brokenRules({ ...fair, lives: { ...longLife, rivalAtMs: 200, rivalAlone: true } })
    expect(rules).toContain('two at once')
  })

  it('a process that stood still beyond its lease touches nothing when it wakes, wherever it stood still', async () => {
    const { points } = await simulate(fair)
    for (let at = 1; at <= points; at++) {
      const { violations } = await simulate({ ...fair, lives: { ...longLife, freeze: { at, forMs: 300_000 } } })
      expect(violations, `frozen at point ${at}`).toEqual([])
    }
  })

  it('a process that dies over its plan leaves nothing behind', async () => {
    for (const killPlanningAt of [1, 5, 9]) {
      const verdict = await simulate({
        ...fair,
        weather: 'killed while planning',
        lives: { ...longLife, killPlanningAt },
      })
      expect(verdict).toMatchObject({ outcome: 'clean', violations: [] })
    }
  })

  it('notices that a run which was killed ends otherwise than its twin', async () => {
    const stranger: Planted = {
      ...theirs,
      id: 'cloud:newcomer n-1',
      spec: { ...theirs.spec, kind: 'cloud:newcomer', id: 'n-1' },
    }
    const rules = await brokenRules({
      ...fair,
      weather: 'killed',
      happenings: [{ atMs: 500, what: 'appears', planted: stranger }],
      lives: { ...longLife, kills: [40] },
    })
    expect(rules).toEqual(['another end than its twin'])
  })

  it('shrinks a failure to what it needs, and brings it back from the text that it prints', async () => {
    const noise = Array.from({ length: 20 }, (_, index) => ours('box', `b-noise-${index}`))
    const large = {
      ...withLie('hides', box),
      resources: [...noise, subnet, ...fair.resources.slice(1), ...noise.map(again)],
    }
    const { cut, verdict } = await shrink(large, 'dependent alive')
    expect(applyCut(large, cut).resources.map(({ id }) => id)).toEqual([subnet.id, box.id])
    expect(parseCut(cutText(cut))).toEqual(cut)
    expect((await simulate(applyCut(large, parseCut(cutText(cut))))).violations).toEqual(verdict.violations)
  })

  it('gives the same verdict for the same seed, whole or cut', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const first = await simulate(scenarioOf(seed, 60))
      expect(await replay(seed, 60), `seed ${seed}`).toEqual(first)
      expect(await replay(seed, 60, cutText(wholeOf(scenarioOf(seed, 60)))), `seed ${seed}`).toEqual(first)
    }
  })

  it('draws deaths, rivals, stops and every fault within a few hundred seeds', async () => {
    const weathers = new Set<string>()
    let [deaths, releases] = [0, 0]
    await runSeeds(1, 300, 60, (verdict) => {
      for (const name of verdict.weather.split(' + ')) weathers.add(name)
      deaths += verdict.deaths
      releases += verdict.releases
    })
    expect(weathers.size).toBe(19)
    expect(releases).toBeGreaterThan(0)
    expect(deaths).toBeGreaterThan(50)
  })

  it('tells the command that brings a failure back', async () => {
    const told = await tellFailure({ ...(await simulate(fair)), violations: [{ rule: 'none', what: 'made up' }] }, 60)
    expect(told).toContain('again: pnpm simulate --runs 1 --seed 1 --size 60 --only ')
  })

  it('refuses a cut that it did not print', () => {
    expect(() => parseCut('resources:1')).toThrow('not a cut as a failed simulation prints it: resources:1')
  })
})

const again = ({ id, spec, owner }: Planted): Planted => ({
  id: `${id}-again`,
  owner,
  spec: { ...spec, id: `${spec.id}-again` },
})
