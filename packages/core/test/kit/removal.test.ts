import { describe, expect, test } from 'vitest'
import { byHand } from './hand.ts'

describe('order', () => {
  test('refuses to remove what something living uses, and says who', async () => {
    const { world, remove, refusal } = await byHand()
    const vpc = world.add({ kind: 'cloud:vpc' })
    const subnet = world.add({ kind: 'cloud:subnet', uses: [{ to: vpc, field: 'vpc' }] })
    expect(await refusal(vpc)).toMatchObject({
      code: 'blocked',
      providerCode: 'InUse',
      blockers: [{ kind: 'cloud:subnet', id: subnet.id }],
    })
    expect(await remove(subnet)).toBe('ok')
    expect(await remove(vpc)).toBe('ok')
    expect(world.alive()).toEqual([])
  })

  test('a kind that does not name its blockers only says that there are some', async () => {
    const { world, refusal } = await byHand({ kinds: [{ name: 'cloud:vpc', blockers: 'unnamed' }] })
    const vpc = world.add({ kind: 'cloud:vpc' })
    const subnet = world.add({ kind: 'cloud:subnet', uses: [{ to: vpc, field: 'vpc' }] })
    const failure = await refusal(vpc)
    expect(failure).toMatchObject({ code: 'blocked' })
    expect(failure?.blockers).toBeUndefined()
    expect(failure?.message).not.toContain(subnet.id)
  })

  test('what leaks is not refused', async () => {
    const { world, remove, alive } = await byHand()
    const vpc = world.add({ kind: 'cloud:vpc' })
    world.add({ kind: 'cloud:flow-log', uses: [{ to: vpc, field: 'vpc', ifBroken: 'leaks' }] })
    expect(await remove(vpc)).toBe('ok')
    expect(alive()).toEqual(['flow-log-1'])
  })

  test('a hidden use is enforced and never told', async () => {
    const { world, facts, remove } = await byHand()
    const role = world.add({ kind: 'cloud:role' })
    const user = world.add({ kind: 'cloud:function', uses: [{ to: role, field: 'role', hidden: true }] })
    expect((await facts(user))?.relations).toEqual([])
    expect(await remove(role)).toBe('InUse')
  })

  test('what is told for the sake of order alone is not enforced', async () => {
    const { world, facts, remove } = await byHand()
    const nodes = world.add({ kind: 'cloud:node-group' })
    const controller = world.add({ kind: 'cloud:controller', uses: [{ to: nodes, field: 'runs on', enforced: false }] })
    expect((await facts(controller))?.relations).toMatchObject([{ type: 'dependsOn', ifBroken: 'refused' }])
    expect(await remove(nodes)).toBe('ok')
  })

  test('groups whose rules name each other go once one rule is cut', async () => {
    const { world, remove } = await byHand({ kinds: [{ name: 'cloud:rule', link: true }] })
    const [a, b] = [world.add({ kind: 'cloud:group' }), world.add({ kind: 'cloud:group' })]
    const inA = world.add({
      kind: 'cloud:rule',
      partOf: [{ of: a, field: 'holder' }],
      uses: [{ to: b, field: 'source' }],
    })
    world.add({ kind: 'cloud:rule', partOf: [{ of: b, field: 'holder' }], uses: [{ to: a, field: 'source' }] })
    expect(await remove(a)).toBe('InUse')
    expect(await remove(b)).toBe('InUse')
    expect(await remove(inA)).toBe('ok')
    expect(await remove(b)).toBe('ok') // takes its rule along
    expect(await remove(a)).toBe('ok')
    expect(world.alive()).toEqual([])
  })

  test('a link that was cut can be put back, once', async () => {
    const { world, facts, remove, restore } = await byHand({ kinds: [{ name: 'cloud:rule', link: true }] })
    const [a, b] = [world.add({ kind: 'cloud:group' }), world.add({ kind: 'cloud:group' })]
    const rule = world.add({
      kind: 'cloud:rule',
      partOf: [{ of: a, field: 'holder' }],
      uses: [{ to: b, field: 'source' }],
    })
    const before = await facts(rule)
    if (!before) throw new Error('the rule is there')
    await remove(rule)
    expect(await restore(rule, JSON.parse(JSON.stringify(before)))).toBe('ok')
    expect(await restore(rule, before)).toBe('ok')
    expect(world.alive().filter(({ kind }) => kind === 'cloud:rule')).toHaveLength(1)
    expect(await remove(b)).toBe('InUse')
  })

  test('what is gone is not found, on removal too', async () => {
    const { world, remove, facts } = await byHand()
    const vpc = world.add({ kind: 'cloud:vpc' })
    await remove(vpc)
    expect(await facts(vpc)).toBeUndefined()
    expect(await remove(vpc)).toBe('NotFound')
  })
})

describe('time', () => {
  test('an accepted removal takes its time, and asking again changes nothing', async () => {
    const { world, remove, facts, wait } = await byHand({ kinds: [{ name: 'cloud:database', goingMs: 60_000 }] })
    const database = world.add({ kind: 'cloud:database' })
    expect(await remove(database)).toBe('ok')
    expect(await facts(database)).toMatchObject({ phase: 'going', state: 'deleting' })
    await wait(30_000)
    expect(await remove(database)).toBe('ok')
    await wait(31_000)
    expect(await facts(database)).toBeUndefined()
  })

  test('a part lives on for a while after its whole and still holds what it uses', async () => {
    const { world, remove, facts, wait } = await byHand()
    const subnet = world.add({ kind: 'cloud:subnet' })
    const balancer = world.add({ kind: 'cloud:load-balancer', uses: [{ to: subnet, field: 'subnets' }] })
    const attachment = world.add({
      kind: 'cloud:interface',
      managed: 'the load balancer',
      partOf: [{ of: balancer, field: 'owner' }],
      uses: [{ to: subnet, field: 'subnet' }],
      rules: { outlivesMs: 120_000 },
    })
    expect(await remove(attachment)).toBe('ManagedByService')
    expect((await facts(attachment))?.fixed).toContain('the load balancer')
    expect(await remove(balancer)).toBe('ok')
    expect(world.isAlive(balancer)).toBe(false)
    expect(await remove(attachment)).not.toBe('InUse')
    expect(await remove(subnet)).toBe('InUse')
    await wait(121_000)
    expect(world.isAlive(attachment)).toBe(false)
    expect(await remove(subnet)).toBe('ok')
  })

  test('each resource has durations of its own, the same in every run', async () => {
    const durations = async (): Promise<number[]> => {
      const { world, remove, wait } = await byHand({
        jitter: 0.5,
        kinds: [{ name: 'cloud:database', goingMs: 60_000 }],
      })
      const all = Array.from({ length: 5 }, () => world.add({ kind: 'cloud:database' }))
      const asked = world.now()
      for (const one of all) await remove(one)
      await wait(120_000)
      world.alive()
      return all.map((one) => (one.goneAt ?? 0) - asked)
    }
    const first = await durations()
    expect(new Set(first).size).toBe(5)
    expect(await durations()).toEqual(first)
  })

  test('durations may be spread as in real estates: around the rule, and never far beyond', async () => {
    const { world, remove, wait } = await byHand({ spread: 0.4, kinds: [{ name: 'cloud:database', goingMs: 100_000 }] })
    const all = Array.from({ length: 200 }, () => world.add({ kind: 'cloud:database' }))
    const asked = all.map(() => 0)
    for (const [index, one] of all.entries()) {
      await remove(one)
      asked[index] = world.journal.at(-1)?.atMs ?? 0
    }
    await wait(300_000)
    world.alive()
    const start = world.now() - world.elapsedMs()
    const took = all.map((one, index) => (one.goneAt ?? 0) - start - (asked[index] ?? 0)).sort((a, b) => a - b)
    expect(took[100]).toBeGreaterThan(80_000)
    expect(took[100]).toBeLessThan(120_000)
    expect(took.at(-1)).toBeGreaterThan(150_000)
    expect(took.at(-1)).toBeLessThanOrEqual(Math.ceil(100_000 * Math.exp(0.8)))
    expect(took[0]).toBeGreaterThanOrEqual(Math.floor(100_000 * Math.exp(-0.8)))
  })

  test('some removals fail, and work when they are asked for again', async () => {
    const { world, remove, facts, wait } = await byHand({
      kinds: [{ name: 'cloud:volume', goingMs: 1_000, failsTimes: 1 }],
    })
    const volume = world.add({ kind: 'cloud:volume' })
    await remove(volume)
    await wait(2_000)
    expect(await facts(volume)).toMatchObject({
      phase: 'failed',
      data: { failed: ['internal failure while deleting'] },
    })
    expect(await remove(volume)).toBe('ok')
    await wait(2_000)
    expect(world.isAlive(volume)).toBe(false)
  })

  test('some get stuck, and only the operator can help', async () => {
    const { world, remove, facts, wait } = await byHand({ kinds: [{ name: 'cloud:volume', goingMs: 1_000 }] })
    const volume = world.add({ kind: 'cloud:volume', rules: { sticks: true } })
    await remove(volume)
    await wait(2_000)
    expect(await facts(volume)).toMatchObject({ phase: 'stuck', state: 'error-deleting' })
    expect(await remove(volume)).toBe('Conflict')
  })

  test('what changes just now is a conflict, a little later it is not', async () => {
    const { world, remove, facts, wait } = await byHand()
    const cluster = world.add({ kind: 'cloud:cluster', changingMs: 5_000 })
    expect((await facts(cluster))?.phase).toBe('changing')
    expect(await remove(cluster)).toBe('Conflict')
    await wait(5_000)
    expect(await remove(cluster)).toBe('ok')
  })

  test('a tombstone is still read for a while, as gone', async () => {
    const { world, remove, facts, list, wait } = await byHand({
      kinds: [{ name: 'cloud:instance', tombstoneMs: 60_000 }],
    })
    const instance = world.add({ kind: 'cloud:instance' })
    await remove(instance)
    expect(world.alive()).toEqual([])
    expect((await facts(instance))?.phase).toBe('gone')
    expect(await list(instance)).toEqual([instance.id])
    await wait(60_000)
    expect(await facts(instance)).toBeUndefined()
    expect(await list(instance)).toEqual([])
  })

  test('removals that take turns never overlap', async () => {
    const { world, remove, wait } = await byHand({
      kinds: [{ name: 'cloud:profile', goingMs: 10_000, oneAtATime: 'cluster' }],
    })
    const [a, b] = [world.add({ kind: 'cloud:cluster' }), world.add({ kind: 'cloud:cluster' })]
    const [first, second, other] = [a, a, b].map((to) =>
      world.add({ kind: 'cloud:profile', uses: [{ to, field: 'cluster' }] }),
    )
    if (!first || !second || !other) throw new Error('three profiles')
    expect(await remove(first)).toBe('ok')
    expect(await remove(second)).toBe('Conflict')
    expect(await remove(other)).toBe('ok')
    await wait(10_000)
    expect(await remove(second)).toBe('ok')
  })
})

describe('protection', () => {
  test('stands until it is lifted, also on a part, and can be put back', async () => {
    const { world, remove, facts, unprotect, protect } = await byHand()
    const group = world.add({ kind: 'cloud:node-group' })
    const instance = world.add({
      kind: 'cloud:instance',
      partOf: [{ of: group, field: 'group' }],
      protections: ['termination'],
    })
    expect(await remove(instance)).toBe('Protected')
    expect(await remove(group)).toBe('Protected')
    const [before] = (await facts(instance))?.protections ?? []
    expect(await unprotect(instance, 'termination')).toBe('ok')
    expect(await protect(instance, JSON.parse(JSON.stringify(before)))).toBe('ok')
    expect(await remove(group)).toBe('Protected')
    await unprotect(instance, 'termination')
    expect(await remove(group)).toBe('ok')
    expect(world.alive()).toEqual([])
  })
})

describe('stack', () => {
  const kinds = [
    { name: 'cloud:stack', ifUsed: 'fails', namesParts: true, goingMs: 1_000, patienceMs: 30_000 },
  ] as const

  test('removes its members in an order that works', async () => {
    const { world, remove, wait } = await byHand({ kinds })
    const stack = world.add({ kind: 'cloud:stack' })
    const partOf = [{ of: stack, field: 'member' }]
    const vpc = world.add({ kind: 'cloud:vpc', partOf })
    const subnet = world.add({ kind: 'cloud:subnet', partOf, uses: [{ to: vpc, field: 'vpc' }] })
    world.add({ kind: 'cloud:instance', partOf, uses: [{ to: subnet, field: 'subnet' }], rules: { goingMs: 40_000 } })
    expect(await remove(stack)).toBe('ok')
    await wait(20_000)
    expect(world.isAlive(subnet)).toBe(true)
    await wait(60_000)
    expect(world.alive()).toEqual([])
  })

  test('accepts, fails later with the reason, and goes on when it is asked again', async () => {
    const { world, remove, facts, wait } = await byHand({ kinds })
    const stack = world.add({ kind: 'cloud:stack' })
    const subnet = world.add({ kind: 'cloud:subnet', partOf: [{ of: stack, field: 'member' }] })
    const role = world.add({ kind: 'cloud:role', partOf: [{ of: stack, field: 'member' }] })
    const stray = world.add({ kind: 'cloud:interface', uses: [{ to: subnet, field: 'subnet' }] })
    expect(await remove(stack)).toBe('ok')
    await wait(60_000)
    const failed = await facts(stack)
    expect(failed).toMatchObject({ phase: 'failed', state: 'delete-failed' })
    expect(failed?.data).toMatchObject({ failed: [expect.stringContaining(stray.id)] })
    expect(failed?.relations).toMatchObject([{ type: 'partOf', from: { kind: 'cloud:subnet', id: subnet.id } }])
    expect(world.isAlive(role)).toBe(false)
    await remove(stray)
    expect(await remove(stack)).toBe('ok')
    await wait(60_000)
    expect(world.alive()).toEqual([])
  })

  test('waits with patience for a member that is about to be freed', async () => {
    const { world, remove, wait } = await byHand({ kinds })
    const stack = world.add({ kind: 'cloud:stack' })
    const subnet = world.add({ kind: 'cloud:subnet', partOf: [{ of: stack, field: 'member' }] })
    const stray = world.add({ kind: 'cloud:interface', uses: [{ to: subnet, field: 'subnet' }] })
    await remove(stack)
    await wait(20_000)
    await remove(stray)
    await wait(20_000)
    expect(world.alive()).toEqual([])
  })

  test('leaves members out only after it has failed', async () => {
    const { world, remove, wait } = await byHand({ kinds })
    const stack = world.add({ kind: 'cloud:stack' })
    const subnet = world.add({ kind: 'cloud:subnet', partOf: [{ of: stack, field: 'member' }] })
    world.add({ kind: 'cloud:interface', id: 'stray', uses: [{ to: subnet, field: 'subnet' }] })
    expect(await remove(stack, [subnet.id])).toBe('Invalid')
    await remove(stack)
    await wait(60_000)
    expect(await remove(stack, [subnet.id])).toBe('ok')
    await wait(60_000)
    expect(world.isAlive(stack)).toBe(false)
    expect(world.isAlive(subnet)).toBe(true)
  })
})
