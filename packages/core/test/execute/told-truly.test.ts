import { expect, it } from 'vitest'
import { executeTeardown, explain, memoryLedger, planTeardown, resumeTeardown } from '../../src/index.ts'
import { exactCloud, mine, stepsOf, tearDown, writesOf } from './tear-down.ts'

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
