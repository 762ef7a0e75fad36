import type { Query } from './client.ts'
import type { Service } from './services.ts'

/** A listing of more pages than this never ends. */
const maxPages = 5_000
const pageSize = 1000

/** How a listing goes on where its answers hold no link to the next page. */
interface Style {
  /** Sent where the caller asked for no size of its own. */
  readonly limit?: string
  /** Go on from this field of the last row, or by counting rows. */
  readonly by?: 'id' | 'name' | 'offset'
  /** A page shorter than the limit is the last one. Elsewhere the operator may have set a lower limit, and only an empty page is. */
  readonly shortIsLast?: true
}

/**
 * Links are followed where they come. The exceptions: Heat and Swift know a marker only, Manila and Nova's server groups only an offset (Manila
 * sends links that its own listings ignore), Glance and Designate cut at 25 and 20 unless asked.
 * https://docs.openstack.org/api-ref/ of each; Designate's `max`: `designate.utils.get_paging_params`.
 */
function styleOf(service: Service, path: string): Style {
  if (service === 'orchestration')
    return path === '/stacks' ? { limit: String(pageSize), by: 'id', shortIsLast: true } : {}
  if (service === 'object-store') return { by: 'name' }
  if (service === 'shared-file-system') return { limit: String(pageSize), by: 'offset' }
  if (service === 'compute' && path === '/os-server-groups') return { limit: String(pageSize), by: 'offset' }
  if (service === 'image') return { limit: String(pageSize) }
  if (service === 'dns') return { limit: 'max' }
  return {}
}

/** Walks one listing: the query of the first page, and of each further one. */
interface Pager {
  readonly first: URLSearchParams
  /** `undefined` ends the listing. Throws where it would turn in a circle or never end. */
  next(last: URLSearchParams, answer: unknown, rows: readonly unknown[]): URLSearchParams | undefined
}

export function createPager(service: Service, path: string, query: Query): Pager {
  const { limit, by, shortIsLast } = styleOf(service, path)
  const first = toParams(query)
  if (limit && !first.has('limit')) first.set('limit', limit)
  const seen = new Set([first.toString()])
  let counted = Number(first.get('offset') ?? 0)

  return {
    first,
    next(last, answer, rows) {
      counted += rows.length
      if (shortIsLast && rows.length < Number(last.get('limit'))) return undefined
      const more = by ? after(rows, by, counted) : queryOf(nextLink(answer))
      if (!more) return undefined
      const following = new URLSearchParams(last)
      for (const name of new Set(more.keys())) {
        following.delete(name)
        for (const value of more.getAll(name)) following.append(name, value)
      }
      const text = following.toString()
      if (seen.has(text)) throw new Error(`${service} GET ${path} sent back to a page that was read already`)
      if (seen.size >= maxPages) throw new Error(`${service} GET ${path} went on for more than ${maxPages} pages`)
      seen.add(text)
      return following
    },
  }
}

export function toParams(query: Query): URLSearchParams {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined) params.append(name, String(item))
  return params
}

function after(rows: readonly unknown[], by: 'id' | 'name' | 'offset', counted: number): URLSearchParams | undefined {
  if (rows.length === 0) return undefined
  if (by === 'offset') return new URLSearchParams({ offset: String(counted) })
  const marker = (rows.at(-1) as Readonly<Record<string, unknown>> | null)?.[by]
  // Swift names a common prefix `subdir` instead; it is a marker like a name.
  const text = marker ?? (rows.at(-1) as { subdir?: unknown } | null)?.subdir
  if (typeof text !== 'string') throw new Error(`the last row of a page has no \`${by}\` to go on from`)
  return new URLSearchParams({ marker: text })
}

/**
 * Nova, Cinder, Neutron and Octavia: `servers_links`, a list of `{ rel, href }`. Keystone and Designate: `links.next`. Glance: `next`.
 */
function nextLink(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  const { next, links } = answer as { next?: unknown; links?: { next?: unknown } | null }
  const lists = Object.entries(answer).flatMap(([key, value]) =>
    key.endsWith('_links') && Array.isArray(value) ? value : [],
  )
  const listed = lists.find((link: { rel?: unknown } | null) => link?.rel === 'next') as { href?: unknown } | undefined
  return [listed?.href, next, links?.next].find((link): link is string => typeof link === 'string' && link !== '')
}

/** Of a link only the query is taken: host, scheme and path are those that the service sees itself under. */
function queryOf(link: string | undefined): URLSearchParams | undefined {
  if (link === undefined) return undefined
  const start = link.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : link.slice(start + 1))
}
