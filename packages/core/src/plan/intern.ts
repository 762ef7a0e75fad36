import { buildGraph } from '../graph/graph.ts'
import { bytes, int32s } from '../graph/numbers.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Edge } from '../model/relation.ts'
import type { Resource } from '../model/resource.ts'
import { blockLength, fetchTexts } from './fetch.ts'
import type { KeyIndex } from './key-index.ts'

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

/** Resources in the order of keys, each once; discovery sorts already. */
export function internResources(
  given: readonly Resource[],
  findings: Finding[],
): { resources: readonly Resource[]; keys: readonly ResourceKey[] } {
  const keys = new Array<ResourceKey>(given.length)
  for (let at = 0; at < given.length; at++) keys[at] = (given[at] as Resource).key
  return rises(keys) ? { resources: given, keys } : internResources(sortedOnce(given, findings), findings)
}

/** Each key is larger than the one before. */
export function rises(keys: readonly ResourceKey[]): boolean {
  for (let start = 1; start < keys.length; start += blockLength) {
    const end = Math.min(start + blockLength, keys.length)
    fetchTexts(keys, start, end)
    for (let at = start; at < end; at++) if ((keys[at - 1] as ResourceKey) >= (keys[at] as ResourceKey)) return false
  }
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
  keys: readonly ResourceKey[],
  index: KeyIndex,
  findings: Finding[],
): Ends {
  const from = int32s(given.length)
  const to = int32s(given.length)
  const type = bytes(given.length)
  const because = int32s(given.length)
  const reasons = new Map<string, number>()
  const startOf = starts(keys, index)
  const typeOf = remembering((one: Edge['type']) => types.indexOf(one))
  const reasonOf = remembering((one: string) => {
    const place = reasons.get(one) ?? reasons.size
    reasons.set(one, place)
    return place
  })
  const ends = new Array<ResourceKey>(blockLength)
  for (let start = 0; start < given.length; start += blockLength) {
    const end = Math.min(start + blockLength, given.length)
    ends.length = end - start
    for (let edge = start; edge < end; edge++) ends[edge - start] = (given[edge] as Edge).to
    index.findAll(ends, to, start)
    for (let edge = start; edge < end; edge++) {
      const relation = given[edge] as Edge
      from[edge] = startOf(relation.from)
      type[edge] = typeOf(relation.type)
      because[edge] = reasonOf(relation.because)
    }
  }
  let sane = true
  let sorted = true
  for (let edge = 0; edge < given.length; edge++) {
    const [user, used] = [from[edge] as number, to[edge] as number]
    if (user < 0 || used < 0 || user === used) sane = false
    if (user === used && user >= 0) findings.push(tiesItself(given[edge] as Edge))
    if (sorted && edge > 0 && !inOrder(edge - 1, edge)) sorted = false
  }
  if (sane && sorted) return { edges: given, from, to, type, because, reasons: [...reasons.keys()] }

  const kept: number[] = []
  for (let edge = 0; edge < given.length; edge++)
    if ((from[edge] as number) >= 0 && (to[edge] as number) >= 0 && from[edge] !== to[edge]) kept.push(edge)
  // One digit after the other, the last one first: three stable passes sort by start, end and type.
  let order: Int32Array = Int32Array.from(kept)
  for (const digit of [type, to, from]) order = sortedBy(order, keys.length, digit)
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

/** Relations of one resource stand together, and after them mostly those of the next. */
function starts(keys: readonly ResourceKey[], { find }: KeyIndex): (key: ResourceKey) => number {
  let at = -1
  return (key) => {
    if (keys[at] !== key) at = keys[at + 1] === key ? at + 1 : find(key)
    return at
  }
}

/** For values that mostly are what they were the time before. */
function remembering<T>(placeOf: (value: T) => number): (value: T) => number {
  let last: T | undefined
  let place = -1
  return (value) => {
    if (value !== last) {
      last = value
      place = placeOf(value)
    }
    return place
  }
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
