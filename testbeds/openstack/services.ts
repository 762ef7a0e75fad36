// The services of the bed, in the order in which they are prepared.

export const SERVICES = ['keystone', 'placement', 'glance', 'neutron', 'cinder', 'nova', 'octavia', 'heat'] as const

export type ServiceName = (typeof SERVICES)[number]

interface Service {
  /** Its type in the catalogue. */
  type: string
  /** What the catalogue's address ends with. */
  path: string
  /** Below the service's own address, where its resources are; `:project` is an id. */
  root: string
}

export const CATALOGUE: Readonly<Record<ServiceName, Service>> = {
  keystone: { type: 'identity', path: '/v3', root: '/v3' },
  placement: { type: 'placement', path: '', root: '' },
  glance: { type: 'image', path: '', root: '/v2' },
  neutron: { type: 'network', path: '', root: '/v2.0' },
  cinder: { type: 'block-storage', path: '/v3', root: '/v3' },
  nova: { type: 'compute', path: '/v2.1', root: '/v2.1' },
  octavia: { type: 'load-balancer', path: '', root: '/v2/lbaas' },
  heat: { type: 'orchestration', path: '/v1/$(tenant_id)s', root: '/v1/:project' },
}

/** Of everybody: the bed listens on the loopback only. */
export const PASSWORD = 'cleardown'
export const REGION = 'RegionOne'

export type Addresses = Readonly<Record<ServiceName, string>>

/** One value per service. */
export function forEachService<Value>(make: (service: ServiceName) => Value): Record<ServiceName, Value> {
  return Object.fromEntries(SERVICES.map((service) => [service, make(service)])) as Record<ServiceName, Value>
}
