import { buildGraph } from '../graph/graph.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Edge } from '../model/relation.ts'
import type { Resource } from '../model/resource.ts'

/** Relations in the order of their ends. What is asked of each often stands in arrays: a million objects are slow to walk. */
export interface Ends {
  readonly edges: readonly Edge[]
  readonly from: Int32Array
  readonly to: Int32Array
  /** Places in `types`. */
  readonly type: Uint8Array
  /** Places in `reasons`: the different `because`. */
  readonly because: Int32Array
  readonly reasons: readonly string[]
}

export const types: readonly Edge['type'][] = ['dependsOn', 'partOf', 'restoredBy', 'servedBy']

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
  const type = new Uint8Array(given.length)
  const because = new Int32Array(given.length)
  const reasons = new Map<string, number>()
  let sane = true
  let sorted = true
  let user = -1
  for (let edge = 0; edge < given.length; edge++) {
    const relation = given[edge] as Edge
    const { from: fromKey, to: toKey } = relation
    if (resources[user]?.key !== fromKey) user = indexOf.get(fromKey) ?? -1 // relations of one resource stand together
    const used = indexOf.get(toKey) ?? -1
    from[edge] = user
    to[edge] = used
    type[edge] = types.indexOf(relation.type)
    because[edge] = reasons.get(relation.because) ?? reasons.size
    reasons.set(relation.because, because[edge] as number)
    if (user < 0 || used < 0 || user === used) sane = false
    if (user === used && user >= 0)
      findings.push({
        code: 'adapter-lies',
        severity: 'warning',
        message: `${fromKey} says that it is ${relation.type} itself (${relation.because}); left out`,
        keys: [fromKey],
      })
    if (sorted && edge > 0 && !inOrder(edge - 1, edge)) sorted = false
  }
  if (sane && sorted) return { edges: given, from, to, type, because, reasons: [...reasons.keys()] }

  const kept: number[] = []
  for (let edge = 0; edge < given.length; edge++)
    if ((from[edge] as number) >= 0 && (to[edge] as number) >= 0 && from[edge] !== to[edge]) kept.push(edge)
  // One digit after the other, the last one first: three stable passes sort by start, end and type.
  let order: Int32Array = Int32Array.from(kept)
  for (const digit of [type, to, from]) order = sortedBy(order, resources.length, digit)
  return {
    edges: Array.from(order, (edge) => given[edge] as Edge),
    from: order.map((edge) => from[edge] as number),
    to: order.map((edge) => to[edge] as number),
    type: Uint8Array.from(order, (edge) => type[edge] as number),
    because: order.map((edge) => because[edge] as number),
    reasons: [...reasons.keys()],
  }

  function inOrder(a: number, b: number): boolean {
    const ends = (from[a] as number) - (from[b] as number) || (to[a] as number) - (to[b] as number)
    return ends < 0 || (ends === 0 && (type[a] as number) <= (type[b] as number))
  }
}

function sortedBy(edges: Int32Array, values: number, digit: Int32Array | Uint8Array): Int32Array {
  const { targets } = buildGraph(
    Math.max(values, edges.length, types.length),
    edges.map((edge) => digit[edge] as number),
    Int32Array.from(edges.keys()),
  )
  return targets.map((at) => edges[at] as number)
}
