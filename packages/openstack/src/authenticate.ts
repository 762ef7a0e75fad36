import { type Io, MisuseError, systemContext } from '@cleardown/core'
import { readCatalogue } from './catalogue.ts'
import { createClient, type OpenStack, type Way } from './client.ts'
import { type CloudOptions, type ResolvedCloud, resolveCloud } from './cloud-config.ts'
import { processEnvironment } from './environment.ts'
import type { Fetch } from './http.ts'
import { createTlsFetch } from './tls-fetch.ts'
import { createTokens } from './tokens.ts'

/** Who we are there, and the client that speaks as such. */
export interface Connected {
  readonly client: OpenStack
  readonly project: Named
  readonly user: Named
  readonly roles: readonly string[]
  /** The role `admin` is there: listings then show every project. */
  readonly isAdmin: boolean
  /** The chosen region: by option, by configuration, or the catalogue's only one. */
  readonly region: string
  /** All regions of the catalogue, sorted. */
  readonly regions: readonly string[]
  /** ISO time at which the first token ends. */
  readonly expiresAt: string
}

interface Named {
  readonly id: string
  readonly name: string
  /** Name of its domain. */
  readonly domain?: string
}

/**
 * Logs in to one cloud. Throws `HttpError` (401: the credentials are not accepted), `NetworkError` or `NotJsonError` where Keystone does not answer as such,
 * and a `MisuseError` for a token without a project (`no-project`) and a region that is not there (`unknown-region`) or was not chosen (`which-region`).
 */
export async function authenticate(
  cloud: ResolvedCloud,
  io: Pick<Io<void>, 'signal' | 'now' | 'request'>,
): Promise<Connected> {
  const fetch: Fetch = cloud.fetch ?? (cloud.tls ? createTlsFetch(cloud.tls) : globalThis.fetch)
  const way: Way = { signal: io.signal, now: () => io.now(), request: io.request, place: cloud.region ?? '' }
  const tokens = await createTokens(cloud, fetch, way)
  const { user, project, roles = [], catalog = [], expires_at: expiresAt } = tokens.facts
  if (!project)
    throw new MisuseError(
      'no-project',
      `the token of cloud "${cloud.name}" is bound to no project; give \`project_id\`, or \`project_name\` with its domain`,
    )
  const catalogue = readCatalogue(catalog, cloud.interface, cloud.endpoints)
  return {
    client: createClient(cloud, fetch, tokens, catalogue),
    project: named(project),
    user: named(user),
    roles: roles.map((role) => role.name),
    isAdmin: roles.some((role) => role.name.toLowerCase() === 'admin'),
    region: chooseRegion(cloud, catalogue.regions),
    regions: catalogue.regions,
    expiresAt,
  }
}

/**
 * The same for tools of your own: finds the cloud in this process's environment, and sends requests straight away, each once, without core's
 * buckets and repeats. Throws also what `resolveCloud` throws.
 */
export function connectOpenStack(options: CloudOptions = {}, signal?: AbortSignal): Promise<Connected> {
  return authenticate(resolveCloud(options, processEnvironment()), plainWay(signal))
}

const plainWay = (signal: AbortSignal = new AbortController().signal): Pick<Way, 'signal' | 'now' | 'request'> => ({
  signal,
  now: systemContext().now,
  request: (_what, send) => send(signal),
})

function chooseRegion(cloud: ResolvedCloud, regions: readonly string[]): string {
  const known = `known are ${regions.join(', ') || 'none'}`
  if (cloud.region) {
    if (regions.length === 0 || regions.includes(cloud.region)) return cloud.region
    throw new MisuseError('unknown-region', `cloud "${cloud.name}" has no region "${cloud.region}"; ${known}`)
  }
  if (regions.length > 1)
    throw new MisuseError('which-region', `cloud "${cloud.name}" has several regions; set \`region\`: ${known}`)
  return regions[0] ?? ''
}

const named = ({ id, name, domain }: { id: string; name: string; domain?: { readonly name?: string } }): Named => ({
  id,
  name,
  ...(domain?.name ? { domain: domain.name } : {}),
})
