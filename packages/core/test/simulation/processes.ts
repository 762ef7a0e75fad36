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
import { lying } from './lying.ts'
import { createMachine, type Machine } from './machine.ts'
import { moving } from './moving.ts'
import type { Scenario } from './scenario.ts'
import type { Watch } from './watch.ts'

/** The world of the scenario, with its faults; `calm` ends them. */
export function build(scenario: Scenario): MemoryCloud & { calm(): void } {
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

/** One process after the other, until one lives to its end; `woken`: what another says that stood still and was left behind. */
export async function live(
  scenario: Scenario,
  cloud: MemoryCloud,
  watch: Watch,
  ledger: Ledger,
  machines: Machine[],
): Promise<{ readonly report: Report; readonly woken: Promise<Report | undefined> }> {
  const { lives } = scenario
  const { context } = cloud
  const plan = await makePlan(scenario, cloud, watch, ledger, lives.killPlanningAt)
  let asleep: Promise<Report | undefined> | undefined
  for (;;) {
    const first = machines.length === 0
    let run: TeardownRun | undefined
    const machine = machineOf(scenario, cloud, watch, ledger, machines, (point) => {
      if (first && point === lives.stopAt) void run?.stop()
    })
    const options = { adapters: machine.adapters, context: machine.context, ledger: machine.ledger }
    // a run that did not come as far as its plan is begun again; one that died after its last entry is looked after by a new one
    if (hasBegun(watch)) run = resumeTeardown({ ...options, then: lives.then })
    else {
      const ended = watch.entries.some(({ type }) => type === 'run-closed')
      run = executeTeardown(ended ? await makePlan(scenario, cloud, watch, ledger) : plan, options)
    }
    if (first && lives.rivalAtMs !== undefined && !lives.freeze) {
      const common = lives.rivalAlone ? memoryLedger({ context }) : ledger
      challenge(cloud, watch, common, plan, lives.rivalAtMs)
    }
    const ended = await moving(
      context,
      Promise.race([run.report, machine.died, machine.froze.then(() => 'frozen' as const)]),
    )
    if (ended === 'frozen') asleep = Promise.race([run.report, machine.died.then(() => undefined)])
    else if (ended) {
      // who could not begin at all left it to the one that stood still
      const own = watch.holder() === machine || !asleep
      const woken = asleep && moving(context, asleep)
      return own || !woken
        ? { report: ended, woken: woken ?? Promise.resolve(undefined) }
        : { report: (await woken) ?? ended, woken: Promise.resolve(undefined) }
    } else await context.sleep(lives.restMs)
  }
}

/** By a process of its own, which has no lease and so may write nothing. It may die over it. */
async function makePlan(
  scenario: Scenario,
  cloud: MemoryCloud,
  watch: Watch,
  ledger: Ledger,
  killAt?: number,
): Promise<Plan> {
  const { target, policy, lies } = scenario
  const { adapters, context } = cloud
  const machine = createMachine({
    name: 'the planner',
    context,
    ledger,
    watch,
    adapters: adapters.map((adapter) => lying(adapter, lies)),
    killAt,
  })
  const { adapters: own, context: time, ledger: record } = machine
  const plan = await moving(
    context,
    Promise.race([planTeardown({ adapters: own, context: time, target, policy, ledger: record }), machine.died]),
  )
  return plan ?? makePlan(scenario, cloud, watch, ledger)
}

/** The next process in line. */
export function machineOf(
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
    ...(machines.length === 0 ? { freeze: lives.freeze } : {}),
    ...(onPoint ? { onPoint } : {}),
  })
  machines.push(machine)
  return machine
}

/** Something was begun and not ended: `resumeTeardown` finds it. */
export function hasBegun({ entries }: Watch): boolean {
  const last = entries.findLast(({ type }) => type === 'plan' || type === 'run-closed')
  return last?.type === 'plan' || (last?.type === 'run-closed' && last.outcome === 'interrupted')
}

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
