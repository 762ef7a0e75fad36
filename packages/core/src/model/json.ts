/** What survives `JSON.parse(JSON.stringify(x))`. Everything that passes from one verb of core to the next is made of it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** The same value always gives the same bytes: keys sorted by code unit, absent keys left out. Plans are hashed over it. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value) text += text === '' ? canonicalJson(item) : `,${canonicalJson(item)}`
    return `[${text}]`
  }
  for (const key of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[key]
    if (item === undefined) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(item)}`
  }
  return `{${text}}`
}

/** Nested deeper than this it is no data but a structure that refers to itself. */
const deepest = 64

/** Is it what JSON gives back unchanged? Functions, dates, big integers, NaN and circles are not. */
export function isJson(value: unknown, depth = 0): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth > deepest) return false
  if (Array.isArray(value)) return value.every((one) => isJson(one, depth + 1))
  const maker = Object.getPrototypeOf(value)
  return (
    (maker === Object.prototype || maker === null) &&
    Object.values(value).every((one) => one === undefined || isJson(one, depth + 1))
  )
}
