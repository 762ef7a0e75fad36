import { buildGraph } from '../graph/graph.ts'
import { bytes, int32s } from '../graph/numbers.ts'
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
  const resources = ascend(given) ? given : sortedOnce(given, findings)
  const indexOf = new Map<ResourceKey, number>()
  for (let at = 0; at < resources.length; at++) indexOf.set((resources[at] as Resource).key, at)
  return { resources, indexOf }
}

/** Discovery sorts already. */
function ascend(given: readonly Resource[]): boolean {
  for (let at = 1; at < given.length; at++)
    if ((given[at] as Resource).key <= (given[at - 1] as Resource).key) return false
  return true
}

/** A stable sort, so that of two of one key the first stays the first. */
function sortedOnce(given: readonly Resource[], findings: Finding[]): readonly Resource[] {
  const sorted = [...given].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return sorted.filter(({ key, kind }, at) => {
    if (sorted[at - 1]?.key !== key) return true
    findings.push({
      code: 'adapter-lies',
      severity: 'warning',
      message: `${kind} gave the key ${key} twice; the first is used`,
      keys: [key],
    })
    return false
  })
}

/** Leaves out relations to oneself (a finding) and to what was not given. */
export function internEdges(
  given: readonly Edge[],
  resources: readonly Resource[],
  indexOf: ReadonlyMap<ResourceKey, number>,
  findings: Finding[],
): Ends {
  const from = startsOf(given, resources, indexOf)
  const to = int32s(given.length)
  for (let edge = 0; edge < given.length; edge++) to[edge] = indexOf.get((given[edge] as Edge).to) ?? -1
  const type = typesOf(given)
  const { because, reasons } = reasonsOf(given)
  let sane = true
  let sorted = true
  for (let edge = 0; edge < given.length; edge++) {
    const [user, used] = [from[edge] as number, to[edge] as number]
    if (user < 0 || used < 0 || user === used) sane = false
    if (user === used && user >= 0) findings.push(tiesItself(given[edge] as Edge))
    if (sorted && edge > 0 && !inOrder(edge - 1, edge)) sorted = false
  }
  if (sane && sorted) return { edges: given, from, to, type, because, reasons }

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
    reasons,
  }

  function inOrder(a: number, b: number): boolean {
    const ends = (from[a] as number) - (from[b] as number) || (to[a] as number) - (to[b] as number)
    return ends < 0 || (ends === 0 && (type[a] as number) <= (type[b] as number))
  }
}

/** Relations of one resource stand together, and after them mostly those of the next. */
function startsOf(
  given: readonly Edge[],
  resources: readonly Resource[],
  indexOf: ReadonlyMap<ResourceKey, number>,
): Int32Array {
  const starts = int32s(given.length)
  let user = -1
  for (let edge = 0; edge < given.length; edge++) {
    const { from } = given[edge] as Edge
    if (resources[user]?.key !== from) user = resources[user + 1]?.key === from ? user + 1 : (indexOf.get(from) ?? -1)
    starts[edge] = user
  }
  return starts
}

function reasonsOf(given: readonly Edge[]): Pick<Ends, 'because' | 'reasons'> {
  const because = int32s(given.length)
  const places = new Map<string, number>()
  let [last, place]: [string | undefined, number] = [undefined, -1]
  for (let edge = 0; edge < given.length; edge++) {
    const reason = (given[edge] as Edge).because
    if (reason !== last) {
      last = reason
      place = places.get(reason) ?? places.size
      places.set(reason, place)
    }
    because[edge] = place
  }
  return { because, reasons: [...places.keys()] }
}

function typesOf(given: readonly Edge[]): Uint8Array {
  const places = bytes(given.length)
  let [last, place]: [string | undefined, number] = [undefined, -1]
  for (let edge = 0; edge < given.length; edge++) {
    const { type } = given[edge] as Edge
    if (type !== last) {
      last = type
      place = types.indexOf(type)
    }
    places[edge] = place
  }
  return places
}

const tiesItself = ({ type, from, because }: Edge): Finding => ({
  code: 'adapter-lies',
  severity: 'warning',
  message: `${from} says that it is ${type} itself (${because}); left out`,
  keys: [from],
})

function sortedBy(edges: Int32Array, values: number, digit: Int32Array | Uint8Array): Int32Array {
  const { targets } = buildGraph(
    Math.max(values, edges.length, types.length),
    edges.map((edge) => digit[edge] as number),
    Int32Array.from(edges.keys()),
  )
  return targets.map((at) => edges[at] as number)
}
