// The oracle sees everything that can be staged, and sees a change.
import { beforeAll, expect, it, vi } from 'vitest'
import type { BedControl } from '../control.ts'
import { changesBetween, snapshotOf } from '../inventory.ts'
import { sharedOpenStackBed } from '../shared-bed.ts'
import { newProject, staging } from '../staging.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

let bed: BedControl

beforeAll(async () => {
  bed = await sharedOpenStackBed()
})

const TEMPLATE = {
  heat_template_version: '2018-08-31',
  resources: { inner: { type: 'inner.yaml' } },
}
const INNER = 'heat_template_version: 2018-08-31\nresources:\n  net: { type: OS::Neutron::Net }\n'

it('sees one of each kind, and that nobody touched them', async () => {
  const client = await newProject(bed, 'all')
  const make = await staging(client)
  await bed.fault('octavia', 'delay', 0.2)
  const network = await make.network('n')
  const subnet = await make.subnet('s', network)
  const router = await make.router('r')
  await make.connect(router, subnet)
  const group = await make.securityGroup('g')
  await make.allow(group, group)
  const [port, parent, subport] = [
    await make.port('p', network, { security_groups: [group.id] }),
    await make.port('parent', network),
    await make.port('subport', network),
  ]
  await make.trunk('t', parent, [subport])
  const pool = { name: 'pool', prefixes: ['10.30.0.0/16'] }
  await client.make('neutron', '/subnetpools', 'subnetpool', pool)
  const sharing = { object_type: 'network', object_id: network.id, action: 'access_as_shared', target_tenant: '*' }
  await (await bed.admin()).make('neutron', '/rbac-policies', 'rbac_policy', {
    ...sharing,
    project_id: client.projectId,
  })
  const [keypair, serverGroup] = [await make.keypair('k'), await make.serverGroup('sg')]
  const boot = await make.bootVolume('boot')
  const server = await make.server('srv', { ports: [port], bootVolume: boot, keypair, group: serverGroup })
  await make.server('plain', { network, metadata: { run: 'x' }, tags: ['x'], securityGroups: [group] })
  await make.floatingIp({ port_id: port.id })
  await make.image('i')
  const volume = await make.volume('v')
  await make.snapshot('snap', volume)
  await make.backup('b', volume)
  const handed = await make.volume('handed')
  await client.make('cinder', '/volume-transfers', 'transfer', { volume_id: handed.id, name: 'transfer' })
  await make.attach(server, volume)
  const balancer = await make.loadBalancer('lb', subnet)
  await make.balanced(balancer, subnet)
  await make.stack('st', TEMPLATE, { files: { 'inner.yaml': INNER } })
  await make.applicationCredential('ac')
  await bed.clearFaults()

  const before = await snapshotOf(client)
  const counts: Record<string, number> = {}
  for (const { kind } of before.values()) counts[kind] = (counts[kind] ?? 0) + 1
  expect(counts).toEqual({
    'application-credential': 1,
    backup: 1,
    'floating-ip': 1,
    'health-monitor': 1,
    image: 1,
    keypair: 1,
    listener: 1,
    'load-balancer': 1,
    network: 2, // one is the inner stack's
    pool: 1,
    port: 6, // p, parent, subport, the plain server's, the router's, the VIP
    'rbac-policy': 1,
    router: 1,
    'security-group': 2, // and default
    server: 2,
    'server-group': 1,
    snapshot: 1,
    stack: 2,
    subnet: 1,
    'subnet-pool': 1,
    trunk: 1,
    volume: 3,
    'volume-attachment': 2,
    'volume-transfer': 1,
  })
  expect(changesBetween(before, await snapshotOf(client))).toEqual({ gone: [], changed: [], added: [] })
})

it('sees what is gone, changed and new, page after page', async () => {
  const client = await newProject(bed, 'pages')
  const make = await staging(client)
  const [first, second] = [await make.network('first'), await make.network('second')]
  const before = await snapshotOf(client)
  await client.call('DELETE', 'neutron', `/networks/${first.id}`)
  await client.call('PUT', 'neutron', `/networks/${second.id}`, { network: { description: 'changed' } })
  const third = await make.network('third')
  expect(changesBetween(before, await snapshotOf(client))).toEqual({
    gone: [`network:${first.id}`],
    changed: [`network:${second.id}`],
    added: [`network:${third.id}`],
  })
})
