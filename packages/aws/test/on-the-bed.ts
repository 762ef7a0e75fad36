import {
  executeTeardown,
  type LedgerEntry,
  memoryLedger,
  type Plan,
  type Policy,
  planTeardown,
  type Report,
  renderPlan,
  renderReport,
  type Target,
} from '@cleardown/core'
import {
  type AwsBed,
  callsUpToLastRemoval,
  foreignWrites,
  type JournalEntry,
  judge,
  type Ownership,
  reads,
  refusedWrites,
  snapshot,
  type Verdict,
  writes,
} from '@cleardown/testbed-aws'
import { expect } from 'vitest'
import { aws } from '../src/index.ts'

/** A secret that must come out nowhere. */
const secret = 'planted/Secret+Access+Key/0123456789abcdef'

export interface Teardown {
  readonly plan: Plan
  readonly report: Report
  readonly journal: readonly JournalEntry[]
  readonly verdict: Verdict
  readonly entries: readonly LedgerEntry[]
  readonly callsToLastRemoval: number
  readonly secondsToLastRemoval: number
}

export const adaptersAt = (endpoint: string): ReturnType<typeof aws>[] => [
  aws({
    regions: ['us-east-1'],
    expectedAccount: '111122223333',
    endpoint,
    credentials: { accessKeyId: 'cleardown', secretAccessKey: secret },
  }),
]

/** O07, in this process and in the one that is killed. */
export const o07Target: Target = { cluster: 'ci-1' }
export const o07Policy: Policy = { retained: 'remove' }

/** Plans, executes and judges through the public API and the real SDK clients; the oracle is the bed's journal and snapshot, not our own log. */
export async function tearDown(bed: AwsBed, world: Ownership, target: Target, policy: Policy = {}): Promise<Teardown> {
  const adapters = adaptersAt(bed.endpoint)
  const plan = await planTeardown({ adapters, target, policy })
  expect(writes(await bed.journal()), 'a plan sends no mutating call').toEqual([])

  const ledger = memoryLedger()
  const started = Date.now()
  const run = executeTeardown(plan, { adapters, ledger, settleMs: 500 })
  let lastGone = started
  for await (const event of run) if (event.type === 'gone') lastGone = Date.now()
  const report = await run.report
  const journal = await bed.journal()
  const entries = await Array.fromAsync(ledger.read())
  return {
    plan,
    report,
    journal,
    verdict: judge(await snapshot(bed), world),
    entries,
    callsToLastRemoval: callsUpToLastRemoval(journal),
    secondsToLastRemoval: (lastGone - started) / 1000,
  }
}

/** What holds in every scenario, whatever its outcome. */
export function expectGeneralRules(done: Teardown, world: Ownership): void {
  const { plan, report, journal, entries } = done
  expect(refusedWrites([...journal]), 'refused writes').toEqual([])
  expect(
    foreignWrites([...journal], world).filter(({ action }) => action !== 'DeleteTags'),
    'writes that carry the id of something that is not ours',
  ).toEqual([])
  expect(done.verdict.damaged, 'not ours and gone').toEqual([])

  const sent = writes([...journal])
  const planned = plan.steps.filter(({ action }) => action !== 'await')
  expect(sent.length, 'writes = planned removals, unmarks and preparations').toBe(planned.length)
  expect(report.calls.writes).toBe(sent.length)

  const intents = entries.filter((entry) => entry.type === 'intent')
  const outcomes = entries.filter((entry) => entry.type === 'outcome')
  expect(intents.length, 'an intent for each mutating call').toBe(sent.length)
  expect(outcomes.length, 'an outcome for each mutating call').toBe(sent.length)
  for (const intent of intents)
    expect(intent).toMatchObject({
      at: expect.any(String),
      principal: expect.stringContaining('arn:aws'),
      target: expect.any(String),
    })

  const told = JSON.stringify({ plan, report, entries }) + renderPlan(plan) + renderReport(report, plan.resources)
  expect(told.includes(secret), 'no secret comes out').toBe(false)
}

export async function expectNothingLeftToDo(bed: AwsBed, target: Target, policy: Policy = {}): Promise<void> {
  await bed.clearJournal()
  const adapters = adaptersAt(bed.endpoint)
  const again = await planTeardown({ adapters, target, policy })
  expect(again.steps, 'a second run plans nothing').toEqual([])
  const { outcome } = await executeTeardown(again, { adapters, settleMs: 100 }).report
  expect(['clean', 'retained']).toContain(outcome)
  expect(writes(await bed.journal())).toEqual([])
}

/** The chain that the report gives for what is left, as kinds: `aws:subnet ← aws:network-interface`. */
export function chainOf(report: Report, kind: string, id?: string): string[] {
  const left = report.left.find(({ key }) => key.startsWith(`${kind}/`) && (id === undefined || key.endsWith(`/${id}`)))
  return left ? [kind, ...left.blockers.map(({ key }) => key.split('/')[0] ?? '')] : []
}

export function printMeasure(
  name: string,
  { journal, plan, callsToLastRemoval, secondsToLastRemoval }: Teardown,
): void {
  const until = [...journal].slice(0, callsToLastRemoval)
  console.log(
    `${name}: ${callsToLastRemoval} calls up to the last removal (${reads(until).length} reads, ${writes(until).length} writes), ` +
      `${plan.steps.length} steps, last removal after ${secondsToLastRemoval.toFixed(1)} s`,
  )
}
