import type { KindName } from '../../src/index.ts'
import type { MemoryKind, Random } from '../../src/kit/testing/index.ts'

const second = 1_000

/** What controllers make outside of their cluster. */
export const madeElsewhere: readonly [KindName, ...KindName[]] = ['cloud:alpha', 'cloud:beta']

/** The kinds of a random world: what they tell, what they can, how long they take, by lot. */
export function drawKinds(random: Random): MemoryKind[] {
  /** Some tell relations only on a second look; not those that are part of something of another provider, which no listing can find from there. */
  const shape = (name: KindName, goingMs: number): MemoryKind => {
    const more = !madeElsewhere.includes(name) && random.chance(0.12)
    return { ...plain(name, goingMs), ...(more ? { more, finds: { using: true } } : {}) }
  }
  const plain = (name: KindName, goingMs: number): MemoryKind => ({
    name,
    service: random.pick(['api', 'first', 'second']),
    goingMs,
    blockers: random.pick(['named', 'unnamed']),
    labels: random.chance(0.2),
    revisions: random.chance(0.2),
    ...(random.chance(0.15) ? { tombstoneMs: 60 * second } : {}),
    finds: {
      ids: random.chance(0.8),
      tags: random.chance(0.5),
      using: random.chance(0.6),
      read: random.chance(0.7),
    },
    latency: {
      typicalMs: Math.max(500, goingMs * random.pick([0.3, 1, 1, 3])),
      worstMs: Math.max(60 * second, goingMs * 4),
    },
  })
  const going = (): number => random.pick([0, 0, 2, 20, 90]) * second
  const kube = (name: KindName): MemoryKind => ({
    name,
    idIsName: true,
    revisions: true,
    goingMs: second,
    latency: { typicalMs: 15 * second, worstMs: 600 * second },
  })
  return [
    shape('cloud:alpha', going()),
    shape('cloud:beta', going()),
    { ...shape('cloud:gamma', going()), idIsName: true },
    { ...shape('cloud:delta', going()), global: random.chance(0.5) },
    { ...shape('cloud:piece', 0), finds: {}, latency: { typicalMs: 5 * second, worstMs: 300 * second } },
    { ...shape('cloud:link', 0), link: true },
    { ...shape('cloud:box', 20 * second) },
    { ...shape('cloud:group', 30 * second), writer: true, restoreMs: 15 * second },
    shape('cloud:cluster', 60 * second),
    {
      name: 'cloud:stack',
      ifUsed: 'fails',
      namesParts: true,
      more: true,
      goingMs: 5 * second,
      latency: { typicalMs: 120 * second, worstMs: 1_200 * second },
    },
    kube('kube:app'),
    kube('kube:service'),
  ]
}
