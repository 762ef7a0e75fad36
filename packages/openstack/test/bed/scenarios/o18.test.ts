import { explain } from '@cleardown/core'
import { type Json, newProject, type Staging, snapshotOf, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test } from 'vitest'
import {
  bare,
  changesOf,
  expectGeneralRules,
  expectNothingLeftToDo,
  expectOrder,
  idsOf,
  noChange,
  play,
  type Scene,
  scenarioMs,
} from './play.ts'

// https://github.com/kubernetes-sigs/kubespray/issues/11263 and 7201, 6714, 11411; https://github.com/vexxhost/magnum-cluster-api/issues/188
const bed = await sharedOpenStackBed()
const target = { names: { prefix: 'tf-r77' } }
const policy = { suspected: 'remove' } as const

interface World {
  readonly network: Json
  readonly subnet: Json
  readonly router: Json
  readonly groups: readonly [Json, Json]
  /** Of m1, of w1 that failed, and of w2 that never came to be. */
  readonly ports: readonly [Json, Json, Json]
  readonly m1: Json
  readonly w1: Json
}

/** A build of two workers that failed: one server is in ERROR, the other was never made; their ports are there. */
async function stage(make: Staging): Promise<World> {
  const name = (part: string): string => `tf-r77-${part}`
  const network = await make.network(name('net'))
  const subnet = await make.subnet(name('subnet'), network)
  const router = await make.router(name('router'))
  await make.connect(router, subnet)
  const groups = [await make.securityGroup(name('k8s')), await make.securityGroup(name('k8s-master'))] as const
  await make.allow(groups[0], groups[1])
  await make.allow(groups[1], groups[0])
  const port = (part: string): Promise<Json> => make.port(name(part), network, { security_groups: [groups[0].id] })
  const ports = [await port('m1'), await port('w1'), await port('w2')] as const
  const keypair = await make.keypair('kubernetes-tf-r77') // named by Kubespray, which puts its word before the prefix
  const m1 = await make.server(name('m1'), { ports: [ports[0]], keypair })
  await bed.fault('nova', 'spawn_error', name('w1'))
  const w1 = await make.server(name('w1'), { ports: [ports[1]], keypair, status: 'ERROR' })
  await bed.clearFaults('nova', 'spawn_error')
  // as a build leaves it that found no host; this one failed later and gives it back, which may come after ERROR
  await make.client.until('neutron', `/ports/${ports[1].id}`, 'port', 'device_id', '')
  await make.client.call('PUT', 'neutron', `/ports/${ports[1].id}`, { port: { device_id: w1.id } })
  return { network, subnet, router, groups, ports, m1, w1 }
}

test(
  'O18: a security group goes after the orphan ports of a failed build, which are named with the dead server that made them',
  async () => {
    const make = await staging(await newProject(bed, 'o18'))
    const team = await make.network('team')
    await make.subnet('team', team)
    await make.image('ubuntu')
    await make.keypair('kubernetes-tf-r770')
    const guard = await snapshotOf(make.client)
    const { network, subnet, router, groups, ports, m1, w1 } = await stage(make)
    const scene: Scene = { bed, client: make.client, target, policy }

    const done = await play(scene)
    expect(done.report.outcome, done.told).toBe('clean')
    expectGeneralRules(done)
    expect(changesOf({ ...done, before: guard })).toEqual(noChange)

    expectOrder(done, [m1.id], [ports[0].id])
    expectOrder(done, [w1.id], [ports[1].id])
    expectOrder(done, idsOf(...ports), idsOf(groups[0], subnet, network))
    expectOrder(done, [subnet.id], [network.id])
    expect(done.plan.findings.map(({ code }) => code)).not.toContain('broken-order') // the rules that name the other group

    // "in use" is a symptom: the plan names the ports that use the group, and the server of each that is dead
    const why = explain(done.plan, groups[0].id).after.flatMap(({ because }) => because)
    for (const { id } of ports) expect(why.join('\n')).toMatch(new RegExp(`port .*${id}.* uses .*security_groups`))
    const keyOf = (id: string): string => done.plan.resources.find((one) => one.id === id)?.key ?? ''
    expect(done.plan.resources).toContainEqual(expect.objectContaining({ key: keyOf(w1.id), state: 'ERROR' }))
    expect(done.plan.edges).toContainEqual(
      expect.objectContaining({ from: keyOf(w1.id), to: keyOf(ports[1].id), because: 'device_id' }),
    )
    expect(router.id).not.toBe('')
    await expectNothingLeftToDo(scene)
  },
  scenarioMs,
)

test(
  'O18: a keypair that no server is left of is found by the name that Kubespray makes, and asked about unless suspicion is enough',
  async () => {
    const make = await staging(await newProject(bed, 'o18'))
    const { name } = await make.keypair('kubernetes-tf-r77')
    const other = await make.keypair('kubernetes-tf-r770')
    const scene: Scene = { bed, client: make.client, target }

    const asked = await play(scene)
    expect(asked.report.outcome, asked.told).toBe('blocked')
    expect(asked.report.left).toEqual([
      expect.objectContaining({
        ownership: expect.objectContaining({ level: 'suspected' }),
        key: expect.stringMatching(/kubernetes-tf-r77$/),
      }),
    ])

    const done = await play({ ...scene, policy })
    expect(done.report.outcome, done.told).toBe('clean')
    expect(changesOf(done)).toEqual({ ...noChange, gone: [`keypair:${name}`] })
    expect(bare([...done.after.keys()])).toContain(other.name)
  },
  scenarioMs,
)

test(
  'O18: a keypair is as surely ours as the servers that Kubespray made with it; what a person’s server uses stays',
  async () => {
    const make = await staging(await newProject(bed, 'o18'))
    const network = await make.network('team')
    await make.subnet('team', network)
    const metadata = { 'cleardown.run': 'r-77' }
    const keypair = await make.keypair('kubernetes-tf-r77')
    const persons = await make.keypair('alice')
    const kubespray = { ...metadata, kubespray_groups: 'k8s_cluster' }
    const node = await make.server('node-1', { network, keypair, metadata: kubespray })
    const box = await make.server('box', { network, keypair: persons, metadata })

    const done = await play({ bed, client: make.client, target: { run: 'r-77' } })
    expect(done.report.outcome, done.told).toBe('clean')
    expectGeneralRules(done)
    expectOrder(done, [node.id], [keypair.name])
    const gone = bare(changesOf(done).gone)
    expect(gone).toEqual(expect.arrayContaining([...idsOf(node, box), keypair.name]))
    expect(gone).not.toContain(persons.name)
  },
  scenarioMs,
)

test(
  'O18: a machine of somebody in the same network blocks it and nothing else',
  async () => {
    const make = await staging(await newProject(bed, 'o18'))
    const { client } = make
    const world = await stage(make)
    const box = await make.server('dev-box', { network: world.network })
    const guard = await client.call('GET', 'nova', `/servers/${box.id}`)

    const done = await play({ bed, client, target, policy })
    expect(done.report.outcome, done.told).toBe('blocked')
    expectGeneralRules(done)
    const { gone, changed, added } = changesOf(done)
    expect({ changed, added }).toEqual({ changed: [], added: [] })
    expect(bare(gone)).toEqual(expect.arrayContaining(idsOf(world.m1, world.w1, ...world.ports, ...world.groups)))
    for (const id of idsOf(box, world.network, world.subnet)) expect(bare(gone)).not.toContain(id)
    expect(await client.call('GET', 'nova', `/servers/${box.id}`)).toEqual(guard)
    const chain = done.report.left.find(({ key }) => key.endsWith(world.network.id))?.blockers.map(({ key }) => key)
    expect(chain?.join()).toContain(box.id)
  },
  scenarioMs,
)
