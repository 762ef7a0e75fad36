// Every deletion in the wrong order, asked of the real services. What they answer is the adapter's table of failures.
//   node --conditions=@cleardown/source testbeds/openstack/refusals.ts    records samples/refusals.json anew
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client, Json } from './client.ts'
import type { BedControl } from './control.ts'
import type { ServiceName } from './services.ts'
import { newProject, type Staging, staging } from './staging.ts'
import { startOpenStackBed } from './start.ts'

export const SAMPLES: string = join(import.meta.dirname, 'samples', 'refusals.json')

/** One answer. Ids are replaced by `00000000-0000-4000-8000-…`, numbered in the order of the rows. */
export interface Refusal {
  /** What was wrong, in words. */
  name: string
  service: ServiceName
  method: string
  /** Ids are `:id`. */
  path: string
  status: number
  /** `type` (Neutron), the one key (Nova, Cinder), `faultcode` (Octavia), `title` (Keystone, Heat). */
  type?: string
  body?: Json
}

type Ask = (
  name: string,
  method: string,
  service: ServiceName,
  path: string,
  more?: { body?: Json; as?: Client; headers?: Record<string, string> },
) => Promise<void>

const UUID = /[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}/g

export async function collectRefusals(bed: BedControl): Promise<Refusal[]> {
  const rows: Refusal[] = []
  const numbers = new Map<string, string>()
  const renamed = (id: string): string => {
    const known = numbers.get(id) ?? `00000000-0000-4000-8000-${String(numbers.size + 1).padStart(12, '0')}`
    numbers.set(id, known)
    return known
  }
  const [member, other, admin] = await Promise.all([newProject(bed, 'ci'), newProject(bed, 'other'), bed.admin()])
  const ask: Ask = async (name, method, service, path, { as = member, ...options } = {}) => {
    const { status, body } = await as.ask(method, service, path, options)
    const text: string | undefined = status < 400 || body === undefined ? undefined : JSON.stringify(body)
    const readable = text?.replaceAll(UUID, renamed).replaceAll(member.account.project, 'ci')
    rows.push({
      name,
      service,
      method,
      path: path.replaceAll(UUID, ':id'),
      status,
      ...(status < 400 ? {} : { type: typeOf(body) }),
      ...(readable === undefined ? {} : { body: JSON.parse(readable) }),
    })
  }
  const make = await staging(member)
  await bed.fault('octavia', 'delay', 0.2)
  await network(make, ask, other)
  await machines(make, ask, other, admin, bed)
  await storage(make, ask, other, bed)
  await balancers(make, ask, other, bed)
  await rest(make, ask)
  await bed.clearFaults()
  return rows
}

/** What an answer is told apart by. */
function typeOf(body: Json): string {
  if (typeof body !== 'object' || body === null) return ''
  if (body.NeutronError) return body.NeutronError.type
  if (body.faultcode) return body.faultcode
  if (body.error?.type) return body.error.type
  if (body.error?.title) return body.error.title
  return body.title ?? Object.keys(body)[0] ?? ''
}

async function network(make: Staging, ask: Ask, other: Client): Promise<void> {
  const { client } = make
  const net = await make.network('net')
  const sub = await make.subnet('sub', net)
  const router = await make.router('router')
  const inner = await make.connect(router, sub)
  const group = await make.securityGroup('group')
  const asked = await make.securityGroup('asked')
  await make.allow(group, asked)
  const port = await make.port('port', net, { security_groups: [group.id] })
  const [parent, subport] = [await make.port('parent', net), await make.port('subport', net)]
  const trunk = await make.trunk('trunk', parent, [subport])
  const address = await make.floatingIp({ port_id: port.id })
  const groups = `/security-groups?name=default&project_id=`
  const mine = (await client.call('GET', 'neutron', `${groups}${client.projectId}`)).security_groups[0]
  const theirs = (await other.call('GET', 'neutron', `${groups}${other.projectId}`)).security_groups[0]
  const publicNet = (await client.call('GET', 'neutron', '/networks?name=public')).networks[0]

  await ask('security group of a port', 'DELETE', 'neutron', `/security-groups/${group.id}`)
  await ask('default security group, of a port', 'DELETE', 'neutron', `/security-groups/${mine.id}`)
  await ask('default security group, unused', 'DELETE', 'neutron', `/security-groups/${theirs.id}`, { as: other })
  await ask('security group that a rule of another one names', 'DELETE', 'neutron', `/security-groups/${asked.id}`)
  await ask('security group of another project', 'DELETE', 'neutron', `/security-groups/${group.id}`, { as: other })
  await ask('subnet with ports', 'DELETE', 'neutron', `/subnets/${sub.id}`)
  await ask('network with ports', 'DELETE', 'neutron', `/networks/${net.id}`)
  await ask('network of another project', 'DELETE', 'neutron', `/networks/${net.id}`, { as: other })
  await ask('external network', 'DELETE', 'neutron', `/networks/${publicNet.id}`)
  await ask('router with an interface', 'DELETE', 'neutron', `/routers/${router.id}`)
  const removeInterface = `/routers/${router.id}/remove_router_interface`
  const fromSubnet = { body: { subnet_id: sub.id } }
  await ask('router interface that floating IPs need', 'PUT', 'neutron', removeInterface, fromSubnet)
  const noGateway = { body: { router: { external_gateway_info: null } } }
  await ask('router gateway that floating IPs need', 'PUT', 'neutron', `/routers/${router.id}`, noGateway)
  await ask('port of a router interface', 'DELETE', 'neutron', `/ports/${inner}`)
  await ask('parent port of a trunk', 'DELETE', 'neutron', `/ports/${parent.id}`)
  await ask('subport of a trunk', 'DELETE', 'neutron', `/ports/${subport.id}`)
  const empty = `/networks/${(await make.network('empty')).id}`
  const seen = (revision: number) => ({ headers: { 'if-match': `revision_number=${revision}` } })
  await ask('another revision than the one that was seen', 'DELETE', 'neutron', empty, seen(999))
  await ask('the revision that was seen', 'DELETE', 'neutron', empty, seen(1))
  const pool = await client.make('neutron', '/subnetpools', 'subnetpool', {
    name: 'pool',
    prefixes: ['10.20.0.0/16'],
    default_prefixlen: 24,
  })
  const pooled = await make.subnet('pooled', await make.network('pooled'), { cidr: undefined, subnetpool_id: pool.id })
  await ask('subnet pool with subnets', 'DELETE', 'neutron', `/subnetpools/${pool.id}`)
  await ask('subnet without ports', 'DELETE', 'neutron', `/subnets/${pooled.id}`)
  await ask('something that is not there', 'DELETE', 'neutron', `/ports/${crypto.randomUUID()}`)
  const shared = await make.network('shared')
  await make.subnet('shared', shared)
  const policy = await client.make('neutron', '/rbac-policies', 'rbac_policy', {
    object_type: 'network',
    object_id: shared.id,
    action: 'access_as_shared',
    target_tenant: other.projectId,
  })
  await other.make('neutron', '/ports', 'port', { network_id: shared.id })
  await ask('sharing that another project uses', 'DELETE', 'neutron', `/rbac-policies/${policy.id}`)
  const odd = await make.port('odd', shared, { device_owner: 'vendor:appliance', device_id: 'x-1' })
  await ask('port of an owner that nobody knows', 'DELETE', 'neutron', `/ports/${odd.id}`)
  await ask('trunk', 'DELETE', 'neutron', `/trunks/${trunk.id}`)
  await ask('floating IP', 'DELETE', 'neutron', `/floatingips/${address.id}`)
  await ask('router interface', 'PUT', 'neutron', removeInterface, fromSubnet)
  await ask('router interface that is not there', 'PUT', 'neutron', removeInterface, fromSubnet)
  await ask('router with a gateway alone', 'DELETE', 'neutron', `/routers/${router.id}`)
}

async function machines(make: Staging, ask: Ask, other: Client, admin: Client, bed: BedControl): Promise<void> {
  const { client } = make
  const net = await make.network('machines')
  await make.subnet('machines', net)
  const port = await make.port('machine', net)
  const server = await make.server('machine', { ports: [port] })
  const path = `/servers/${server.id}`
  await ask('server of another project', 'DELETE', 'nova', path, { as: other })
  await ask('port of a server', 'DELETE', 'neutron', `/ports/${port.id}`)
  await admin.call('POST', 'nova', `${path}/action`, { lock: null })
  await ask('server that an administrator locked', 'DELETE', 'nova', path)
  await admin.call('POST', 'nova', `${path}/action`, { unlock: null })
  const { flavors } = await client.call('GET', 'nova', '/flavors')
  await ask('flavor', 'DELETE', 'nova', `/flavors/${flavors[0].id}`)
  await ask('keypair that is not there', 'DELETE', 'nova', '/os-keypairs/nobody')
  await bed.fault('nova', 'destroy_hang', server.id)
  await ask('server', 'DELETE', 'nova', path)
  await ask('server that is being deleted', 'DELETE', 'nova', path)
  await bed.clearFaults('nova', 'destroy_hang')
  await client.gone('nova', path)
  await ask('server that is gone', 'DELETE', 'nova', path)
  await ask('port that a server left behind', 'DELETE', 'neutron', `/ports/${port.id}`)
  const { images } = await client.call('GET', 'glance', '/images?name=tiny')
  await ask('image of another project', 'DELETE', 'glance', `/images/${images[0].id}`)
  const kept = await make.image('kept', { protected: true })
  await ask('protected image', 'DELETE', 'glance', `/images/${kept.id}`)
}

async function storage(make: Staging, ask: Ask, other: Client, bed: BedControl): Promise<void> {
  const { client } = make
  const net = await make.network('storage')
  await make.subnet('storage', net)
  const server = await make.server('storage', { network: net })
  const volume = await make.volume('attached')
  await make.attach(server, volume)
  await ask('attached volume', 'DELETE', 'cinder', `/volumes/${volume.id}`)
  await ask('volume of another project', 'DELETE', 'cinder', `/volumes/${volume.id}`, { as: other })
  const { attachments } = await client.call('GET', 'cinder', '/attachments/detail')
  await ask('attachment that a server uses', 'DELETE', 'cinder', `/attachments/${attachments[0].id}`)
  const act = (action: Json) => ({ body: action })
  const path = (one: Json): string => `/volumes/${one.id}`
  await ask('detachment past Nova', 'POST', 'cinder', `${path(volume)}/action`, act({ 'os-detach': {} }))
  await ask('forced deletion by a member', 'POST', 'cinder', `${path(volume)}/action`, act({ 'os-force_delete': {} }))
  const reset = act({ 'os-reset_status': { status: 'available' } })
  await ask('reset of a status by a member', 'POST', 'cinder', `${path(volume)}/action`, reset)
  const snapped = await make.volume('snapped')
  const snapshot = await make.snapshot('snapshot', snapped)
  await ask('volume with a snapshot', 'DELETE', 'cinder', path(snapped))
  const grown = await make.volume('grown', { snapshot_id: snapshot.id })
  await ask('snapshot that a volume came from', 'DELETE', 'cinder', `/snapshots/${snapshot.id}`)
  const saved = await make.backup('full', grown)
  await make.backup('increment', grown, { incremental: true })
  await ask('backup that another one builds on', 'DELETE', 'cinder', `/backups/${saved.id}`)
  const handed = await make.volume('handed')
  await client.make('cinder', '/volume-transfers', 'transfer', { volume_id: handed.id, name: 'transfer' })
  await ask('volume that is to be handed over', 'DELETE', 'cinder', path(handed))
  await bed.fault('cinder', 'delete_error', 'stuck')
  const stuck = await make.volume('stuck')
  await client.call('DELETE', 'cinder', path(stuck))
  await client.until('cinder', path(stuck), 'volume', 'status', 'error_deleting')
  await ask('volume in error_deleting', 'DELETE', 'cinder', path(stuck))
  await ask('volume that is not there', 'DELETE', 'cinder', `/volumes/${crypto.randomUUID()}`)
}

async function balancers(make: Staging, ask: Ask, other: Client, bed: BedControl): Promise<void> {
  const { client } = make
  const net = await make.network('balancers')
  const sub = await make.subnet('balancers', net)
  await make.connect(await make.router('balancers'), sub)
  const balancer = await make.loadBalancer('balancer', sub)
  const { listener } = await make.balanced(balancer, sub)
  const path = `/loadbalancers/${balancer.id}`
  const address = await make.floatingIp({ port_id: balancer.vip_port_id })
  await ask('floating IP of a VIP', 'DELETE', 'neutron', `/floatingips/${address.id}`)
  await ask('load balancer of another project', 'DELETE', 'octavia', `${path}?cascade=true`, { as: other })
  await ask('load balancer with children, without cascade', 'DELETE', 'octavia', path)
  await bed.fault('octavia', 'hold', balancer.id)
  await client.call('PUT', 'octavia', path, { loadbalancer: { description: 'changed' } })
  await ask('load balancer in PENDING_UPDATE', 'DELETE', 'octavia', `${path}?cascade=true`)
  await ask('listener of a load balancer in PENDING_UPDATE', 'DELETE', 'octavia', `/listeners/${listener.id}`)
  await bed.clearFaults('octavia', 'hold')
  await client.until('octavia', path, 'loadbalancer', 'provisioning_status', 'ACTIVE')
  await ask('port of a VIP', 'DELETE', 'neutron', `/ports/${balancer.vip_port_id}`)
  await bed.fault('octavia', 'hold', balancer.id)
  await ask('load balancer', 'DELETE', 'octavia', `${path}?cascade=true`)
  await ask('load balancer in PENDING_DELETE', 'DELETE', 'octavia', `${path}?cascade=true`)
  await bed.clearFaults('octavia', 'hold')
  await client.gone('octavia', path)
  await ask('load balancer that is gone', 'DELETE', 'octavia', `${path}?cascade=true`)
}

async function rest(make: Staging, ask: Ask): Promise<void> {
  const { client } = make
  const credential = await make.applicationCredential('restricted')
  const path = `/users/${client.userId}/application_credentials`
  const { token } = await signInWith(client, credential)
  const itself = { headers: { 'x-auth-token': token } }
  await ask('application credential by itself', 'DELETE', 'keystone', `${path}/${credential.id}`, itself)
  await ask('application credential', 'DELETE', 'keystone', `${path}/${credential.id}`)
  await ask('application credential that is not there', 'DELETE', 'keystone', `${path}/${credential.id}`)
  await ask('nobody’s token', 'GET', 'neutron', '/networks', { headers: { 'x-auth-token': 'nobody' } })
  const stack = await make.stack('stack', TEMPLATE)
  await ask('stack', 'DELETE', 'heat', `/stacks/stack/${stack.id}`)
  await client.until('heat', `/stacks/stack/${stack.id}`, 'stack', 'stack_status', 'DELETE_COMPLETE', 'GONE')
  await ask('stack that is not there', 'DELETE', 'heat', `/stacks/nobody/${crypto.randomUUID()}`)
}

const TEMPLATE = { heat_template_version: '2018-08-31', resources: { net: { type: 'OS::Neutron::Net' } } }

async function signInWith(client: Client, { id, secret }: Json): Promise<{ token: string }> {
  const identity = { methods: ['application_credential'], application_credential: { id, secret } }
  const { headers } = await client.ask('POST', 'keystone', '/auth/tokens', { body: { auth: { identity } } })
  return { token: headers.get('x-subject-token') ?? '' }
}

if (import.meta.main) {
  await using bed = await startOpenStackBed()
  const rows = await collectRefusals(bed)
  await writeFile(SAMPLES, `${JSON.stringify(rows, undefined, 2)}\n`)
  console.log(
    `${rows.length} answers, ${rows.filter(({ status }) => status >= 400).length} of them refusals: ${SAMPLES}`,
  )
}
