import type { Catalogue } from './catalogue.ts'
import type { Way } from './client.ts'
import type { ResolvedCloud } from './cloud-config.ts'
import { HttpError, NotJsonError, ServiceMissingError } from './errors.ts'
import { exchange, type Fetch } from './http.ts'
import { type Service, services, type Version } from './services.ts'
import { createSharing } from './sharing.ts'
import type { Tokens } from './tokens.ts'
import { baseUrl, bestOf, lowerOf, type Offer, readVersions, speaks, splitEndpoint } from './versions.ts'

/** Where a service's paths lie, and the headers that every request there carries. */
interface Endpoint {
  readonly base: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Endpoints {
  /** Throws `ServiceMissingError` where the catalogue has no such service, or not in a version that we speak. */
  find(way: Way, service: Service): Promise<Endpoint>
  version(way: Way, service: Service): Promise<Version | undefined>
}

/** Reads each service's version document once per region, and only where something is to be learned from it. */
export function createEndpoints(options: {
  readonly cloud: ResolvedCloud
  readonly fetch: Fetch
  readonly tokens: Tokens
  readonly catalogue: Catalogue
  readonly project: string
}): Endpoints {
  const { cloud, fetch, tokens, catalogue, project } = options
  const offers = createSharing<readonly Offer[] | undefined>(true)
  const found = createSharing<Endpoint>(true)

  const urlOf = (service: Service, region: string): string => {
    const url = catalogue.endpoint(service, region)
    if (url !== undefined) return url
    // Keystone answered at auth_url, whatever its catalogue says of it.
    if (service === 'identity') return `${cloud.authUrl}/v3`
    throw new ServiceMissingError(
      service,
      service,
      `${service} has no ${cloud.interface} endpoint in ${region || 'any region'} of cloud "${cloud.name}"; ${catalogue.elsewhere(service)}`,
    )
  }

  /** `undefined` where a document is denied or is none; a service that does not answer at all throws. */
  const readDocument = async (way: Way, service: Service, url: string): Promise<readonly Offer[] | undefined> => {
    const origin = { service, method: 'GET', path: '/' }
    try {
      const { body } = await tokens.use(way, (token) =>
        way.request({ service, place: way.place, call: 'GET /', effect: 'read' }, (signal) =>
          exchange(fetch, {
            origin,
            url,
            headers: { 'x-auth-token': token },
            signal,
            now: way.now(),
            secrets: [token],
          }),
        ),
      )
      return readVersions(body)
    } catch (error) {
      const denied = error instanceof HttpError && error.status < 500 && error.status !== 429 && error.status !== 401
      if (denied || error instanceof NotJsonError) return undefined
      throw error
    }
  }
  const discover = async (way: Way, service: Service): Promise<readonly Offer[] | undefined> => {
    const parts = splitEndpoint(urlOf(service, way.place))
    const traits = services[service]
    const own = speaks(parts, traits) ? [`${parts.root}/${parts.segment}/`] : []
    // Only a versioned document tells microversions everywhere; only the root's tells all versions of the others.
    const urls = traits.microversion ? [...own, `${parts.root}/`] : [`${parts.root}/`, ...own]
    for (const url of urls) {
      const list = await readDocument(way, service, url)
      if (list) return list
    }
    return undefined
  }
  const offersOf = (way: Way, service: Service): Promise<readonly Offer[] | undefined> =>
    offers.ask(`${way.place}/${service}`, way.signal, () => discover(way, service))

  const build = async (way: Way, service: Service): Promise<Endpoint> => {
    const traits = services[service]
    const { major, microversion } = traits
    const parts = splitEndpoint(urlOf(service, way.place))
    refuseOtherMajor(cloud, service)
    if (traits.segment === undefined && !microversion)
      return { base: baseUrl(parts, traits, undefined, project), headers: {} }

    const list = microversion || !speaks(parts, traits) ? await offersOf(way, service) : undefined
    const offer = bestOf(list ?? [], major)
    if (list && !offer) {
      const there = list.map(({ highest }) => highest.join('.')).join(', ')
      throw new ServiceMissingError(service, `version ${major}`, `${service} offers no version ${major}, only ${there}`)
    }
    const version = microversion && offer ? lowerOf(microversion.cap, offer.highest).join('.') : undefined
    return {
      base: baseUrl(parts, traits, offer, project),
      headers: microversion && version ? microversion.headers(version) : {},
    }
  }

  return {
    find: (way, service) => found.ask(`${way.place}/${service}`, way.signal, () => build(way, service)),
    async version(way, service) {
      return bestOf((await offersOf(way, service)) ?? [], services[service].major)?.highest
    },
  }
}

function refuseOtherMajor({ majors, name }: ResolvedCloud, service: Service): void {
  const asked = majors[service]
  const { major } = services[service]
  if (asked === undefined || major === undefined || asked.major === major) return
  throw new ServiceMissingError(
    service,
    `version ${asked.major}`,
    `${asked.at} asks for version ${asked.major} of ${service} in cloud "${name}", and this client speaks version ${major} only`,
  )
}
