import type { Ledger, LedgerEntry } from '../../../ledger/ledger.ts'

/** Differs from every other by its number. */
export const entry = (number: number): LedgerEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  type: 'creating',
  creation: `creation-${number}`,
  run: 'r-77',
  kind: 'aws:vpc',
  parents: [],
})

export const entries = (from: number, to: number): LedgerEntry[] =>
  Array.from({ length: to - from + 1 }, (_, index) => entry(from + index))

export const readAll = (ledger: Ledger, from?: number): Promise<LedgerEntry[]> => Array.fromAsync(ledger.read(from))
