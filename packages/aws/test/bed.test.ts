import type { Facts, Io, Kind, Ref, Session } from '@cleardown/core'
import { type AwsBed, type AwsClients, awsClients, stageW1, startAwsBed } from '@cleardown/testbed-aws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Aws } from '../src/client.ts'
import { aws } from '../src/index.ts'
import { makeOneOfEach, removalOrder } from './one-of-each.ts'
import { live } from './support.ts'

// Against an emulated AWS that refuses what AWS refuses. Its rules are facts with a source, but no proof of what AWS does.

const startLimitMs = 120_000
let bed: AwsBed
let clients: AwsClients
let session: Session<Aws>

const signal = new AbortController().signal
const base = {
  signal,
  now: () => 0,
  request: <T>(_: unknown, send: (given: AbortSignal) => Promise<T>): Promise<T> => send(signal),
}
const ioOf = (kind: Kind): Io<Aws> => ({ ...base, client: session.client, place: kind.place ?? 'us-east-1' })

function kindOf(name: string): Kind<Aws> {
  const kind = session.kinds.find((one) => one.name === name)
  if (!kind) throw new Error(`there is no kind ${name}`)
  return kind
}

/** Everything of a kind, with all that its looks can tell. */
async function look(kind: Kind<Aws>): Promise<Facts[]> {
  const io = ioOf(kind)
  let raws: readonly unknown[] = await Array.fromAsync(kind.find.all(io))
  for (const again of [kind.labels, kind.more]) {
    const seen = (await again?.(io, raws)) ?? []
    const byId = new Map(seen.map((raw) => [kind.facts(raw).id, raw]))
    raws = raws.map((raw) => byId.get(kind.facts(raw).id) ?? raw)
  }
  return raws.map((raw) => kind.facts(raw)).filter(({ phase }) => phase !== 'gone')
}

beforeAll(async () => {
  bed = await startAwsBed()
  clients = awsClients(bed.endpoint)
  const credentials = { accessKeyId: 'cleardown', secretAccessKey: 'none' }
  session = await aws({
    regions: ['us-east-1'],
    expectedAccount: bed.account,
    credentials,
    endpoint: bed.endpoint,
  }).connect(base)
}, startLimitMs)
afterAll(() => bed?.stop())

describe('an ordinary eksctl environment with ordinary leftovers', () => {
  const world = new Map<string, Facts[]>()
  let owners: Readonly<Record<string, string>>

  beforeAll(async () => {
    ;({ owners } = await stageW1(bed))
    await bed.clearJournal()
    for (const kind of session.kinds) world.set(kind.name, await look(kind))
  }, startLimitMs)

  const has = ({ kind, id }: Extract<Ref, { id: string }>): boolean =>
    (world.get(kind) ?? []).some((one) => one.id === id)

  test('is seen whole', () => {
    const seen = new Set([...world.values()].flat().flatMap(({ id, name, aliases }) => [id, name, ...(aliases ?? [])]))
    const missed = Object.entries(owners).filter(
      ([key, owner]) => owner === 'ours' && !seen.has(key.slice(key.indexOf(':') + 1)),
    )
    expect(missed).toEqual([])
  })

  test('was only read', async () => {
    expect((await bed.journal()).filter(({ write }) => write)).toEqual([])
  })

  test('points at nothing that is not there', () => {
    const dangling = [...world.values()].flat().flatMap(({ id, relations }) =>
      relations.flatMap((relation) => {
        const other = 'to' in relation ? relation.to : relation.from
        return 'kind' in other && !has(other) ? [`${id} ${relation.type} ${other.kind} ${other.id}`] : []
      }),
    )
    const known = [/dependsOn aws:instance i-0dead/, /partOf aws:security-group/] // machines of leftover interfaces; a group that the emulator only names
    expect(dangling.filter((line) => !known.some((one) => one.test(line)))).toEqual([])
  })

  test('every interface says who has it', () => {
    const uses = (world.get('aws:network-interface') ?? []).map(({ data }) => (data as { use: string }).use).sort()
    expect(uses).toEqual(['free', 'free', 'instance', ...Array(6).fill('service')])
  })

  test('nothing in the stack of the cluster stays unmapped', () => {
    const stacks = world.get('aws:stack') ?? []
    expect(stacks.map(({ data }) => (data as { unmapped: string[] }).unmapped)).toEqual([[], []])
    for (const { relations } of stacks) expect(relations.length).toBeGreaterThan(2)
  })
})

describe('each kind by itself', () => {
  const ids = new Map<string, string>()

  beforeAll(async () => {
    await bed.reset()
    for (const { kind, id } of await makeOneOfEach(clients)) if (!ids.has(kind)) ids.set(kind, id)
  }, startLimitMs)

  test('is in the order', () => {
    expect([...removalOrder].sort()).toEqual(session.kinds.map(({ name }) => name).sort())
  })

  test.each(removalOrder)('%s is seen, removed, and read as gone', async (name) => {
    const kind = kindOf(name)
    const io = ioOf(kind)
    const id = ids.get(name) ?? ''
    const facts = (await look(kind)).find((one) => one.id === id)
    expect(facts, `${id} among what is listed`).toBeDefined()
    if (!facts) return
    expect(facts.phase).toBe('steady')
    if (kind.read) expect(kind.facts(await kind.read(io, id)).incarnation).toBe(facts.incarnation)
    if (kind.find.ids) expect(await listed(kind, [id, id.replace(/.$/, 'x')])).toContain(id)

    if (name === 'aws:vpc') await removeTheOthers()
    await kind.remove?.(io, live(facts))
    await bed.settle()
    expect((await look(kind)).map((one) => one.id)).not.toContain(id)
    const again = await kind.read?.(io, id)
    if (again !== undefined) expect(kind.facts(again).phase).toBe('gone')
    if (kind.find.ids) expect(await listed(kind, [id])).not.toContain(id)
  })

  /** What had to be there for one of each, and was one of a kind too many. */
  async function removeTheOthers(): Promise<void> {
    for (const name of ['aws:subnet', 'aws:security-group'])
      for (const facts of await look(kindOf(name)))
        if (
          facts.fixed === undefined &&
          facts.relations.some((one) => 'to' in one && 'id' in one.to && one.to.id === ids.get('aws:vpc'))
        )
          await kindOf(name).remove?.(ioOf(kindOf(name)), live(facts))
  }

  async function listed(kind: Kind<Aws>, some: readonly string[]): Promise<string[]> {
    const found = await Array.fromAsync(kind.find.ids?.(ioOf(kind), some) ?? [])
    return found.map((raw) => kind.facts(raw)).flatMap((one) => (one.phase === 'gone' ? [] : [one.id]))
  }
})

test('a refusal comes through the client with the call that it came from', async () => {
  await bed.reset()
  const { ec2 } = clients
  const vpc = (await ec2.createVpc({ CidrBlock: '10.9.0.0/16' })).Vpc?.VpcId ?? ''
  await ec2.createSubnet({ VpcId: vpc, CidrBlock: '10.9.0.0/24' })
  const kind = kindOf('aws:vpc')
  const facts = (await look(kind)).find(({ id }) => id === vpc)
  const error: unknown = await Promise.resolve(kind.remove?.(ioOf(kind), live(facts as Facts))).catch(
    (thrown: unknown) => thrown,
  )
  expect(session.failure(error, { kind: 'aws:vpc', call: 'remove' })).toMatchObject({
    code: 'blocked',
    providerCode: 'DependencyViolation',
  })
})
