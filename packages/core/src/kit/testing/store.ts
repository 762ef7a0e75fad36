import { isoTime } from '../../adapter/context.ts'
import { type KindName, resourceKey } from '../../model/key.ts'
import type { Ref } from '../../model/relation.ts'
import {
  defaultRules,
  type MemoryKind,
  momentOf,
  type NewResource,
  type Pointer,
  refTo,
  type State,
} from './resource.ts'

type Bond = 'uses' | 'partOf' | 'inside' | 'restoredBy' | 'servedBy'

/** What lives, who points at whom, and what lived before. Knows no rule of removal. */
export interface Store {
  readonly kinds: Map<KindName, MemoryKind>
  /** Living and gone, in the order in which they came. */
  readonly all: readonly State[]
  add(
    spec: NewResource,
    home: { readonly account: string; readonly place: string },
    now: number,
    createdAt: number,
  ): State
  /** It lives no more: references to it resolve to nothing. */
  drop(state: State): void
  resolve(ref: Ref, from: { readonly account: string; readonly place: string }): State | undefined
  /** Who lives and points at it by this bond. */
  pointingAt(state: State, bond: Bond): State[]
  ofKind(kind: KindName, account: string): readonly State[]
  kindOf(name: KindName): MemoryKind
  /** An id that no resource of the kind ever had. */
  freshId(kind: KindName): string
}

/** What the rules of removal work on. */
export interface Surroundings {
  readonly store: Store
  now(): number
  /** Runs `work` once the clock has come to now + `delayMs`. */
  after(delayMs: number, work: () => void): void
  /** The duration for this one: the base with its own, fixed jitter. */
  lasting(state: State, baseMs: number): number
  add(spec: NewResource, home: State): State
}

export function createStore(kinds: readonly MemoryKind[]): Store {
  const known = new Map(kinds.map((kind) => [kind.name, kind]))
  const all: State[] = []
  const byKind = new Map<string, State[]>()
  const living = new Map<string, State>()
  const pointers = new Map<string, Set<State>>()
  const counters = new Map<string, number>()
  const used = new Set<string>()

  const kindOf = (name: KindName): MemoryKind => {
    const kind = known.get(name)
    if (kind) return kind
    const made: MemoryKind = { name }
    known.set(name, made)
    return made
  }
  const count = (what: string): number => {
    const next = (counters.get(what) ?? 0) + 1
    counters.set(what, next)
    return next
  }
  const nameOf = (ref: Ref, account: string, place: string): string =>
    'alias' in ref
      ? `@${ref.alias}`
      : `${ref.kind}|${account}|${kindOf(ref.kind).global ? 'global' : (ref.place ?? place)}|${ref.id}`
  const namesOf = (state: State): string[] => [
    `${state.kind}|${state.account}|${state.place}|${state.id}`,
    ...state.aliases.map((alias) => `@${alias}`),
  ]
  const bondsOf = function* (state: State): Generator<readonly [Bond, Ref]> {
    const { spec } = state
    for (const use of spec.uses ?? []) yield ['uses', use.to as Ref]
    for (const part of spec.partOf ?? []) yield ['partOf', part.of as Ref]
    if (spec.inside) yield ['inside', spec.inside as Ref]
    if (spec.restoredBy) yield ['restoredBy', spec.restoredBy as Ref]
    if (spec.servedBy) yield ['servedBy', spec.servedBy.by as Ref]
  }
  const slot = (bond: Bond, ref: Ref, state: State): string => `${bond} ${nameOf(ref, state.account, state.place)}`

  return {
    kinds: known,
    all,
    kindOf,
    freshId,
    add(given, home, now, createdAt) {
      const kind = kindOf(given.kind)
      const provider = given.kind.slice(0, given.kind.indexOf(':'))
      const account = given.account ?? home.account
      const place = kind.global ? 'global' : (given.place ?? home.place)
      const id = given.id ?? (kind.idIsName && given.name ? given.name : freshId(given.kind))
      const spec = resolved(given, { provider, place, account })
      const serial = count('incarnation')
      const state: State = {
        key: resourceKey({ kind: given.kind, account, place, id }),
        provider,
        kind: given.kind,
        id,
        ...(given.name === undefined ? {} : { name: given.name }),
        account,
        place,
        incarnation: `${id}#${serial}`,
        aliases: given.aliases ?? [],
        spec: { ...spec, id },
        refs: refsOf(spec),
        rules: { ...defaultRules, ...kind, ...given.rules },
        tags: { ...given.tags },
        protections: new Map(
          (given.protections ?? []).map((one) =>
            typeof one === 'string'
              ? [one, { id: one, liftable: true, says: `set on the ${given.kind.split(':')[1]}` }]
              : [one.id, one],
          ),
        ),
        finalizers: new Set(given.servedBy?.finalizer === undefined ? [] : [given.servedBy.finalizer]),
        phase: given.phase ?? 'steady',
        timeline: [momentOf(now, given.phase ?? 'steady', given.phase === 'failed' ? 'delete-failed' : 'available')],
        createdAt: isoTime(createdAt),
        revision: 1,
        paused: false,
        serves: given.serves ?? false,
        broken: new Set(),
        asked: 0,
        generation: 0,
        except: new Set(),
        failed: [],
        finishing: 0,
        missing: [],
        touched: [],
      }
      const own = namesOf(state)[0] as string
      if (living.has(own)) throw new Error(`${given.kind} ${id} lives already in ${account} ${place}`)
      used.add(`${given.kind} ${id}`)
      all.push(state)
      const list = byKind.get(`${given.kind} ${account}`)
      if (list) list.push(state)
      else byKind.set(`${given.kind} ${account}`, [state])
      for (const name of namesOf(state)) living.set(name, state)
      for (const [bond, ref] of bondsOf(state)) {
        const at = slot(bond, ref, state)
        const set = pointers.get(at)
        if (set) set.add(state)
        else pointers.set(at, new Set([state]))
      }
      return state
    },
    drop(state) {
      for (const name of namesOf(state)) if (living.get(name) === state) living.delete(name)
      for (const [bond, ref] of bondsOf(state)) pointers.get(slot(bond, ref, state))?.delete(state)
    },
    resolve: (ref, from) => living.get(nameOf(ref, from.account, from.place)),
    pointingAt: (state, bond) => {
      const found = new Set<State>()
      for (const name of namesOf(state))
        if (living.get(name) === state || state.phase === 'gone')
          for (const other of pointers.get(`${bond} ${name}`) ?? []) if (other !== state) found.add(other)
      return [...found]
    },
    ofKind: (kind, account) => byKind.get(`${kind} ${account}`) ?? [],
  }

  function freshId(kind: KindName): string {
    const word = kind.slice(kind.indexOf(':') + 1)
    for (;;) {
      const id = `${word}-${count(kind)}`
      if (!used.has(`${kind} ${id}`)) return id
    }
  }
}

/** Whom it says it points at. */
function refsOf({ uses = [], partOf = [], inside, restoredBy, servedBy }: NewResource): Ref[] {
  const pointers = [
    ...uses.filter(({ hidden }) => !hidden).map(({ to }) => to),
    ...partOf.map(({ of }) => of),
    ...[inside, restoredBy, servedBy?.by].filter((one) => one !== undefined),
  ]
  return pointers as Ref[] // as `resolved` has left them
}

/** The same with every pointer as a reference: plain data that can be added again. */
function resolved(spec: NewResource, from: { provider: string; place: string; account: string }): NewResource {
  const ref = (pointer: Pointer): Ref => refTo(pointer, from)
  return {
    ...spec,
    ...(spec.uses ? { uses: spec.uses.map((use) => ({ ...use, to: ref(use.to) })) } : {}),
    ...(spec.partOf ? { partOf: spec.partOf.map((part) => ({ ...part, of: ref(part.of) })) } : {}),
    ...(spec.inside ? { inside: ref(spec.inside) } : {}),
    ...(spec.restoredBy ? { restoredBy: ref(spec.restoredBy) } : {}),
    ...(spec.servedBy ? { servedBy: { ...spec.servedBy, by: ref(spec.servedBy.by) } } : {}),
  }
}
