import { describe, expect, test } from 'vitest'
import { byHand } from './hand.ts'

const finalizer = 'example/resources'

/** A Service in a cluster, and the load balancer that its controller made outside. */
async function serviceWithBalancer(serves = true) {
  const hand = await byHand({ kinds: [{ name: 'kube:service', idIsName: true, goingMs: 1_000 }] })
  const { world } = hand
  const cluster = world.add({ kind: 'cloud:cluster', name: 'ci-1', aliases: ['cluster:ci-1'] })
  const nodes = world.add({ kind: 'cloud:node-group', aliases: ['nodes'] })
  const controller = world.add({
    kind: 'kube:deployment',
    name: 'controller',
    aliases: ['controller:ci-1/example'],
    inside: cluster,
    serves,
    uses: [{ to: nodes, field: 'runs on', enforced: false }],
  })
  const service = world.add({
    kind: 'kube:service',
    name: 'default/web',
    inside: cluster,
    aliases: ['service:ci-1/default/web'],
    servedBy: { by: controller, finalizer },
  })
  const balancer = world.add({
    kind: 'cloud:load-balancer',
    partOf: [{ of: service, field: 'owner', alone: true }],
    servedBy: { by: controller },
    rules: { goingMs: 5_000 },
  })
  return { ...hand, cluster, nodes, controller, service, balancer }
}

describe('server', () => {
  test('finishes a removal by removing first what it made', async () => {
    const { world, remove, facts, service, balancer, wait } = await serviceWithBalancer()
    expect((await facts(service))?.relations).toMatchObject([
      { type: 'dependsOn', ifBroken: 'leaks', to: { alias: 'cluster:ci-1' } },
      { type: 'servedBy', finalizer, to: { kind: 'kube:deployment', id: 'deployment-1' } },
    ])
    expect(await remove(service)).toBe('ok')
    await wait(3_000)
    expect(world.isAlive(service)).toBe(true)
    await wait(5_000)
    expect(world.isAlive(balancer)).toBe(false)
    expect(world.isAlive(service)).toBe(false)
  })

  test('is absent: the removal goes on for ever, until the finalizer is released', async () => {
    const { world, remove, release, facts, controller, service, balancer, wait } = await serviceWithBalancer()
    world.remove(controller)
    expect(await remove(service)).toBe('ok')
    await wait(3_600_000)
    expect((await facts(service))?.phase).toBe('going')
    expect(await release(service, finalizer)).toBe('ok')
    await wait(2_000)
    expect(world.isAlive(service)).toBe(false)
    expect(world.isAlive(balancer)).toBe(true) // what a released finalizer leaves behind
  })

  test('comes back: the removal goes on', async () => {
    const { world, remove, facts, controller, service, wait } = await serviceWithBalancer(false)
    expect((await facts(controller))?.serves).toBe(false)
    await remove(service)
    await wait(60_000)
    expect(world.isAlive(service)).toBe(true)
    world.change(controller, { serves: true })
    await wait(60_000)
    expect(world.isAlive(service)).toBe(false)
  })

  test('stops to serve once what it runs on is gone', async () => {
    const { world, remove, facts, controller, nodes, service, wait } = await serviceWithBalancer()
    expect((await facts(controller))?.serves).toBe(true)
    await remove(nodes)
    expect((await facts(controller))?.serves).toBe(false)
    await remove(service)
    await wait(600_000)
    expect(world.isAlive(service)).toBe(true)
  })

  test('waits for what it may not remove yet', async () => {
    const { world, remove, service, balancer, wait } = await serviceWithBalancer()
    world.change(balancer, { protections: ['deletion protection'] })
    await remove(service)
    await wait(600_000)
    expect(world.isAlive(service)).toBe(true)
    world.change(balancer, { protections: [] })
    await wait(60_000)
    expect(world.isAlive(balancer)).toBe(false)
    expect(world.isAlive(service)).toBe(false)
  })

  test('dies with its cluster: what it made outside is left alone', async () => {
    const { world, remove, cluster, service, controller, balancer } = await serviceWithBalancer()
    expect(await remove(cluster)).toBe('ok')
    expect([service, controller, balancer].map((one) => world.isAlive(one))).toEqual([false, false, true])
  })

  test('a whole that removes its parts first waits for the last of them', async () => {
    const { world, remove, wait } = await byHand({ kinds: [{ name: 'kube:namespace', partsFirst: true }] })
    const namespace = world.add({ kind: 'kube:namespace' })
    const held = world.add({
      kind: 'kube:claim',
      partOf: [{ of: namespace, field: 'namespace', alone: true }],
      servedBy: { by: { alias: 'controller:nobody' }, finalizer },
    })
    expect(await remove(namespace)).toBe('ok')
    await wait(60_000)
    expect(held.phase).toBe('going')
    expect(world.isAlive(namespace)).toBe(true)
    world.remove(held)
    await wait(1)
    expect(world.isAlive(namespace)).toBe(false)
  })
})

describe('writer', () => {
  const kinds = [{ name: 'cloud:node-group', writer: true, restoreMs: 20_000 }] as const
  const groupOfOne = async () => {
    const hand = await byHand({ kinds })
    const { world } = hand
    const group = world.add({ kind: 'cloud:node-group' })
    const instance = world.add({
      kind: 'cloud:instance',
      name: 'worker',
      tags: { cluster: 'ci-1' },
      aliases: ['instance:instance-1'],
      partOf: [{ of: group, field: 'group', alone: true }],
      restoredBy: group,
    })
    world.add({ kind: 'cloud:interface', partOf: [{ of: instance, field: 'attached to' }] })
    return { ...hand, group, instance }
  }

  test('makes again what was removed, with its parts: new id, same name and marks', async () => {
    const { world, remove, instance, alive, wait } = await groupOfOne()
    await remove(instance)
    expect(alive()).toEqual(['node-group-1'])
    await wait(20_000)
    expect(alive()).toEqual(['node-group-1', 'instance-2', 'interface-2'])
    const again = world.get('cloud:instance', 'instance-2')
    expect(again).toMatchObject({ name: 'worker', tags: { cluster: 'ci-1' }, aliases: ['instance:instance-2'] })
    expect(again?.incarnation).not.toBe(instance.incarnation)
  })

  test('where the id is a name, the same id comes back as another incarnation', async () => {
    const { world, remove, wait } = await byHand({ kinds: [{ name: 'kube:pod', idIsName: true }] })
    const owner = world.add({ kind: 'kube:set' })
    const pod = world.add({ kind: 'kube:pod', name: 'db-0', restoredBy: owner })
    await remove(pod)
    await wait(3_000)
    const again = world.get('kube:pod', 'db-0')
    expect(again?.key).toBe(pod.key)
    expect(again?.incarnation).not.toBe(pod.incarnation)
    expect(await remove(pod)).toBe('ok') // read fresh, it is the new one that is asked for
    expect(again && world.isAlive(again)).toBe(false)
  })

  test('is silent while it is paused and catches up when it is resumed', async () => {
    const { remove, pause, resume, group, instance, alive, wait } = await groupOfOne()
    expect(await pause(group)).toBe('ok')
    await remove(instance)
    await wait(600_000)
    expect(alive()).toEqual(['node-group-1'])
    expect(await resume(group)).toBe('ok')
    await wait(20_000)
    expect(alive()).toContain('instance-2')
  })

  test('is being removed itself: makes nothing again and takes its parts along', async () => {
    const { remove, group, alive, wait } = await groupOfOne()
    await remove(group)
    await wait(60_000)
    expect(alive()).toEqual([])
  })

  test('makes nothing where what it would use is missing', async () => {
    const { world, remove, alive, wait } = await byHand({ kinds })
    const group = world.add({ kind: 'cloud:node-group' })
    const subnet = world.add({ kind: 'cloud:subnet' })
    const instance = world.add({ kind: 'cloud:instance', restoredBy: group, uses: [{ to: subnet, field: 'subnet' }] })
    await remove(instance)
    await remove(subnet)
    await wait(60_000)
    expect(alive()).toEqual(['node-group-1'])
  })
})
