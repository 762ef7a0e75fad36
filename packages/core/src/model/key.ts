import { MisuseError } from './errors.ts'

/** The name of a kind: provider, colon, kind (`aws:subnet`). */
export type KindName = `${string}:${string}`

declare const brand: unique symbol

/**
 * Names one resource, unique and stable over providers, accounts and places: `aws:subnet/111122223333/us-east-1/subnet-0a1`.
 * Built by `resourceKey`, taken apart by `splitKey`, by nothing else.
 */
export type ResourceKey = string & { readonly [brand]: 'ResourceKey' }

export interface KeyParts {
  readonly kind: KindName
  /** Account or project; for Kubernetes the cluster's uid, never a context name. */
  readonly account: string
  /** Region, or `global`. */
  readonly place: string
  readonly id: string
}

const unsafe = /[^A-Za-z0-9._~:@+=,-]/g
const encode = (part: string): string => part.replace(unsafe, (character) => encodeURIComponent(character))

export function resourceKey(parts: KeyParts): ResourceKey {
  return `${encode(parts.kind)}/${encode(parts.account)}/${encode(parts.place)}/${encode(parts.id)}` as ResourceKey
}

/** Throws a `MisuseError` for what `resourceKey` did not build. */
export function splitKey(key: string): KeyParts {
  const parts = key.split('/').map(decode)
  const [kind, account, place, id] = parts
  if (parts.length !== 4 || !kind?.includes(':') || account === undefined || !place || !id)
    throw new MisuseError('bad-key', `not a resource key: "${key}". A key has the form kind/account/place/id`)
  return { kind: kind as KindName, account, place, id }
}

/** `aws:subnet subnet-0a1`: a key in a sentence. */
export function kindAndId(key: ResourceKey): string {
  const { kind, id } = splitKey(key)
  return `${kind} ${id}`
}

/** True for text that `splitKey` takes apart; a bare provider id is none. */
export function isResourceKey(text: string): text is ResourceKey {
  const parts = text.split('/')
  return parts.length === 4 && parts.every((part) => part !== '') && (parts[0]?.includes(':') ?? false)
}

function decode(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
