import { describe, expect, it } from 'vitest'
import type { Adapter, Facts, Kind, Session } from '../src/adapter/kind.ts'
import { executeTeardown, type Plan, planTeardown, type Report } from '../src/index.ts'
import { type MemoryCloud, memoryCloud } from '../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }

/** A network, two boxes on it, and a disk that nobody uses; the adapter tells lies about `cloud:box`. */
function cloud(lie: (kind: Kind) => Partial<Kind>): MemoryCloud {
  const it = memoryCloud({ seed: 2 })
  const { world } = it
  const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine })
  for (const id of ['box-1', 'box-2'])
    world.add({ kind: 'cloud:box', id, tags: mine, uses: [{ to: net, field: 'net' }] })
  world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
  const adapters = it.adapters.map((adapter) => lying(adapter, lie))
  return { ...it, adapters }
}

function lying(adapter: Adapter, lie: (kind: Kind) => Partial<Kind>): Adapter {
  return {
    ...adapter,
    async connect(io): Promise<Session> {
      const session = await adapter.connect(io)
      const kinds = session.kinds.map((kind) => (kind.name === 'cloud:box' ? { ...kind, ...lie(kind) } : kind))
      return { ...session, kinds }
    },
  }
}

const withFacts =
  (change: (facts: Facts) => unknown) =>
  (kind: Kind): Partial<Kind> => ({ facts: (raw) => change(kind.facts(raw)) as Facts })

async function planOf({ adapters, context }: MemoryCloud): Promise<Plan> {
  return planTeardown({ adapters, context, target: mine, policy: { ifBlocked: 'continue' } })
}

const lieOf = ({ findings }: Plan | Report): string[] =>
  findings.filter(({ code }) => code === 'adapter-lies').map(({ message }) => message)

const alive = ({ world }: MemoryCloud): string[] =>
  world
    .alive()
    .map(({ id }) => id)
    .sort()

/** The lie, and what the finding has to name. */
const lies: readonly [name: string, lie: (kind: Kind) => Partial<Kind>, names: RegExp][] = [
  [
    'facts that throw',
    withFacts(() => {
      throw new TypeError('no such field')
    }),
    /cloud:box facts\(\) threw: no such field/,
  ],
  ['an id that is no text', withFacts((facts) => ({ ...facts, id: 7 })), /cloud:box gives the id 7/],
  ['an empty id', withFacts((facts) => ({ ...facts, id: '' })), /cloud:box gives the id ""/],
  [
    'no incarnation',
    withFacts(({ incarnation: _, ...facts }) => facts),
    /cloud:box gives box-1 the incarnation undefined/,
  ],
  [
    'a phase that nobody knows',
    withFacts((facts) => ({ ...facts, phase: 'dying' })),
    /box-1 the phase "dying"; known: steady/,
  ],
  [
    'a relation to nothing',
    withFacts((facts) => ({ ...facts, relations: [{ type: 'dependsOn', because: 'x' }] })),
    /box-1 the relation/,
  ],
  ['no relations', withFacts((facts) => ({ ...facts, relations: 'net' })), /box-1 no list of relations: "net"/],
  ['nothing as facts', withFacts(() => null), /cloud:box gives null as facts/],
]

describe('an adapter that lies', () => {
  it.each(lies)('by %s is named, and what it could use stays', async (_, lie, names) => {
    const one = cloud(lie)
    const plan = await planOf(one)
    expect(lieOf(plan)[0]).toMatch(/^adapter cloud breaks its contract/)
    expect(lieOf(plan)[0]).toMatch(names)
    const report = await executeTeardown(plan, { adapters: one.adapters, context: one.context }).report
    expect(report.outcome).toBe('incomplete')
    expect(report.left.map(({ key, why }) => `${key.split('/').at(-1)} ${why}`)).toContain('net unseen')
    expect(alive(one)).toEqual(['box-1', 'box-2', 'net'])
  })

  it('by a relation to itself is named, and the relation left out', async () => {
    const one = cloud(
      withFacts((facts) => ({
        ...facts,
        relations: [
          ...facts.relations,
          { type: 'dependsOn', to: { kind: 'cloud:box', id: facts.id }, because: 'self' },
        ],
      })),
    )
    const plan = await planOf(one)
    expect(lieOf(plan)[0]).toMatch(/cloud:box box-1 says that it is dependsOn itself \(self\)/)
    await executeTeardown(plan, { adapters: one.adapters, context: one.context }).report
    expect(alive(one)).toEqual([])
  })

  it('by listing one id twice as two things is named, and the first is used', async () => {
    const one = cloud((kind) => ({
      find: {
        async *all(io) {
          for await (const raw of kind.find.all(io)) yield* [raw, raw]
        },
      },
      facts: (() => {
        let count = 0
        return (raw: unknown) => ({ ...kind.facts(raw), incarnation: String(count++) })
      })(),
    }))
    expect(lieOf(await planOf(one))[0]).toMatch(/listed the id box-1 twice/)
  })

  it('by parts that are each the whole of the other is named, and both still go', async () => {
    const one = cloud(
      withFacts((facts) => ({
        ...facts,
        relations: [
          ...facts.relations,
          {
            type: 'partOf',
            to: { kind: 'cloud:box', id: facts.id === 'box-1' ? 'box-2' : 'box-1' },
            because: 'in',
            alone: false,
          },
        ],
      })),
    )
    const plan = await planOf(one)
    expect(lieOf(plan).join()).toMatch(/each is part of the other/)
    await executeTeardown(plan, { adapters: one.adapters, context: one.context }).report
    expect(alive(one)).toEqual([])
  })

  it('by ids that are names of every object is taken at its word', async () => {
    const it = memoryCloud({ seed: 2 })
    const { adapters, context } = it
    const ids = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a/b c%2F', '\u0001']
    const net = it.world.add({ kind: 'cloud:net', id: '__proto__', tags: mine })
    for (const id of ids)
      it.world.add({ kind: 'cloud:box', id, tags: mine, uses: [{ to: net, field: 'net' }], protections: ['__proto__'] })
    const plan = await planTeardown({ adapters, context, target: mine, policy: { liftProtection: ids } })
    expect(plan.steps.filter(({ action }) => action === 'remove')).toHaveLength(ids.length + 1)
    const report = await executeTeardown(plan, { adapters, context }).report
    expect(report.outcome).toBe('clean')
    expect(it.world.alive()).toEqual([])
  })

  it('by a listing that never ends is stopped, and what it could use stays', async () => {
    const one = cloud(() => ({
      find: {
        async *all() {
          for (let id = 0; ; id++) yield { id }
        },
      },
      facts: (raw) => ({
        id: String((raw as { id: number }).id),
        incarnation: 'x',
        phase: 'steady',
        state: '',
        relations: [],
        data: null,
      }),
    }))
    const plan = await planOf(one)
    expect(plan.coverage.find(({ kind }) => kind === 'cloud:box')).toMatchObject({ seen: 'failed' })
    expect(plan.coverage.find(({ kind }) => kind === 'cloud:box')?.missing).toMatch(/cloud:box listed more than/)
    expect(plan.blocked.map(({ key, reason }) => `${key.split('/').at(-1)} ${reason}`)).toEqual(['net unseen'])
  }, 60_000)

  it('by a listing that is never answered is given up after minutes', async () => {
    const one = cloud(() => ({
      find: { all: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }) },
    }))
    const plan = await planOf(one)
    expect(plan.coverage.find(({ kind }) => kind === 'cloud:box')?.missing).toMatch(
      /cloud:box find did nothing for 5 min/,
    )
    expect(one.context.monotonic()).toBeLessThan(3_600_000)
  })

  it('by a removal that never returns holds nothing up but its own branch', async () => {
    const one = cloud(() => ({ remove: () => new Promise<never>(() => undefined) }))
    const plan = await planOf(one)
    const report = await executeTeardown(plan, { adapters: one.adapters, context: one.context }).report
    expect(report.outcome).toBe('incomplete')
    expect(report.left.find(({ key }) => key.endsWith('box-1'))?.because).toMatch(
      /cloud:box remove did nothing for 5 min/,
    )
    expect(alive(one)).toEqual(['box-1', 'box-2', 'net'])
  })

  it('by a session that cannot be is refused before anything is read, with kind and field', async () => {
    for (const [lie, names] of [
      [(kind: Kind) => ({ ...kind, name: 'box' }), /adapter cloud has a kind named "box"/],
      [() => ({ name: 'cloud:net' }), /adapter cloud has two kinds named cloud:net/],
      [() => ({ latency: { typicalMs: 9, worstMs: 1 } }), /gives cloud:box the latency \{"typicalMs":9,"worstMs":1\}/],
      [() => ({ service: '' }), /says no service for cloud:box/],
    ] as const) {
      const one = cloud(lie as (kind: Kind) => Partial<Kind>)
      await expect(planOf(one)).rejects.toThrow(names)
      expect(one.world.journal.map(({ call }) => call)).not.toContain('ListNets')
    }
  })
})
