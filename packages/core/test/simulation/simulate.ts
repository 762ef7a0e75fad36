import { memoryLedger, type Report, resumeTeardown } from '../../src/index.ts'
import type { State } from '../../src/kit/testing/resource.ts'
import { schedule } from './happenings.ts'
import { judgeAgain, judgeReport, restMs } from './judge.ts'
import type { Machine } from './machine.ts'
import { moving } from './moving.ts'
import { build, hasBegun, live, machineOf } from './processes.ts'
import type { Scenario } from './scenario.ts'
import { hasTwin, judgeTwin } from './twin.ts'
import { createWatch, type Violation } from './watch.ts'

export interface Verdict {
  readonly seed: number
  readonly weather: string
  readonly size: number
  readonly outcome: string
  readonly removed: number
  readonly reads: number
  readonly writes: number
  /** Finalizers that were released. */
  readonly releases: number
  readonly deaths: number
  readonly points: number
  readonly violations: readonly Violation[]
}

/** Runs one scenario from the plan to the last report, and checks every promise on the way. Never throws. */
export async function simulate(scenario: Scenario): Promise<Verdict> {
  const cloud = build(scenario)
  const { world, context } = cloud
  const watch = createWatch(
    scenario,
    () => world.now(),
    () => world.all() as readonly State[],
  )
  const ledger = memoryLedger({ context })
  const machines: Machine[] = []
  let report: Report | undefined
  let outcome = 'thrown'
  try {
    for (const one of scenario.happenings) schedule(cloud, watch, one)
    const lived = await live(scenario, cloud, watch, ledger, machines)
    report = lived.report
    judgeReport(scenario, cloud, report, watch)
    const woken = await lived.woken
    const closed = watch.entries.some((one) => one.type === 'run-closed' && one.runId === woken?.runId)
    if (woken && !closed && woken.outcome !== 'interrupted' && woken.outcome !== 'refused')
      watch.violated('goes on without its lease', woken.outcome)
    cloud.calm()
    await context.sleep(restMs)
    if (hasBegun(watch) && isOpen(scenario, report, machines.length)) {
      const last = machineOf({ ...scenario, lives: { ...scenario.lives, kills: [] } }, cloud, watch, ledger, machines)
      const { adapters, context: own } = last
      const run = resumeTeardown({ adapters, context: own, ledger: last.ledger, then: scenario.lives.then })
      report = await moving(context, run.report)
      const rival = scenario.lives.rivalAtMs !== undefined && report.findings.some(({ code }) => code === 'held')
      if (report.outcome === 'refused' && !rival)
        watch.violated('cannot be resumed', report.findings.map(({ message }) => message).join('; '))
      judgeReport(scenario, cloud, report, watch)
      await context.sleep(restMs)
    }
    outcome = report.outcome
    await judgeAgain(scenario, cloud, report, watch)
    if (hasTwin(scenario, report)) await judgeTwin(scenario, cloud, watch)
  } catch (error) {
    watch.violated('thrown', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const calls = (effect: string): number => world.journal.filter((one) => one.effect === effect).length
  return {
    seed: scenario.seed,
    weather: scenario.weather,
    size: scenario.resources.length,
    outcome,
    removed: report?.removed.length ?? 0,
    reads: calls('read'),
    writes: calls('write'),
    releases: world.journal.filter(({ call, result }) => call.startsWith('Release') && result.startsWith('ok')).length,
    deaths: machines.length - 1,
    points: machines[0]?.points() ?? 0,
    violations: watch.violations,
  }
}

/** It was stopped, lost its ledger, or could not be continued in the weather that was: somebody comes back later. */
const isOpen = ({ lives }: Scenario, { outcome, steps }: Report, processes: number): boolean =>
  outcome === 'interrupted' ? lives.then === 'finish' && steps.length > 0 : outcome === 'refused' && processes > 1
