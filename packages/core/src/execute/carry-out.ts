import type { Connected } from '../adapter/connect-all.ts'
import { isoTime } from '../adapter/context.ts'
import { earlierKnowledge } from '../discover/earlier.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Plan, PlannedResource } from '../model/plan.ts'
import type { Report } from '../model/report.ts'
import { knownParts } from '../plan/release.ts'
import { defaultSettleMs, lookAgain } from '../verify/look-again.ts'
import type { ReportInput } from '../verify/report.ts'
import { executeAmending } from './amend.ts'
import { awaitLingering } from './await-lingering.ts'
import { stalled } from './no-progress.ts'
import { notReleased } from './release-step.ts'
import { type RunContext, record } from './run-context.ts'
import { measure } from './timing.ts'
import { undoPreparations } from './undo.ts'

/** From the first step to the last look, under a lease. */
export async function carryOut(
  run: RunContext,
  earlier: readonly Plan[],
  connected: Connected,
  { findings }: ReportInput,
  undoOnly: boolean,
  finish: (more: Partial<ReportInput>) => Report,
): Promise<Report> {
  const { context, runId, ledger, options, emit, soft } = run
  const plan = earlier.at(-1) as Plan
  const began = context.monotonic()
  const close = (outcome: Report['outcome']): Promise<void> =>
    record(run, { at: isoTime(context.now()), type: 'run-closed', runId, outcome })

  const plans = undoOnly || plan.refused.length > 0 ? [plan] : await executeAmending(run, earlier, connected)
  const last = plans.at(-1) as Plan
  const executeMs = context.monotonic() - began
  const notUndone = await undoPreparations(run)
  const done = {
    plan: last,
    removed: [...run.removed.values()],
    steps: run.results,
    findings: [
      ...findings,
      ...last.findings,
      ...(last === plan ? [] : notAmended(last)),
      ...stalled([...earlier, ...plans], run.results),
      ...notReleased(run.results),
      ...notUndone,
    ],
    refused: undoOnly ? [] : plan.refused,
  }
  const { reads, writes } = connected.counts
  if (soft.aborted || undoOnly) {
    const report = finish({ ...done, interrupted: true, calls: { reads, writes, verify: 0 } })
    await close(report.outcome)
    return report
  }
  const looked = await lookAgain({
    connected,
    removed: removedBy(run, [...earlier, ...plans]),
    onLingering: (them) => awaitLingering(run, them),
    target: plan.target,
    policy: plan.policy,
    ledger,
    context,
    signal: soft,
    settleMs: options.settleMs ?? defaultSettleMs,
    earlier: earlierKnowledge([...earlier, ...plans]),
    known: knownParts([...earlier, ...plans]),
    emit,
    onRound: (round, left) => record(run, { at: isoTime(context.now()), type: 'verified', runId, round, left }),
  }).catch((error) => {
    if (soft.aborted) return undefined
    throw error
  })
  const verifyMs = context.monotonic() - began - executeMs
  const report = finish({
    ...done,
    ...(looked ? { fresh: looked.plan, lingering: looked.lingering } : {}),
    interrupted: looked === undefined,
    calls: { reads, writes, verify: connected.counts.reads - reads },
    timing: measure(plan, run.results, executeMs, { execute: executeMs, verify: verifyMs }),
  })
  await close(report.outcome)
  return report
}

/** Why the run did not go on with a plan that it made for what it had met. */
const notAmended = ({ refused }: Plan): Finding[] => refused.map((one) => ({ ...one, severity: 'warning' }))

/** What steps of any of the plans removed, and what went along with it: in no listing any more, or not gone. */
function removedBy({ removed }: RunContext, plans: readonly Plan[]): Map<ResourceKey, PlannedResource> {
  const gone = new Map<ResourceKey, PlannedResource>()
  for (const { resources, steps } of plans)
    for (const resource of resources) {
      const asked = resource.step === undefined ? undefined : steps[resource.step]
      if (asked && (removed.has(resource.key) || removed.has(asked.target))) gone.set(resource.key, resource)
    }
  return gone
}
