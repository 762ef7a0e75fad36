import type { Interface } from './cloud-config.ts'
import { type Service, services } from './services.ts'

/** `token.catalog` of Keystone's answer (https://docs.openstack.org/api-ref/identity/v3/#get-service-catalog). */
export type CatalogueRows = readonly {
  readonly type?: string
  readonly endpoints?: readonly {
    readonly interface?: string
    readonly region?: string | null
    readonly region_id?: string | null
    readonly url?: string
  }[]
}[]

export interface Catalogue {
  /** Names, sorted. */
  readonly regions: readonly string[]
  /** The endpoint's URL as the catalogue (or an override) has it. '' is the only region. */
  endpoint(service: Service, region: string): string | undefined
  /** Where the service is instead, for a message. */
  elsewhere(service: Service): string
}

export function readCatalogue(
  rows: CatalogueRows,
  face: Interface,
  overrides: Readonly<Partial<Record<Service, string>>>,
): Catalogue {
  const endpoints = rows.flatMap(({ type, endpoints: all }) =>
    (all ?? []).flatMap(({ interface: of, region, region_id, url }) =>
      type && of && url ? [{ type, face: of.replace(/URL$/, ''), region: region_id ?? region ?? '', url }] : [],
    ),
  )
  const regions = [...new Set(endpoints.map(({ region }) => region).filter((region) => region !== ''))].sort()
  const of = (service: Service) =>
    services[service].types.flatMap((type) => endpoints.filter((endpoint) => endpoint.type === type))
  return {
    regions,
    endpoint(service, region) {
      // An endpoint without a region serves all of them.
      const here = (place: string): boolean => region === '' || place === '' || place === region
      return overrides[service] ?? of(service).find((row) => row.face === face && here(row.region))?.url
    },
    elsewhere(service) {
      const places = of(service).map((row) => `${row.face} in ${row.region || 'no region'}`)
      return places.length > 0 ? `it has ${[...new Set(places)].join(', ')}` : 'it has none anywhere'
    },
  }
}
