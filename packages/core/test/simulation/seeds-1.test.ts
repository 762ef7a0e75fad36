import { expect, it } from 'vitest'
import { defaultSize, runHalf, tellFailure } from './campaign.ts'

// One half of the seeds; the other half is a file of its own, so that two cores share the work.
const runs = Number(process.env['CLEARDOWN_RUNS'] ?? 10_000)
const size = defaultSize

it(`keeps every promise in ${runs} random worlds under faults, deaths and rivals`, { timeout: 1_200_000 }, async () => {
  const failed = await runHalf(0, runs, size)
  const [worst] = failed
  if (worst) expect.fail(`${failed.length} of ${runs} seeds broke a promise\n${await tellFailure(worst, size)}`)
})
