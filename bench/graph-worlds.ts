import { seededRandom } from '@cleardown/core/testing'
import { type KindName, type ResourceKey, resourceKey } from '../packages/core/src/model/key.ts'
import type { Edge } from '../packages/core/src/model/relation.ts'
import type { Discovery, Resource } from '../packages/core/src/model/resource.ts'

/** What the planner gets, in sizes that no cloud of the tests reaches; made without adapters. */
export const shapes: Readonly<Record<string, (size: number) => Discovery>> = {
  /** Three relations from each resource to earlier ones, as in the comparison of graph libraries. */
  random: (size: number) => {
    const random = seededRandom(1)
    return discoveryOf(size, (node) => {
      const used = new Set<number>()
      while (used.size < Math.min(3, node)) used.add(random.below(node))
      return [...used].map((to): Draft => ({ to }))
    })
  },
  chain: (size: number) => discoveryOf(size, (node) => (node === 0 ? [] : [{ to: node - 1 }])),
  /** Each part belongs to the one before it. */
  'chain of parts': (size: number) =>
    discoveryOf(size, (node) => (node === 0 ? [] : [{ to: node - 1, type: 'partOf', alone: true }])),
  'blocked chain': (size: number) =>
    discoveryOf(size, (node) => (node === 0 ? [] : [{ to: node - 1 }]), { foreign: size - 1 }),
  hub: (size: number) => discoveryOf(size, (node) => (node === 0 ? [] : [{ to: 0 }])),
  /** Among others that use three each: one in ten resources stands in a cycle of two that nothing may cut. */
  '2-cycles, nothing to cut': (size: number) => {
    const random = seededRandom(1)
    const pairs = size / 10
    return discoveryOf(size, (node) =>
      node < 2 * pairs
        ? [{ to: node ^ 1 }]
        : [1, 2, 3].map((): Draft => ({ to: 2 * pairs + random.below(node - 2 * pairs + 1) })),
    )
  },
  /** Groups in pairs, each with a rule that names the other: one of two rules has to be cut. */
  '2-cycles of links': (size: number) => {
    const random = seededRandom(1)
    const quads = size / 10
    return discoveryOf(
      size,
      (node) => {
        const [quad, at] = [node - (node % 4), node % 4]
        if (node >= 4 * quads)
          return [1, 2, 3].map((): Draft => ({ to: 4 * quads + random.below(node - 4 * quads + 1) }))
        if (at < 2) return []
        return [{ to: quad + at - 2, type: 'partOf', alone: true }, { to: quad + 3 - at }]
      },
      { link: (node) => node < 4 * quads && node % 4 >= 2 },
    )
  },
}

interface Draft {
  readonly to: number
  readonly type?: Edge['type']
  readonly alone?: boolean
}

function discoveryOf(
  size: number,
  relationsOf: (node: number) => readonly Draft[],
  { foreign = -1, link = () => false }: { foreign?: number; link?: (node: number) => boolean } = {},
): Discovery {
  const kind: KindName = 'bench:thing'
  const keys = Array.from({ length: size }, (_, node) =>
    flat(resourceKey({ kind, account: '111122223333', place: 'us-east-1', id: idOf(node) })),
  )
  const edges: Edge[] = []
  // in the order in which discovery hands it over; in memory they lie as they were listed
  const resources = keys.map((key, node): Resource => {
    for (const { to, type = 'dependsOn', alone } of relationsOf(node)) {
      const from = key
      const other = keys[to] as ResourceKey
      if (other === from) continue
      if (type === 'dependsOn') edges.push({ type, from, to: other, because: 'vpcId', ifBroken: 'refused' })
      else edges.push({ type, from, to: other, because: 'vpcId', alone: alone ?? false })
    }
    return resourceOf(key, kind, node, node === foreign, link(node))
  })
  return {
    resources: resources.sort((a, b) => (a.key < b.key ? -1 : 1)),
    edges: edges.sort((a, b) => (a.from !== b.from ? (a.from < b.from ? -1 : 1) : a.to < b.to ? -1 : 1)),
    roots: [],
    watched: [],
    coverage: [],
    unseen: [],
    findings: [],
    identities: [],
    adapters: [],
    needed: [],
    unserved: [],
    behindUnseen: [],
  }
}

/** Length and look of an ARN's last part. */
const idOf = (node: number): string =>
  `thing-${((node * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0')}-${node}`

/** One string, not a rope that the planner would have to flatten. */
const flat = <T extends string>(text: T): T => Buffer.from(text).toString() as T

function resourceOf(key: ResourceKey, kind: KindName, node: number, foreign: boolean, link: boolean): Resource {
  const id = flat(idOf(node))
  return {
    key,
    kind,
    adapter: 'bench',
    account: '111122223333',
    place: 'us-east-1',
    link,
    facts: { id, incarnation: id, phase: 'steady', state: 'available', relations: [], data: null },
    ownership: {
      level: foreign ? 'foreign' : 'owned',
      evidence: [
        {
          rule: 'tag',
          says: foreign ? 'other' : 'ours',
          strength: 'proof',
          field: 'tag cluster',
          value: foreign ? 'theirs' : 'ci-1',
        },
      ],
    },
    abilities: {
      remove: true,
      restore: link,
      unmark: [],
      unprotect: {},
      silent: false,
      finalizers: [],
      latency: { typicalMs: 1_000 + (node % 97), worstMs: 60_000 },
    },
  }
}
