import { buildGraph } from '../graph/graph.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Edge } from '../model/relation.ts'
import type { Resource } from '../model/resource.ts'

/** Relations in the order of their ends, the ends as numbers. */
export interface Ends {
  readonly edges: readonly Edge[]
  readonly from: Int32Array
  readonly to: Int32Array
}

/** Resources in the order of keys, each once. */
export function internResources(
  given: readonly Resource[],
  findings: Finding[],
): { resources: readonly Resource[]; indexOf: Map<ResourceKey, number> } {
  const indexOf = new Map<ResourceKey, number>()
  const sorted = inKeyOrder(given)
  for (const { key } of sorted) if (!indexOf.has(key)) indexOf.set(key, indexOf.size)
  if (indexOf.size === sorted.length) return { resources: sorted, indexOf }
  const resources = sorted.filter(({ key, kind }, at) => {
    if (sorted[at - 1]?.key !== key) return true
    findings.push({
      code: 'adapter-lies',
      severity: 'warning',
      message: `${kind} gave the key ${key} twice; the first is used`,
      keys: [key],
    })
    return false
  })
  return { resources, indexOf }
}

/** Discovery sorts already; a stable sort, so that of two of one key the first stays the first. */
function inKeyOrder(given: readonly Resource[]): readonly Resource[] {
  for (let at = 1; at < given.length; at++)
    if ((given[at] as Resource).key < (given[at - 1] as Resource).key)
      return [...given].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return given
}

/** Leaves out relations to oneself (a finding) and to what was not given. */
export function internEdges(
  given: readonly Edge[],
  resources: readonly Resource[],
  indexOf: ReadonlyMap<ResourceKey, number>,
  findings: Finding[],
): Ends {
  const from = new Int32Array(given.length)
  const to = new Int32Array(given.length)
  let sane = true
  let sorted = true
  let user = -1
  for (let edge = 0; edge < given.length; edge++) {
    const { from: fromKey, to: toKey, type, because } = given[edge] as Edge
    if (resources[user]?.key !== fromKey) user = indexOf.get(fromKey) ?? -1 // relations of one resource stand together
    const used = indexOf.get(toKey) ?? -1
    from[edge] = user
    to[edge] = used
    if (user < 0 || used < 0 || user === used) sane = false
    if (user === used && user >= 0)
      findings.push({
        code: 'adapter-lies',
        severity: 'warning',
        message: `${fromKey} says that it is ${type} itself (${because}); left out`,
        keys: [fromKey],
      })
    if (sorted && edge > 0 && !inOrder(edge - 1, edge)) sorted = false
  }
  if (sane && sorted) return { edges: given, from, to }

  const kept: number[] = []
  for (let edge = 0; edge < given.length; edge++)
    if ((from[edge] as number) >= 0 && (to[edge] as number) >= 0 && from[edge] !== to[edge]) kept.push(edge)
  // One digit after the other, the last one first: three stable passes sort by start, end and type.
  let order = sortedBy(Int32Array.from(kept), types.length, (edge) => types.indexOf((given[edge] as Edge).type))
  order = sortedBy(order, resources.length, (edge) => to[edge] as number)
  order = sortedBy(order, resources.length, (edge) => from[edge] as number)
  return {
    edges: Array.from(order, (edge) => given[edge] as Edge),
    from: order.map((edge) => from[edge] as number),
    to: order.map((edge) => to[edge] as number),
  }

  function inOrder(a: number, b: number): boolean {
    const ends = (from[a] as number) - (from[b] as number) || (to[a] as number) - (to[b] as number)
    if (ends !== 0) return ends < 0
    return types.indexOf((given[a] as Edge).type) <= types.indexOf((given[b] as Edge).type)
  }
}

const types: readonly Edge['type'][] = ['dependsOn', 'partOf', 'restoredBy', 'servedBy']

function sortedBy(edges: Int32Array, values: number, digit: (edge: number) => number): Int32Array {
  const { targets } = buildGraph(Math.max(values, edges.length), edges.map(digit), Int32Array.from(edges.keys()))
  return targets.map((at) => edges[at] as number)
}
