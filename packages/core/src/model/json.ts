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
