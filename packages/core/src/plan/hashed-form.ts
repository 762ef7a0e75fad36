import type { ByteWriter } from './byte-writer.ts'

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

const blockLength = 64
/** So many orders of fields are looked through for each path. */
const maxKnown = 16

/**
 * Writes JSON data in a form of its own that needs no escapes and is as quick to write as the texts are long; docs/ordering.md describes it. No two
 * values have the same form, however their fields are ordered. What is `undefined` is left out, as in JSON.
 */
export function writeForm(value: unknown, { byte, text, count }: ByteWriter, root: Path = newPath()): void {
  put(value, root, 0)

  function put(value: unknown, path: Path, at: number): void {
    if (path.instead !== undefined && putInstead(path.instead, at)) return
    if (typeof value !== 'object' || value === null) putPlain(value, path)
    else if (Array.isArray(value)) putList(value, path)
    else putObject(value as Fields, path, at)
  }

  function putPlain(value: unknown, path: Path): void {
    if (value === path.last) {
      byte(sign.same)
      return
    }
    path.last = value
    if (typeof value === 'string') putText(value)
    else if (typeof value === 'number') putNumber(value)
    else byte(value === true ? sign.true : value === false ? sign.false : sign.null)
  }

  function putNumber(value: number): void {
    byte(sign.number)
    if (Number.isInteger(value) && value >= 0) count(value)
    else text(`${value}`)
    byte(sign.end)
  }

  function putInstead(instead: Int32Array | 'nothing', at: number): boolean {
    if (instead === 'nothing') return true
    const place = instead[at] as number
    if (place < 0) return false
    byte(sign.place)
    count(place)
    byte(sign.end)
    return true
  }

  function putText(value: string): void {
    count(value.length)
    byte(sign.text)
    text(value)
  }

  function putList(list: readonly unknown[], path: Path): void {
    byte(sign.list)
    for (let start = 0; start < list.length; start += blockLength) {
      const end = Math.min(start + blockLength, list.length)
      if (anyObject(list, start, end)) for (let at = start; at < end; at++) put(list[at], path, at)
      else for (let at = start; at < end; at++) putPlain(list[at], path)
    }
    byte(sign.listEnd)
  }

  function putObject(value: Fields, path: Path, at: number): void {
    const shape = shapeOf(value, path)
    if (shape === path.shape) byte(sign.sameFields)
    else text(shape.form)
    path.shape = shape
    const { names, paths } = shape
    for (let field = 0; field < names.length; field++) put(value[names[field] as string], paths[field] as Path, at)
  }
}

/** Looks at each: so the processor fetches a block of rows that lie scattered in memory side by side, instead of one after the other when it is their turn. */
function anyObject(list: readonly unknown[], start: number, end: number): boolean {
  let objects = 0
  for (let at = start; at < end; at++) objects += Number(typeof list[at] === 'object')
  return objects > 0
}

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
  listEnd: code(']'),
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
