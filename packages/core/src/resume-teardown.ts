import { checkExecuteOptions } from './adapter/check-options.ts'
import { type Context, systemContext } from './adapter/context.ts'
import type { ResumeOptions, TeardownRun } from './adapter/options.ts'
import { runTeardown } from './execute/run-teardown.ts'
import { startRun } from './execute/start-run.ts'
import { MisuseError } from './model/errors.ts'

/**
 * Continues a run that was killed or stopped, from its ledger, on the same or another machine. It never walks the old list of steps: it discovers
 * again with the ledger as evidence and plans anew with `amends`. What was accepted and is not gone yet is waited for, not sent again; what was
 * sent without an answer on record is read before anything is sent; what was prepared is put back if its removal does not come about.
 *
 * `then: 'finish'` (default) carries the removal to its end. `'undo'` only puts back what the run had prepared, and ends `interrupted`.
 * The report tells everything since the first run began; the finding `resumed` tells what was gone, gone meanwhile, on its way, and new.
 *
 * Nothing to resume, other accounts than the run's, or a run that is still alive end as `refused`. Throws a `MisuseError` without a ledger.
 */
export function resumeTeardown(options: ResumeOptions): TeardownRun {
  checkExecuteOptions(options)
  const { ledger, runId, then = 'finish' } = options
  if (typeof ledger?.acquire !== 'function')
    throw new MisuseError('no-ledger', 'resumeTeardown needs the ledger of the run that it continues')
  if (then !== 'finish' && then !== 'undo')
    throw new MisuseError('bad-option', `then must be 'finish' or 'undo'; it is ${JSON.stringify(then)}`)
  const context: Context = options.context ?? systemContext()
  return startRun(options, context, ({ runId: own, emit, soft, hard }) =>
    runTeardown({ runId: own, work: { resume: { runId, then } }, options, context, emit, soft, hard }),
  )
}
