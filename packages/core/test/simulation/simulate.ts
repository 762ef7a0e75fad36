import {
  executeTeardown,
  type Ledger,
  memoryLedger,
  type Plan,
  planTeardown,
  type Report,
  resumeTeardown,
  type TeardownRun,
} from '../../src/index.ts'
import { type MemoryCloud, memoryCloud, virtualContext } from '../../src/kit/testing/index.ts'
import type { State } from '../../src/kit/testing/resource.ts'
import { schedule } from './happenings.ts'
import { judgeAgain, judgeReport, restMs } from './judge.ts'
import { lying } from './lying.ts'
import { createMachine, type Machine } from './machine.ts'
import { moving } from './moving.ts'
import type { Scenario } from './scenario.ts'
import { createWatch, type Violation, type Watch } from './watch.ts'

export interface Verdict {
  readonly seed: number
  readonly weather: string
  readonly size: number
  readonly outcome: string
  readonly removed: number
  readonly reads: number
  readonly writes: number
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
    report = await live(scenario, cloud, watch, ledger, machines)
    judgeReport(scenario, cloud, report, watch)
    cloud.calm()
    await context.sleep(restMs)
    if (hasBegun(watch) && isOpen(scenario, report, machines.length)) {
      const last = machineOf({ ...scenario, lives: { ...scenario.lives, kills: [] } }, cloud, watch, ledger, machines)
      const { adapters, context: own } = last
      const run = resumeTeardown({ adapters, context: own, ledger: last.ledger, then: scenario.lives.then })
      report = await moving(context, run.report)
      if (report.outcome === 'refused')
        watch.violated('cannot be resumed', report.findings.map(({ message }) => message).join('; '))
      judgeReport(scenario, cloud, report, watch)
      await context.sleep(restMs)
    }
    outcome = report.outcome
    await judgeAgain(scenario, cloud, report, watch)
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
    deaths: machines.length - 1,
    points: machines[0]?.points() ?? 0,
    violations: watch.violations,
  }
}

function build(scenario: Scenario): MemoryCloud & { calm(): void } {
  const { seed, kinds, listLagMs, pageSize, shuffle } = scenario
  const uses = [...new Set([...kinds.map(({ name }) => name), ...scenario.resources.map(({ spec }) => spec.kind)])]
  const newcomer = { name: 'cloud:newcomer', uses: uses.filter((name) => name.startsWith('cloud:')) } as const
  const cloud = memoryCloud({
    seed,
    kinds: [...kinds, newcomer],
    listLagMs,
    pageSize,
    shuffle,
    context: virtualContext({ seed, outside: false }),
  })
  for (const { spec } of scenario.resources) cloud.world.add(spec)
  const ends = scenario.faults.map((fault) => cloud.world.fail(fault))
  return { ...cloud, calm: () => ends.forEach((end) => void end()) }
}

/** One process after the other, until one lives to its end. */
async function live(
  scenario: Scenario,
  cloud: MemoryCloud,
  watch: Watch,
  ledger: Ledger,
  machines: Machine[],
): Promise<Report> {
  const { lives, target, policy, lies } = scenario
  const { context } = cloud
  const adapters = cloud.adapters.map((adapter) => lying(adapter, lies))
  const makePlan = (): Promise<Plan> => moving(context, planTeardown({ adapters, context, target, policy, ledger }))
  const plan = await makePlan()
  for (;;) {
    const first = machines.length === 0
    let run: TeardownRun | undefined
    const machine = machineOf(scenario, cloud, watch, ledger, machines, (point) => {
      if (first && point === lives.stopAt) void run?.stop()
    })
    const options = { adapters: machine.adapters, context: machine.context, ledger: machine.ledger }
    // a run that did not come as far as its plan is begun again; one that died after its last entry is looked after by a new one
    if (hasBegun(watch)) run = resumeTeardown({ ...options, then: lives.then })
    else
      run = executeTeardown(watch.entries.some(({ type }) => type === 'run-closed') ? await makePlan() : plan, options)
    if (first && lives.rivalAtMs !== undefined) {
      const common = lives.rivalAlone ? memoryLedger({ context }) : ledger
      challenge(cloud, watch, common, plan, lives.rivalAtMs)
    }
    const report = await moving(context, Promise.race([run.report, machine.died]))
    if (report) return report
    await context.sleep(lives.restMs)
  }
}

/** The next process in line. */
function machineOf(
  { lives, lies }: Scenario,
  { adapters, context }: MemoryCloud,
  watch: Watch,
  ledger: Ledger,
  machines: Machine[],
  onPoint?: (point: number) => void,
): Machine {
  const machine = createMachine({
    name: `machine-${machines.length + 1}`,
    context,
    ledger,
    watch,
    adapters: adapters.map((adapter) => lying(adapter, lies)),
    undoOnly: hasBegun(watch) && lives.then === 'undo',
    killAt: lives.kills[machines.length],
    ...(onPoint ? { onPoint } : {}),
  })
  machines.push(machine)
  return machine
}

/** Something was begun and not ended: `resumeTeardown` finds it. */
function hasBegun({ entries }: Watch): boolean {
  const last = entries.findLast(({ type }) => type === 'plan' || type === 'run-closed')
  return last?.type === 'plan' || (last?.type === 'run-closed' && last.outcome === 'interrupted')
}

/** It was stopped, lost its ledger, or could not be continued in the weather that was: somebody comes back later. */
const isOpen = ({ lives }: Scenario, { outcome, steps }: Report, processes: number): boolean =>
  outcome === 'interrupted' ? lives.then === 'finish' && steps.length > 0 : outcome === 'refused' && processes > 1

/** A second run on the same target and ledger: refused, unless the first has ended. */
function challenge(cloud: MemoryCloud, watch: Watch, ledger: Ledger, plan: Plan, atMs: number): void {
  cloud.world.after(atMs, () => {
    const rival = createMachine({
      name: 'the rival',
      context: cloud.context,
      ledger,
      watch,
      adapters: cloud.adapters,
    })
    const run = executeTeardown(plan, { adapters: rival.adapters, context: rival.context, ledger: rival.ledger })
    run.report.then(
      ({ outcome }) => {
        if (outcome === 'refused' && watch.writesOf(rival) > 0) watch.violated('refused, and wrote', rival.name)
      },
      (error) => watch.violated('thrown', `the rival: ${String(error)}`),
    )
  })
}
