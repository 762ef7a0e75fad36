import type { ResourceKey } from '../model/key.ts'
import { exitCodes, type Finding, type Outcome, worstOutcome } from '../model/outcome.ts'
import { type Blocker, type Plan, type PlannedResource, removing } from '../model/plan.ts'
import type { Leftover, LeftReason, Removed, Report, StepResult } from '../model/report.ts'

export interface ReportInput {
  readonly runId: string
  readonly planId?: string
  /** Made from fresh reads at the end; absent when the run was refused or stopped. */
  readonly fresh?: Plan
  /** The plan that was executed (the last one, where it was amended). */
  readonly plan?: Plan
  readonly knownKeys: ReadonlySet<ResourceKey>
  /** Removed, or gone with something that was, and still listed. */
  readonly lingering?: readonly PlannedResource[]
  readonly removed: readonly Removed[]
  readonly steps: readonly StepResult[]
  readonly refused: readonly Finding[]
  readonly findings: readonly Finding[]
  readonly interrupted: boolean
  readonly startedAt: string
  readonly endedAt: string
  readonly calls: Report['calls']
  readonly timing?: Report['timing']
}

/** Reasons that are no decision of a person: what is left for them makes a run incomplete. */
const incompleteReasons: ReadonlySet<LeftReason> = new Set([
  'denied',
  'stuck',
  'timed-out',
  'failed',
  'not-reached',
  'interrupted',
  'new',
  'unseen',
  'cycle',
  'no-removal',
  'fixed',
  'server',
])

/** What the user wanted kept, as opposed to what was never in question. */
const wishes: ReadonlySet<string> = new Set([
  'kept-by-policy',
  'retained',
  'suspected',
  'too-young',
  'used',
  'whole-stays',
  'part-stays',
  'serves',
])

export function makeReport(input: ReportInput): Report {
  const fresh = input.fresh ?? input.plan
  const left = fresh && input.refused.length === 0 ? listLeft(input, fresh) : []
  // what was only kept because of our mark is out of sight once the mark is off, and kept nevertheless
  const unmarked = new Set(
    input.steps.filter(({ action, result }) => action === 'unmark' && result === 'done').map(({ target }) => target),
  )
  const kept = [...(fresh?.kept ?? []), ...(input.plan?.kept ?? []).filter(({ key }) => unmarked.has(key))]
  // after a run that removed something, a fresh look that matches nothing is the proof of success
  const looked = (fresh?.findings ?? []).filter(({ code }) => code !== 'matched-nothing' || input.removed.length === 0)
  const findings = unique([...input.findings, ...looked, ...input.refused])
  const outcome = worstOutcome(outcomes())
  return {
    format: 'cleardown-report/1',
    ...(input.planId ? { planId: input.planId } : {}),
    runId: input.runId,
    outcome,
    exitCode: exitCodes[outcome],
    startedAt: input.startedAt,
    endedAt: input.endedAt,
    coverage: fresh?.coverage ?? [],
    removed: [...input.removed].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.key < b.key ? -1 : 1)),
    kept,
    left,
    findings,
    steps: input.steps,
    calls: input.calls,
    ...(input.timing ? { timing: input.timing } : {}),
  }

  function* outcomes(): Iterable<Outcome> {
    if (input.refused.length > 0) yield 'refused'
    if (input.interrupted) yield 'interrupted'
    for (const { why } of left) yield incompleteReasons.has(why) ? 'incomplete' : 'blocked'
    if (fresh?.coverage.some(({ seen }) => seen === 'denied' || seen === 'failed')) yield 'incomplete'
    if (input.steps.some(({ action, result }) => action === 'unmark' && (result === 'failed' || result === 'blocked')))
      yield 'incomplete'
    if (findings.some(({ code }) => code === 'not-undone')) yield 'incomplete'
    if (input.fresh?.steps.some(({ action }) => action === 'unmark')) yield 'incomplete' // our mark is still on what stays
    if (kept.some(({ reason }) => wishes.has(reason))) yield 'retained'
    yield 'clean'
  }
}

function listLeft(input: ReportInput, fresh: Plan): Leftover[] {
  const blocked = new Map(fresh.blocked.map((one) => [one.key, one]))
  const lastResult = new Map<ResourceKey, StepResult>()
  for (const step of input.steps) if (removing.has(step.action)) lastResult.set(step.target, step)
  const left: Leftover[] = []
  for (const resource of fresh.resources) {
    const { key, decision } = resource
    const stands = blocked.get(key)
    if (stands) left.push(leftover(resource, stands.reason, stands.because, stands.chain))
    else if (decision === 'remove' || decision === 'await')
      left.push(leftover(resource, ...reasonOf(resource, lastResult, input)))
  }
  const told = new Set(left.map(({ key }) => key))
  for (const resource of input.lingering ?? [])
    if (!told.has(resource.key)) left.push(leftover(resource, ...reasonOf(resource, lastResult, input)))
  return left
}

function reasonOf(
  resource: PlannedResource,
  lastResult: ReadonlyMap<ResourceKey, StepResult>,
  input: ReportInput,
): [LeftReason, string, readonly Blocker[]] {
  const own = lastResult.get(resource.key) ?? headResult(resource, lastResult, input.plan)
  const text = own?.failure ? `${own.failure.providerCode}: ${own.failure.message}` : ''
  switch (own?.result) {
    case 'failed':
      return [own.failure?.code === 'denied' ? 'denied' : 'failed', denied(own) ?? text, []]
    case 'blocked':
      return ['failed', text, []]
    case 'stuck':
      return ['stuck', text, []]
    case 'timed-out':
      return ['timed-out', text, []]
    case 'aborted':
      return ['interrupted', 'the run was stopped before it', []]
    case 'skipped':
      return ['not-reached', 'a step before it did not come about', []]
    default:
      if (input.interrupted) return ['interrupted', 'the run was stopped before it', []]
      if (input.steps.length === 0 || input.knownKeys.has(resource.key)) return ['not-reached', 'still there', []]
      return ['new', 'it appeared after the plan was made', []]
  }
}

/** A part shares the fate of the whole that was asked for it. */
function headResult(
  resource: PlannedResource,
  lastResult: ReadonlyMap<ResourceKey, StepResult>,
  plan: Plan | undefined,
): StepResult | undefined {
  const known = plan?.resources.find(({ key }) => key === resource.key)
  const step = known?.step === undefined ? undefined : plan?.steps[known.step]
  return step ? lastResult.get(step.target) : undefined
}

function denied({ failure }: StepResult): string | undefined {
  if (failure?.code !== 'denied') return undefined
  const { missing } = failure
  if (!missing) return `${failure.providerCode}: ${failure.message}`
  return `${missing.principal} may not ${missing.permission} (${missing.explicit ? 'explicit deny' : 'no allow'})`
}

function leftover(resource: PlannedResource, why: LeftReason, because: string, blockers: readonly Blocker[]): Leftover {
  return {
    key: resource.key,
    ownership: resource.ownership,
    why,
    because,
    blockers,
    manual: resource.manual ? [resource.manual] : [],
  }
}

function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((finding) => [`${finding.code} ${finding.message}`, finding]))
  return [...seen.values()]
}
