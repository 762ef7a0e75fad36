import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { fileLedger, memoryLedger } from '../../src/index.ts'
import { type ConformanceCase, ledgerConformance } from '../../src/kit/conformance/index.ts'

const alone = 'a memory ledger lives in one process and ends with it'

describe('memoryLedger', () => {
  run(
    ledgerConformance({
      setup: (context) => ({ leaseMs: 60_000, open: () => memoryLedger({ context }) }),
      skip: {
        'still has what was appended when it is opened again, and goes on with the next number': alone,
        'has what was appended as soon as append resolves, for whoever else has it open': alone,
        'excludes two runs that opened it by themselves, and fences the older': alone,
        'never gives a fence twice, however often it is opened': alone,
      },
    }),
  )
})

describe('fileLedger', () => {
  let folder: string
  run(
    ledgerConformance({
      async setup(context) {
        folder = await mkdtemp(join(tmpdir(), 'cleardown-'))
        const path = join(folder, 'ledger.jsonl')
        return { leaseMs: 30_000, open: () => fileLedger(path, { context, leaseMs: 30_000 }) }
      },
      teardown: () => rm(folder, { recursive: true }),
    }),
  )
})

function run(cases: readonly ConformanceCase[]): void {
  for (const { name, skip, run } of cases)
    test(name, async (context) => {
      context.skip(skip !== undefined, skip)
      await run()
    })
}
