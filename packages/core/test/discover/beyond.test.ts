import { describe, expect, it } from 'vitest'
import { type Adapter, type Finding, type Policy, planTeardown, type Target } from '../../src/index.ts'
import { type MemoryCloud, memoryCloud, type World } from '../../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }

/** What a resource's tags `idle` and `hidden` say, its facts say; names may be made as `made-<prefix>`. */
const telling = (adapter: Adapter): Adapter => ({
  ...adapter,
  async connect(io) {
    const session = await adapter.connect(io)
    const kinds = session.kinds.map((kind) => ({
      ...kind,
      facts(raw: unknown) {
        const facts = kind.facts(raw)
        const { idle, hidden } = (facts.tags ?? {}) as Readonly<Record<string, string>>
        return { ...facts, ...(idle ? { idle } : {}), ...(hidden ? { hidden: [hidden] } : {}) }
      },
    }))
    const made = {
      rule: 'made',
      source: 'a test',
      on: 'name',
      says: 'ours',
      strength: 'hint',
      mark: (word: string, value: string) => (word === 'prefix' ? `made-${value}` : undefined),
    } as const
    return { ...session, kinds, ownership: [...session.ownership, made] }
  },
})

async function findingsOf(
  fill: (world: World) => void,
  target: Target = mine,
  policy: Policy = {},
): Promise<readonly Finding[]> {
  const { world, adapters, context }: MemoryCloud = memoryCloud({ seed: 1 })
  fill(world)
  return (await planTeardown({ adapters: adapters.map(telling), context, target, policy })).findings
}
const messages = (all: readonly Finding[], code: Finding['code']): string[] =>
  all.flatMap((one) => (one.code === code ? [one.message] : []))

describe('what is left beside the target', () => {
  it('is told where its marks say whose it is, by owner and number', async () => {
    const told = await findingsOf((world) => {
      world.add({ kind: 'cloud:box', tags: mine })
      for (const cluster of ['ci-3', 'ci-2', 'ci-2']) world.add({ kind: 'cloud:box', tags: { cluster } })
      world.add({ kind: 'cloud:box', ownerAccount: 'another' })
    })
    expect(messages(told, 'left-out')).toEqual([
      'left out, whatever its age: what is marked as belonging to ci-2 (2), ci-3 (1)',
    ])
    expect(told.find(({ code }) => code === 'left-out')?.keys.length).toBe(3)
  })

  it('is told by ten owners at most', async () => {
    const told = await findingsOf((world) => {
      for (let index = 10; index < 24; index++) world.add({ kind: 'cloud:box', tags: { cluster: `x-${index}` } })
    })
    expect(messages(told, 'left-out')[0]).toMatch(/x-10 \(1\), .*x-19 \(1\) and 4 more$/)
    expect(messages(told, 'left-out')[0]).not.toContain('x-20')
  })

  it('is told as cost where it serves nothing and nobody owns it, and not where somebody does', async () => {
    const told = await findingsOf((world) => {
      world.add({ kind: 'cloud:box', tags: mine })
      world.add({ kind: 'cloud:address', id: 'a-1', name: '198.51.100.7', tags: { idle: 'leads nowhere' } })
      world.add({ kind: 'cloud:address', id: 'a-2', tags: { idle: 'leads nowhere', cluster: 'ci-2' } })
      world.add({ kind: 'cloud:address', id: 'a-3', tags: { idle: 'leads nowhere', ...mine } })
      world.add({ kind: 'cloud:address', id: 'a-4' })
    })
    expect(messages(told, 'idle')).toEqual([
      '1 cloud:address costs and nobody is known to own it: 198.51.100.7 (a-1), leads nowhere, since 2026-01-01T00:00:00.000Z. Not ours, not touched',
    ])
  })

  it('is told where it cannot be seen, and something in play refers to it', async () => {
    const told = await findingsOf((world) => {
      world.add({ kind: 'cloud:box', tags: { ...mine, hidden: 'the key of another user' } })
      world.add({ kind: 'cloud:box', tags: { hidden: 'the key of somebody else' } })
    })
    expect(messages(told, 'not-visible')).toEqual(['the key of another user'])
  })
})

describe('names that are made of a prefix', () => {
  it('are found at a token boundary, after the word of their maker', async () => {
    const it = memoryCloud({ seed: 1 })
    for (const name of ['made-r-7', 'made-r-7-a', 'made-r-77', 'remade-r-7', 'r-7-b'])
      it.world.add({ kind: 'cloud:key', id: name, name })
    const target = { names: { prefix: 'r-7' } }
    const plan = await planTeardown({ adapters: it.adapters.map(telling), context: it.context, target })
    expect(plan.resources.map(({ id, ownership }) => `${id} ${ownership.level}`)).toEqual([
      'made-r-7 suspected',
      'made-r-7-a suspected',
      'r-7-b suspected',
    ])
  })
})
