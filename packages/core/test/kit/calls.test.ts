import { describe, expect, test } from 'vitest'
import { memoryCloud } from '../../src/kit/testing/index.ts'
import { byHand } from './hand.ts'

const signal = new AbortController().signal
const direct = {
  signal,
  now: () => 0,
  request: <T>(_: unknown, send: (signal: AbortSignal) => Promise<T>) => send(signal),
}

describe('journal', () => {
  test('has every call with time, effect, id and result', async () => {
    const { world, remove } = await byHand()
    const vpc = world.add({ kind: 'cloud:vpc' })
    const subnet = world.add({ kind: 'cloud:subnet', uses: [{ to: vpc, field: 'vpc' }] })
    await remove(vpc)
    await remove(subnet)
    const writes = world.journal.filter(({ effect }) => effect === 'write')
    expect(writes.map(({ provider, call, id, result }) => [provider, call, id, result])).toEqual([
      ['cloud', 'DeleteVpc', vpc.id, 'InUse'],
      ['cloud', 'DeleteSubnet', subnet.id, 'ok'],
    ])
    expect(world.refusals()).toEqual([writes[0]])
    expect(world.journal.map(({ atMs }) => atMs)).toEqual(
      [...world.journal.map(({ atMs }) => atMs)].sort((a, b) => a - b),
    )
  })

  test('tells harm: calls that had an effect, ends, also of parts; looking is none', async () => {
    const { world, remove, unmark, facts } = await byHand({ kinds: [{ name: 'cloud:rule', link: true }] })
    const group = world.add({ kind: 'cloud:group', tags: { 'cluster-shared': 'ci-1' } })
    const rule = world.add({ kind: 'cloud:rule', partOf: [{ of: group, field: 'holder' }] })
    const other = world.add({ kind: 'cloud:group' })
    await facts(group)
    world.add({ kind: 'cloud:user', uses: [{ to: other, field: 'group' }] })
    await remove(other)
    expect(world.harm([group, other])).toEqual([])
    await unmark(group, 'cluster-shared=ci-1')
    await remove(rule)
    expect(group.tags).toEqual({})
    expect(world.harm([group]).map(({ resource, what }) => `${resource.id} ${what}`)).toEqual([
      'group-1 UntagGroup',
      'rule-1 DeleteRule',
      'rule-1 gone',
    ])
  })
})

describe('lists', () => {
  test('lag behind, reads by id do not', async () => {
    const { world, remove, list, facts, wait } = await byHand({ listLagMs: 10_000 })
    const vpc = world.add({ kind: 'cloud:vpc' })
    await wait(20_000)
    const late = world.add({ kind: 'cloud:vpc' })
    await remove(vpc)
    expect(await facts(vpc)).toBeUndefined()
    expect(await facts(late)).toBeDefined()
    expect(await list(vpc)).toEqual([vpc.id])
    await wait(10_000)
    expect(await list(vpc)).toEqual([late.id])
  })

  test('come in pages, each one request', async () => {
    const { world, list } = await byHand({ pageSize: 10 })
    const all = Array.from({ length: 25 }, () => world.add({ kind: 'cloud:volume' }))
    const [first] = all
    if (!first) throw new Error('volumes')
    expect(await list(first)).toHaveLength(25)
    expect(world.journal.filter(({ call }) => call === 'ListVolumes')).toHaveLength(3)
  })

  test('find by id, tag and what is used', async () => {
    const { world, connected } = await byHand()
    const vpc = world.add({ kind: 'cloud:vpc' })
    world.add({ kind: 'cloud:subnet', tags: { team: 'x' }, uses: [{ to: vpc, field: 'vpc' }] })
    world.add({ kind: 'cloud:subnet', tags: { team: 'y' } })
    const [connection] = await connected()
    const kind = connection?.kinds.get('cloud:subnet')
    if (!connection || !kind) throw new Error('subnets')
    const ids = async (found: AsyncIterable<unknown> | undefined) => {
      const all: string[] = []
      for await (const raw of found ?? []) all.push(kind.facts(raw).id)
      return all
    }
    const io = connection.io('here')
    expect(kind.uses).toEqual(['cloud:vpc'])
    expect(await ids(kind.find.using?.['cloud:vpc']?.(io, [vpc.id]))).toEqual(['subnet-1'])
    expect(await ids(kind.find.tags?.(io, ['team=y']))).toEqual(['subnet-2'])
    expect(await ids(kind.find.ids?.(io, ['subnet-2', 'subnet-9']))).toEqual(['subnet-2'])
  })

  test('a kind may need a second call for tags and a third for relations', async () => {
    const { world, connected, facts } = await byHand({
      kinds: [{ name: 'cloud:load-balancer', labels: true, more: true }],
    })
    const subnet = world.add({ kind: 'cloud:subnet' })
    const balancer = world.add({
      kind: 'cloud:load-balancer',
      tags: { a: 'b' },
      uses: [{ to: subnet, field: 'subnets' }],
      protections: ['p'],
    })
    const [connection] = await connected()
    const kind = connection?.kinds.get('cloud:load-balancer')
    const bare = kind?.facts(await kind.read?.(connection?.io('here') as never, balancer.id))
    expect(bare).not.toHaveProperty('tags')
    expect(bare).toMatchObject({ relations: [] })
    expect(await facts(balancer)).toMatchObject({
      tags: { a: 'b' },
      relations: [{ because: 'subnets' }],
      protections: [{ id: 'p' }],
    })
  })
})

describe('faults', () => {
  const volume = async (options: Parameters<typeof byHand>[0]) => {
    const hand = await byHand(options)
    return { ...hand, it: hand.world.add({ kind: 'cloud:volume' }) }
  }

  test('strike by call, after a count, for a number of times', async () => {
    const { remove, it, world } = await volume({
      faults: [{ what: 'error', call: 'DeleteVolume', after: 1, times: 1 }],
    })
    const other = world.add({ kind: 'cloud:volume' })
    const third = world.add({ kind: 'cloud:volume' })
    expect([await remove(it), await remove(other), await remove(third)]).toEqual(['ok', 'InternalError', 'ok'])
    expect(world.alive()).toEqual([other])
  })

  test('strike at a rate, the same way for the same seed', async () => {
    const run = async (seed: number): Promise<string> => {
      const { world, remove } = await byHand({ seed, faults: [{ what: 'throttled', call: /^Delete/, rate: 0.5 }] })
      let results = ''
      for (let index = 0; index < 30; index++) results += (await remove(world.add({ kind: 'cloud:volume' }))).charAt(0)
      return results
    }
    expect(await run(1)).toBe(await run(1))
    expect(await run(1)).not.toBe(await run(2))
    expect(await run(1)).toMatch(/o.*T|T.*o/)
  })

  test('a lost answer had its effect, a lost request had none', async () => {
    const { remove, it, world } = await volume({})
    const end = world.fail({ what: 'lost-request', call: 'DeleteVolume' })
    expect(await remove(it)).toBe('ConnectionLost')
    expect(world.isAlive(it)).toBe(true)
    end()
    world.fail({ what: 'lost-response', call: 'DeleteVolume', times: 1 })
    expect(await remove(it)).toBe('ConnectionLost')
    expect(world.isAlive(it)).toBe(false)
  })

  test('an explicit deny names the permission and the principal', async () => {
    const { refusal, it } = await volume({ faults: [{ what: 'denied', kind: 'cloud:volume', effect: 'write' }] })
    expect(await refusal(it)).toMatchObject({
      code: 'denied',
      missing: { principal: 'cloud-user', permission: 'cloud:DeleteVolume', explicit: true },
    })
  })

  test('a denied listing is a failure, not an empty list', async () => {
    const { list, it } = await volume({ faults: [{ what: 'denied', call: 'ListVolumes' }] })
    expect(await list(it)).toBe('AccessDenied')
  })

  test('a call that hangs is given up by its caller, a minute later', async () => {
    const { remove, it, context } = await volume({ faults: [{ what: 'hang', call: 'DeleteVolume' }] })
    const before = context.elapsedMs()
    expect(await remove(it)).toBe('CallTimedOut')
    expect(context.elapsedMs() - before).toBeGreaterThanOrEqual(60_000)
  })

  test('a stale answer is as old as the fault says, also by id; writes are never stale', async () => {
    const { world, remove, list, facts, wait } = await byHand({
      faults: [{ what: 'stale', staleMs: 10_000, fromMs: 20_000 }],
    })
    const vpc = world.add({ kind: 'cloud:vpc' })
    await wait(20_000)
    expect(await remove(vpc)).toBe('ok')
    const late = world.add({ kind: 'cloud:vpc' })
    expect(await facts(vpc)).toMatchObject({ phase: 'steady' })
    expect(await facts(late)).toBeUndefined()
    expect(await list(vpc)).toEqual([vpc.id])
    expect(await remove(vpc)).toBe('NotFound')
    await wait(10_000)
    expect(await facts(vpc)).toBeUndefined()
    expect(await list(late)).toEqual([late.id])
  })

  test('holds only between its times', async () => {
    const { list, it, wait } = await volume({
      faults: [{ what: 'unsupported', call: 'ListVolumes', fromMs: 10_000, untilMs: 20_000 }],
    })
    expect(await list(it)).toEqual([it.id])
    await wait(10_000)
    expect(await list(it)).toBe('Unsupported')
    await wait(10_000)
    expect(await list(it)).toEqual([it.id])
  })

  test('a provider that enforces a rate throttles whoever is faster', async () => {
    const { world, adapters } = memoryCloud({
      seed: 1,
      callMs: 0,
      providers: [{ name: 'cloud', enforces: { api: { ratePerSecond: 1, burst: 2, concurrency: 9 } } }],
    })
    world.add({ kind: 'cloud:volume' })
    const session = await adapters[0]?.connect(direct)
    const kind = session?.kinds.find(({ name }) => name === 'cloud:volume')
    const read = async (): Promise<unknown> =>
      kind?.read?.({ ...direct, client: session?.client, place: 'here' }, 'volume-1')
    await read()
    await expect(read().then(() => read())).rejects.toThrow('rate exceeded')
  })
})

describe('identity', () => {
  test('another account than the expected one is refused', async () => {
    const { adapters } = memoryCloud({
      seed: 1,
      providers: [{ name: 'cloud', account: '222', expectedAccount: '111' }],
    })
    await expect(adapters[0]?.connect(direct)).rejects.toMatchObject({ name: 'RefusedError', code: 'wrong-account' })
  })

  test('an expired token and a dead endpoint are told apart', async () => {
    const refused = async (what: 'unauthenticated' | 'lost-request') => {
      const { adapters } = memoryCloud({ seed: 1, faults: [{ what, call: 'WhoAmI' }] })
      return adapters[0]?.connect(direct)
    }
    await expect(refused('unauthenticated')).rejects.toMatchObject({ code: 'no-credentials' })
    await expect(refused('lost-request')).rejects.toMatchObject({ code: 'unreachable' })
  })

  test('two accounts of one provider do not see each other', async () => {
    const { world, list } = await byHand({
      providers: [
        { name: 'cloud', account: '1' },
        { name: 'cloud', account: '2' },
      ],
    })
    const mine = world.add({ kind: 'cloud:vpc' })
    const theirs = world.add({ kind: 'cloud:vpc', account: '2' })
    expect(await list(mine)).toEqual([mine.id])
    expect(await list(theirs)).toEqual([theirs.id])
  })

  test('marks prove by exact value, others are told as owners', async () => {
    const { connected } = await byHand()
    const [connection] = await connected()
    const rules = connection?.session.ownership ?? []
    const marks = rules.flatMap((rule) => rule.mark('cluster', 'ci-1') ?? [])
    expect(marks).toEqual(['cluster=ci-1', 'cluster-shared=ci-1', 'ci-1'])
    expect(rules.flatMap((rule) => rule.other?.('cluster=ci-10') ?? [])).toEqual(['ci-10'])
    expect(rules.flatMap((rule) => rule.mark('run', 'r-77') ?? [])).toEqual(['cleardown.run=r-77'])
  })
})

describe('behind the back', () => {
  test('an id may be taken by another thing', async () => {
    const { world, facts } = await byHand()
    const before = world.add({ kind: 'cloud:volume', id: 'vol-1' })
    world.remove(before)
    const after = world.add({ kind: 'cloud:volume', id: 'vol-1' })
    expect(after.key).toBe(before.key)
    expect((await facts(after))?.incarnation).not.toBe(before.incarnation)
  })

  test('something may appear while time passes', async () => {
    const { world, alive, wait } = await byHand()
    world.after(5_000, (later) => later.add({ kind: 'cloud:interface', id: 'late' }))
    expect(alive()).toEqual([])
    await wait(5_000)
    expect(alive()).toEqual(['late'])
  })

  test('a revision that was read before a change is refused', async () => {
    const { world, connected } = await byHand({ kinds: [{ name: 'kube:thing', revisions: true }] })
    const thing = world.add({ kind: 'kube:thing' })
    const connection = (await connected())[1]
    const kind = connection?.kinds.get('kube:thing')
    if (!connection || !kind) throw new Error('things')
    const io = connection.io('here')
    const raw = await kind.read?.(io, thing.id)
    world.change(thing, { tags: { touched: 'yes' } })
    const stale = { ...kind.facts(raw), key: thing.key, revision: kind.revision?.(raw) ?? '' }
    await expect(kind.remove?.(io, stale)).rejects.toMatchObject({ code: 'Conflict' })
  })
})
