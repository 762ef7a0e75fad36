// Removes what jobs left that are over, each by its ledger: `node clean-up.ts --project kubespray-ci [--run r-77] [--summary FILE]`.
// Killed at any moment, the next call goes on where it stopped.
import {
  executeTeardown,
  exitCodes,
  planTeardown,
  type Report,
  readRuns,
  renderPlan,
  renderReport,
  resumeTeardown,
  worstOutcome,
} from '@cleardown/core'
import { connect } from './cloud.ts'
import { findJobs, type Job } from './jobs.ts'
import { ledgerOf, options } from './options.ts'
import { writeSummary } from './summary.ts'

const { adapter, io } = await connect()
const adapters = [adapter]
const isNamed = ({ run }: Job): boolean => options.run.includes(run)

async function cleanUp(run: string): Promise<Report> {
  const ledger = ledgerOf(run)
  const last = (await readRuns(ledger)).at(-1)
  if (last && (last.outcome ?? 'interrupted') === 'interrupted') return resumeTeardown({ adapters, ledger }).report
  const plan = await planTeardown({ adapters, ledger, target: { run } })
  console.log(renderPlan(plan))
  return executeTeardown(plan, { adapters, ledger }).report
}

const jobs = (await findJobs(io)).filter((job) => (options.run.length > 0 ? isNamed(job) : job.open))
const reports = new Map<string, Report>()
for (const job of jobs) {
  const isOver = job.life === 'over'
  console.log(`${job.run}: ${job.because}${isOver ? '' : '; left alone'}`)
  if (!isOver) continue
  const report = await cleanUp(job.run)
  console.log(renderReport(report))
  reports.set(job.run, report)
}
await writeSummary(jobs, reports)
const outcomes = [...reports.values()].map(({ outcome }) => outcome)
if (jobs.some((job) => isNamed(job) && job.life !== 'over')) outcomes.push('refused')
process.exitCode = exitCodes[worstOutcome(outcomes)]
