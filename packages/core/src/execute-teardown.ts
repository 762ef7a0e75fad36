import { checkExecuteOptions } from './adapter/check-options.ts'
import { type Context, systemContext } from './adapter/context.ts'
import type { ExecuteOptions, TeardownRun } from './adapter/options.ts'
import { runTeardown } from './execute/run-teardown.ts'
import { startRun } from './execute/start-run.ts'
import type { Plan } from './model/plan.ts'
import { checkPlan } from './plan/parse-plan.ts'

/**
 * Carries out a plan. Runs by itself from here on; iterate the run for its events, await `run.report` for its end.
 *
 * Throws a `MisuseError` for an altered plan, a plan of another version or an unknown option. A plan that is refused or expired, or other accounts
 * than it was made for, end as `refused`: nothing is sent. The ledger defaults to one in memory, which does not survive the process.
 */
export function executeTeardown(plan: Plan, options: ExecuteOptions): TeardownRun {
  checkExecuteOptions(options)
  checkPlan(plan)
  const context: Context = options.context ?? systemContext()
  return startRun(options, context, ({ runId, emit, soft, hard }) =>
    runTeardown({ runId, work: { plan }, options, context, emit, soft, hard }),
  )
}
