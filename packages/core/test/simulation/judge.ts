import { type Plan, planTeardown, type Report, type ResourceKey } from '../../src/index.ts'
import type { MemoryCloud } from '../../src/kit/testing/index.ts'
import type { State } from '../../src/kit/testing/resource.ts'
import type { Ref } from '../../src/model/relation.ts'
import type { Scenario } from './scenario.ts'
import { isAt, ownerOf, type Watch } from './watch.ts'

/** After a run: whatever lags has caught up, whatever was asked to go is gone. */
export const restMs: number = 30 * 60_000

/** The report against the world at the moment of its end. */
export function judgeReport(scenario: Scenario, cloud: MemoryCloud, report: Report, watch: Watch): void {
  const { world } = cloud
  const { outcome } = report
  const all = world.all() as readonly State[]
  const lateMs = lateness(scenario)
  const now = world.now()
  const settled = (state: State): boolean => (state.timeline.at(-1)?.at ?? 0) < now - lateMs
  const alive = all.filter(({ phase }) => phase !== 'gone')
  const byKey = new Map(alive.map((state) => [state.key, state]))
  const replacedAt = rootReplacedAt(watch, all)
  const mine = alive.filter(
    (state) => isMine(state) && watch.isProvable(state) && bornAt(state) < now - lateMs && bornAt(state) <= replacedAt,
  )
  const told = new Set([...report.left, ...report.kept].map(({ key }) => key))
  const unseen = new Set(report.coverage.filter(({ seen }) => seen !== 'yes').map(({ kind }) => kind))
  const success = outcome === 'clean' || outcome === 'retained'
  const looked = outcome !== 'refused' && outcome !== 'interrupted'
  const say = (rule: string, which: readonly State[] | readonly string[]): void => {
    if (which.length === 0) return
    const names = which
      .slice(0, 4)
      .map((one) => (typeof one === 'string' ? one : `${one.kind} ${one.id} (${one.phase})`))
    watch.violated(rule, `${outcome}: ${names.join(', ')}${which.length > 4 ? ` and ${which.length - 4} more` : ''}`)
  }

  const hasHolder = (state: State): boolean =>
    isLink(state, scenario) &&
    (state.spec.partOf ?? []).some(({ of }) =>
      alive.some(({ kind, id }) => 'id' in of && kind === of.kind && id === of.id),
    )

  if (success)
    say(
      'says success, ours is there',
      // a link of something that stays is not told one by one
      mine.filter((state) => !hasHolder(state) && (outcome === 'clean' || !told.has(state.key))),
    )
  if (looked)
    say(
      'does not tell',
      mine.filter(
        (state) =>
          !told.has(state.key) && !isLink(state, scenario) && !unseen.has(state.kind) && !isHidden(state, unseen, all),
      ),
    )
  say(
    'says removed, is there',
    report.removed
      .filter(({ key }) => {
        const there = byKey.get(key)
        return there && isMine(there) && !told.has(key) && settled(there)
      })
      .map(({ key }) => key),
  )
  if (looked)
    say(
      'says left, is gone',
      report.left
        .filter(({ key }) => !byKey.has(key))
        .filter(({ key }) => {
          const last = all.findLast((state) => state.key === key)
          return !last || settled(last)
        })
        .map(({ key }) => key),
    )
  if (
    outcome === 'clean' &&
    unseen.size > 0 &&
    [...report.coverage].some(({ seen }) => seen === 'denied' || seen === 'failed')
  )
    watch.violated('clean, but blind', [...unseen].join(', '))
  if (scenario.weather === 'fair' && scenario.honest) {
    const wrong = report.left.filter(({ why }) => unplanned.has(why))
    say(
      'fair weather, and failed',
      wrong.map(({ key, why, because }) => `${key} ${why}: ${because}`),
    )
    say(
      'fair weather, and refused',
      world.refusals().map(({ call, id, result }) => `${call} ${id} ${result}`),
    )
  }
  judgeUndo(scenario, cloud, report, watch)
}

const unplanned: ReadonlySet<string> = new Set([
  'denied',
  'failed',
  'timed-out',
  'stuck',
  'not-reached',
  'interrupted',
  'new',
])

/** How old an answer may be. */
const oldness = ({ listLagMs, faults }: Scenario): number =>
  Math.max(listLagMs, ...faults.map(({ what, staleMs }) => (what === 'stale' ? (staleMs ?? 5_000) : 0)))

/** How old a report's knowledge may be: a verification takes calls; throttled, lost and hanging ones, and a listing that never ends, take their time. */
const lateness = (scenario: Scenario): number =>
  oldness(scenario) +
  (scenario.faults.length > 0 ? 120_000 : 3_000) +
  (scenario.lies.some(({ what }) => what === 'listing-never-ends') ? longestListingMs : 0)

/** After so long without a row, a listing is given up. */
const longestListingMs = 5 * 60_000

const isMine = (state: State): boolean => ownerOf(state) === 'ours'
const isLink = (state: State, { kinds }: Scenario): boolean =>
  kinds.some(({ name, link }) => link && name === state.kind)

/** A part whose whole, or whose whole's, could not be seen: nobody can know whose it is. */
const isHidden = ({ spec, tags }: State, unseen: ReadonlySet<string>, all: readonly State[]): boolean =>
  Object.keys(tags).length === 0 &&
  (spec.partOf ?? []).some(
    ({ of }) =>
      ('kind' in of && unseen.has(of.kind)) ||
      all.some((whole) => isAt(whole, of as Ref) && (unseen.has(whole.kind) || isHidden(whole, unseen, all))),
  )

/** When another thing came that has the key of a root of a plan: marks on what comes after it are its own. */
function rootReplacedAt({ entries }: Watch, all: readonly State[]): number {
  const roots = entries.flatMap((entry) => (entry.type === 'plan' ? entry.plan.roots : []))
  const others = all.filter((state) =>
    roots.some(({ key, incarnation }) => key === state.key && incarnation !== state.incarnation),
  )
  return Math.min(...others.map(bornAt))
}

const bornAt = ({ timeline }: State): number => timeline[0]?.at ?? 0

/** What was prepared for a removal that did not come about is as it was, or the report says that it is not. */
function judgeUndo(scenario: Scenario, { world }: MemoryCloud, report: Report, watch: Watch): void {
  const { faults, lives, happenings } = scenario
  if (report.outcome === 'refused') return
  if (report.outcome === 'interrupted' && report.findings.some(({ code }) => code === 'ledger-lost')) return
  const told = new Set(report.steps.filter(({ result }) => result === 'failed').map(({ target }) => target))
  const all = world.all() as readonly State[]
  const find = (key: string): State | undefined => all.findLast((state) => state.key === key)
  const stays = (state: State | undefined): state is State =>
    state !== undefined && state.phase !== 'gone' && state.phase !== 'going'
  const meddled = new Set(happenings.flatMap((one) => ('id' in one ? [one.id] : [])))
  const oldMs = oldness(scenario)
  if (oldMs === 0)
    for (const { kind, id } of cutForNothing(scenario, all, told))
      watch.violated('cut for nothing', `${kind} ${id}: its holder and what it names are there`)
  const accepted = acceptedPreparations(watch)
  for (const { action, target, freedFor, what, incarnation } of accepted) {
    const state = find(target)
    const freed = find(freedFor)
    if (!stays(freed) || freed.incarnation !== incarnation) continue
    if (told.has(target) || (state && meddled.has(`${state.kind} ${state.id}`))) continue
    // an old answer shows a link that was cut as standing, or that what it was cut for is still on its way
    if (oldMs > 0 && action === 'sever') continue
    if (oldMs > 0 && (freed.timeline.at(-1)?.at ?? 0) > world.now() - oldMs - 5_000) continue
    const undone =
      action === 'unprotect'
        ? !stays(state) || state.protections.has(what ?? '')
        : action === 'quiesce'
          ? !stays(state) || !state.paused
          : isThereAgain(all, find(target))
    if (!undone)
      watch.violated(
        'not put back',
        `${action} ${target}, for ${freedFor}, which is ${freed.phase}${faults.length > 0 ? '' : ', in fair weather'} (${lives.then})`,
      )
  }
}

/** A link of ours is cut to free something: where all that it ties is still there, it was cut for nothing and has to be there again. */
function cutForNothing({ happenings, kinds }: Scenario, all: readonly State[], told: ReadonlySet<string>): State[] {
  const meddled = new Set(happenings.flatMap((one) => ('id' in one ? [one.id] : [])))
  const links = new Set(kinds.flatMap(({ name, link }) => (link ? [name] : [])))
  // what has come since the cut is not what the link tied, also where it has its id
  const stands = (to: unknown, cutAt: number): boolean =>
    all.some(
      ({ kind, id, phase, timeline }) =>
        kind === (to as { kind?: string }).kind &&
        id === (to as { id?: string }).id &&
        phase === 'steady' &&
        (timeline[0]?.at ?? 0) <= cutAt,
    )
  return all.filter(
    (one) =>
      links.has(one.kind) &&
      one.touched.some((call) => call.startsWith('Delete')) &&
      !told.has(one.key) &&
      !meddled.has(`${one.kind} ${one.id}`) &&
      (one.spec.uses ?? []).every(({ to }) => stands(to, one.goneAt ?? Infinity)) &&
      (one.spec.partOf ?? []).every(({ of }) => stands(of, one.goneAt ?? Infinity)) &&
      !isThereAgain(all, one),
  )
}

/** Nothing to put it back into: its holder went. What has that id by now never held it. */
function isThereAgain(all: readonly State[], link: State | undefined): boolean {
  if (link?.phase !== 'gone') return true
  const holder = link.spec.partOf?.[0]?.of
  const held =
    holder &&
    'id' in holder &&
    all.some(
      (one) =>
        isAt(one, holder as Ref) &&
        one.phase !== 'gone' &&
        one.phase !== 'going' &&
        bornAt(one) <= (link.goneAt ?? Infinity),
    )
  if (!held) return true
  return all.some(
    (one) =>
      one !== link &&
      one.kind === link.kind &&
      one.phase !== 'gone' &&
      JSON.stringify(one.spec.uses) === JSON.stringify(link.spec.uses) &&
      JSON.stringify(one.spec.partOf) === JSON.stringify(link.spec.partOf),
  )
}

interface Prepared {
  readonly action: 'quiesce' | 'unprotect' | 'sever'
  readonly target: ResourceKey
  readonly freedFor: ResourceKey
  readonly what?: string | undefined
  /** Of what it was done for. */
  readonly incarnation: string
}

/** From the ledger, and from what its plans say that they were for. */
function acceptedPreparations({ entries }: Watch): Prepared[] {
  const plans = new Map(
    entries.flatMap((entry) => (entry.type === 'plan' ? [[entry.plan.id, entry.plan] as const] : [])),
  )
  const found: Prepared[] = []
  for (const entry of entries) {
    if (entry.type !== 'intent') continue
    const plan = plans.get(entry.planId)
    const step = plan?.steps[entry.step]
    if (step?.action !== 'quiesce' && step?.action !== 'unprotect' && step?.action !== 'sever') continue
    if (entry.action !== step.action) continue
    found.push({
      action: step.action,
      target: entry.target,
      freedFor: step.freedFor,
      what: entry.what,
      incarnation: plan?.resources.find(({ key }) => key === step.freedFor)?.incarnation ?? '',
    })
  }
  return found
}

/** When the weather has calmed down, a run that said that it was through has left nothing that could go. */
export async function judgeAgain(scenario: Scenario, cloud: MemoryCloud, report: Report, watch: Watch): Promise<void> {
  const { outcome } = report
  if (outcome !== 'clean' && outcome !== 'retained' && outcome !== 'blocked') return
  if (scenario.happenings.length > 0) return
  // old answers show what is gone; what seems to hold something then need not be there any more
  if (outcome === 'blocked' && oldness(scenario) > 0) return
  const again: Plan = await planTeardown({
    adapters: cloud.adapters,
    context: cloud.context,
    target: scenario.target,
    policy: { ...scenario.policy, ifBlocked: 'continue' },
  })
  if (again.steps.length > 0)
    watch.violated(
      'could have gone',
      `after ${outcome} a second run would ${again.steps
        .slice(0, 4)
        .map(({ action, target }) => `${action} ${target}`)
        .join(', ')}`,
    )
}
