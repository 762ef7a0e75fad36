import type { Phase, Protection } from '../../adapter/kind.ts'
import { dependsOn, partOf, restoredBy, servedBy, whole } from '../../adapter/relations.ts'
import type { Json } from '../../model/json.ts'
import type { KindName } from '../../model/key.ts'
import type { Evidence } from '../../model/ownership.ts'
import type { Ref, Relation } from '../../model/relation.ts'
import type { Removals } from './removal.ts'
import { type MemoryData, refTo, type State } from './resource.ts'
import type { Store } from './store.ts'

/** What the memory cloud answers. Tags, relations and protections that a listing of the kind lacks come with `labels` or `more`. */
export interface MemoryRaw {
  readonly id: string
  readonly name: string | undefined
  readonly account: string
  readonly aliases: readonly string[]
  readonly incarnation: string
  readonly phase: Phase
  readonly word: string
  /** ISO time, like `created`. */
  readonly since: string
  readonly created: string
  readonly revision: number
  readonly tags: Readonly<Record<string, string>> | undefined
  readonly relations: readonly Relation[] | undefined
  readonly protections: readonly Protection[] | undefined
  readonly evidence: readonly Evidence[]
  readonly holdsData: 'delete' | 'retain' | 'unknown' | undefined
  readonly managed: string | undefined
  readonly serves: boolean | undefined
  readonly data: MemoryData
}

export interface Detail {
  readonly labels: boolean
  readonly more: boolean
}

/** The resource as it was at `asOf`; its phase is that of then, the rest that of now. */
export function viewOf(state: State, asOf: number, store: Store, removals: Removals, detail: Detail): MemoryRaw {
  const { spec, timeline } = state
  const { phase, word, since } = timeline.findLast(({ at }) => at <= asOf) ?? timeline[0]
  return {
    id: state.id,
    name: state.name,
    account: spec.ownerAccount ?? state.account,
    aliases: state.aliases,
    incarnation: state.incarnation,
    phase,
    word,
    since,
    created: state.createdAt,
    revision: state.revision,
    tags: detail.labels ? { ...state.tags } : undefined,
    relations: detail.more ? relationsOf(state, store) : undefined,
    protections: detail.more ? [...state.protections.values()] : undefined,
    evidence: evidenceOf(state),
    holdsData: spec.holdsData,
    managed: spec.managed,
    serves: spec.serves === undefined ? undefined : removals.isServing(state),
    data: dataOf(state, store),
  }
}

function evidenceOf({ spec }: State): readonly Evidence[] {
  const evidence = spec.evidence ?? []
  if (!spec.inside) return evidence
  const through = spec.inside as Ref
  return [
    ...evidence,
    { rule: 'lives-in', says: 'ours', strength: 'proof', field: 'cluster', value: nameOf(through), through },
  ]
}

function relationsOf(state: State, store: Store): Relation[] {
  const { spec } = state
  const relations: Relation[] = []
  for (const use of spec.uses ?? []) if (!use.hidden) relations.push(dependsOn(use.to as Ref, use.field, use.ifBroken))
  for (const { of, field, alone } of spec.partOf ?? [])
    if (!isNamedBy(of as Ref, state, store)) relations.push(partOf(of as Ref, field, alone))
  if (store.kindOf(state.kind).namesParts)
    for (const part of store.pointingAt(state, 'partOf'))
      for (const { of, field, alone } of part.spec.partOf ?? [])
        if (part.phase !== 'gone' && store.resolve(of as Ref, part) === state)
          relations.push(whole(refTo(part, state), field, alone))
  if (spec.inside) {
    // with something outside of it to take along, it has to go while its cluster still lives
    const outside = store.pointingAt(state, 'partOf').some((part) => part.provider !== state.provider)
    relations.push(
      outside || state.finalizers.size > 0
        ? dependsOn(spec.inside as Ref, 'lives in it', 'leaks')
        : partOf(spec.inside as Ref, 'lives in it', true),
    )
  }
  if (spec.restoredBy) relations.push(restoredBy(spec.restoredBy as Ref, 'restored by'))
  if (spec.servedBy) {
    const { by, finalizer } = spec.servedBy
    const standing = finalizer !== undefined && state.finalizers.has(finalizer)
    if (standing) relations.push(servedBy(by as Ref, `finalizer ${finalizer}`, finalizer))
    else if (finalizer === undefined) relations.push(servedBy(by as Ref, 'managed by'))
  }
  return relations
}

/** Does the whole live and name its parts itself? */
function isNamedBy(whole: Ref, part: State, store: Store): boolean {
  const names = (kind: KindName): boolean => store.kindOf(kind).namesParts ?? false
  if ('kind' in whole && !names(whole.kind)) return false
  const holder = store.resolve(whole, part)
  return holder !== undefined && names(holder.kind)
}

function dataOf(state: State, store: Store): MemoryData {
  const data: { -readonly [Field in keyof MemoryData]: MemoryData[Field] } = {
    ...state.spec.data,
    paused: state.paused,
    finalizers: [...state.finalizers],
  }
  if (state.failed.length > 0) data.failed = state.failed
  if (store.kindOf(state.kind).link) data.again = { ...state.spec, tags: { ...state.tags } } as unknown as Json
  return data
}

const nameOf = (ref: Ref): string => ('alias' in ref ? ref.alias : ref.id)
