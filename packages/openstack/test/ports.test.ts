import { expect, test } from 'vitest'
import { classifyPort, type PortRow } from '../src/ports.ts'
import { factsOf, fixture, picture } from './support.ts'

const port = (more: Partial<PortRow>): PortRow => ({ ...(fixture('openstack:port')[0] as PortRow), ...more })

/** What each owner means: who takes the port away, and whether it is ever ours to remove. */
test.each([
  ['', 's1', 'free', 'server s1 dependsOn this'],
  ['', '', 'free', ''],
  ['trunk:subport', 't1', 'free', ''],
  ['compute:nova', 's1', 'server', 'this partOf server s1'],
  ['compute:kuryr', '', 'server', ''],
  ['Octavia', 'lb-l1', 'part', 'this partOf load-balancer l1'],
  ['network:dhcp', 'dhcp-x', 'part', 'this partOf network n1'],
  ['network:distributed', 'ovnmeta-n1', 'part', 'this partOf network n1'],
  ['network:floatingip_agent_gateway', 'x', 'part', 'this partOf network n1'],
  ['network:router_gateway', 'r1', 'part', 'this partOf router r1'],
  ['network:router_ha_interface', 'r1', 'part', 'this partOf router r1'],
  ['network:floatingip', 'f1', 'part', 'this partOf floating-ip f1'],
  ['manila:share', 'x', 'opaque', ''],
  ['baremetal:none', 'x', 'opaque', ''],
  ['network:f5lbaasv2', 'x', 'opaque', ''],
  ['vendor:appliance', 'x', 'opaque', ''],
])('a port of "%s" with the device "%s" is %s', (device_owner, device_id, is, relation) => {
  const use = classifyPort(port({ id: 'p1', network_id: 'n1', device_owner, device_id }))
  expect(use.is).toBe(is)
  expect(picture({ ...factsOf('openstack:port'), id: 'p1', relations: use.relations })[0] ?? '').toContain(relation)
  expect(use.fixed !== undefined).toBe(is === 'part' || is === 'opaque')
})

test('a port that was made before its server outlives it; one that Nova made goes with it', () => {
  const of = (more: Partial<PortRow>) =>
    classifyPort(port({ name: '', tags: [], description: '', ...more })).relations.map(({ type }) => type)
  expect(of({})).toEqual(['partOf'])
  for (const mark of [{ name: 'ci-1-k8s-master-1' }, { tags: ['x'] }, { description: 'x' }])
    expect(of(mark)).toEqual(['dependsOn'])
})

test('the network’s own ports hold neither its subnets nor its groups', () => {
  for (const index of [5, 6]) expect(picture(factsOf('openstack:port', index))).toHaveLength(1)
})

test('a port whose owner nobody knows is never removed by us, and holds what it uses', () => {
  const facts = factsOf('openstack:port', 9)
  expect(facts.fixed).toContain('manila:share')
  expect(picture(facts).join('\n')).toMatch(/dependsOn "subnet:/)
})
