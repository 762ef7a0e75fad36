import { mkdir, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { executeTeardown, memoryLedger, type Outcome, planTeardown, renderPlan, renderReport } from '@cleardown/core'
import { toMermaid } from '@cleardown/core/render'
import { showProgress } from './progress.ts'
import { quickstartWorld } from './world.ts'

export interface Result {
  readonly outcome: Outcome
  readonly exitCode: number
  /** What was done to the environment next door; nothing, if all is well. */
  readonly harm: readonly string[]
  readonly picture: URL
}

/** Plans the removal of `ci-1`, shows the plan, carries it out and proves that nothing is left and nobody else was touched. */
export async function main(print: (text: string) => void = console.log): Promise<Result> {
  const { adapters, context, world, neighbour } = quickstartWorld()

  const plan = await planTeardown({ adapters, context, target: { cluster: 'ci-1' } })
  print(renderPlan(plan))

  const picture = new URL('out/plan.mmd', import.meta.url)
  await mkdir(new URL('.', picture), { recursive: true })
  await writeFile(picture, toMermaid(plan))

  const run = executeTeardown(plan, { adapters, context, ledger: memoryLedger() })
  await showProgress(plan, run)
  const report = await run.report
  print(renderReport(report))

  const harm = world.harm(neighbour).map(({ resource, what }) => `${resource.key}: ${what}`)
  const minutes = Math.round(context.elapsedMs() / 60_000)
  print(`\n${minutes} minutes of virtual time. The picture of the plan: examples/quickstart/out/plan.mmd`)
  print(
    harm.length === 0
      ? `ci-10 next door is untouched (${neighbour.length} resources).`
      : `ci-10 was harmed:\n${harm.join('\n')}`,
  )
  return { outcome: report.outcome, exitCode: harm.length === 0 ? report.exitCode : 70, harm, picture }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { exitCode } = await main()
  process.exitCode = exitCode
}
