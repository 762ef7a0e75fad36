import { readdir } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { executeTeardown, type Outcome, planTeardown, renderPlan, renderReport, verifyTeardown } from '@cleardown/core'
import { disk } from './adapter.ts'
import { diskName, makeDisk, removeDisk } from './world.ts'

export interface Result {
  readonly outcome: Outcome
  /** What a second look found. */
  readonly verified: Outcome
  readonly exitCode: number
  /** Everything that is on the disk afterwards. */
  readonly left: readonly string[]
}

/** Plans the removal of `ci-1` from a disk, carries it out and looks again. */
export async function main(print: (text: string) => void = console.log): Promise<Result> {
  const root = await makeDisk()
  try {
    const adapters = [disk({ root, expectedDisk: diskName })]
    const policy = { liftProtection: ['ci-1/build'] }
    const plan = await planTeardown({ adapters, target: { cluster: 'ci-1' }, policy })
    print(renderPlan(plan))

    const report = await executeTeardown(plan, { adapters, settleMs: 50 }).report
    print(renderReport(report))

    const verified = await verifyTeardown(plan, { adapters, settleMs: 50 })
    const left = (await readdir(root, { recursive: true })).sort()
    print(`\nA second look: ${verified.outcome}. On the disk: ${left.join(' · ')}`)
    return { outcome: report.outcome, verified: verified.outcome, exitCode: report.exitCode, left }
  } finally {
    await removeDisk(root)
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { exitCode } = await main()
  process.exitCode = exitCode
}
