import {
  executeTeardown,
  type KindName,
  type Ledger,
  memoryLedger,
  type Plan,
  type Policy,
  planTeardown,
  type Report,
  recordCreation,
  renderReport,
} from '@cleardown/core'
import {
  type BedControl,
  type Client,
  type JournalEntry,
  refusedWrites,
  type Staging,
  writes,
} from '@cleardown/testbed-openstack'
import { expect } from 'vitest'
import { openstack } from '../../src/index.ts'
import type { Job } from './kubespray-job.ts'

export interface Done {
  readonly plan: Plan
  readonly report: Report
  readonly journal: readonly JournalEntry[]
  /** `409 DELETE /v2.0/…` for each write that a service refused. */
  readonly refused: readonly string[]
  /** The report for people, to be shown where a test fails. */
  readonly told: string
}

/** Speaks as the project's own member, by the public addresses, which the bed writes down. */
export const adapterFor = (
  bed: BedControl,
  { account }: Client,
  expectedProject: string = account.project,
): ReturnType<typeof openstack> =>
  openstack({
    auth: {
      auth_url: bed.authUrl,
      username: account.user,
      password: account.password,
      project_name: account.project,
      user_domain_id: 'default',
      project_domain_id: 'default',
    },
    expectedProject,
  })

async function ledgerOf({ run, unmarked }: Pick<Job, 'run' | 'unmarked'>): Promise<Ledger> {
  const ledger = memoryLedger()
  for (const [kind, id] of Object.entries(unmarked))
    await recordCreation(ledger, { kind: kind as KindName, run, parents: [], idOf: String }, async () => id)
  return ledger
}

/** Plans and executes through the public API. The oracle is the bed's journal, not our own log. */
export async function tearDown(
  bed: BedControl,
  { client }: Pick<Staging, 'client'>,
  job: Pick<Job, 'run' | 'unmarked'>,
  policy: Policy = {},
): Promise<Done> {
  const adapters = [adapterFor(bed, client)]
  const ledger = await ledgerOf(job)
  const own = async (since: number): Promise<JournalEntry[]> =>
    (await bed.journal(since)).filter(({ project = client.account.project }) => project === client.account.project)

  const mark = await bed.mark()
  const plan = await planTeardown({ adapters, target: { run: job.run }, policy, ledger })
  expect(writes(await own(mark)), 'a plan sends no mutating call').toEqual([])
  const report = await executeTeardown(plan, { adapters, ledger, settleMs: 500 }).report
  const journal = await own(mark)
  return {
    plan,
    report,
    journal,
    told: renderReport(report, plan.resources),
    refused: refusedWrites(journal).map(({ method, path, status }) => `${status} ${method} ${path}`),
  }
}
