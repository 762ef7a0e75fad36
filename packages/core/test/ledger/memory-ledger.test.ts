import { describe, test } from 'vitest'
import { memoryLedger } from '../../src/ledger/memory-ledger.ts'
import { ledgerCases, runLedgerCase } from './ledger-conformance.ts'

describe('memoryLedger', () => {
  test.each(ledgerCases)('$name', async (one) => {
    await runLedgerCase({ open: (context) => memoryLedger({ context }) }, one)
  })
})
