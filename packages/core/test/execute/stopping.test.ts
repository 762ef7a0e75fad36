import { expect, it } from 'vitest'
import { executeTeardown, memoryLedger, type Policy, planTeardown, resumeTeardown } from '../../src/index.ts'
import { guarded, lift } from './guarded.ts'
import { entriesOf, exactCloud, mine, stepsOf, tearDown, writesOf } from './tear-down.ts'

it.each<[string, Policy, readonly string[], readonly string[]]>([
  ['DeleteBox', lift, ['UnprotectBox box ok', 'DeleteBox box Throttled', 'ProtectBox box ok'], ['remove box: aborted']],
  ['UnprotectBox', lift, ['UnprotectBox box Throttled'], ['unprotect box: aborted', 'remove box: skipped']],
])(
  'a %s that was asked to come later is not sent again once the run is stopped',
  async (call, policy, writes, ends) => {
    const cloud = guarded()
    cloud.world.fail({ what: 'throttled', call, times: 1, retryAfterMs: 60_000 })
    const stopping = new AbortController()
    void cloud.context.sleep(10_000).then(() => stopping.abort())
    const { report } = await tearDown(cloud, { policy, signal: stopping.signal })
    expect(writesOf(cloud)).toEqual(writes)
    expect(stepsOf(report)).toEqual(expect.arrayContaining([...ends]))
    expect(report.outcome).toBe('interrupted')
  },
)

it('a run that is stopped twice ends at once with its report, whatever it was doing, and can be continued', async () => {
  for (let stopMs = 0; stopMs < 40_000; stopMs += 400) {
    const { adapters, context, world } = exactCloud({ callMs: 1_000 })
    world.add({ kind: 'cloud:box', id: 'box', tags: mine, protections: ['lock'], rules: { goingMs: 5_000 } })
    world.fail({ what: 'error', call: 'DeleteBox', times: 1 })
    const ledger = memoryLedger({ context })
    const plan = await planTeardown({ adapters, context, target: mine, policy: lift })
    const run = executeTeardown(plan, { adapters, context, ledger })
    await context.sleep(stopMs)
    void run.stop()
    const stoppedAt = context.monotonic()
    const report = await run.stop()
    expect(context.monotonic() - stoppedAt, `stopped after ${stopMs}`).toBeLessThan(100)
    expect(report.outcome).toBe('interrupted')
    const begun = (await entriesOf(ledger)).length > 0
    const { outcome } = await resumeTeardown({ adapters, context, ledger }).report
    expect(outcome, `stopped after ${stopMs}`).toBe(begun ? 'clean' : 'refused')
  }
})

it('a run that is stopped by its signal and then left with its scope still puts back what it had prepared', async () => {
  const { adapters, context, world } = guarded()
  world.fail({ what: 'throttled', call: 'DeleteBox', retryAfterMs: 60_000 })
  const plan = await planTeardown({ adapters, context, target: mine, policy: lift })
  const stopping = new AbortController()
  const run = executeTeardown(plan, { adapters, context, signal: stopping.signal })
  await context.sleep(10_000)
  stopping.abort()
  await run[Symbol.asyncDispose]()
  expect(world.journal.at(-1)).toMatchObject({ call: 'ProtectBox', result: 'ok' })
  expect((await run.report).outcome).toBe('interrupted')
})
