import type { Adapter, KindName } from '../../src/index.ts'
import type { AdapterBench, AdapterHarness, Sample, SampleRefusal } from '../../src/kit/conformance/index.ts'
import {
  MemoryCloudError,
  type MemoryKind,
  memoryCloud,
  type NewResource,
  type WorldResource,
} from '../../src/kit/testing/index.ts'
import type { FailureCode } from '../../src/model/failure.ts'

const account = '111122223333'
const pageSize = 20

/** One kind for each way in which kinds differ. */
const kinds: readonly MemoryKind[] = [
  { name: 'cloud:network', blockers: 'unnamed' },
  { name: 'cloud:group', tombstoneMs: 60_000 },
  { name: 'cloud:rule', link: true },
  { name: 'cloud:balancer', labels: true, more: true, goingMs: 2_000 },
  { name: 'cloud:listener', within: 'cloud:balancer' },
  { name: 'cloud:machines', writer: true, goingMs: 30_000 },
  { name: 'cloud:machine', goingMs: 40_000, tombstoneMs: 600_000 },
  { name: 'cloud:role', global: true },
  { name: 'cloud:controller' },
  { name: 'cloud:object', idIsName: true, revisions: true },
  { name: 'cloud:stack', namesParts: true, more: true, ifUsed: 'fails', goingMs: 5_000 },
]

const words: Readonly<Record<string, FailureCode>> = {
  NotFound: 'gone',
  InUse: 'blocked',
  Conflict: 'conflict',
  Throttled: 'throttled',
  InternalError: 'transient',
  ConnectionLost: 'transient',
  Protected: 'protected',
  AccessDenied: 'denied',
  ManagedByService: 'denied',
  NotLoggedIn: 'unauthenticated',
  Unsupported: 'unsupported',
  Invalid: 'invalid',
}
const refusals = Object.entries(words)
  .map(
    ([word, code]): SampleRefusal => ({
      error: new MemoryCloudError(word, `no: ${word}`),
      kind: 'cloud:network',
      call: 'remove',
      code,
    }),
  )
  .concat([
    {
      error: new MemoryCloudError('Odd', 'nobody has seen this'),
      kind: 'cloud:network',
      call: 'remove',
      code: 'unknown',
    },
    {
      error: new MemoryCloudError('Throttled', 'slow down', { retryAfterMs: 2_000 }),
      kind: 'cloud:network',
      call: 'find',
      code: 'throttled',
      retryAfterMs: 2_000,
    },
  ])

/** The adapter of the memory cloud, or what `wrap` makes of it. */
export function memoryHarness(wrap: (adapter: Adapter) => Adapter = (adapter) => adapter): AdapterHarness {
  return { setup: async () => bench(wrap) }
}

function bench(wrap: (adapter: Adapter) => Adapter): AdapterBench {
  const cloud = memoryCloud({
    seed: 'conformance',
    kinds,
    pageSize,
    providers: [{ name: 'cloud', account }],
  })
  const { world, context } = cloud
  const samples: WorldResource[] = []
  /** Two of it: one that is protected, one that is not. */
  const pair = (spec: NewResource): WorldResource => {
    const tags = { cluster: 'ci-1', team: 'a' }
    samples.push(world.add({ ...spec, ...(spec.name ? { name: `${spec.name}-2` } : {}), tags, protections: ['lock'] }))
    const one = world.add({ ...spec, tags })
    samples.push(one)
    return one
  }
  const role = pair({ kind: 'cloud:role' })
  const network = pair({ kind: 'cloud:network' })
  const group = pair({ kind: 'cloud:group', uses: [{ to: network, field: 'network' }] })
  const other = pair({ kind: 'cloud:group', name: '__proto__', uses: [{ to: network, field: 'network' }] })
  const inOther = [{ of: other, field: 'group', alone: true }]
  pair({ kind: 'cloud:rule', partOf: inOther, uses: [{ to: group, field: 'source' }] })
  const balancer = pair({ kind: 'cloud:balancer', aliases: ['web.example'], uses: [{ to: group, field: 'groups' }] })
  pair({ kind: 'cloud:listener', partOf: [{ of: balancer, field: 'balancer', alone: true }] })
  samples.push(world.add({ kind: 'cloud:listener', partOf: [{ of: balancer, field: 'balancer', alone: true }] }))
  const machines = pair({ kind: 'cloud:machines', uses: [{ to: role, field: 'role' }] })
  pair({
    kind: 'cloud:machine',
    partOf: [{ of: machines, field: 'group', alone: true }],
    uses: [{ to: network, field: 'network' }],
  })
  const controller = pair({ kind: 'cloud:controller', serves: true })
  const object = pair({
    kind: 'cloud:object',
    name: '__proto__',
    servedBy: { by: controller, finalizer: 'controller/clean' },
  })
  const stack = pair({ kind: 'cloud:stack', name: 'base' })
  pair({ kind: 'cloud:role', partOf: [{ of: stack, field: 'member' }] })
  const member = world.add({ kind: 'cloud:role', partOf: [{ of: stack, field: 'member' }] })
  const foreign = world.add({ kind: 'cloud:network', ownerAccount: '999999999999' })

  const lingering = samples.filter(({ kind }) => kind === 'cloud:machine').slice(0, 1)

  const mistaken = memoryCloud({ seed: 1, providers: [{ name: 'cloud', account, expectedAccount: '999999999999' }] })
  return {
    adapter: wrap(cloud.adapters[0] as Adapter),
    mistaken: wrap(mistaken.adapters[0] as Adapter),
    context,
    samples: [...samples.reverse(), member].map(sampleOf), // the last one goes with its stack
    held: [
      { held: sampleOf(network), by: sampleOf(group) },
      { held: sampleOf(role), by: sampleOf(machines) },
    ],
    foreign: [sampleOf(foreign)],
    lingering: lingering.map(sampleOf),
    again: [
      { sample: sampleOf(object), make: async () => void world.add({ kind: 'cloud:object', name: '__proto__' }) },
    ],
    marked: [{ word: 'cluster', value: 'ci-1', samples: [network, balancer, object].map(sampleOf) }],
    absent: (kind) => `${kind.slice('cloud:'.length)}-absent`,
    refusals,
    many: async () =>
      (['cloud:network', 'cloud:balancer'] as const).map((kind) => ({
        kind,
        ids: Array.from({ length: 3 * pageSize }, () => world.add({ kind, tags: { cluster: 'ci-1' } }).id),
        pageSize,
      })),
    requests: () => world.journal.length,
  }
}

const sampleOf = ({ kind, id, place }: WorldResource): Sample => ({ kind: kind as KindName, id, place })
