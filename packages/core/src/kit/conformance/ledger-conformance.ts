import type { Ledger } from '../../ledger/ledger.ts'
import { virtualContext } from '../testing/virtual-context.ts'
import { type ConformanceCase, casesOf } from './case.ts'
import type { LedgerCase, LedgerHarness } from './ledger/harness.ts'
import { keeping } from './ledger/keeping.ts'
import { leasing } from './ledger/leasing.ts'

const cases: readonly LedgerCase[] = [...keeping, ...leasing]

/**
 * What a run relies on when it writes down what it does, as cases for any test runner, on virtual time. Each has a ledger of its own.
 * What a ledger survives beyond a close (a power failure, a torn write) is its own to test.
 *
 * Throws a `MisuseError` for a skip without a reason, or of a case that there is not.
 */
export function ledgerConformance(harness: LedgerHarness): readonly ConformanceCase[] {
  return casesOf(cases, harness.skip ?? {}, async ({ name, check }) => {
    const context = virtualContext({ seed: name })
    const bench = await harness.setup(context)
    const opened: Ledger[] = []
    const open = (): Ledger => {
      const ledger = bench.open()
      opened.push(ledger)
      return ledger
    }
    try {
      await check({ leaseMs: bench.leaseMs, open, context })
    } finally {
      for (const ledger of opened) await ledger.close()
      await harness.teardown?.(bench)
    }
  })
}
