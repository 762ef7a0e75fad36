import { MisuseError } from '@cleardown/core'
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { authKeys, canonicalKey } from './cloud-keys.ts'

/** One value, and where it was written: `clouds.yaml:7`, `OS_USERNAME`. */
export interface Setting {
  readonly value: unknown
  readonly at: string
}

/** What one place says of a cloud. Keys that belong to `auth` are there, also where they were written beside it. */
export interface Layer {
  readonly at: string
  readonly values: ReadonlyMap<string, Setting>
  readonly auth: ReadonlyMap<string, Setting>
  readonly regions?: readonly Region[]
}

/** A region of a cloud, with what differs there. */
export interface Region {
  readonly name: string
  readonly layer?: Layer
}

/** Throws the `MisuseError` for a configuration that cannot be meant: where it is, what is wrong there. */
export function badCloud(at: string, says: string): never {
  throw new MisuseError('bad-cloud', `${at}: ${says}`)
}

/**
 * The clouds of a `clouds.yaml`, `secure.yaml` (`clouds`) or `clouds-public.yaml` (`public-clouds`); JSON is YAML too. A mistake throws with line
 * and key. Every scalar is taken as it is written: read as a number, a password of digits or a project id like `0012e4` would become another one.
 */
export function parseCloudsFile(path: string, text: string, section: 'clouds' | 'public-clouds'): Map<string, Layer> {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    schema: 'failsafe',
    customTags: ['null'],
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
  })
  const [error] = document.errors
  if (error) {
    const { line } = lines.linePos(error.pos[0])
    const key = keyBefore(text, line)
    badCloud(`${path}:${line}`, `${key ? `at or after the key \`${key}\`: ` : ''}${error.message}`)
  }

  const lineOf = (node: unknown): number => {
    const range = (node as { range?: readonly number[] } | null)?.range
    return range?.[0] === undefined ? 1 : lines.linePos(range[0]).line
  }
  const at = (map: unknown, key: string): string => {
    const pair = isMap(map) ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === key) : undefined
    return `${path}:${lineOf(pair?.key ?? map)}`
  }
  const child = (map: unknown, key: string): unknown => (isMap(map) ? (map as YAMLMap).get(key, true) : undefined)

  const toLayer = (name: string, value: unknown, node: unknown, where: string): Layer => {
    if (!isRecord(value)) badCloud(where, `\`${name}\` is no mapping of keys to values`)
    const values = new Map<string, Setting>()
    const auth = new Map<string, Setting>()
    let regions: readonly Region[] | undefined
    for (const [key, item] of Object.entries(value)) {
      const here = at(node, key)
      if (item === null || item === '') continue
      if (key === 'regions') regions = toRegions(item, child(node, key), here)
      else if (key !== 'auth') put(authKeys.has(canonicalKey(key)) ? auth : values, key, { value: item, at: here })
    }
    const inner = value['auth']
    if (inner === undefined || inner === null) return { at: where, values, auth, ...(regions ? { regions } : {}) }
    if (!isRecord(inner)) badCloud(at(node, 'auth'), '`auth` is no mapping of keys to values')
    const innerNode = child(node, 'auth')
    const own = new Map<string, Setting>()
    for (const [key, item] of Object.entries(inner))
      if (item !== null && item !== '') put(own, key, { value: item, at: at(innerNode, key) })
    // What stands beside `auth` wins, as with openstacksdk (`_fix_backwards_auth`).
    return { at: where, values, auth: new Map([...own, ...auth]), ...(regions ? { regions } : {}) }
  }
  const toRegions = (value: unknown, node: unknown, where: string): readonly Region[] => {
    if (!Array.isArray(value)) badCloud(where, '`regions` is no list')
    return value.map((item: unknown, index): Region => {
      if (typeof item === 'string') return { name: item }
      const itemNode = (node as { items?: readonly unknown[] } | undefined)?.items?.[index]
      const here = `${path}:${lineOf(itemNode ?? node)}`
      if (!isRecord(item) || typeof item['name'] !== 'string')
        badCloud(here, `\`regions\`[${index}] is neither a name nor a mapping with \`name\` and \`values\``)
      if (item['values'] === undefined || item['values'] === null) return { name: item['name'] }
      return {
        name: item['name'],
        layer: toLayer('values', item['values'], child(itemNode, 'values'), at(itemNode, 'values')),
      }
    })
  }

  const root: unknown = document.toJS()
  if (root === null || root === undefined) return new Map()
  if (!isRecord(root)) badCloud(`${path}:1`, `it is no mapping with the key \`${section}\``)
  const clouds = root[section]
  if (clouds === undefined)
    badCloud(`${path}:1`, `there is no key \`${section}\`; there is ${listed(Object.keys(root))}`)
  if (clouds === null) return new Map()
  if (!isRecord(clouds)) badCloud(at(document.contents, section), `\`${section}\` is no mapping of names to clouds`)
  const node = child(document.contents, section)
  return new Map(
    Object.entries(clouds).map(([name, value]) => [name, toLayer(name, value, child(node, name), at(node, name))]),
  )
}

/** A key under an old name gives way to the same key under its own. */
function put(map: Map<string, Setting>, key: string, setting: Setting): void {
  const canonical = canonicalKey(key)
  if (canonical === key.replaceAll('-', '_') || !map.has(canonical)) map.set(canonical, setting)
}

// Two ways to say the same; the id would win over a name that was meant to replace it.
const rivals: Readonly<Record<string, string>> = {
  project_id: 'project_name',
  project_name: 'project_id',
  user_id: 'username',
  username: 'user_id',
  application_credential_id: 'application_credential_name',
  application_credential_name: 'application_credential_id',
}

/** `over` wins, key by key; a list of regions is replaced as a whole. */
export function mergeLayers(under: Layer | undefined, over: Layer): Layer {
  const regions = over.regions ?? under?.regions
  const auth = new Map(under?.auth)
  for (const key of over.auth.keys()) auth.delete(rivals[key] ?? key)
  return {
    at: under?.at ?? over.at,
    values: new Map([...(under?.values ?? []), ...over.values]),
    auth: new Map([...auth, ...over.auth]),
    ...(regions ? { regions } : {}),
  }
}

/** A layer out of plain keys and values, such as the variables of a process. */
export function layerOf(at: string, settings: Iterable<readonly [key: string, setting: Setting]>): Layer {
  const values = new Map<string, Setting>()
  const auth = new Map<string, Setting>()
  for (const [key, setting] of settings) put(authKeys.has(canonicalKey(key)) ? auth : values, key, setting)
  return { at, values, auth }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const listed = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ') || 'none at all'

/** The parser names the place where it could not go on; what a person looks for is the key there or above. */
function keyBefore(text: string, line: number): string | undefined {
  return text
    .split('\n', line)
    .reverse()
    .map((row) => /^\s*(?:- )?["']?([\w-]+)["']?\s*:/.exec(row)?.[1])
    .find((key) => key !== undefined)
}
