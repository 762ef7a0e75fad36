import { randomUUID } from 'node:crypto'
import type { Adapter, Kind, KindName } from '@cleardown/core'
import { type AdapterBench, adapterConformance, type SampleRefusal } from '@cleardown/core/conformance'
import { type Client, newProject, refusedWrites, staging, writes } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { afterAll, beforeAll, describe, test, vi } from 'vitest'
import type { OpenStack, Service } from '../../../src/client.ts'
import { HttpError } from '../../../src/errors.ts'
import { serviceNames } from '../../../src/services.ts'
import { bodyOf, pathOf, refusals } from '../../refusal-bodies.ts'
import { adapterFor } from '../on-the-bed.ts'
import { makeOneOfEach, type World } from './one-of-each.ts'

const caseLimitMs = 400_000
const settleLimit = { timeout: 60_000, interval: 200 }
/** Rows on a page, as bed/etc/nova.conf and bed/etc/neutron.conf limit them. */
const pageSizes = { keypair: 50, network: 100 }

const bed = await sharedOpenStackBed()
let client: Client
let world: World
let markedAt: number
let bench: AdapterBench | undefined

beforeAll(() => bed.fault('octavia', 'delay', 0.2))
afterAll(() => bed.clearFaults())

/**
 * Kinds of services that the bed does not have (shares, DNS, objects) have nothing to show: kinds.test.ts says that they are told as missing. Of the
 * others the version documents are read beforehand: one that is denied is done without, on purpose, since clouds hide them.
 */
const withoutMissing = (adapter: Adapter): Adapter => ({
  ...adapter,
  async connect(io) {
    const session = await adapter.connect(io)
    const client = session.client as OpenStack
    const [place = ''] = session.identity.places
    const there = serviceNames.filter((service) => client.has(service, place))
    await Promise.all(there.map((service) => client.version({ ...io, place }, service)))
    const kinds = session.kinds.filter(({ service }) => there.includes(service as Service))
    const names = new Set(kinds.map(({ name }) => name))
    return { ...session, kinds: kinds.map((kind) => usingOnly(kind, names)) }
  },
})

function usingOnly(kind: Kind, names: ReadonlySet<KindName>): Kind {
  const using = Object.fromEntries(
    Object.entries(kind.find.using ?? {}).filter(([name]) => names.has(name as KindName)),
  )
  const late = kind.late?.filter((name) => names.has(name))
  return { ...kind, find: { ...kind.find, using }, ...(late ? { late } : {}) }
}

const sampleRefusals = refusals.flatMap((row): SampleRefusal[] => {
  if (row.standing) return [] // seen on what is protected
  const { service = 'compute', status, method = 'DELETE', gives } = row
  const [first = 0] = [status].flat()
  const answer = { status: first, body: bodyOf(row), headers: new Map<string, string>() }
  const error = new HttpError({ service, method, path: pathOf(row) }, answer)
  return [{ error, kind: 'openstack:port', call: 'remove', code: gives }]
})

/** A status of which the table has no row. */
const unknown: SampleRefusal = {
  error: new HttpError(
    { service: 'compute', method: 'DELETE', path: '/things/1' },
    { status: 418, body: 'no', headers: new Map<string, string>() },
  ),
  kind: 'openstack:port',
  call: 'remove',
  code: 'unknown',
}

/** A world is made anew only when somebody has changed something in it; what was refused changed nothing. */
async function setup(): Promise<AdapterBench> {
  if (bench) {
    const sent = await bed.journal(markedAt)
    if (writes(sent).length === refusedWrites(sent).length) return bench
  }
  client = await newProject(bed, 'conformance')
  world = await makeOneOfEach(await staging(client))
  markedAt = await bed.mark()
  bench = describeBench(client, world)
  return bench
}

function describeBench(ours: Client, { samples, held }: World): AdapterBench {
  let many: ReturnType<typeof makeMany> | undefined
  return {
    adapter: withoutMissing(adapterFor(bed, ours)),
    mistaken: withoutMissing(adapterFor(bed, ours, 'another')),
    samples,
    held,
    absent: absentOf,
    refusals: [...sampleRefusals, unknown],
    many: () => (many ??= makeMany(ours)),
    requests: async () => (await bed.journal()).length,
    settle: () => vi.waitFor(() => settled(ours), settleLimit),
  }
}

function absentOf(kind: KindName): string {
  const both: readonly KindName[] = ['openstack:subport', 'openstack:port-forwarding']
  if (kind === 'openstack:keypair') return 'absent'
  if (kind === 'openstack:route') return `${randomUUID()}/10.1.0.0/24/10.9.0.9`
  if (kind === 'openstack:application-credential') return randomUUID().replaceAll('-', '')
  return both.includes(kind) ? `${randomUUID()}/${randomUUID()}` : randomUUID()
}

/** Nothing is on its way. */
async function settled({ call }: Client): Promise<void> {
  const [{ loadbalancers }, { servers }, { volumes }, { stacks }] = await Promise.all([
    call('GET', 'octavia', '/loadbalancers'),
    call('GET', 'nova', '/servers/detail'),
    call('GET', 'cinder', '/volumes/detail'),
    call('GET', 'heat', '/stacks'),
  ])
  const states: string[] = [
    ...loadbalancers.map((one: { provisioning_status: string }) => one.provisioning_status),
    ...servers.map((one: Record<string, string | null>) => one['OS-EXT-STS:task_state'] ?? ''),
    ...volumes.map((one: { status: string }) => one.status),
    ...stacks.map((one: { stack_status: string }) => one.stack_status),
  ]
  const moving = states.filter((state) => /ing$|PENDING|IN_PROGRESS/.test(state))
  if (moving.length > 0) throw new Error(`still ${moving.join(', ')}`)
}

async function makeMany(ours: Client) {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
  const rows = numbers(2 * pageSizes.network + 20).map((index) => ({ name: `many-${index}` }))
  const { networks } = (await ours.call('POST', 'neutron', '/networks', { networks: rows })) as {
    networks: { id: string }[]
  }
  const names = numbers(2 * pageSizes.keypair + 10).map((index) => `many-${index}`)
  const { keypair } = await staging(ours)
  for (const name of names) await keypair(name)
  return [
    { kind: 'openstack:network', ids: networks.map(({ id }) => id), pageSize: pageSizes.network },
    { kind: 'openstack:keypair', ids: names, pageSize: pageSizes.keypair },
  ] as const
}

describe('the OpenStack adapter, on the bed', () => {
  const cases = adapterConformance({
    setup,
    skip: {
      'tells what belongs to another account':
        'it lists nothing of other projects: an admin’s or shared rows are left out (calls.test.ts), and who refers to one says so by alias',
      'silences a writer and lets it write again':
        'no kind makes others again: what Nova, Heat or Octavia make is their part',
      'releases one finalizer and no other': 'nothing in OpenStack has a finalizer',
      'proves by its marks whose a sample is, before any second look':
        'ownership.test.ts has the marks; labels has only a stack of Magnum, which the bed does not',
      'shows what is being removed for as long as it is there':
        'how long a removal takes on the bed is not known beforehand; kinds/ has the states that say going',
      'tells what took an id again from what had it before':
        'ids are UUIDs; a keypair of the same name is told by its fingerprint',
      'finds by tag what carries exactly that': 'no kind has find.tags: whole kinds are listed (docs/decisions/0005)',
    },
  })
  for (const { name, skip, run } of cases)
    test(name, { timeout: caseLimitMs }, async (context) => {
      context.skip(skip !== undefined, skip)
      await run()
    })
})
