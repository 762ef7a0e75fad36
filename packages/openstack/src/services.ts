/** A service by its official name in the service-types authority (https://service-types.openstack.org/service-types.json). */
export type Service =
  | 'identity'
  | 'compute'
  | 'network'
  | 'image'
  | 'block-storage'
  | 'load-balancer'
  | 'orchestration'
  | 'dns'
  | 'object-store'
  | 'shared-file-system'
  | 'placement'

/** [major, minor] */
export type Version = readonly [major: number, minor: number]

/** How one service is found and spoken to. */
export interface ServiceTraits {
  /** Service types under which a catalogue may hold it, the best first. Left out are the authority's aliases of versions that we do not speak (`volumev2`). */
  readonly types: readonly string[]
  /** The major version that this adapter speaks; absent where the endpoint of the catalogue is taken as it is (Swift). */
  readonly major?: number
  /** Path segment of that version, where no document tells a better one; absent where the API lies at the root (Placement). */
  readonly segment?: string
  /** The path goes on with the project's id. */
  readonly project?: true
  /** The highest microversion this adapter was written for, and the headers that ask for it. */
  readonly microversion?: {
    readonly cap: Version
    readonly headers: (version: string) => Readonly<Record<string, string>>
  }
}

const apiVersion =
  (type: string, ...legacy: readonly string[]) =>
  (version: string): Readonly<Record<string, string>> => ({
    'openstack-api-version': `${type} ${version}`,
    ...Object.fromEntries(legacy.map((name) => [name, version])),
  })

// Types: service-types authority, 2024-05-08. Segments and headers: each service's reference at https://docs.openstack.org/api-ref/.
// A microversion's headers: https://specs.openstack.org/openstack/api-sig/guidelines/microversion_specification.html
export const services: Readonly<Record<Service, ServiceTraits>> = {
  identity: { types: ['identity'], major: 3, segment: 'v3' },
  compute: {
    types: ['compute'],
    major: 2,
    segment: 'v2.1',
    microversion: { cap: [2, 96], headers: apiVersion('compute', 'x-openstack-nova-api-version') },
  },
  network: { types: ['network'], major: 2, segment: 'v2.0' },
  image: { types: ['image'], major: 2, segment: 'v2' },
  'block-storage': {
    types: ['block-storage', 'block-store', 'volumev3', 'volume'],
    major: 3,
    segment: 'v3',
    project: true,
    microversion: { cap: [3, 71], headers: apiVersion('volume') },
  },
  'load-balancer': { types: ['load-balancer'], major: 2, segment: 'v2' },
  orchestration: { types: ['orchestration'], major: 1, segment: 'v1', project: true },
  dns: { types: ['dns'], major: 2, segment: 'v2' },
  'object-store': { types: ['object-store'] },
  'shared-file-system': {
    types: ['shared-file-system', 'sharev2', 'share'],
    major: 2,
    segment: 'v2',
    project: true,
    microversion: { cap: [2, 80], headers: apiVersion('shared-file-system', 'x-openstack-manila-api-version') },
  },
  placement: {
    types: ['placement'],
    major: 1,
    microversion: { cap: [1, 39], headers: apiVersion('placement') },
  },
}

export const serviceNames: readonly Service[] = Object.keys(services) as Service[]
