import type { KindName } from '@cleardown/core'
import type { Json, Staging } from '@cleardown/testbed-openstack'

interface Made {
  readonly kind: KindName
  readonly id: string
}

/** In an order that the services accept. */
const removalOrder: readonly string[] = [
  'application-credential',
  'stack',
  'listener',
  'pool',
  'load-balancer',
  'volume-attachment',
  'server',
  'server-group',
  'keypair',
  'image',
  'volume-transfer',
  'backup',
  'snapshot',
  'volume',
  'port-forwarding',
  'floating-ip-association',
  'floating-ip',
  'route',
  'subport',
  'trunk',
  'router-interface',
  'router',
  'rbac-policy',
  'port',
  'security-group-rule',
  'security-group',
  'subnet',
  'subnet-pool',
  'network',
]

const inOrder = (made: readonly Made[]): readonly Made[] =>
  removalOrder.flatMap((word) => made.filter(({ kind }) => kind === `openstack:${word}`))

const cluster = 'ci-1'
const service = `kube_service_${cluster}_default_web`

/** The service refuses the first while the second lives. */
interface Held {
  readonly held: Made
  readonly by: Made
}

export interface World {
  /** In an order in which they go. */
  readonly samples: readonly Made[]
  readonly held: readonly Held[]
}

/** One of each kind that the bed has, marked and protected where that can be; a second one where the first cannot show all. */
export async function makeOneOfEach(make: Staging): Promise<World> {
  const made: Made[] = []
  const add = (word: string, id: string): Made => {
    const one: Made = { kind: `openstack:${word}`, id }
    made.push(one)
    return one
  }
  const description = 'cleardown.run=r-1'
  const metadata = { 'cleardown.run': 'r-1' }
  const { call, make: create } = make.client

  const network = await make.network('net', { description })
  const subnet = await make.subnet('sub', network, { description })
  const usedNetwork = add('network', network.id)
  const usedSubnet = add('subnet', subnet.id)

  const inNetwork = async (): Promise<readonly Held[]> => {
    const router = await make.router('router', { description })
    // the first is held by nothing else, so that it can be cut and put back: what comes back has another id
    const apart = await make.subnet('apart', network, { cidr: '10.10.0.0/24' })
    add('subnet', apart.id)
    add('router-interface', await make.connect(router, apart))
    const joint = add('router-interface', await make.connect(router, subnet))
    const group = await make.securityGroup('group', { description })
    const other = await make.securityGroup('other')
    const usedGroup = add('security-group', group.id)
    add('security-group', other.id)
    add('security-group-rule', (await make.allow(other, group)).id)
    const port = (name: string): Promise<Json> =>
      make.port(name, network, {
        security_groups: [group.id],
        fixed_ips: [{ subnet_id: subnet.id }],
        description,
      })
    const [held, parent, child] = [await port('held'), await port('parent'), await port('child')]
    const onPort = add('port', held.id)
    const onParent = add('port', parent.id)
    add('port', child.id)
    const trunk = add('trunk', (await make.trunk('trunk', parent, [child])).id)
    add('subport', `${trunk.id}/${child.id}`)
    const alone = await port('alone')
    add('port', alone.id)
    const off = await make.trunk('off', alone, [])
    await call('PUT', 'neutron', `/trunks/${off.id}`, { trunk: { admin_state_up: false } })
    add('trunk', off.id)
    await call('PUT', 'neutron', `/routers/${router.id}/add_extraroutes`, {
      router: { routes: [{ destination: '10.200.0.0/24', nexthop: held.fixed_ips[0].ip_address }] },
    })
    add('route', `${router.id}/10.200.0.0/24/${held.fixed_ips[0].ip_address}`)
    const address = await make.floatingIp({ port_id: held.id, description })
    add('floating-ip', address.id)
    add('floating-ip-association', address.id)
    const forwards = await make.floatingIp({ description })
    const forwarding = await call('POST', 'neutron', `/floatingips/${forwards.id}/port_forwardings`, {
      port_forwarding: {
        internal_port_id: child.id,
        internal_ip_address: child.fixed_ips[0].ip_address,
        internal_port: 22,
        external_port: 2222,
        protocol: 'tcp',
      },
    })
    const usedAddress = add('floating-ip', forwards.id)
    const link = add('port-forwarding', `${forwards.id}/${forwarding.port_forwarding.id}`)
    add('router', router.id)
    const policy = await create('neutron', '/rbac-policies', 'rbac_policy', {
      object_type: 'network',
      object_id: network.id,
      action: 'access_as_shared',
      target_tenant: 'a'.repeat(32),
    })
    add('rbac-policy', policy.id)
    const pool = await create('neutron', '/subnetpools', 'subnetpool', {
      name: 'pool',
      prefixes: ['10.20.0.0/16'],
      default_prefixlen: 24,
      description,
    })
    add('subnet-pool', pool.id)
    return [
      { held: usedNetwork, by: onPort },
      { held: usedSubnet, by: onPort },
      { held: usedGroup, by: onPort },
      { held: onParent, by: trunk },
      { held: { kind: 'openstack:router', id: router.id }, by: joint },
      { held: usedAddress, by: link },
    ]
  }

  const servers = async (): Promise<void> => {
    const keypair = await make.keypair('key')
    add('keypair', keypair.name)
    const group = await make.serverGroup('group')
    add('server-group', group.id)
    const server = await make.server('server', { network, keypair, group, metadata })
    add('server', server.id)
    const volume = await make.volume('attached', { metadata })
    add('volume', volume.id)
    await make.attach(server, volume)
    const { attachments } = await call('GET', 'cinder', '/attachments/detail')
    add('volume-attachment', attachments.find((one: Json) => one.volume_id === volume.id).id)
    const locked = await make.server('locked', { network, metadata })
    await call('POST', 'nova', `/servers/${locked.id}/action`, { lock: { locked_reason: 'a person looks at it' } })
    add('server', locked.id)
    for (const image of [
      await make.image('image', { tags: [description], os_distro: 'fedora' }),
      await make.image('protected', { protected: true }),
    ])
      add('image', image.id)
  }

  const storage = async (): Promise<readonly Held[]> => {
    const volume = await make.volume('data', { metadata })
    const used = add('volume', volume.id)
    const snapshot = add('snapshot', (await make.snapshot('snapshot', volume, { metadata })).id)
    add('backup', (await make.backup('backup', volume, { metadata })).id)
    const given = await make.volume('given')
    add('volume', given.id)
    const offer = await create('cinder', '/os-volume-transfer', 'transfer', { volume_id: given.id, name: 'offer' })
    add('volume-transfer', offer.id)
    return [{ held: used, by: snapshot }]
  }

  const balanced = async (): Promise<void> => {
    const balancer = await make.loadBalancer('team', subnet, { tags: [service, 'team=web', description] })
    add('load-balancer', balancer.id)
    const { listener, pool } = await make.balanced(balancer, subnet)
    add('listener', listener.id)
    add('pool', pool.id)
  }

  const others = async (): Promise<void> => {
    const template = {
      heat_template_version: '2018-08-31',
      resources: { data: { type: 'OS::Neutron::SecurityGroup' } },
    }
    add('stack', (await make.stack('stack', template)).id)
    add('application-credential', (await make.applicationCredential('credential', { description })).id)
  }

  const [ofNetwork, ofStorage] = await Promise.all([inNetwork(), storage(), servers(), balanced(), others()])
  return { samples: inOrder(made), held: [...ofNetwork, ...ofStorage] }
}
