// How close a run comes to the shortest possible one, in virtual time, and how far others are from it. The bound is made of what the world really did
// (call taken, thing gone), never of what the run noticed: a step that is noticed late does not lengthen it.
import { executeTeardown, type Limit, type Plan, planTeardown, type ResourceKey } from '@cleardown/core'
import { type GeneratedWorld, generateWorld, type JournalEntry } from '@cleardown/core/testing'
import { cappedMs, type Job, layeredMs, lowerBoundMs, type Model, serialMs } from './schedule-model.ts'
import { printTable } from './table.ts'

const targets = { mean: 1.02, worst: 1.05 }
const cases = [
  { size: 557, seeds: 10 },
  { size: 2_875, seeds: 5 },
  { size: 11_526, seeds: 2 },
]
const callMs = 40
/** Rates as AWS gives them to an account, per service. */
const limits: Readonly<Record<string, Limit>> = {
  network: { ratePerSecond: 20, burst: 100, concurrency: 20 },
  compute: { ratePerSecond: 20, burst: 100, concurrency: 20 },
  scaling: { ratePerSecond: 10, burst: 50, concurrency: 10 },
  balancing: { ratePerSecond: 10, burst: 40, concurrency: 10 },
  clusters: { ratePerSecond: 10, burst: 50, concurrency: 10 },
  databases: { ratePerSecond: 10, burst: 50, concurrency: 10 },
  identity: { ratePerSecond: 10, burst: 50, concurrency: 10 },
  logs: { ratePerSecond: 5, burst: 20, concurrency: 5 },
  stacks: { ratePerSecond: 5, burst: 20, concurrency: 10 },
  api: { ratePerSecond: 20, burst: 100, concurrency: 20 },
}
/** What others hold in their waits, too: Terraform's default. */
const slots = 10

interface Sample {
  readonly boundMs: number
  readonly ratio: number
  readonly serial: number
  readonly capped: number
  readonly layered: number
  readonly clean: boolean
  readonly callsPerRemoval: number
  readonly tookMs: number
}

/** Makespan ÷ lower bound over worlds of several sizes and seeds, beside other ways on the same worlds. */
export async function schedule(): Promise<void> {
  const rows = []
  for (const { size, seeds } of cases) {
    const samples: Sample[] = []
    for (let seed = 1; seed <= seeds; seed++) samples.push(await sample(seed, size))
    const mean = (of: (one: Sample) => number): number => samples.reduce((sum, one) => sum + of(one), 0) / seeds
    const worst = Math.max(...samples.map(({ ratio }) => ratio))
    rows.push({
      resources: size,
      worlds: seeds,
      clean: samples.filter(({ clean }) => clean).length,
      'bound, min': mean(({ boundMs }) => boundMs) / 60_000,
      'ours, mean': mean(({ ratio }) => ratio),
      'ours, worst': worst,
      'layers (Pulumi)': mean(({ layered }) => layered),
      'cap 10 (Terraform)': mean(({ capped }) => capped),
      serial: mean(({ serial }) => serial),
      'calls per removal': mean((one) => one.callsPerRemoval),
      'CPU s': mean(({ tookMs }) => tookMs) / 1_000,
      target: mean(({ ratio }) => ratio) <= targets.mean && worst <= targets.worst ? 'met' : 'missed',
    })
  }
  printTable(`Makespan ÷ lower bound (target: mean ≤ ${targets.mean}, worst ≤ ${targets.worst})`, rows)
}

async function sample(seed: number, size: number): Promise<Sample> {
  const generated = generateWorld({ seed, size, callMs, spread: 0.4, providers: providers() })
  const { adapters, context, target } = generated
  const startedAt = performance.now()
  const plan = await planTeardown({ adapters, context, target, policy: { maxRemovals: 2 * size } })
  const report = await executeTeardown(plan, { adapters, context }).report
  const { timing, calls } = report
  if (!timing) throw new Error(`seed ${seed}, size ${size}: ${report.outcome}, a report without timing`)
  const model: Model = { jobs: jobsOf(plan, generated), limits, callMs }
  const boundMs = lowerBoundMs(model)
  return {
    boundMs,
    ratio: timing.makespanMs / boundMs,
    serial: serialMs(model) / boundMs,
    capped: cappedMs(model, slots) / boundMs,
    layered: layeredMs(model) / boundMs,
    clean: report.outcome === 'clean',
    callsPerRemoval: (calls.reads + calls.writes) / report.removed.length,
    tookMs: performance.now() - startedAt,
  }
}

const providers = () => ['cloud', 'kube'].map((name) => ({ name, limits, enforces: limits }))

/** The steps of the plan with what the world needed for each of them. */
function jobsOf(plan: Plan, { world }: GeneratedWorld): Job[] {
  const startedMs = world.now() - world.elapsedMs()
  const goneMs = new Map<ResourceKey, number>()
  const asked = new Map<string, JournalEntry>()
  for (const { key, goneAt } of world.all()) if (goneAt !== undefined) goneMs.set(key, goneAt - startedMs)
  for (const entry of world.journal)
    if (entry.effect === 'write' && entry.result === 'ok') asked.set(`${entry.kind} ${entry.id}`, entry)
  const known = new Map(plan.resources.map((resource) => [resource.key, resource]))
  return plan.steps.map((step): Job => {
    const { kind, id } = known.get(step.target) ?? { kind: '', id: '' }
    const call = asked.get(`${kind} ${id}`)
    const gone = goneMs.get(step.target) ?? 0
    const common = { needs: step.needs, estimateMs: step.estimateMs }
    if (step.action === 'await')
      return { ...common, service: undefined, latencyMs: Math.max(0, gone - (goneMs.get(step.with) ?? gone)) }
    const removes = step.action === 'remove' || step.action === 'sever'
    return { ...common, service: call?.service, latencyMs: removes && call ? Math.max(0, gone - call.atMs) : 0 }
  })
}
