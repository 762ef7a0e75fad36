import { expect, test } from 'vitest'
import { drawn, factsOf } from './fake.ts'

test('a server takes along only the volume that says so; image and key stay until it is gone', () => {
  expect(drawn('server')).toMatchInlineSnapshot(`
    "this dependsOn "image:31" (image, leaks)
    this dependsOn "keypair:5a1b2c3d4e5f60718293a4b5c6d7e8f9/kubernetes-r-77" (key_name, leaks)
    volume 12 partOf this (volumes_attached.delete_on_termination)"
  `)
})

test('a server that boots from a volume uses no image', () => {
  expect(drawn('server', 1)).toBe('')
})

test('a server group goes after its servers', () => {
  expect(drawn('server-group')).toMatchInlineSnapshot(`
    "server 1 dependsOn this (members, leaks)
    server 2 dependsOn this (members, leaks)"
  `)
})

test('an image that is only a list of snapshots goes before them; a property that is no list says nothing', () => {
  expect(drawn('image', 1)).toMatchInlineSnapshot(`"this dependsOn snapshot 21 (block_device_mapping, leaks)"`)
  expect(drawn('image', 2)).toBe('')
})

test('a volume goes before what it was made from', () => {
  expect(drawn('volume', 1)).toMatchInlineSnapshot(`"this dependsOn snapshot 21 (snapshot_id, leaks)"`)
  expect(drawn('volume', 3)).toMatchInlineSnapshot(`
    "this dependsOn "image:31" (volume_image_metadata.image_id, leaks)
    this dependsOn "volume:11" (source_volid, leaks)"
  `)
})

test('a snapshot and an offer hold their volume, a backup only the backup that it builds on', () => {
  expect(drawn('snapshot')).toMatchInlineSnapshot(`"this dependsOn "volume:11" (volume_id)"`)
  expect(drawn('volume-transfer')).toMatchInlineSnapshot(`"this dependsOn "volume:11" (volume_id)"`)
  expect(drawn('backup')).toBe('')
  expect(drawn('backup', 2)).toMatchInlineSnapshot(`"this dependsOn backup 92 (is_incremental)"`)
})

test('an attachment holds its volume and goes with its server, alone unless it may be the disk that the server boots from', () => {
  expect(drawn('volume-attachment')).toMatchInlineSnapshot(`
    "this dependsOn "volume:11" (volume_id)
    this partOf server 1 (instance, alone)"
  `)
  expect(drawn('volume-attachment', 1)).toMatchInlineSnapshot(`
    "this dependsOn "volume:14" (volume_id)
    this partOf server 2 (instance)"
  `)
  expect(drawn('volume-attachment', 3)).toMatchInlineSnapshot(`"this dependsOn "volume:12" (volume_id)"`)
})

test('a load balancer goes with the Service it was made for, if anybody sees that', () => {
  expect(drawn('load-balancer')).toMatchInlineSnapshot(`
    "this dependsOn "network:71" (vip_network_id)
    this dependsOn "subnet:72" (vip_subnet_id)
    this dependsOn "subnet:74" (vip_subnet_id)
    this partOf "service:ci-1/default/web" (kube_service, alone)
    this servedBy "controller:ci-1/cloud-provider-openstack" (kube_service)"
  `)
})

test('a load balancer that several Services use, or that a person made, goes with none of them', () => {
  expect(drawn('load-balancer', 1)).toMatchInlineSnapshot(`
    "this dependsOn "network:71" (vip_network_id)
    this dependsOn "subnet:72" (vip_subnet_id)"
  `)
  expect(drawn('load-balancer', 2)).toMatchInlineSnapshot(`
    "this dependsOn "network:71" (vip_network_id)
    this dependsOn port 73 (vip_port_id)"
  `)
})

test('listeners and pools go with their load balancer, or before it where they stand apart', () => {
  expect(drawn('listener')).toMatchInlineSnapshot(`
    "this dependsOn load-balancer 42 (loadbalancers, leaks)
    this dependsOn pool 61 (default_pool_id, leaks)"
  `)
  expect(drawn('pool')).toMatchInlineSnapshot(`"this dependsOn load-balancer 42 (loadbalancers, leaks)"`)
})

test('a stack is the whole of its members, nested ones too, without those that it retains, borrows, or has deleted', () => {
  expect(drawn('stack')).toMatchInlineSnapshot(`
    ""record-set:151" partOf this (stack member www)
    "router-subnet:75/72" partOf this (stack member iface)
    network 71 partOf this (stack member net)
    router-interface 76 partOf this (stack member iface2)
    security-group 77 partOf this (stack member pod_access_sg)
    server 1 partOf this (stack member nodes.0)
    volume 11 partOf this (stack member data_volume)"
  `)
  expect(factsOf('stack').data).toMatchObject({
    retained: ['archive (OS::Cinder::Volume 0a1b2c3d-0000-4000-8000-000000000014)'],
    unmapped: ['secret (OS::Heat::RandomString k8s-r77-secret)'],
  })
})

test('shares and share networks', () => {
  expect(drawn('share')).toMatchInlineSnapshot(`"this dependsOn share-network 132 (share_network_id)"`)
  expect(drawn('share-snapshot')).toMatchInlineSnapshot(`"this dependsOn share 131 (share_id)"`)
  expect(drawn('share-network')).toMatchInlineSnapshot(`
    "this dependsOn "network:71" (neutron_net_id)
    this dependsOn "subnet:72" (neutron_subnet_id)"
  `)
  expect(drawn('share-network', 1)).toBe(drawn('share-network'))
})

test('a subzone goes before its zone; the records of the zone itself go only with it', () => {
  expect(drawn('zone', 1)).toMatchInlineSnapshot(`"this dependsOn zone 141 (name)"`)
  expect([drawn('record-set'), drawn('record-set', 1), drawn('record-set', 2)]).toMatchInlineSnapshot(`
    [
      "this dependsOn zone 141 (zone_id, leaks)",
      "this partOf zone 141 (zone_id)",
      "this partOf zone 141 (zone_id, alone)",
    ]
  `)
  expect([0, 1, 2].map((index) => factsOf('record-set', index).fixed !== undefined)).toEqual([false, true, false])
})

test.each([
  ['server', 0, ['instance:0a1b2c3d-0000-4000-8000-000000000001']],
  ['volume', 0, ['volume:0a1b2c3d-0000-4000-8000-000000000011']],
  ['image', 0, ['image:0a1b2c3d-0000-4000-8000-000000000031']],
  ['keypair', 0, ['keypair:5a1b2c3d4e5f60718293a4b5c6d7e8f9/kubernetes-r-77']],
  ['load-balancer', 0, ['load-balancer:0a1b2c3d-0000-4000-8000-000000000041']],
  ['zone', 0, ['zone:example.org.']],
  ['record-set', 0, ['record-set:0a1b2c3d-0000-4000-8000-000000000151']],
])('%s: how others call it', (kind, index, aliases) => {
  expect(factsOf(kind, index).aliases).toEqual(aliases)
})

test.each([
  ['server', 0, { 'cleardown.run': 'r-77', kubespray_groups: 'k8s_cluster' }],
  ['server', 1, { 'cleardown.run': 'r-77' }],
  ['image', 0, { 'cleardown.run': 'r-77', os_distro: 'fedora' }],
  ['image', 1, { 'cleardown.run': 'r-77' }],
  ['volume', 0, { 'cleardown.run': 'r-77' }],
  ['snapshot', 0, { 'cleardown.run': 'r-77' }],
  ['backup', 0, { 'cleardown.run': 'r-77' }],
  ['stack', 0, { 'cleardown.run': 'r-77' }],
  ['stack', 1, { 'magnum.cluster': '0a1b2c3d-0000-4000-8000-000000000124' }],
  ['share', 1, { 'cleardown.run': 'r-77' }],
  ['share-snapshot', 0, { 'cleardown.run': 'r-77' }],
  ['share-snapshot', 1, { 'cleardown.run': 'r-77' }],
  ['zone', 1, { 'cleardown.run': 'r-77' }],
  ['record-set', 0, { 'cleardown.run': 'r-77' }],
  ['application-credential', 0, { 'cleardown.run': 'r-77' }],
  ['load-balancer', 0, { 'kube_service/ci-1': 'owned' }],
  ['load-balancer', 1, { 'kube_service/ci-1': 'shared', 'kube_service/ci-10': 'shared', team: 'web' }],
  ['load-balancer', 2, { 'kube_service/ci-1': 'shared' }],
  ['load-balancer', 3, { 'cleardown.run': 'r-77' }],
  ['listener', 0, { 'kube_service/ci-1': 'owned' }],
  ['pool', 0, { 'kube_service/ci-1': 'owned' }],
])('%s (%i): its marks', (kind, index, tags) => {
  expect(factsOf(kind, index).tags).toMatchObject(tags)
})

test.each([
  ['server', 0, []],
  ['server', 1, ['locked: locked: in use by the release team']],
  ['server', 3, ['locked: locked']],
  ['image', 0, []],
  ['image', 1, ['protected: the image is protected']],
  ['volume', 0, []],
  ['volume', 3, ['group: it is in the volume group 0a1b2c3d-0000-4000-8000-000000000018']],
  ['snapshot', 1, ['group-snapshot: it is in the group snapshot 0a1b2c3d-0000-4000-8000-000000000023']],
  ['container', 0, []],
  ['container', 1, ['objects: 3 objects with 1200 bytes are in it']],
  ['zone', 1, ['shared: the zone is shared with other projects, which lose their records in it']],
])('%s (%i): what makes the service refuse', (kind, index, says) => {
  expect((factsOf(kind, index).protections ?? []).map((one) => `${one.id}: ${one.says}`)).toEqual(says)
})

test('only Kubernetes knows what shall become of a claimed volume, unless its deletion was asked for before', () => {
  const wishes = (kind: string, indexes: number[]): unknown[] => indexes.map((index) => factsOf(kind, index).holdsData)
  expect(wishes('volume', [0, 1, 2])).toEqual(['delete', 'unknown', 'delete'])
  expect(wishes('snapshot', [0, 1])).toEqual(['delete', 'delete'])
  expect(wishes('share', [0, 1])).toEqual(['unknown', 'delete'])
  expect(wishes('container', [0])).toEqual(['unknown'])
  expect(wishes('server', [0])).toEqual([undefined])
})

test('what is left of ours is known through the volume it names', () => {
  const evidence = (kind: string, index: number): unknown =>
    factsOf(kind, index).evidence?.map(({ rule, strength, through }) => [rule, strength, through])
  const through = { alias: 'volume:0a1b2c3d-0000-4000-8000-000000000011' }
  expect(evidence('backup', 0)).toEqual([['backup-of-ours', 'hint', through]])
  expect(evidence('volume-transfer', 0)).toEqual([['transfer-of-ours', 'proof', through]])
  expect(evidence('volume-attachment', 0)).toEqual([])
  expect(evidence('volume-attachment', 2)).toEqual([
    ['attachment-without-server', 'proof', { alias: 'volume:0a1b2c3d-0000-4000-8000-000000000013' }],
  ])
})

test('the credential that cleardown works with is never removed, others are', () => {
  expect(factsOf('application-credential', 0).fixed).toBeUndefined()
  expect(factsOf('application-credential', 1).fixed).toMatch(/works with it/)
})
