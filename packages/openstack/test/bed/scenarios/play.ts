import {
  type Adapter,
  type ExecuteOptions,
  executeTeardown,
  type KindName,
  type Ledger,
  type LedgerEntry,
  memoryLedger,
  type Plan,
  type Policy,
  planTeardown,
  type Report,
  recordCreation,
  renderPlan,
  renderReport,
  splitKey,
  type Target,
  type TeardownEvent,
} from '@cleardown/core'
import {
  type BedControl,
  type Changes,
  type Client,
  changesBetween,
  type Inventory,
  type JournalEntry,
  refusedWrites,
  snapshotOf,
  writes,
} from '@cleardown/testbed-openstack'
import { expect } from 'vitest'
import { openstack } from '../../../src/index.ts'

export const scenarioMs = 600_000
export const noChange: Changes = { gone: [], changed: [], added: [] }

/** The adapter under test, with all the secrets that it has had in its hands. */
export interface Tool {
  readonly adapter: Adapter
  readonly secrets: Set<string>
}

/** Signs in as the project's member, or with what `auth` says instead; `through` stands between the tool and the cloud. */
export function toolFor(
  bed: BedControl,
  { account: { user, password, project } }: Client,
  auth: Readonly<Record<string, string>> = {
    username: user,
    password,
    project_name: project,
    user_domain_id: 'default',
    project_domain_id: 'default',
  },
  through: typeof fetch = fetch,
): Tool {
  const secrets = new Set(Object.entries(auth).flatMap(([key, value]) => (key.endsWith('_secret') ? [value] : [])))
  const adapter = openstack({
    auth: { auth_url: bed.authUrl, ...auth },
    expectedProject: project,
    async fetch(...asked) {
      const answer = await through(...asked)
      const token = answer.headers.get('x-subject-token')
      if (token) secrets.add(token)
      return answer
    },
  })
  return { adapter, secrets }
}

/** A ledger in which a harness has written down what it made: kind → ids. */
export async function ledgerWith(run: string, made: Readonly<Record<KindName, readonly string[]>>): Promise<Ledger> {
  const ledger = memoryLedger()
  for (const [kind, ids] of Object.entries(made))
    for (const id of ids)
      await recordCreation(ledger, { kind: kind as KindName, run, parents: [], idOf: String }, async () => id)
  return ledger
}

export interface Scene {
  readonly bed: BedControl
  readonly client: Client
  readonly target: Target
  readonly policy?: Policy
  readonly ledger?: Ledger
  readonly tool?: Tool
  readonly execute?: Pick<ExecuteOptions, 'stepTimeoutMs'>
  readonly onEvent?: (event: TeardownEvent) => Promise<void>
}

export interface Played {
  readonly plan: Plan
  readonly report: Report
  readonly events: readonly TeardownEvent[]
  /** What the tool asked; never what the stage or the oracle did. */
  readonly journal: readonly JournalEntry[]
  readonly entries: readonly LedgerEntry[]
  /** Plan and report for people. */
  readonly told: string
  readonly secrets: ReadonlySet<string>
  readonly before: Inventory
  readonly after: Inventory
}

/** Plans and executes through the public API. The oracle is the bed's journal and its own look at the project, not our own log. */
export async function play(scene: Scene): Promise<Played> {
  const { bed, client, target, policy = {}, ledger = memoryLedger(), onEvent } = scene
  const { adapter, secrets } = scene.tool ?? toolFor(bed, client)
  const adapters = [adapter]
  const before = await snapshotOf(client)
  const mark = await bed.mark()
  const plan = await planTeardown({ adapters, target, policy, ledger })
  expect(writes(await ownJournal(scene, mark)), 'a plan sends no mutating call').toEqual([])

  const events: TeardownEvent[] = []
  const run = executeTeardown(plan, { adapters, ledger, settleMs: 500, ...scene.execute })
  for await (const event of run) {
    events.push(event)
    await onEvent?.(event)
  }
  const report = await run.report
  return {
    plan,
    report,
    events,
    journal: await ownJournal(scene, mark),
    entries: await Array.fromAsync(ledger.read()),
    told: renderPlan(plan) + renderReport(report, plan.resources),
    secrets,
    before,
    after: await snapshotOf(client),
  }
}

/** What was asked in the project since the mark. */
export async function ownJournal(
  { bed, client }: Pick<Scene, 'bed' | 'client'>,
  since: number,
): Promise<JournalEntry[]> {
  const { project } = client.account
  return (await bed.journal(since)).filter((entry) => entry.project === undefined || entry.project === project)
}

/** What holds in every scenario without faults, whatever its outcome. */
export function expectGeneralRules({ plan, report, journal, entries, secrets, told }: Played): void {
  const shown = ({ status, method, path }: JournalEntry): string => `${status} ${method} ${path}`
  expect(refusedWrites(journal).map(shown), 'refused writes').toEqual([])

  const sent = writes(journal)
  const related = namesOfPlanned(entries)
  const stray = sent.filter(({ path }) => !path.split(/[/?]/).some((word) => related.has(decodeURIComponent(word))))
  expect(stray.map(shown), 'writes for what is not in the plan').toEqual([])
  expect(report.calls.writes, 'the report counts as the services do').toBe(sent.length)

  const intents = entries.filter((entry) => entry.type === 'intent')
  const outcomes = entries.filter((entry) => entry.type === 'outcome')
  const named = ({ planId, step, action }: (typeof intents | typeof outcomes)[number]): string =>
    `${planId} ${step} ${action}`
  expect(outcomes.map(named).sort(), 'each mutating call is written down, with its outcome').toEqual(
    intents.map(named).sort(),
  )
  const recorded = new Set(intents.flatMap(({ target }) => splitKey(target).id.split('/')))
  const unrecorded = sent.filter(
    ({ path }) =>
      path.includes('/routers/') === false &&
      !path.split(/[/?]/).some((word) => recorded.has(decodeURIComponent(word))),
  )
  expect(unrecorded.map(shown), 'calls that the ledger does not know').toEqual([])
  for (const intent of intents)
    expect(intent).toMatchObject({ at: expect.any(String), principal: expect.stringMatching(/\S/) })

  const everything = JSON.stringify({ plan, report, entries }) + told
  expect(secrets.size).toBeGreaterThan(0)
  expect(
    [...secrets].filter((secret) => everything.includes(secret)),
    'secrets that came out',
  ).toEqual([])
}

/** Ids of everything with a step in any plan of the run, and of what its links tie. */
function namesOfPlanned(entries: readonly LedgerEntry[]): ReadonlySet<string> {
  const plans = entries.flatMap((entry) => (entry.type === 'plan' ? [entry.plan] : []))
  return new Set(
    plans.flatMap(({ resources, edges }) => {
      const going = resources.filter(({ step }) => step !== undefined)
      const links = new Set(going.flatMap(({ link, key }) => (link ? [key] : [])))
      const ends = edges.filter(({ from }) => links.has(from)).map(({ to }) => splitKey(to).id)
      return [...going.map(({ id }) => id), ...ends].flatMap((id) => id.split('/'))
    }),
  )
}

/** `kind:id` of what went, of what was touched and stayed, of what came. */
export const changesOf = ({ before, after }: Played): Changes => changesBetween(before, after)

/** A second run after success plans nothing and sends nothing. */
export async function expectNothingLeftToDo(scene: Scene): Promise<void> {
  const again = await play(scene)
  expect(again.plan.steps, 'a second run plans nothing').toEqual([])
  expect(['clean', 'retained'], again.told).toContain(again.report.outcome)
  expect(writes(again.journal)).toEqual([])
}

/** Was each of the first *seen gone* before the turn of each of the second? By ids; what goes along with another counts with it. */
export function expectOrder({ events }: Played, first: readonly string[], second: readonly string[]): void {
  const at = (type: TeardownEvent['type'], id: string): number =>
    events.findIndex((event) => event.type === type && 'key' in event && splitKey(event.key).id === id)
  for (const one of first)
    for (const other of second) {
      const [gone, begun] = [at('gone', one), at('step-started', other)]
      expect(gone, `${one} was seen gone`).toBeGreaterThanOrEqual(0)
      expect(begun, `${other} had its turn`).toBeGreaterThanOrEqual(0)
      expect(gone, `${one} is gone before the turn of ${other}`).toBeLessThan(begun)
    }
}

export const deletions = (journal: readonly JournalEntry[]): string[] =>
  journal.filter(({ method }) => method === 'DELETE').map(({ path }) => path)

export const idsOf = (...all: readonly { readonly id: string }[]): string[] => all.map(({ id }) => id)
/** Ids without their kinds. */
export const bare = (all: readonly string[]): string[] => all.map((one) => one.slice(one.indexOf(':') + 1)).sort()
