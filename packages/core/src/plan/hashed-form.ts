import type { ByteWriter } from './byte-writer.ts'
import { countObjects } from './fetch.ts'

/** Where a value stands: the fields on the way to it, without the places in lists. What stood there last need not be written again. */
export interface Path {
  last: unknown
  shape: Shape | undefined
  readonly known: { readonly keys: readonly string[]; readonly shape: Shape }[]
  readonly shapes: Map<string, Shape>
  readonly fields: Map<string, Path>
  /** What is written instead of the field of each item of a list: the place of the resource that it names, where that is known; or nothing. */
  instead: Int32Array | 'nothing' | undefined
}

/** The fields of an object, in the order of their names. */
interface Shape {
  readonly names: readonly string[]
  readonly paths: readonly Path[]
  readonly form: string
}

type Fields = Readonly<Record<string, unknown>>

/** So many objects, or lists no longer than that, are written together. */
const blockLength = 64
/** So many orders of fields are looked through for each path. */
const maxKnown = 16

/**
 * Writes JSON data in a form of its own that needs no escapes and is as quick to write as the texts are long; docs/ordering.md describes it. No two
 * values have the same form, however their fields are ordered. What is `undefined` is left out, as in JSON.
 *
 * Rows of a list are written field by field: what a million of them hold lies scattered in memory, and the processor fetches the values of a column
 * side by side, those of a row one after the other.
 */
export function writeForm(value: unknown, { byte, text, count }: ByteWriter, root: Path = newPath()): void {
  const columns: unknown[][] = [] // used again and again, one for each depth
  putItems([value], 0, 1, root, 0)

  function putItems(items: readonly unknown[], start: number, end: number, path: Path, depth: number): void {
    for (let from = start; from < end; ) {
      const to = Math.min(from + blockLength, end)
      if (countObjects(items, from, to) > 0) {
        while (from < to) from = putRun(items, from, to, path, depth)
      } else for (; from < to; from++) putPlain(items[from], path)
    }
  }

  /** Everything of one sort from the first item on, together. Returns where it ended. */
  function putRun(items: readonly unknown[], start: number, limit: number, path: Path, depth: number): number {
    const first = items[start]
    if (typeof first !== 'object' || first === null) {
      putPlain(first, path)
      return start + 1
    }
    let end = start + 1
    if (Array.isArray(first)) {
      if (first.length <= blockLength) while (end < limit && isShortList(items[end])) end++
      putLists(items as readonly (readonly unknown[])[], start, end, path, depth)
      return end
    }
    const shape = shapeOf(first as Fields, path)
    while (end < limit && isFields(items[end]) && shapeOf(items[end] as Fields, path) === shape) end++
    putObjects(items as readonly Fields[], start, end, shape, path, depth)
    return end
  }

  function putObjects(
    rows: readonly Fields[],
    start: number,
    end: number,
    shape: Shape,
    path: Path,
    depth: number,
  ): void {
    if (end > start + 1) count(end - start)
    if (shape === path.shape) byte(sign.sameFields)
    else text(shape.form)
    path.shape = shape
    const { names, paths } = shape
    for (let field = 0; field < names.length; field++) {
      const [name, below] = [names[field] as string, paths[field] as Path]
      if (below.instead === undefined) {
        const column = columnAt(depth)
        for (let at = start; at < end; at++) column[at - start] = (rows[at] as Fields)[name]
        putItems(column, 0, end - start, below, depth + 1)
      } else if (below.instead !== 'nothing') putPlaces(below.instead, rows, start, end, name, below, depth)
    }
  }

  function putPlaces(
    places: Int32Array,
    rows: readonly Fields[],
    start: number,
    end: number,
    name: string,
    path: Path,
    depth: number,
  ): void {
    for (let at = start; at < end; at++) {
      const place = places[at] as number
      if (place < 0) putItems([(rows[at] as Fields)[name]], 0, 1, path, depth)
      else {
        byte(sign.place)
        count(place)
        byte(sign.end)
      }
    }
  }

  function putLists(
    lists: readonly (readonly unknown[])[],
    start: number,
    end: number,
    path: Path,
    depth: number,
  ): void {
    if (end > start + 1) count(end - start)
    byte(sign.list)
    for (let at = start; at < end; at++) {
      count((lists[at] as readonly unknown[]).length)
      byte(sign.end)
    }
    if (end === start + 1) {
      const only = lists[start] as readonly unknown[]
      putItems(only, 0, only.length, path, depth)
      return
    }
    const items = columnAt(depth)
    let length = 0
    for (let at = start; at < end; at++) for (const item of lists[at] as readonly unknown[]) items[length++] = item
    putItems(items, 0, length, path, depth + 1)
  }

  function putPlain(value: unknown, path: Path): void {
    if (value === path.last) {
      byte(sign.same)
      return
    }
    path.last = value
    if (typeof value === 'string') {
      count(value.length)
      byte(sign.text)
      text(value)
    } else if (typeof value === 'number') putNumber(value)
    else byte(value === true ? sign.true : value === false ? sign.false : sign.null)
  }

  function putNumber(value: number): void {
    byte(sign.number)
    if (Number.isInteger(value) && value >= 0) count(value)
    else text(`${value}`)
    byte(sign.end)
  }

  function columnAt(depth: number): unknown[] {
    columns[depth] ??= []
    return columns[depth]
  }
}

const isFields = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
const isShortList = (value: unknown): boolean => Array.isArray(value) && value.length <= blockLength

const code = (sign: string): number => sign.charCodeAt(0)
const sign = {
  same: code('='),
  sameFields: code('.'),
  place: code('@'),
  number: code('#'),
  end: code(';'),
  text: code(':'),
  true: code('t'),
  false: code('f'),
  null: code('n'),
  list: code('['),
} as const

export function newPath(): Path {
  return { last: undefined, shape: undefined, known: [], shapes: new Map(), fields: new Map(), instead: undefined }
}

/** The path of a field, or of a field of a field. */
export function pathTo(path: Path, ...names: readonly string[]): Path {
  let at = path
  for (const name of names) {
    const field = at.fields.get(name) ?? newPath()
    at.fields.set(name, field)
    at = field
  }
  return at
}

/** Objects of a plan come in some dozens of shapes: the names of each are sorted once. */
function shapeOf(value: Fields, path: Path): Shape {
  for (const { keys, shape } of path.known) if (fits(value, keys)) return shape
  const keys = Object.keys(value).filter((key) => value[key] !== undefined)
  const names = keys.toSorted()
  const form = `{${names.map((name) => `${name.length}:${name}`).join('')}}`
  const shape = path.shapes.get(form) ?? { names, form, paths: names.map((name) => pathTo(path, name)) }
  path.shapes.set(form, shape)
  if (path.known.length < maxKnown) path.known.push({ keys, shape })
  return shape
}

function fits(value: Fields, keys: readonly string[]): boolean {
  let at = 0
  for (const key in value) if (keys[at++] !== key || value[key] === undefined) return false
  return at === keys.length
}
