// What every bed starts with: the services' users and catalogue, two projects, two flavors, an image, an external network.
import { type Client, signIn } from './client.ts'
import { type Addresses, CATALOGUE, PASSWORD, REGION, SERVICES } from './services.ts'

/** The roles of an ordinary user here. */
const MEMBER_ROLES = ['member', 'load-balancer_member', 'heat_stack_owner'] as const

export const ADMIN = { user: 'admin', project: 'admin' } as const

/** Needs keystone alone. */
export async function seedIdentity(inside: Addresses, outside: Addresses): Promise<void> {
  const admin = await signIn(inside, ADMIN)
  for (const name of ['load-balancer_member', 'heat_stack_owner', 'heat_stack_user']) {
    await admin.make('keystone', '/roles', 'role', { name })
  }
  await admin.make('keystone', '/projects', 'project', { name: 'service', domain_id: 'default' })
  for (const service of SERVICES) {
    if (service === 'keystone') continue
    await addUser(admin, { user: service, project: 'service' }, ['admin', 'service'])
    const { type, path } = CATALOGUE[service]
    const { id } = await admin.make('keystone', '/services', 'service', { type, name: service })
    for (const [kind, addresses] of Object.entries({ public: outside, internal: inside, admin: inside })) {
      const url = `${addresses[service]}${path}`
      const endpoint = { service_id: id, interface: kind, region_id: REGION, url }
      await admin.make('keystone', '/endpoints', 'endpoint', endpoint)
    }
  }
  for (const name of ['alpha', 'beta']) await addProject(admin, name)
  const domain = await admin.make('keystone', '/domains', 'domain', { name: 'heat' })
  const heat = { name: 'heat_domain_admin', password: PASSWORD, domain_id: domain.id }
  const { id } = await admin.make('keystone', '/users', 'user', heat)
  await admin.call('PUT', 'keystone', `/domains/${domain.id}/users/${id}/roles/${await roleId(admin, 'admin')}`)
}

/** Needs all services. */
export async function seedResources(inside: Addresses): Promise<void> {
  const admin = await signIn(inside, ADMIN)
  for (const [name, ram] of Object.entries({ tiny: 64, small: 128 })) {
    await admin.make('nova', '/flavors', 'flavor', { name, ram, vcpus: 1, disk: 1 })
  }
  const description = { name: 'tiny', disk_format: 'raw', container_format: 'bare', visibility: 'public' }
  const image = await admin.call('POST', 'glance', '/images', description)
  await admin.call('PUT', 'glance', `/images/${image.id}/file`, new Uint8Array(1024))
  const network = await admin.make('neutron', '/networks', 'network', {
    name: 'public',
    'router:external': true,
    'provider:network_type': 'flat',
    'provider:physical_network': 'external',
  })
  await admin.make('neutron', '/subnets', 'subnet', {
    name: 'public',
    network_id: network.id,
    ip_version: 4,
    cidr: '198.18.0.0/16',
    enable_dhcp: false,
  })
}

/** A project with one member of the same name. */
export async function addProject(admin: Client, name: string): Promise<void> {
  await admin.make('keystone', '/projects', 'project', { name, domain_id: 'default' })
  await addUser(admin, { user: name, project: name }, MEMBER_ROLES)
}

/** One more member of a project. */
export const addMember = (admin: Client, project: string, user: string): Promise<void> =>
  addUser(admin, { user, project }, MEMBER_ROLES)

async function addUser(
  admin: Client,
  { user, project }: { user: string; project: string },
  roles: readonly string[],
): Promise<void> {
  const { projects } = await admin.call('GET', 'keystone', `/projects?name=${project}`)
  const attributes = { name: user, password: PASSWORD, domain_id: 'default', default_project_id: projects[0].id }
  const { id } = await admin.make('keystone', '/users', 'user', attributes)
  for (const role of roles) {
    await admin.call('PUT', 'keystone', `/projects/${projects[0].id}/users/${id}/roles/${await roleId(admin, role)}`)
  }
}

async function roleId(admin: Client, name: string): Promise<string> {
  const { roles } = await admin.call('GET', 'keystone', `/roles?name=${name}`)
  return roles[0].id
}
