import { describe, expect, test } from 'vitest'
import { generateWorld, type WorldResource } from '../../src/kit/testing/index.ts'
import type { KindName } from '../../src/model/key.ts'
import { handOf } from './hand.ts'

const describeAll = (seed: number, size: number): unknown => {
  const { world } = generateWorld({ seed, size })
  return world.all().map(({ key, name, tags }) => ({ key, name, tags }))
}

describe('generated worlds', () => {
  test.each([10, 11, 17, 60, 500, 3_000])(
    'of %i resources have exactly that many of ours, and a third beside them',
    (size) => {
      const { ours, theirs, shared } = generateWorld({ seed: size, size })
      expect(ours).toHaveLength(size)
      expect(theirs).toHaveLength(Math.floor(size / 3))
      expect(shared).toHaveLength(2)
    },
  )

  test('the same seed gives the same world, another seed another', () => {
    expect(describeAll(5, 300)).toEqual(describeAll(5, 300))
    expect(describeAll(5, 300)).not.toEqual(describeAll(6, 300))
  })

  test('hold what makes a teardown hard', () => {
    const { ours } = generateWorld({ seed: 3, size: 2_000 })
    const kinds = new Set(ours.map(({ kind }) => kind))
    for (const kind of [
      'cloud:stack',
      'cloud:node-group',
      'cloud:load-balancer',
      'cloud:security-group-rule',
      'kube:service',
      'cloud:nat-gateway',
    ] as const)
      expect(kinds).toContain(kind)
  })

  test.each([1, 2, 3, 4, 5])('ours can go to the last one when whoever asks is patient (seed %i)', async (seed) => {
    const generated = generateWorld({ seed, size: 120 })
    const { world, ours, theirs, shared } = generated
    const { remove, wait } = handOf(generated)
    const others = new Set([...theirs, ...shared])
    const left = (...kinds: KindName[]): WorldResource[] =>
      world
        .alive()
        .filter((one) => !others.has(one) && one.phase !== 'going' && (kinds.length === 0 || kinds.includes(one.kind)))
    // a controller is needed until its last Service is gone
    for (let round = 0; round < 60 && ours.some((one) => world.isAlive(one)); round++) {
      for (const resource of left('cloud:security-group-rule', 'kube:service')) await remove(resource)
      if (!world.alive().some(({ kind }) => kind === 'kube:service'))
        for (const resource of left()) await remove(resource)
      await wait(60_000)
    }
    expect(ours.filter((one) => world.isAlive(one)).map(({ key }) => key)).toEqual([])
    expect(world.harm(theirs)).toEqual([])
  })

  test('foreign users and strays hold what they use', () => {
    const { theirs, strays, world } = generateWorld({ seed: 4, size: 100, neighbours: 20, foreignUsers: 3, strays: 2 })
    expect(theirs).toHaveLength(23)
    expect(strays).toHaveLength(2)
    for (const stray of strays) expect(stray.tags).toEqual({})
    expect(world.alive()).toHaveLength(100 + 23 + 2 + 2)
  })

  test('ten thousand resources come in no time', () => {
    const before = performance.now()
    expect(generateWorld({ seed: 1, size: 10_000 }).ours).toHaveLength(10_000)
    expect(performance.now() - before).toBeLessThan(20_000)
  })
})
