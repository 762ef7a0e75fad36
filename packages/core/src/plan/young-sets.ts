import { buildGraph } from '../graph/graph.ts'
import type { Finding } from '../model/outcome.ts'
import type { Edge } from '../model/relation.ts'
import type { Resource } from '../model/resource.ts'
import { each, type World } from './world.ts'

/** So many are told by name. */
const maxTold = 20

/**
 * A set (connected, ours) is old only when its youngest member of known age is; where no member's age is known, the set counts as young.
 * A VPC has no time of creation: its age is that of what is in it.
 */
export function youngSets(
  world: World,
  ours: (node: number) => boolean,
  minAgeMs: number,
  now: number,
): { set: readonly number[]; because: string }[] {
  const young: { set: readonly number[]; because: string }[] = []
  const { size, from, to, edges } = world
  const ties = edges.map((_, edge) => edge).filter((edge) => (edges[edge] as Edge).type !== 'servedBy')
  const ends = (one: Int32Array, other: Int32Array): number[] =>
    [one, other].flatMap((side) => ties.map((edge) => side[edge] as number))
  const both = buildGraph(size, ends(from, to), ends(to, from))
  const seen = new Uint8Array(size)
  for (let start = 0; start < size; start++) {
    if (seen[start] || !ours(start)) continue
    const set = [start]
    seen[start] = 1
    let youngest = Number.NEGATIVE_INFINITY
    for (const node of set) {
      const { createdAt } = (world.resources[node] as Resource).facts
      if (createdAt !== undefined) youngest = Math.max(youngest, Date.parse(createdAt))
      each(both, node, (other) => {
        if (seen[other] || !ours(other)) return
        seen[other] = 1
        set.push(other)
      })
    }
    if (now - youngest >= minAgeMs && youngest !== Number.NEGATIVE_INFINITY) continue
    const because =
      youngest === Number.NEGATIVE_INFINITY
        ? 'the age of nothing in its set is known'
        : `the youngest of its set is ${Math.round((now - youngest) / 60_000)} min old, policy.minAgeMs asks for ${Math.round(minAgeMs / 60_000)} min`
    young.push({ set, because })
  }
  return young
}

/** What goes although nothing tells how old it is: it is as old as what it is connected with. */
export function unknownAges({ resources }: World, goes: (node: number) => boolean): Finding[] {
  const ageless = resources.filter(({ facts, link }, node) => !link && facts.createdAt === undefined && goes(node))
  if (ageless.length === 0) return []
  const names = ageless.slice(0, maxTold).map(({ kind, facts }) => `${kind} ${facts.name ?? facts.id}`)
  const more = ageless.length > maxTold ? ` and ${ageless.length - maxTold} more` : ''
  return [
    {
      code: 'age-unknown',
      severity: 'info',
      message: `no age is known of ${names.join(', ')}${more}; taken as old as what each is connected with`,
      keys: ageless.slice(0, maxTold).map(({ key }) => key),
    },
  ]
}
