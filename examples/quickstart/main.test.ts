import { readFile, rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { main } from './main.ts'
import { quickstartWorld } from './world.ts'

test('tears ci-1 down to the last resource, leaves ci-10 untouched and draws the plan', async () => {
  const picture = new URL('out/plan.mmd', import.meta.url)
  await rm(picture, { force: true })
  const printed: string[] = []
  const before = performance.now()
  const result = await main((text) => printed.push(text))

  expect(result).toMatchObject({ outcome: 'clean', exitCode: 0, harm: [] })
  expect(performance.now() - before).toBeLessThan(5_000)
  const text = printed.join('\n')
  expect(text).toContain('sever') // the rule that closes the ring of security groups
  expect(text).toContain('ci-10 next door is untouched')
  expect(await readFile(picture, 'utf8')).toMatch(/^flowchart TB\n/)
})

test('the world has what makes the order matter', () => {
  const { world, neighbour } = quickstartWorld()
  const ours = world.alive().filter((resource) => !neighbour.includes(resource))
  expect(ours.length).toBeGreaterThanOrEqual(55)
  expect(new Set(ours.map(({ provider }) => provider))).toEqual(new Set(['cloud', 'kube']))
  expect(neighbour.every(({ provider }) => provider === 'cloud')).toBe(true)
})

test('nothing is refused on the way: each removal is asked for when it can come about', async () => {
  const { adapters, context, world } = quickstartWorld()
  const { executeTeardown, planTeardown } = await import('@cleardown/core')
  const plan = await planTeardown({ adapters, context, target: { cluster: 'ci-1' } })
  await executeTeardown(plan, { adapters, context }).report
  expect(world.refusals()).toEqual([])
})
