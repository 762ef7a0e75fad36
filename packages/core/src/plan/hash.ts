import { createHash } from 'node:crypto'
import type { Plan } from '../model/plan.ts'

export type UnsignedPlan = Omit<Plan, 'id' | 'contentId'>

/** Characters that are collected before they go to the hash: a plan of a million resources is a gigabyte of text, twice what one string may hold. */
const chunkLength = 1 << 16
/** Times and estimates: what differs between two plans of the same world and policy. */
const passing: ReadonlySet<string> = new Set(['id', 'contentId', 'createdAt', 'expiresAt', 'amends', 'estimate'])

/**
 * `contentId` is the sha-256 of everything but times and estimates, `id` that of the `contentId` with them. So each resource is read once and
 * serves both. The order of fields in memory or in a file never shows; docs/ordering.md tells what is hashed.
 */
export function signPlan(plan: UnsignedPlan, ends: EdgeEnds = endsOf(plan)): Plan {
  const contentId = contentHash(plan, ends)
  return { ...plan, contentId, id: idHash(plan, contentId) }
}

/** Both hashes of a plan, made anew from what it says. */
export function planHashes(plan: UnsignedPlan): { id: string; contentId: string } {
  const contentId = contentHash(plan, endsOf(plan))
  return { contentId, id: idHash(plan, contentId) }
}

function contentHash(plan: UnsignedPlan, ends: EdgeEnds): string {
  const hasher = createHasher()
  for (const field of Object.keys(plan).sort()) {
    if (passing.has(field)) continue
    hasher.put(field)
    if (field === 'steps') hasher.putSteps(plan.steps)
    else if (field === 'edges') hasher.putEdges(plan.edges, ends)
    else hasher.put(plan[field as keyof UnsignedPlan])
  }
  return hasher.digest()
}

/** The places of an edge's ends in the list of resources; −1 for what is not in it. */
interface EdgeEnds {
  readonly from: Int32Array
  readonly to: Int32Array
}

function endsOf({ resources, edges }: UnsignedPlan): EdgeEnds {
  const places = new Map<unknown, number>()
  for (const resource of resources) places.set(resource?.key, places.size)
  return {
    from: Int32Array.from(edges, (edge) => places.get(edge?.from) ?? -1),
    to: Int32Array.from(edges, (edge) => places.get(edge?.to) ?? -1),
  }
}

function idHash(plan: UnsignedPlan, contentId: string): string {
  const hasher = createHasher()
  hasher.put(contentId)
  hasher.put([plan.createdAt, plan.expiresAt, plan.amends ?? null])
  hasher.put(plan.estimate)
  hasher.put(plan.steps.map((step) => step?.estimateMs)) // a plan that was read may hold anything
  return hasher.digest()
}

interface Hasher {
  put(value: unknown): void
  /** Without their estimates. */
  putSteps(steps: readonly unknown[]): void
  /** With the places of their ends instead of the keys: three million relations of a million resources need not be written out again. */
  putEdges(edges: readonly unknown[], ends: EdgeEnds): void
  digest(): string
}

/**
 * sha-256 over JSON data in a form of its own that needs no escapes and is as quick to write as the texts are long: `5:vpcId` for a text and its
 * length, `#7;` for a number, `t` `f` `n` for true, false and null, `[…]` and `{…}` around items and around keys (sorted by code unit) with
 * their values; `@3;` for the key of the resource at place 3, where an edge ends. No two values have the same form. What is `undefined` is left out, as in JSON.
 */
function createHasher(): Hasher {
  const hash = createHash('sha256')
  const shapeOf = shapeCache()
  let text = ''

  function put(value: unknown): void {
    if (typeof value === 'string') text += `${value.length}:${value}`
    else if (typeof value === 'number') text += `#${value};`
    else if (value === true) text += 't'
    else if (value === false) text += 'f'
    else if (Array.isArray(value)) putList(value, put)
    else if (typeof value === 'object' && value !== null) putObject(value)
    else text += 'n'
  }

  function putList(list: readonly unknown[], putItem: (item: unknown, at: number) => void): void {
    text += '['
    for (let at = 0; at < list.length; at++) {
      putItem(list[at], at)
      if (text.length > chunkLength) flush()
    }
    text += ']'
  }

  /** `special`: fields with a form of their own; an empty one leaves the field out. */
  function putObject(value: unknown, special?: (key: string) => string | undefined): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      put(value) // a plan that was read may hold anything
      return
    }
    const { order, keys, names } = shapeOf(Object.keys(value))
    const values: unknown[] = Object.values(value)
    text += '{'
    for (let at = 0; at < order.length; at++) {
      const place = order[at] as number
      const item = values[place]
      if (item === undefined) continue
      const form = special?.(keys[place] as string)
      if (form === '') continue
      text += names[at] as string
      if (form === undefined) put(item)
      else text += form
    }
    text += '}'
  }

  function putEdges(edges: readonly unknown[], { from, to }: EdgeEnds): void {
    let edge = 0
    const special = (key: string): string | undefined => {
      const end = key === 'from' ? from[edge] : key === 'to' ? to[edge] : undefined
      return end === undefined || end < 0 ? undefined : `@${end};`
    }
    putList(edges, (item, at) => {
      edge = at
      putObject(item, special)
    })
  }

  function putSteps(steps: readonly unknown[]): void {
    const special = (key: string): string | undefined => (key === 'estimateMs' ? '' : undefined)
    putList(steps, (step) => putObject(step, special))
  }

  function flush(): void {
    hash.update(text)
    text = ''
  }

  return {
    put,
    putSteps,
    putEdges,
    digest() {
      flush()
      return hash.digest('hex')
    },
  }
}

interface Shape {
  readonly keys: readonly string[]
  /** The places of the sorted keys, and their forms. */
  readonly order: readonly number[]
  readonly names: readonly string[]
}

const maxShapes = 16

/** Objects of a plan come in some dozens of shapes: the keys of each are sorted once. */
function shapeCache(): (keys: readonly string[]) => Shape {
  const byLength = new Map<number, Shape[]>()
  return (keys) => {
    const known = byLength.get(keys.length) ?? []
    for (const shape of known) if (sameKeys(shape.keys, keys)) return shape
    const order = keys.map((_, at) => at).sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1))
    const names = order.map((at) => `${(keys[at] as string).length}:${keys[at]}`)
    if (known.length >= maxShapes) known.shift()
    const shape = { keys, order, names }
    known.push(shape)
    byLength.set(keys.length, known)
    return shape
  }
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
