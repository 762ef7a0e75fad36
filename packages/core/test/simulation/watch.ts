import type { KindName, LedgerEntry, ResourceKey } from '../../src/index.ts'
import type { Query } from '../../src/kit/testing/client.ts'
import type { Refusal } from '../../src/kit/testing/removal.ts'
import type { State } from '../../src/kit/testing/resource.ts'
import type { Inside } from '../../src/kit/testing/world.ts'
import type { Ref } from '../../src/model/relation.ts'
import type { Machine } from './machine.ts'
import type { Owner, Scenario } from './scenario.ts'

/** One broken promise: which one, and what it was broken on. Two violations of one `rule` are the same bug for the shrinker. */
export interface Violation {
  readonly rule: string
  readonly what: string
}

/** Looks on while runs work, and knows the truth. Nobody who is watched sees it. */
export interface Watch {
  readonly violations: readonly Violation[]
  readonly entries: readonly LedgerEntry[]
  durable(entries: readonly LedgerEntry[]): void
  leased(machine: Machine): void
  /** Who has the newest lease. */
  holder(): Machine | undefined
  listed(machine: Machine, kind: KindName, query: Query): void
  beforeWrite(
    machine: Machine,
    call: string,
    kind: KindName,
    id: string,
    state: State | undefined,
    inside: Inside,
  ): void
  afterWrite(machine: Machine, call: string, kind: KindName, id: string, refusal: Refusal | undefined): void
  violated(rule: string, what: string): void
  /** What somebody else does to it is not laid to the run's charge. */
  excuse(state: State): void
  isProvable(state: State): boolean
  writesOf(machine: Machine): number
}

type Verb = 'Delete' | 'Create' | 'Unprotect' | 'Protect' | 'Pause' | 'Resume' | 'Release' | 'Untag'
/** Which intents allow a call. */
const actionsOf: Readonly<Record<Verb, readonly string[]>> = {
  Delete: ['remove', 'sever', 'await'],
  Create: ['undo'],
  Protect: ['undo'],
  Resume: ['undo'],
  Unprotect: ['unprotect'],
  Pause: ['quiesce'],
  Release: ['release'],
  Untag: ['unmark'],
}
/** More writes of one process to one resource than this are a loop: against a user that nobody tells, each of six plans may try some 24 times. */
const mostWrites = 150
/** Between a look and the call that follows it, somebody else may be faster. */
const windowMs = 5_000

export const ownerOf = (state: State): Owner => (state.spec.data?.['owner'] as Owner | undefined) ?? 'nobody'

export function createWatch(scenario: Scenario, now: () => number, all: () => readonly State[]): Watch {
  const startedAt = now()
  const violations: Violation[] = []
  const entries: LedgerEntry[] = []
  const allowed = new Map<string, number>()
  const sent = new Map<string, number>()
  const goneEntries = new Set<string>()
  const plans = new Map<string, Extract<LedgerEntry, { type: 'plan' }>['plan']>()
  const reads = new Map<Machine, Map<string, number>>()
  const writes = new Map<string, number>()
  const writeCounts = new Map<Machine, number>()
  const excused = new Map<State, number>()
  /** Something says that it is ours: its mark, its name or id in the target, its whole, or the cluster that it lives in. */
  const isProvable = (state: State): boolean =>
    Object.keys(state.tags).length > 0 ||
    state.spec.inside !== undefined ||
    (scenario.target.cluster !== undefined && state.name === scenario.target.cluster) ||
    (scenario.target.resources?.includes(state.id) ?? false) ||
    (state.spec.partOf ?? []).some(({ of }) => {
      const whole = all().findLast((one) => isAt(one, of as Ref))
      return whole !== undefined && ownerOf(whole) === 'ours' && isProvable(whole)
    })
  const byKey = new Map<ResourceKey, State[]>()
  /** What nothing may happen to, as far as nothing has. */
  const notOurs = new Set<State>()
  let indexed = 0
  let holder: Machine | undefined
  let tick = 0
  const strictReads = scenario.listLagMs === 0 && !scenario.faults.some(({ what }) => what === 'stale')

  const violated = (rule: string, what: string): void => {
    violations.push({ rule, what: `${what} (at ${Math.round((now() - startedAt) / 1_000)} s)` })
  }
  const name = (state: State): string => `${state.kind} ${state.id}`
  const recently = (state: State): boolean => now() - (excused.get(state) ?? -Infinity) < windowMs
  const bump = <K>(map: Map<K, number>, key: K): number => {
    const count = (map.get(key) ?? 0) + 1
    map.set(key, count)
    return count
  }

  /** Everything that goes when it goes, as the provider does it. What went with its cluster has nobody left who would remove what it had elsewhere. */
  const withParts = (state: State, { store }: Inside): Set<State> => {
    const going = new Set([state])
    for (const one of going)
      for (const part of [...store.pointingAt(one, 'partOf'), ...store.pointingAt(one, 'inside')])
        if (part.phase !== 'gone' && !one.except.has(part.id) && (one === state || part.provider === one.provider))
          going.add(part)
    return going
  }

  const mayRemove = (state: State): string | undefined => {
    const owner = ownerOf(state)
    if (owner !== 'ours') return `it is ${owner}`
    const { policy } = scenario
    const data = state.spec.holdsData
    if (data && data !== 'delete' && policy.retained !== 'remove') return `it holds data (${data})`
    const lifted = policy.liftProtection?.includes(state.id) ?? false
    if (state.spec.protections && state.protections.size > 0 && !lifted) return 'it is protected'
    return undefined
  }

  const checkRemoval = (state: State, inside: Inside): void => {
    const why = mayRemove(state)
    if (why) violated('touches what it may not', `Delete ${name(state)}: ${why}`)
    if (excused.has(state) && !recently(state) && strictReads && !isProvable(state))
      violated('touches what it may not', `Delete ${name(state)}: its mark was taken off`)
    if (state.phase === 'going' && strictReads && now() - (state.timeline.at(-1)?.at ?? 0) > windowMs)
      violated('second effect', `Delete ${name(state)}, which is on its way`)
    const going = withParts(state, inside)
    for (const one of going)
      for (const user of inside.store.pointingAt(one, 'uses')) {
        if (user.phase === 'gone' || going.has(user) || bornLate(user) || excused.has(user)) continue
        const use = (user.spec.uses ?? []).find(
          ({ to, ifBroken, hidden }) =>
            ifBroken !== 'leaks' && !hidden && inside.store.resolve(to as Ref, user) === one,
        )
        if (use)
          violated('dependent alive', `Delete ${name(state)} while ${name(user)} uses ${name(one)} (${use.field})`)
      }
    for (const one of going)
      for (const served of inside.store.pointingAt(one, 'servedBy')) {
        const { finalizer } = served.spec.servedBy ?? {}
        if (finalizer === undefined || !served.finalizers.has(finalizer) || served.phase === 'gone') continue
        if (going.has(served) || bornLate(served)) continue
        if (inside.removals.isServing(one) && ownerOf(served) === 'ours')
          violated('server before what it serves', `Delete ${name(state)}, which serves ${name(served)}`)
      }
  }
  /** It came while runs were under way: they may not know it. */
  const bornLate = (state: State): boolean => (state.timeline[0]?.at ?? 0) > startedAt

  /** A finalizer is released only over what is gone, of which there was something, and never under a server at work. */
  const checkRelease = (state: State, inside: Inside): void => {
    const elsewhere = [...withParts(state, inside)].filter(({ provider }) => provider !== state.provider)
    for (const part of elsewhere)
      if (!bornLate(part) && !excused.has(part))
        violated('released over what lives', `${name(state)}, and ${name(part)} is ${part.phase}`)
    const stoodFor = all().some(
      ({ provider, spec }) =>
        provider !== state.provider && (spec.partOf ?? []).some(({ of }) => isAt(state, of as Ref)),
    )
    if (!stoodFor) violated('released without evidence', name(state))
    const by = state.spec.servedBy?.by
    const server = by && inside.store.resolve(by as Ref, state)
    if (server && inside.removals.isServing(server)) violated('released under a server at work', name(state))
  }
  const checkChange = (verb: Verb, state: State, inside: Inside): void => {
    const owner = ownerOf(state)
    const lifts = verb === 'Unprotect' || verb === 'Protect'
    if (lifts && !scenario.policy.liftProtection?.includes(state.id))
      violated('touches what it may not', `${verb} ${name(state)}: policy.liftProtection does not name it`)
    if (verb === 'Untag' ? owner !== 'shared' : owner !== 'ours')
      violated('touches what it may not', `${verb} ${name(state)}: it is ${owner}`)
    if (verb === 'Release' && !(scenario.policy.releaseFinalizers?.length ?? 0))
      violated('touches what it may not', `${verb} ${name(state)}: no finalizer may be released`)
    if (verb === 'Release') checkRelease(state, inside)
  }

  return {
    violations,
    entries,
    violated,
    isProvable,
    writesOf: (machine) => writeCounts.get(machine) ?? 0,
    excuse(state) {
      excused.set(state, now())
    },
    leased(machine) {
      holder = machine
    },
    holder: () => holder,
    durable(added) {
      for (const entry of added) {
        entries.push(entry)
        if (entry.type === 'plan') plans.set(entry.plan.id, entry.plan)
        if (entry.type === 'gone') checkGone(entry.target, entry.incarnation)
        if (entry.type === 'intent') checkIntent(entry)
      }
    },
    listed(machine, kind, query) {
      const seen = reads.get(machine) ?? new Map<string, number>()
      reads.set(machine, seen)
      tick++
      if (query.by === 'ids') for (const id of query.values) seen.set(`${kind} ${id}`, tick)
      else if (query.by === 'all') seen.set(kind, tick)
    },
    beforeWrite(machine, call, kind, id, state, inside) {
      const verb = /^[A-Z][a-z]+/.exec(call)?.[0] as Verb
      const at = `${call} ${id}`
      bump(writeCounts, machine)
      if (machine !== holder) violated('two at once', `${machine.name} sends ${at} while another run has the lease`)
      const seen = reads.get(machine)
      const readAt = Math.max(seen?.get(kind) ?? 0, seen?.get(`${kind} ${id}`) ?? 0)
      if (verb !== 'Create' && readAt <= (writes.get(`${kind} ${id}`) ?? 0))
        violated('sent without a look', `${machine.name} sends ${at} without a read since its start or the call before`)
      tick++
      writes.set(`${kind} ${id}`, tick)
      if (machine.undoOnly && verb === 'Delete') violated('undo removes', `${machine.name} sends ${at}`)
      bump(sent, `${verb} ${kind} ${id}`)
      if (bump(sent, `${machine.name} ${verb} ${kind} ${id}`) === mostWrites)
        violated('endless', `${at} is sent again and again`)
      const intents = actionsOf[verb].reduce((sum, action) => sum + (allowed.get(`${kind} ${id} ${action}`) ?? 0), 0)
      const calls = (Object.keys(actionsOf) as Verb[])
        .filter(
          (other) =>
            actionsOf[other] === actionsOf[verb] || actionsOf[other].some((one) => actionsOf[verb].includes(one)),
        )
        .reduce((sum, other) => sum + (sent.get(`${other} ${kind} ${id}`) ?? 0), 0)
      if (calls > intents) violated('no durable intent', `${at}: ${calls} calls, ${intents} intents`)
      if (!state || state.phase === 'gone') return
      if (verb === 'Delete') checkRemoval(state, inside)
      else if (verb !== 'Create') checkChange(verb, state, inside)
    },
    afterWrite(machine, call, _kind, id, refusal) {
      index()
      for (const state of notOurs) {
        if (state.phase !== 'gone' && state.phase !== 'going') continue
        notOurs.delete(state)
        if (excused.has(state)) continue
        violated('harm', `${machine.name} ${call} ${id}: ${ownerOf(state)} ${name(state)} is ${state.phase}`)
        excused.set(state, now())
      }
      if (refusal && refusal.code === 'ManagedByService') violated('removes what a service manages', `${call} ${id}`)
    },
  }

  /** Takes in what has come since the last look. */
  function index(): void {
    const states = all()
    for (; indexed < states.length; indexed++) {
      const state = states[indexed] as State
      const same = byKey.get(state.key)
      if (same) same.push(state)
      else byKey.set(state.key, [state])
      if (ownerOf(state) !== 'ours') notOurs.add(state)
    }
  }
  function lookUp(key: ResourceKey): readonly State[] {
    index()
    return byKey.get(key) ?? []
  }
  function checkGone(target: ResourceKey, incarnation: string): void {
    goneEntries.add(`${target}`)
    const there = lookUp(target).find((state) => state.incarnation === incarnation)
    if (there && there.phase !== 'gone') violated('said gone, is there', `${target} is ${there.phase}`)
  }
  function checkIntent(entry: Extract<LedgerEntry, { type: 'intent' }>): void {
    const [state] = lookUp(entry.target)
    const short = state ? `${state.kind} ${state.id}` : entry.target
    bump(allowed, `${short} ${entry.action}`)
    if (entry.action === 'undo') return
    const plan = plans.get(entry.planId)
    const step = plan?.steps[entry.step]
    if (!plan || !step) {
      violated('intent without a plan', `${entry.action} ${entry.target} of plan ${entry.planId} step ${entry.step}`)
      return
    }
    for (const need of step.needs) {
      const before = plan.steps[need]
      if (!before || (before.action !== 'remove' && before.action !== 'sever' && before.action !== 'await')) continue
      if (!goneEntries.has(before.target))
        violated(
          'dependents not read as gone',
          `${entry.action} ${entry.target} before ${before.target} was read as gone`,
        )
    }
  }
}

export const isAt = (state: State, ref: Ref): boolean =>
  'alias' in ref ? state.aliases.includes(ref.alias) : state.kind === ref.kind && state.id === ref.id
