import type { Phase } from '../../adapter/kind.ts'
import { canonicalJson } from '../../model/json.ts'
import type { Ref } from '../../model/relation.ts'
import { momentOf, type NewResource, type State, type Use } from './resource.ts'
import { restore, snapshot } from './restore.ts'
import type { Surroundings } from './store.ts'

/** Why the provider says no. `code` is the memory cloud's own word. */
export interface Refusal {
  readonly code: 'NotFound' | 'InUse' | 'Conflict' | 'Protected' | 'ManagedByService' | 'Invalid'
  readonly message: string
  readonly blockers?: readonly State[]
}

/** What a removal does in truth. It knows the world and no plan. */
export interface Removals {
  /** The provider's answer to a removal; undefined = accepted. `service`: asked by the service that manages it. */
  ask(state: State, how?: { readonly except?: readonly string[]; readonly service?: true }): Refusal | undefined
  /** It is gone, whoever did it and whatever it breaks. */
  vanish(state: State): void
  release(state: State, finalizer: string): void
  /** Something changed (a protection, a controller, a writer): whoever waits for it looks again. */
  wake(state: State): void
  pause(state: State, paused: boolean): void
  isServing(state: State): boolean
  setPhase(state: State, phase: Phase, word: string): void
}

export function createRemovals(world: Surroundings): Removals {
  const { store, now, after, lasting } = world
  const alive = (state: State): boolean => state.phase !== 'gone'
  const wholesOf = (state: State): State[] =>
    (state.spec.partOf ?? []).flatMap((part) => store.resolve(part.of as Ref, state) ?? [])
  const partsOf = (state: State): State[] =>
    store
      .pointingAt(state, 'partOf')
      .filter((part) => part.provider === state.provider && alive(part) && !state.except.has(part.id))
  const partsElsewhere = (state: State): State[] =>
    store.pointingAt(state, 'partOf').filter((part) => part.provider !== state.provider && alive(part))

  /** It and all that goes with it at the provider itself. */
  const withParts = (state: State): Set<State> => {
    const all = new Set([state])
    for (const one of all)
      for (const part of [...partsOf(one), ...store.pointingAt(one, 'inside')]) if (alive(part)) all.add(part)
    return all
  }
  const hardUsers = (state: State, going: ReadonlySet<State>): State[] =>
    store
      .pointingAt(state, 'uses')
      .filter((user) => alive(user) && !going.has(user))
      .filter((user) =>
        (user.spec.uses ?? []).some((use) => isHard(use) && store.resolve(use.to as Ref, user) === state),
      )
  const blockersOf = (state: State): State[] => {
    const going = withParts(state)
    return [...new Set([...going].flatMap((one) => hardUsers(one, going)))]
  }
  const protectedIn = (states: Iterable<State>): State | undefined => {
    for (const state of states) if (state.protections.size > 0) return state
    return undefined
  }

  const setPhase = (state: State, phase: Phase, word: string): void => {
    state.phase = phase
    state.revision++
    state.timeline.push(momentOf(now(), phase, word))
  }

  /** What stands in the way of removing it now, in words and by name. */
  const held = (state: State): Refusal | undefined => {
    const guarded = protectedIn(withParts(state))
    if (guarded)
      return {
        code: 'Protected',
        message: `${label(state)} is protected: ${[...guarded.protections.keys()].join(', ')} is set on ${guarded.id}`,
      }
    const blockers = blockersOf(state)
    if (blockers.length === 0) return undefined
    if (state.rules.blockers === 'unnamed')
      return { code: 'InUse', message: `${label(state)} has dependencies and cannot be deleted` }
    return { code: 'InUse', message: `${label(state)} is in use by ${blockers.map(label).join(', ')}`, blockers }
  }

  const ask: Removals['ask'] = (state, how = {}) => {
    if (!alive(state)) return { code: 'NotFound', message: `${label(state)} does not exist` }
    if (state.phase === 'going') return undefined
    if (state.phase === 'changing') return { code: 'Conflict', message: `${label(state)} changes just now` }
    if (state.phase === 'stuck')
      return { code: 'Conflict', message: `${label(state)} is stuck; only the operator can reset it` }
    if (state.spec.managed && !how.service)
      return {
        code: 'ManagedByService',
        message: `${label(state)} is managed by ${state.spec.managed}; only that can delete it`,
      }
    const except = how.except ?? []
    if (except.length > 0 && (state.rules.ifUsed !== 'fails' || state.phase !== 'failed'))
      return { code: 'Invalid', message: `members of ${label(state)} can be left out only after a deletion has failed` }
    if (state.rules.ifUsed === 'refused') {
      const refusal = held(state)
      if (refusal) return refusal
    } else if (state.protections.size > 0)
      return { code: 'Protected', message: `${label(state)} is protected: ${[...state.protections.keys()].join(', ')}` }
    const rival = rivalOf(state)
    if (rival)
      return { code: 'Conflict', message: `${label(rival)} is being deleted; only one at a time`, blockers: [rival] }
    accept(state, except)
    return undefined
  }

  const accept = (state: State, except: readonly string[] = []): void => {
    state.asked++
    state.generation++
    state.heldSince = undefined
    state.except = new Set(except)
    setPhase(state, 'going', 'deleting')
    const { generation } = state
    const end = (work: () => void): void =>
      after(lasting(state, state.rules.goingMs), () => {
        if (state.generation === generation && state.phase === 'going') work()
      })
    if (state.rules.sticks) end(() => setPhase(state, 'stuck', 'error-deleting'))
    else if (state.asked <= state.rules.failsTimes) end(() => fail(state, ['internal failure while deleting']))
    else proceed(state)
  }

  /** The next thing that an accepted removal can do; does nothing while it has to wait. */
  const proceed = (state: State): void => {
    if (state.phase !== 'going' || state.finishing === state.generation) return
    if (state.rules.sticks || state.asked <= state.rules.failsTimes) return
    if (state.rules.ifUsed === 'fails') {
      removeMembers(state)
      return
    }
    const served = state.finalizers.size > 0
    if (served && !serverWorks(state)) return
    const first = [...(served ? partsElsewhere(state) : []), ...(state.rules.partsFirst ? partsOf(state) : [])]
    for (const part of first) if (part.phase !== 'going') ask(part, { service: true })
    if (first.some(alive)) return
    finish(state)
  }
  const finish = (state: State): void => {
    const { generation } = state
    state.finishing = generation
    after(lasting(state, state.rules.goingMs), () => {
      if (state.generation === generation && state.phase === 'going') vanish(state)
    })
  }

  /** As a stack does it: each member that nothing holds; after some patience with the rest it fails and says why. */
  const removeMembers = (state: State): void => {
    const users = hardUsers(state, withParts(state))
    const members = partsOf(state)
    if (users.length > 0) fail(state, [`${state.id} is used by ${users.map(label).join(', ')}`])
    else if (members.length === 0) finish(state)
    else removeSome(state, members)
  }
  const removeSome = (state: State, members: readonly State[]): void => {
    const reasons: string[] = []
    for (const member of members) {
      if (member.phase === 'going') continue
      const refusal = member.phase === 'stuck' ? { message: `${label(member)} is stuck` } : held(member)
      if (refusal) reasons.push(`${member.id}: ${refusal.message}`)
      else accept(member)
    }
    if (members.some((member) => member.phase === 'going')) {
      state.heldSince = undefined
      return
    }
    if (state.heldSince !== undefined) {
      if (now() - state.heldSince >= state.rules.patienceMs) fail(state, reasons)
      return
    }
    state.heldSince = now()
    const { generation } = state
    after(state.rules.patienceMs, () => {
      if (state.generation === generation && state.phase === 'going' && state.heldSince !== undefined)
        removeMembers(state)
    })
  }
  const fail = (state: State, reasons: readonly string[]): void => {
    state.failed = reasons
    setPhase(state, 'failed', 'delete-failed')
  }

  const vanish = (state: State): void => {
    if (!alive(state)) return
    const inside = store.pointingAt(state, 'inside')
    const parts = partsOf(state)
    const users = store.pointingAt(state, 'uses').filter(alive)
    const used = (state.spec.uses ?? []).flatMap((use) => store.resolve(use.to as Ref, state) ?? [])
    const wholes = wholesOf(state)
    const writer = state.spec.restoredBy && store.resolve(state.spec.restoredBy as Ref, state)
    const template = writer ? snapshot(store, state) : []
    setPhase(state, 'gone', 'deleted')
    state.goneAt = now()
    store.drop(state)
    for (const one of inside) vanish(one)
    for (const part of parts) leave(part)
    for (const user of users) if (user.serves) user.broken.add(state.key)
    if (writer && writer.phase !== 'going') miss(writer, template)
    for (const whole of new Set([...wholes, ...used.flatMap((one) => [one, ...wholesOf(one)])])) proceed(whole)
  }
  /** A part whose whole is gone. */
  const leave = (part: State): void => {
    if (!alive(part) || part.phase === 'going') return
    if (part.finalizers.size > 0) accept(part)
    else if (part.rules.outlivesMs === 0) vanish(part)
    else {
      setPhase(part, 'going', 'detaching')
      part.generation++
      part.finishing = part.generation
      after(lasting(part, part.rules.outlivesMs), () => vanish(part))
    }
  }
  const miss = (writer: State, template: readonly NewResource[]): void => {
    if (writer.paused) {
      writer.missing.push([...template])
      return
    }
    after(lasting(writer, writer.rules.restoreMs), () => {
      if (!alive(writer) || writer.phase === 'going') return
      if (writer.paused) writer.missing.push([...template])
      else restore(world, writer, template)
    })
  }

  const serverWorks = (state: State): boolean => {
    const server = state.spec.servedBy && store.resolve(state.spec.servedBy.by as Ref, state)
    return server !== undefined && isServing(server)
  }
  const isServing = (state: State): boolean =>
    alive(state) && state.phase !== 'going' && state.serves && !state.paused && state.broken.size === 0
  const rivalOf = (state: State): State | undefined => {
    const field = store.kindOf(state.kind).oneAtATime
    if (field === undefined) return undefined
    const word = turnWord(state.spec, field)
    return store
      .ofKind(state.kind, state.account)
      .find((other) => other !== state && other.phase === 'going' && turnWord(other.spec, field) === word)
  }

  return {
    ask,
    vanish,
    setPhase,
    isServing,
    release(state, finalizer) {
      state.finalizers.delete(finalizer)
      state.revision++
      proceed(state)
    },
    wake(state) {
      proceed(state)
      for (const whole of wholesOf(state)) proceed(whole)
      for (const served of store.pointingAt(state, 'servedBy')) proceed(served)
    },
    pause(state, paused) {
      state.paused = paused
      state.revision++
      if (!paused) for (const template of state.missing.splice(0)) miss(state, template)
    },
  }
}

/** What removals of this kind take turns on. */
const turnWord = (spec: NewResource, field: string): string =>
  canonicalJson([...(spec.uses ?? []), ...(spec.partOf ?? [])].filter((one) => one.field === field))

/** Only these uses make the provider refuse. */
const isHard = (use: Use): boolean => use.ifBroken !== 'leaks' && use.enforced !== false

const label = (state: State): string => `${state.kind.slice(state.kind.indexOf(':') + 1)} ${state.id}`
