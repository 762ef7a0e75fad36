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
export function signPlan(plan: UnsignedPlan): Plan {
  const contentId = contentHash(plan)
  return { ...plan, contentId, id: idHash(plan, contentId) }
}

/** Both hashes of a plan, made anew from what it says. */
export function planHashes(plan: UnsignedPlan): { id: string; contentId: string } {
  const contentId = contentHash(plan)
  return { contentId, id: idHash(plan, contentId) }
}

function contentHash(plan: UnsignedPlan): string {
  const hasher = createHasher()
  for (const field of Object.keys(plan).sort()) {
    if (passing.has(field)) continue
    hasher.put(field)
    hasher.put(plan[field as keyof UnsignedPlan], field === 'steps' ? 'estimateMs' : undefined)
  }
  return hasher.digest()
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
  /** `without`: a field that is left out of the objects of a list. */
  put(value: unknown, without?: string): void
  digest(): string
}

/**
 * sha-256 over JSON data in a form of its own that needs no escapes and is as quick to write as the texts are long: `5:vpcId` for a text and its
 * length, `#7;` for a number, `t` `f` `n` for true, false and null, `[…]` and `{…}` around items and around keys (sorted by code unit) with
 * their values. No two values have the same form. What is `undefined` is left out, as in JSON.
 */
function createHasher(): Hasher {
  const hash = createHash('sha256')
  const shapeOf = shapeCache()
  let text = ''

  function put(value: unknown, without?: string): void {
    if (typeof value === 'string') text += `${value.length}:${value}`
    else if (typeof value === 'number') text += `#${value};`
    else if (value === true) text += 't'
    else if (value === false) text += 'f'
    else if (Array.isArray(value)) putList(value, without)
    else if (typeof value === 'object' && value !== null) putObject(value)
    else text += 'n'
  }

  function putList(list: readonly unknown[], without: string | undefined): void {
    text += '['
    for (const item of list) {
      if (without !== undefined && typeof item === 'object' && item !== null) putObject(item, without)
      else put(item)
      if (text.length > chunkLength) flush()
    }
    text += ']'
  }

  function putObject(value: object, without?: string): void {
    const { order, keys, names } = shapeOf(Object.keys(value))
    const values: unknown[] = Object.values(value)
    text += '{'
    for (let at = 0; at < order.length; at++) {
      const place = order[at] as number
      const item = values[place]
      if (item === undefined || (without !== undefined && keys[place] === without)) continue
      text += names[at] as string
      put(item)
    }
    text += '}'
  }

  function flush(): void {
    hash.update(text)
    text = ''
  }

  return {
    put,
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
