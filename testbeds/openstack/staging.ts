// Makes things, one call each, and waits until they are as they should be. By the bed's own client, so no journal sees it.
import { randomBytes } from 'node:crypto'
import type { Client, Json } from './client.ts'
import type { BedControl } from './control.ts'
import { addProject } from './seed.ts'

/** A project with one member, for one test: cheaper than a reset. The name of both is `PREFIX-RANDOM`. */
export async function newProject(bed: BedControl, prefix: string): Promise<Client> {
  const name = `${prefix}-${randomBytes(3).toString('hex')}`
  await addProject(await bed.admin(), name)
  return bed.client(name)
}

export interface ServerOptions {
  /** Nova makes the server's port there. */
  network?: Json
  /** Ports made beforehand; they stay when the server goes. */
  ports?: readonly Json[]
  /** The port that Nova makes gets them. */
  securityGroups?: readonly Json[]
  /** Boots from it; else from the image. */
  bootVolume?: Json
  deleteBootVolume?: boolean
  keypair?: Json
  group?: Json
  metadata?: Record<string, string>
  tags?: readonly string[]
  /** `ACTIVE` unless told, e.g. `ERROR` with a fault. */
  status?: string
}

/** Attributes that the API takes go through as they are; those named here are the ones that tests mean. */
export interface Staging {
  readonly client: Client
  network(name: string, attributes?: Json): Promise<Json>
  subnet(name: string, network: Json, attributes?: Json): Promise<Json>
  /** With a gateway to the external network unless `external_gateway_info` says otherwise. */
  router(name: string, attributes?: Json): Promise<Json>
  /** The id of the interface's port. */
  connect(router: Json, subnet: Json): Promise<string>
  port(name: string, network: Json, attributes?: Json): Promise<Json>
  trunk(name: string, parent: Json, subports: readonly Json[]): Promise<Json>
  securityGroup(name: string, attributes?: Json): Promise<Json>
  /** All TCP from members of the other group. */
  allow(group: Json, from: Json): Promise<Json>
  floatingIp(attributes?: Json): Promise<Json>
  server(name: string, options: ServerOptions): Promise<Json>
  serverGroup(name: string): Promise<Json>
  keypair(name: string): Promise<Json>
  image(name: string, attributes?: Json): Promise<Json>
  volume(name: string, attributes?: Json): Promise<Json>
  bootVolume(name: string, attributes?: Json): Promise<Json>
  attach(server: Json, volume: Json): Promise<void>
  snapshot(name: string, volume: Json, attributes?: Json): Promise<Json>
  backup(name: string, volume: Json, attributes?: Json): Promise<Json>
  loadBalancer(name: string, subnet: Json, attributes?: Json): Promise<Json>
  /** Listener, pool, member and health monitor. */
  balanced(balancer: Json, subnet: Json): Promise<{ listener: Json; pool: Json; member: Json; monitor: Json }>
  /** `status` is `CREATE_COMPLETE` unless told. */
  stack(name: string, template: Json, options?: { files?: Json; parameters?: Json; status?: string }): Promise<Json>
  applicationCredential(name: string, attributes?: Json): Promise<Json>
}

const CIDR = '10.9.0.0/24'

export async function staging(client: Client): Promise<Staging> {
  const { make, call, until } = client
  const [{ networks }, { images }, { flavors }] = await Promise.all([
    call('GET', 'neutron', '/networks?router:external=true&name=public'),
    call('GET', 'glance', '/images?name=tiny&visibility=public'),
    call('GET', 'nova', '/flavors'),
  ])
  const external: string = networks[0].id
  const image: string = images[0].id
  const flavor: string = flavors.find(({ name }: Json) => name === 'tiny').id

  const volumeWith = async (attributes: Json): Promise<Json> => {
    const { id } = await make('cinder', '/volumes', 'volume', { size: 1, ...attributes })
    return until('cinder', `/volumes/${id}`, 'volume', 'status', 'available')
  }
  const settled = (balancer: Json): Promise<Json> =>
    until('octavia', `/loadbalancers/${balancer.id}`, 'loadbalancer', 'provisioning_status', 'ACTIVE')
  const child = async (balancer: Json, path: string, kind: string, attributes: Json): Promise<Json> => {
    const made = await make('octavia', path, kind, attributes)
    await settled(balancer)
    return made
  }

  return {
    client,
    network: (name, attributes) => make('neutron', '/networks', 'network', { name, ...attributes }),
    subnet: (name, network, attributes) =>
      make('neutron', '/subnets', 'subnet', {
        name,
        network_id: network.id,
        ip_version: 4,
        cidr: CIDR,
        ...attributes,
      }),
    router: (name, attributes) =>
      make('neutron', '/routers', 'router', {
        name,
        external_gateway_info: { network_id: external },
        ...attributes,
      }),
    async connect(router, subnet) {
      const path = `/routers/${router.id}/add_router_interface`
      return (await call('PUT', 'neutron', path, { subnet_id: subnet.id })).port_id
    },
    port: (name, network, attributes) =>
      make('neutron', '/ports', 'port', { name, network_id: network.id, ...attributes }),
    trunk: (name, parent, subports) =>
      make('neutron', '/trunks', 'trunk', {
        name,
        port_id: parent.id,
        sub_ports: subports.map(({ id }, index) => ({
          port_id: id,
          segmentation_type: 'vlan',
          segmentation_id: 10 + index,
        })),
      }),
    securityGroup: (name, attributes) => make('neutron', '/security-groups', 'security_group', { name, ...attributes }),
    allow: (group, from) =>
      make('neutron', '/security-group-rules', 'security_group_rule', {
        security_group_id: group.id,
        direction: 'ingress',
        protocol: 'tcp',
        remote_group_id: from.id,
      }),
    floatingIp: (attributes) =>
      make('neutron', '/floatingips', 'floatingip', { floating_network_id: external, ...attributes }),
    async server(name, options) {
      const boot = { boot_index: 0, source_type: 'volume', destination_type: 'volume' }
      const { network, ports, bootVolume, group, keypair, securityGroups, metadata, tags } = options
      const server = {
        name,
        flavorRef: flavor,
        networks: ports ? ports.map(({ id }) => ({ port: id })) : [{ uuid: network.id }],
        ...(bootVolume
          ? {
              block_device_mapping_v2: [
                { ...boot, uuid: bootVolume.id, delete_on_termination: options.deleteBootVolume ?? false },
              ],
            }
          : { imageRef: image }),
        ...(keypair ? { key_name: keypair.name } : {}),
        ...(securityGroups ? { security_groups: securityGroups.map(({ id }) => ({ name: id })) } : {}),
        ...(metadata ? { metadata } : {}),
        ...(tags ? { tags } : {}),
      }
      const hints = group ? { 'os:scheduler_hints': { group: group.id } } : {}
      const made = await call('POST', 'nova', '/servers', { server, ...hints })
      return until('nova', `/servers/${made.server.id}`, 'server', 'status', options.status ?? 'ACTIVE')
    },
    serverGroup: (name) => make('nova', '/os-server-groups', 'server_group', { name, policy: 'soft-anti-affinity' }),
    keypair: (name) => make('nova', '/os-keypairs', 'keypair', { name, public_key: PUBLIC_KEY, type: 'ssh' }),
    async image(name, attributes) {
      const body = { name, disk_format: 'raw', container_format: 'bare', ...attributes }
      const { id } = await call('POST', 'glance', '/images', body)
      await call('PUT', 'glance', `/images/${id}/file`, new Uint8Array(1024))
      return call('GET', 'glance', `/images/${id}`)
    },
    volume: (name, attributes) => volumeWith({ name, ...attributes }),
    bootVolume: (name, attributes) => volumeWith({ name, imageRef: image, ...attributes }),
    async attach(server, volume) {
      const attachment = { volumeAttachment: { volumeId: volume.id } }
      await call('POST', 'nova', `/servers/${server.id}/os-volume_attachments`, attachment)
      await until('cinder', `/volumes/${volume.id}`, 'volume', 'status', 'in-use')
    },
    async snapshot(name, volume, attributes) {
      const { id } = await make('cinder', '/snapshots', 'snapshot', { name, volume_id: volume.id, ...attributes })
      return until('cinder', `/snapshots/${id}`, 'snapshot', 'status', 'available')
    },
    async backup(name, volume, attributes) {
      const { id } = await make('cinder', '/backups', 'backup', { name, volume_id: volume.id, ...attributes })
      return until('cinder', `/backups/${id}`, 'backup', 'status', 'available')
    },
    async loadBalancer(name, subnet, attributes) {
      const wanted = { name, vip_subnet_id: subnet.id, ...attributes }
      return settled(await make('octavia', '/loadbalancers', 'loadbalancer', wanted))
    },
    async balanced(balancer, subnet) {
      const listener = await child(balancer, '/listeners', 'listener', {
        loadbalancer_id: balancer.id,
        protocol: 'TCP',
        protocol_port: 443,
      })
      const pool = await child(balancer, '/pools', 'pool', {
        listener_id: listener.id,
        protocol: 'TCP',
        lb_algorithm: 'ROUND_ROBIN',
      })
      const member = await child(balancer, `/pools/${pool.id}/members`, 'member', {
        address: '10.9.0.50',
        protocol_port: 6443,
        subnet_id: subnet.id,
      })
      const monitor = await child(balancer, '/healthmonitors', 'healthmonitor', {
        pool_id: pool.id,
        type: 'TCP',
        delay: 5,
        timeout: 3,
        max_retries: 2,
      })
      return { listener, pool, member, monitor }
    },
    async stack(name, template, { status = 'CREATE_COMPLETE', ...rest } = {}) {
      // Heat keeps user and password, for what it does later in the user's name
      const { user, password } = client.account
      const answer = await client.ask('POST', 'heat', '/stacks', {
        body: { stack_name: name, template, ...rest },
        headers: { 'x-auth-user': user, 'x-auth-key': password },
      })
      const { stack } = answer.body
      if (stack === undefined) throw new Error(`stack ${name}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return until('heat', `/stacks/${name}/${stack.id}`, 'stack', 'stack_status', status)
    },
    applicationCredential: (name, attributes) =>
      make('keystone', `/users/${client.userId}/application_credentials`, 'application_credential', {
        name,
        ...attributes,
      }),
  }
}

/** Of no private key that anybody kept. */
const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPlJcKzxM2qnCTX5ae0HTHm8AuQ8hp8mJ5Ic0NB7dlWn test'
