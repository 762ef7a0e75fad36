import { describe, expect, test } from 'vitest'
import type { Adapter } from '../../src/adapter/kind.ts'
import { executeTeardown } from '../../src/execute-teardown.ts'
import { readAll } from '../../src/kit/conformance/ledger/entries.ts'
import { memoryCloud } from '../../src/kit/testing/index.ts'
import { memoryLedger } from '../../src/ledger/memory-ledger.ts'
import type { TeardownEvent } from '../../src/model/event.ts'
import { planTeardown } from '../../src/plan-teardown.ts'

const secret = 'gAAAAA'.padEnd(90, 'Bk1')

/** A provider that quotes the request it refuses, credentials and all. */
function quoting(adapter: Adapter): Adapter {
  return {
    ...adapter,
    async connect(io) {
      const session = await adapter.connect(io)
      return {
        ...session,
        failure(error, what) {
          const failure = session.failure(error, what)
          return { ...failure, message: `${failure.message} (X-Auth-Token: ${secret})` }
        },
      }
    },
  }
}

describe('the words of a provider', () => {
  test('come without its secrets into events, report and ledger, and end no run', async () => {
    const { adapters, context, world } = memoryCloud({ seed: 1 })
    world.add({ kind: 'cloud:volume', tags: { cluster: 'c' } })
    world.add({ kind: 'cloud:vpc', tags: { cluster: 'c' } })
    const options = { adapters: adapters.map(quoting), context }
    const plan = await planTeardown({ ...options, target: { cluster: 'c' } })
    world.fail({ what: 'denied', effect: 'write', kind: 'cloud:volume' })
    const ledger = memoryLedger({ context })
    const events: TeardownEvent[] = []
    const run = executeTeardown(plan, { ...options, ledger, onEvent: (event) => void events.push(event) })
    const report = await run.report

    expect(report.outcome).toBe('incomplete')
    expect(report.removed).toHaveLength(1)
    const entries = await readAll(ledger)
    expect(entries.at(-1)).toMatchObject({ type: 'run-closed' })
    const redacted = expect.stringMatching(/ \(\[redacted: a token in a header\]/)
    expect(entries).toContainEqual(
      expect.objectContaining({ result: 'refused', failure: expect.objectContaining({ message: redacted }) }),
    )
    for (const told of [plan, report, events, entries]) expect(JSON.stringify(told)).not.toContain(secret)
    expect(JSON.stringify(events)).toContain('[redacted: a token in a header]')
  })
})
