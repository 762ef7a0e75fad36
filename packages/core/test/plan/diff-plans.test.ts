import { describe, expect, it } from 'vitest'
import { diffPlans, type Plan, type Policy, planTeardown, renderDiff } from '../../src/index.ts'
import { type MemoryCloud, memoryCloud } from '../../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }
const ids = (keys: readonly string[]): string[] => keys.map((key) => key.split('/').at(-1) as string).sort()

function cloud(): MemoryCloud {
  const it = memoryCloud({ seed: 1 })
  const net = it.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
  it.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: net, field: 'net' }] })
  return it
}
const planOf = ({ adapters, context }: MemoryCloud, policy: Policy = {}): Promise<Plan> =>
  planTeardown({ adapters, context, target: mine, policy })

describe('diffPlans', () => {
  it('calls two plans of one world the same, however far apart in time', async () => {
    const one = cloud()
    const before = await planOf(one)
    await one.context.sleep(3_600_000)
    const diff = diffPlans(before, await planOf(one))
    expect(diff).toMatchObject({ same: true, alsoGo: [], noLongerGo: [], decisions: [], asked: [] })
    expect(renderDiff(diff)).toBe('The plans are the same.\n')
  })

  it('names first what goes now and did not when it was reviewed', async () => {
    const one = cloud()
    const before = await planOf(one)
    one.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
    const diff = diffPlans(before, await planOf(one))
    expect(diff.same).toBe(false)
    expect(ids(diff.alsoGo)).toEqual(['disk'])
    expect(ids(diff.appeared)).toEqual(['disk'])
    expect(diff.steps.added).toHaveLength(1)
    expect(diff.steps.dropped).toEqual([])
    expect(renderDiff(diff)).toMatch(/Goes now, did not before:\n {2}cloud:disk disk/)
  })

  it('tells what was decided otherwise, by which policy, and what no longer goes with it', async () => {
    const one = cloud()
    const diff = diffPlans(await planOf(one), await planOf(one, { keep: ['box'] }))
    expect(ids(diff.noLongerGo)).toEqual(['box', 'net'])
    expect(diff.decisions.map(({ before, after }) => `${before} ${after}`)).toEqual(['remove keep', 'remove keep'])
    expect(diff.asked).toEqual([{ field: 'policy', before: '{}', after: '{"keep":["box"]}' }])
  })

  it('sees another thing under the same id', async () => {
    const before = await planOf(cloud())
    const other = memoryCloud({ seed: 1 })
    await other.context.sleep(5_000)
    const net = other.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    other.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: net, field: 'net' }] })
    const after = await planOf(other)
    const changed = after.resources.filter(
      ({ key, incarnation }) => before.resources.find((one) => one.key === key)?.incarnation !== incarnation,
    )
    expect(diffPlans(before, after).replaced).toEqual(changed.map(({ key }) => key))
  })

  it('sees an order that was turned round', async () => {
    const turned = memoryCloud({ seed: 1 })
    const box = turned.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
    turned.world.add({ kind: 'cloud:net', id: 'net', tags: mine, uses: [{ to: box, field: 'box' }] })
    const diff = diffPlans(await planOf(cloud()), await planOf(turned))
    expect(diff.reordered.map(([first, second]) => ids([first]).concat(ids([second])))).toEqual([['net', 'box']])
  })
})
