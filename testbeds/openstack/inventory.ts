// The oracle: everything that a project has, read by the bed's own client.
import type { Client, Json } from './client.ts'
import type { ServiceName } from './services.ts'

/** One thing of a project. */
export interface Row {
  kind: string
  id: string
  name: string
  status?: string
  /** Its whole description. Equal means untouched. */
  fingerprint: string
}

/** By `kind:id`. */
export type Inventory = ReadonlyMap<string, Row>

interface Listing {
  kind: string
  service: ServiceName
  /** `:project` and `:user` are ids. */
  path: string
  field: string
  id?: string
  status?: string
}

const LISTINGS: readonly Listing[] = [
  { kind: 'server', service: 'nova', path: '/servers/detail', field: 'servers' },
  { kind: 'server-group', service: 'nova', path: '/os-server-groups', field: 'server_groups' },
  { kind: 'keypair', service: 'nova', path: '/os-keypairs', field: 'keypairs', id: 'name' },
  { kind: 'image', service: 'glance', path: '/images?owner=:project&limit=1000', field: 'images' },
  { kind: 'network', service: 'neutron', path: '/networks?project_id=:project', field: 'networks' },
  { kind: 'subnet', service: 'neutron', path: '/subnets?project_id=:project', field: 'subnets' },
  { kind: 'subnet-pool', service: 'neutron', path: '/subnetpools?project_id=:project', field: 'subnetpools' },
  { kind: 'router', service: 'neutron', path: '/routers?project_id=:project', field: 'routers' },
  { kind: 'port', service: 'neutron', path: '/ports?project_id=:project', field: 'ports' },
  { kind: 'trunk', service: 'neutron', path: '/trunks?project_id=:project', field: 'trunks' },
  { kind: 'floating-ip', service: 'neutron', path: '/floatingips?project_id=:project', field: 'floatingips' },
  {
    kind: 'security-group',
    service: 'neutron',
    path: '/security-groups?project_id=:project',
    field: 'security_groups',
  },
  { kind: 'rbac-policy', service: 'neutron', path: '/rbac-policies?project_id=:project', field: 'rbac_policies' },
  { kind: 'volume', service: 'cinder', path: '/volumes/detail', field: 'volumes' },
  { kind: 'volume-attachment', service: 'cinder', path: '/attachments/detail', field: 'attachments' },
  { kind: 'snapshot', service: 'cinder', path: '/snapshots/detail', field: 'snapshots' },
  { kind: 'backup', service: 'cinder', path: '/backups/detail', field: 'backups' },
  { kind: 'volume-transfer', service: 'cinder', path: '/volume-transfers/detail', field: 'transfers' },
  ...(['loadbalancer', 'listener', 'pool', 'healthmonitor', 'l7policy'] as const).map((name) => ({
    kind:
      { loadbalancer: 'load-balancer', healthmonitor: 'health-monitor', l7policy: 'l7-policy' }[name as string] ?? name,
    service: 'octavia' as const,
    path: `/${plural(name)}?project_id=:project`,
    field: plural(name),
    status: 'provisioning_status',
  })),
  { kind: 'stack', service: 'heat', path: '/stacks?show_nested=true', field: 'stacks', status: 'stack_status' },
  {
    kind: 'application-credential',
    service: 'keystone',
    path: '/users/:user/application_credentials',
    field: 'application_credentials',
  },
]

function plural(name: string): string {
  return name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`
}

/** Everything of the client's project, its default security group included. */
export async function snapshotOf(client: Client): Promise<Inventory> {
  const found = await Promise.all(LISTINGS.map((listing) => rowsOf(client, listing)))
  return new Map(found.flat().map((row) => [`${row.kind}:${row.id}`, row]))
}

async function rowsOf(client: Client, listing: Listing): Promise<Row[]> {
  const { kind, id = 'id', status = 'status' } = listing
  const rows: Row[] = []
  for await (const listed of pages(client, listing)) {
    const described = kind === 'keypair' ? listed.keypair : listed
    rows.push({
      kind,
      id: described[id],
      name: described.name ?? described.stack_name ?? '',
      ...(described[status] === undefined ? {} : { status: described[status] }),
      fingerprint: JSON.stringify(sorted(described)),
    })
  }
  return rows
}

/** Services tell the next page as `next` (Glance) or `FIELD_links`; an address, of which the query is new. */
async function* pages(client: Client, { service, path, field }: Listing): AsyncGenerator<Json> {
  const first = path.replace(':project', client.projectId).replace(':user', client.userId)
  for (let next: string | undefined = first; next !== undefined; ) {
    const body = await client.call('GET', service, next)
    yield* body[field]
    const link: string | undefined = body.next ?? body[`${field}_links`]?.find(({ rel }: Json) => rel === 'next')?.href
    next = link === undefined ? undefined : `${first.split('?')[0]}${new URL(link, 'http://localhost').search}`
  }
}

/** Keys and lists in one order, because nobody promises any. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

export interface Changes {
  /** `kind:id` of what was there before and is no more. */
  gone: string[]
  changed: string[]
  added: string[]
}

export function changesBetween(before: Inventory, after: Inventory): Changes {
  return {
    gone: [...before.keys()].filter((key) => !after.has(key)),
    changed: [...before.keys()].filter(
      (key) => after.has(key) && after.get(key)?.fingerprint !== before.get(key)?.fingerprint,
    ),
    added: [...after.keys()].filter((key) => !before.has(key)),
  }
}
