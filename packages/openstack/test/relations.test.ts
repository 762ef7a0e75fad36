import { expect, test } from 'vitest'
import { factsOf, picture } from './support.ts'

const drawn = (name: string, index = 0): string =>
  picture(factsOf(`openstack:${name}`, index))
    .join('\n')
    .replace(/-0000-4000-8000-0+/g, '-')

test('a port that Nova made goes with its server; it uses network, subnet, its gateway and groups', () => {
  expect(drawn('port')).toMatchInlineSnapshot(`
    "this dependsOn "gateway:5b700000-1" (fixed_ips, leaks)
    this dependsOn "network:ae700000-1" (network_id)
    this dependsOn "security-group:56000000-1" (security_groups)
    this dependsOn "subnet:5b700000-1" (fixed_ips)
    this partOf server 5e700000-1 (device_owner compute:nova)"
  `)
})

test('a VIP port goes with its load balancer, and holds the subnet until then', () => {
  expect(drawn('port', 4)).toMatchInlineSnapshot(`
    "this dependsOn "gateway:5b700000-1" (fixed_ips, leaks)
    this dependsOn "network:ae700000-1" (network_id)
    this dependsOn "security-group:56000000-7" (security_groups)
    this dependsOn "subnet:5b700000-1" (fixed_ips)
    this partOf load-balancer 1b000000-1 (device_owner Octavia)"
  `)
})

test('a distributed router’s port for outgoing traffic goes with the interface', () => {
  expect(drawn('port', 7)).toMatchInlineSnapshot(`
    "this dependsOn "network:ae700000-1" (network_id)
    this dependsOn "subnet:5b700000-1" (fixed_ips)
    this partOf "router-subnet:70e00000-1/5b700000-1" (device_owner network:router_centralized_snat)"
  `)
})

test('an interface goes before its router and its subnet', () => {
  expect(drawn('router-interface')).toMatchInlineSnapshot(`
    "this dependsOn "network:ae700000-1" (network_id)
    this dependsOn "subnet:5b700000-1" (fixed_ips)
    this dependsOn router 70e00000-1 (device_id)"
  `)
})

test('only the interface that has the gateway’s address is the way out of the subnet', () => {
  const aliases = (index: number) =>
    (factsOf('openstack:router-interface', index).aliases ?? []).map((alias) => alias.split(':')[0])
  expect([aliases(0), aliases(1), aliases(2)]).toEqual([
    ['router-subnet', 'gateway'],
    ['router-subnet'],
    ['router-subnet'],
  ])
})

test('a router goes with its gateway set', () => {
  expect(drawn('router')).toMatchInlineSnapshot(
    `"this dependsOn "network:ae700000-8" (external_gateway_info.network_id)"`,
  )
})

test('a route goes with its router, and before the interface towards its next hop', () => {
  expect(drawn('route')).toMatchInlineSnapshot(`
    "this dependsOn router-interface 90700000-20 (routes.nexthop)
    this partOf router 70e00000-1 (routes, alone)"
  `)
  expect(drawn('route', 1)).toMatchInlineSnapshot(`"this partOf router 70e00000-1 (routes, alone)"`)
})

test('an association goes with its port or its address, and before the router’s interface', () => {
  expect(drawn('floating-ip-association')).toMatchInlineSnapshot(`
    "this dependsOn router-interface 90700000-20 (router_id)
    this partOf floating-ip this (port_id, alone)
    this partOf port 90700000-1 (port_id, alone)"
  `)
})

test('an address holds nothing but its network, and goes with the Service it was made for', () => {
  expect(drawn('floating-ip')).toMatchInlineSnapshot(`"this dependsOn "network:ae700000-8" (floating_network_id)"`)
  expect(drawn('floating-ip', 2)).toMatchInlineSnapshot(`
    "this dependsOn "network:ae700000-8" (floating_network_id)
    this partOf "service:ci-1/default/web" (cloud-provider-openstack made it, alone)
    this servedBy "controller:ci-1/cloud-provider-openstack" (cloud-provider-openstack made it)"
  `)
})

test('a forwarding goes before its address, the port behind it and the interface', () => {
  expect(drawn('port-forwarding')).toMatchInlineSnapshot(`
    "this dependsOn floating-ip f1900000-4 (floatingip_id)
    this dependsOn port 90700000-3 (internal_port_id)
    this dependsOn router-interface 90700000-20 (internal_ip_address)"
  `)
})

test('a trunk goes after its server and before its parent port', () => {
  expect(drawn('trunk')).toMatchInlineSnapshot(`
    "server 5e700000-1 dependsOn this (port_id.device_id)
    this dependsOn port 90700000-2 (port_id)"
  `)
})

test('a place in a trunk goes with the trunk and before the port', () => {
  expect(drawn('subport')).toMatchInlineSnapshot(`
    "this dependsOn port 90700000-9 (sub_ports.port_id)
    this partOf trunk 7c000000-1 (sub_ports, alone)"
  `)
})

test('a subnet goes before its network and its pool', () => {
  expect(drawn('subnet', 1)).toMatchInlineSnapshot(`
    "this dependsOn "network:ae700000-1" (network_id)
    this dependsOn "subnet-pool:50000000-1" (subnetpool_id)"
  `)
})

test('a rule that names another group goes with either, and holds neither', () => {
  expect(drawn('security-group-rule')).toMatchInlineSnapshot(`
    "this partOf "security-group:56000000-1" (security_group_id, alone)
    this partOf "security-group:56000000-4" (remote_group_id, alone)"
  `)
})

test('what lends a network goes before it; what lends a thing that is no kind stands alone', () => {
  expect(drawn('rbac-policy')).toMatchInlineSnapshot(`"this dependsOn network ae700000-9 (object_id)"`)
  expect(drawn('rbac-policy', 1)).toBe('')
})

test('the default group stays, by its name alone', () => {
  expect(factsOf('openstack:security-group', 1).fixed).toBeDefined()
  expect(factsOf('openstack:security-group').fixed).toBeUndefined()
})

test('a trunk that is switched off is protected, and can be switched on', () => {
  expect(factsOf('openstack:trunk', 1).protections).toEqual([
    { id: 'admin-state', liftable: true, says: 'a trunk that is switched off cannot be removed' },
  ])
  expect(factsOf('openstack:trunk').protections).toBeUndefined()
})
