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
import { longLife } from './weather.ts'

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
      if (report.outcome === 'refused')
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

/** One process after the other, until one lives to its end; `woken`: what another says that stood still and was left behind. */
async function live(
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
    ...(machines.length === 0 ? { freeze: lives.freeze } : {}),
    ...(onPoint ? { onPoint } : {}),
  })
  machines.push(machine)
  return machine
}

/** Nothing but deaths made it otherwise than it would have been. */
const hasTwin = ({ weather, honest, policy, lives, resources }: Scenario, { outcome }: Report): boolean =>
  deaths.has(weather) &&
  honest &&
  lives.then === 'finish' &&
  policy.amend !== 'never' &&
  resources.length <= mostInTwin &&
  outcome !== 'refused'

const deaths: ReadonlySet<string> = new Set(['killed', 'killed while planning', 'frozen', 'killed + frozen'])
/** Larger worlds take long enough without being run twice. */
const mostInTwin = 12

/** The same world and a process that lives through to its end: what is left then is what has to be left here. */
async function judgeTwin(scenario: Scenario, cloud: MemoryCloud, watch: Watch): Promise<void> {
  const calm = { ...scenario, weather: 'fair', lives: longLife }
  const twin = build(calm)
  const looksOn = createWatch(
    calm,
    () => twin.world.now(),
    () => twin.world.all() as readonly State[],
  )
  const { report } = await live(calm, twin, looksOn, memoryLedger({ context: twin.context }), [])
  await twin.context.sleep(restMs)
  const [here, there] = [standing(scenario, cloud), standing(scenario, twin)]
  const differs = [...here.filter((one) => !there.includes(one)), ...there.filter((one) => !here.includes(one))]
  if (differs.length > 0) watch.violated('another end than its twin', `${report.outcome} there; ${differs.join(', ')}`)
}

/** What of the planted stands, and how; what was made again has another id and is counted. */
function standing({ resources }: Scenario, { world }: MemoryCloud): string[] {
  const planted = new Set(resources.map(({ id }) => id))
  const others = new Map<string, number>()
  const stands = (world.alive() as readonly State[]).flatMap((state) => {
    const { kind, id, paused, protections, finalizers, tags } = state
    if (planted.has(`${kind} ${id}`))
      return [
        `${kind} ${id} ${paused ? 'paused ' : ''}${[...protections.keys(), ...finalizers, ...Object.keys(tags)].join(' ')}`,
      ]
    others.set(kind, (others.get(kind) ?? 0) + 1)
    return []
  })
  return [...stands, ...[...others].map(([kind, count]) => `${count} new ${kind}`)].sort()
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
