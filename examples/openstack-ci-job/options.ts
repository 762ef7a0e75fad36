import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fileLedger, type Ledger } from '@cleardown/core'

export interface Options {
  /** Entry of clouds.yaml; default as the adapter's. */
  readonly cloud?: string | undefined
  /** Id or name of the project that must answer. */
  readonly project?: string | undefined
  /** A folder that all jobs of the project share. */
  readonly ledgers: string
  /** Only these jobs, and also when they have no heartbeat. */
  readonly run: readonly string[]
  /** A file to which Markdown is appended. */
  readonly summary?: string | undefined
}

const parsed = parseArgs({
  allowPositionals: true,
  options: {
    cloud: { type: 'string' },
    project: { type: 'string' },
    ledgers: { type: 'string', default: process.env['CLEARDOWN_LEDGERS'] ?? '.cleardown' },
    run: { type: 'string', multiple: true, default: [] },
    summary: { type: 'string' },
  },
})

export const options: Options = parsed.values
export const words: readonly string[] = parsed.positionals

/** One ledger per job. */
export const ledgerPath = (run: string): string => join(options.ledgers, `${run}.jsonl`)
export const ledgerOf = (run: string): Ledger => fileLedger(ledgerPath(run))
