import { describe, expect, it } from 'vitest'
import {
  executeTeardown,
  explain,
  type Ledger,
  memoryLedger,
  planTeardown,
  type Report,
  resumeTeardown,
} from '../../src/index.ts'
import type { MemoryCloud, NewResource } from '../../src/kit/testing/index.ts'
import { boxes, killedBefore, on } from './story.ts'
import { exactCloud, idOf, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

it('asks again for what an earlier run asked for and then failed', async () => {
  const cloud = exactCloud()
  const { adapters, context, world } = cloud
  const ledger = memoryLedger({ context })
  world.add({ kind: 'cloud:box', id: 'box', tags: mine, rules: { goingMs: 600_000, failsTimes: 1 } })
  const plan = await planTeardown({ adapters, context, target: mine })
  const run = executeTeardown(plan, { adapters, context, ledger })
  void context.sleep(60_000).then(() => run.stop())
  expect((await run.report).outcome).toBe('interrupted')
  const report = await resumeTeardown({ adapters, context, ledger }).report
  expect(report.outcome).toBe('clean')
  expect(writesOf(cloud)).toEqual(['DeleteBox box ok', 'DeleteBox box ok'])
})

it('says undone only of what was done', async () => {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:box' }] })
  cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, protections: ['lock'] })
  cloud.world.fail({ what: 'denied', effect: 'write', call: 'UnprotectBox' })
  const { report, events } = await tearDown(cloud, { policy: { liftProtection: ['box'] }, maxAmendments: 0 })
  expect(stepsOf(report)).toEqual(['unprotect box: failed', 'remove box: skipped'])
  expect(events.filter(({ type }) => type === 'undone')).toEqual([])
})

it('goes on telling its iterators when the listener throws', async () => {
  const { adapters, context, world } = exactCloud()
  world.add({ kind: 'cloud:box', id: 'box', tags: mine })
  const plan = await planTeardown({ adapters, context, target: mine })
  const run = executeTeardown(plan, {
    adapters,
    context,
    ledger: memoryLedger({ context }),
    onEvent: () => {
      throw new Error('a mistake of the caller')
    },
  })
  const heard: string[] = []
  for await (const { type } of run) heard.push(type)
  expect(heard.at(-1)).toBe('ended')
})

it('explains a part by why it follows its whole', async () => {
  const { adapters, context, world } = exactCloud()
  const vpc = world.add({ kind: 'cloud:vpc', id: 'vpc', tags: mine })
  const balancer = world.add({ kind: 'cloud:balancer', id: 'lb', tags: mine })
  world.add({
    kind: 'cloud:interface',
    id: 'eni',
    managed: 'the balancer',
    partOf: [{ of: balancer, field: 'Owner' }],
    uses: [{ to: vpc, field: 'VpcId' }],
  })
  const plan = await planTeardown({ adapters, context, target: mine })
  const [own] = plan.steps.filter(({ action }) => action === 'await')
  expect(explain(plan, 'eni').after).toMatchObject([{ action: 'remove', because: own?.because }])
})

describe('what was removed and is listed again without a mark', () => {
  /** `a` is listed without a tag as soon as `again` says so, and was read as gone before. */
  function returning(rules: NonNullable<NewResource['rules']>): MemoryCloud & { again(): void } {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:box', finds: { read: false, ids: false } }] })
    boxes({ id: 'a' }, { id: 'b', rules })(cloud.world)
    let before: unknown
    let returns = false
    const odd = speaking(cloud, 'cloud:box', (kind) => ({
      find: {
        async *all(io) {
          for await (const raw of kind.find.all(io)) {
            const { id } = kind.facts(raw)
            if (id === 'a') before = { ...(raw as object), tags: {} }
            yield raw
          }
          if (returns) yield before
        },
      },
    }))
    return {
      ...odd,
      again: () => {
        returns = true
      },
    }
  }
  const leftOf = ({ outcome, left }: Report): unknown => [outcome, left.map(({ key, why }) => `${idOf(key)} ${why}`)]
  const told = ['incomplete', ['a not-reached']]

  it('is left, also where the run has planned anew since', async () => {
    const cloud = returning({ failsTimes: 1, goingMs: 1_000 })
    const { report } = await tearDown(cloud, {
      onEvent: (event) => event.type === 'gone' && idOf(event.key) === 'b' && cloud.again(),
    })
    expect(stepsOf(report)).toEqual(['remove a: done', 'remove b: blocked', 'remove b: done'])
    expect(leftOf(report)).toEqual(told)
  })

  it.each(['plan', 'verified'] as const)('is left, also where a run before removed it (%s)', async (type) => {
    const cloud = returning({ goingMs: 60_000 })
    const { adapters, context } = cloud
    const ledger = memoryLedger({ context })
    await tearDown(cloud, { ledger: killedBefore(ledger, on('gone', 'b')) })
    const append: Ledger['append'] = (entries, fence) => {
      if (entries.some((entry) => entry.type === type)) cloud.again()
      return ledger.append(entries, fence)
    }
    const report = await resumeTeardown({ adapters, context, ledger: { ...ledger, append } }).report
    expect(report.removed.map(({ key }) => idOf(key))).toEqual(['a', 'b'])
    expect(leftOf(report)).toEqual(told)
  })
})
