import type { ServiceTraits, Version } from './services.ts'

/** An endpoint's URL in its parts: `https://c/volume/v3/4f1e` is `https://c/volume`, `v3`, `4f1e`. */
export interface EndpointParts {
  readonly root: string
  readonly segment?: string
  readonly project?: string
}

export function splitEndpoint(url: string): EndpointParts {
  const plain = url.replace(/[?#].*$/, '').replace(/\/+$/, '')
  const match = /^(https?:\/\/[^/]+(?:\/[^/]+)*?)\/(v\d+(?:\.\d+)?)(?:\/([^/]+))?$/.exec(plain)
  if (!match) return { root: plain }
  const [, root = plain, segment = '', project] = match
  return { root, segment, ...(project ? { project } : {}) }
}

/** One row of a version document. */
export interface Offer {
  readonly major: number
  /** The highest microversion; where there are none, the version itself. */
  readonly highest: Version
  /** Last segment of its own link: the path under which it answers. */
  readonly segment?: string
}

/**
 * The versions that a document tells of; `undefined`: it is none. Keystone wraps the list once more, a versioned endpoint tells of itself alone:
 * https://specs.openstack.org/openstack/api-sig/guidelines/consuming-catalog/version-discovery.html
 */
export function readVersions(document: unknown): readonly Offer[] | undefined {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined
  const { versions, version } = document as { versions?: unknown; version?: unknown }
  const wrapped = Array.isArray(versions) ? versions : (versions as { values?: unknown } | undefined)?.values
  const list = wrapped ?? (version ? [version] : undefined)
  if (!Array.isArray(list)) return undefined
  const offers = list.flatMap((row: unknown): Offer[] => {
    const { id, version: newest, max_version, links } = (row ?? {}) as Readonly<Record<string, unknown>>
    const own = parseVersion(id)
    if (!own) return []
    const segment = segmentOf(links)
    return [
      {
        major: own[0],
        highest: parseVersion(max_version) ?? parseVersion(newest) ?? own,
        ...(segment ? { segment } : {}),
      },
    ]
  })
  return offers.length > 0 ? offers : undefined
}

/** The highest of one major version. */
export const bestOf = (offers: readonly Offer[], major: number | undefined): Offer | undefined =>
  offers
    .filter((offer) => major === undefined || offer.major === major)
    .reduce<Offer | undefined>(
      (best, offer) => (best && !isHigher(offer.highest, best.highest) ? best : offer),
      undefined,
    )

/** Numbers, not texts: 2.9 is lower than 2.10. */
const isHigher = (a: Version, b: Version): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])

export const lowerOf = (a: Version, b: Version): Version => (isHigher(a, b) ? b : a)

function parseVersion(text: unknown): Version | undefined {
  const match = typeof text === 'string' ? /^v?(\d+)(?:\.(\d+))?/.exec(text) : null
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : undefined
}

/** Only the last segment is taken: behind a proxy, host and path of the link are often those that the service sees itself under. */
function segmentOf(links: unknown): string | undefined {
  if (!Array.isArray(links)) return undefined
  const own = links.find((link: unknown) => (link as { rel?: unknown } | null)?.rel === 'self') as
    | { href?: unknown }
    | undefined
  return typeof own?.href === 'string' ? /\/(v\d+(?:\.\d+)?)\/*$/.exec(own.href)?.[1] : undefined
}

/** The URL under which paths of a service lie. */
export function baseUrl(
  parts: EndpointParts,
  traits: ServiceTraits,
  offer: Offer | undefined,
  project: string,
): string {
  const { root } = parts
  if (traits.segment === undefined) return [root, parts.segment, parts.project].filter(Boolean).join('/')
  const own = speaks(parts, traits)
  const segment = own ? parts.segment : (offer?.segment ?? traits.segment)
  return [root, segment, (own ? parts.project : undefined) ?? (traits.project ? project : undefined)]
    .filter(Boolean)
    .join('/')
}

/** Is the version in the endpoint's URL the one that we speak? Nova's `v2` is not: it is the old API, without microversions. */
export function speaks({ segment }: EndpointParts, { major, segment: ours, microversion }: ServiceTraits): boolean {
  const version = parseVersion(segment)
  return version?.[0] === major && (!microversion || version?.[1] === parseVersion(ours)?.[1])
}
