import { describe, expect, it } from 'vitest'
import { closeCreation, memoryLedger, openCreation, type Plan, planTeardown, recordCreation } from '../../src/index.ts'
import { memoryCloud, type World } from '../../src/kit/testing/index.ts'
import { splitKey } from '../../src/model/key.ts'

const target = { cluster: 'ci-1' }

async function planOf(fill: (world: World) => void): Promise<Plan> {
  const { world, adapters, context } = memoryCloud({ seed: 1 })
  fill(world)
  return planTeardown({ adapters, context, target })
}
const codes = ({ findings }: Plan): string[] => findings.map(({ code }) => code)

describe('two adapters that answer to one cluster', () => {
  it('are refused where nothing shows that it is one', async () => {
    const plan = await planOf((world) => {
      world.add({ kind: 'cloud:cluster', id: 'c-1', name: 'ci-1' })
      world.add({ kind: 'kube:cluster', id: 'k-1', name: 'ci-1' })
    })
    expect(plan.refused.map(({ code }) => code)).toEqual(['not-joined'])
    expect(plan.refused[0]?.message).toMatch(/cloud:cluster.* and kube:cluster.* are both called "ci-1"/)
  })

  it('are one where one names the other', async () => {
    const plan = await planOf((world) => {
      world.add({ kind: 'cloud:cluster', id: 'c-1', name: 'ci-1', aliases: ['https://ci-1.example'] })
      world.add({
        kind: 'kube:cluster',
        id: 'k-1',
        name: 'ci-1',
        uses: [{ to: { alias: 'https://ci-1.example' }, field: 'server' }],
      })
    })
    expect(plan.refused).toEqual([])
    expect(codes(plan)).not.toContain('not-joined')
  })
})

describe('a vocabulary', () => {
  it('that matches nothing although the cluster is there is told, with its source', async () => {
    const silent = await planOf((world) => world.add({ kind: 'cloud:cluster', id: 'c-1', name: 'ci-1' }))
    expect(silent.findings.find(({ code }) => code === 'vocabulary-silent')?.message).toMatch(
      /cloud knows \d marks of "ci-1" \(.*: .*\), and none stands on anything/,
    )
    const heard = await planOf((world) => {
      world.add({ kind: 'cloud:cluster', id: 'c-1', name: 'ci-1' })
      world.add({ kind: 'cloud:box', id: 'box', tags: { cluster: 'ci-1' } })
    })
    expect(codes(heard)).not.toContain('vocabulary-silent')
  })
})

describe('a creation that was written down', () => {
  it.each([
    ['a', 'cloud:box', ['cloud:box a']],
    [undefined, 'cloud:box', ['cloud:box a', 'cloud:box b']],
    ['a', 'cloud:role', ['cloud:role global']],
  ] as const)('in place %s proves %s there and nowhere else', async (place, kind, proved) => {
    const { adapters, context, world } = memoryCloud({
      seed: 1,
      providers: [{ name: 'cloud', places: ['a', 'b'] }],
      kinds: [{ name: 'cloud:role', global: true }],
    })
    for (const where of ['a', 'b']) world.add({ kind: 'cloud:box', id: 'web', place: where })
    world.add({ kind: 'cloud:role', id: 'web' })
    const ledger = memoryLedger({ context })
    const what = { kind, run: 'r-77', parents: [], context, idOf: () => 'web', ...(place && { place }) }
    await recordCreation(ledger, what, async () => undefined)
    const plan = await planTeardown({ adapters, context, ledger, target: { run: 'r-77' } })
    const own = plan.resources.filter(({ decision }) => decision === 'remove').map(({ key }) => splitKey(key))
    expect(own.map((one) => `${one.kind} ${one.place}`)).toEqual(proved)
  })
})

describe('a creation that was begun and has no id', () => {
  it('is told until its id is written down', async () => {
    const { adapters, context } = memoryCloud({ seed: 1 })
    const ledger = memoryLedger({ context })
    const creation = await openCreation(ledger, { kind: 'cloud:box', run: 'r-77', parents: ['net-1'], context })
    const plan = (): Promise<Plan> => planTeardown({ adapters, context, ledger, target: { run: 'r-77' } })
    const [told] = (await plan()).findings.filter(({ code }) => code === 'may-exist')
    expect(told?.message).toMatch(/^cloud:box in net-1 may exist: its creation for r-77 began at 2026-/)
    await closeCreation(ledger, creation, { id: 'box-1' })
    expect((await plan()).findings.map(({ code }) => code)).not.toContain('may-exist')
  })
})
