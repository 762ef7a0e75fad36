import type { Phase, Protection } from '../../adapter/kind.ts'
import { dependsOn, partOf, restoredBy, servedBy, whole } from '../../adapter/relations.ts'
import type { Json } from '../../model/json.ts'
import type { Evidence } from '../../model/ownership.ts'
import type { Ref, Relation } from '../../model/relation.ts'
import type { Removals } from './removal.ts'
import { type MemoryData, refTo, type State } from './resource.ts'
import type { Store } from './store.ts'

/** What the memory cloud answers. Fields that a listing of the kind lacks are absent until `labels` or `more` bring them. */
export interface MemoryRaw {
  readonly id: string
  readonly name?: string
  readonly account: string
  readonly aliases: readonly string[]
  readonly incarnation: string
  readonly phase: Phase
  readonly word: string
  readonly sinceMs: number
  readonly createdMs: number
  readonly revision: number
  readonly tags?: Readonly<Record<string, string>>
  readonly relations?: readonly Relation[]
  readonly protections?: readonly Protection[]
  readonly evidence: readonly Evidence[]
  readonly holdsData?: 'delete' | 'retain' | 'unknown'
  readonly managed?: string
  readonly serves?: boolean
  readonly data: MemoryData
}

export interface Detail {
  readonly labels: boolean
  readonly more: boolean
}

/** The resource as it was at `asOf`; its phase is that of then, the rest that of now. */
export function viewOf(state: State, asOf: number, store: Store, removals: Removals, detail: Detail): MemoryRaw {
  const { spec } = state
  const moment = state.timeline.findLast(({ at }) => at <= asOf) ?? state.timeline[0]
  const cluster = spec.inside as Ref | undefined
  return {
    id: state.id,
    ...(state.name === undefined ? {} : { name: state.name }),
    account: spec.ownerAccount ?? state.account,
    aliases: state.aliases,
    incarnation: state.incarnation,
    phase: moment?.phase ?? state.phase,
    word: moment?.word ?? '',
    sinceMs: moment?.at ?? asOf,
    createdMs: state.createdAt,
    revision: state.revision,
    ...(detail.labels ? { tags: { ...state.tags } } : {}),
    ...(detail.more ? { relations: relationsOf(state, store), protections: [...state.protections.values()] } : {}),
    evidence: [
      ...(spec.evidence ?? []),
      ...(cluster
        ? [
            {
              rule: 'lives-in',
              says: 'ours',
              strength: 'proof',
              field: 'cluster',
              value: nameOf(cluster),
              through: cluster,
            } as const,
          ]
        : []),
    ],
    ...(spec.holdsData === undefined ? {} : { holdsData: spec.holdsData }),
    ...(spec.managed === undefined ? {} : { managed: spec.managed }),
    ...(spec.serves === undefined ? {} : { serves: removals.isServing(state) }),
    data: dataOf(state, store),
  }
}

function relationsOf(state: State, store: Store): Relation[] {
  const { spec } = state
  const relations: Relation[] = []
  for (const use of spec.uses ?? []) if (!use.hidden) relations.push(dependsOn(use.to as Ref, use.field, use.ifBroken))
  for (const part of spec.partOf ?? []) {
    const holder = store.resolve(part.of as Ref, state)
    if (!(holder && store.kindOf(holder.kind).namesParts))
      relations.push(partOf(part.of as Ref, part.field, part.alone))
  }
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

function dataOf(state: State, store: Store): MemoryData {
  const again = store.kindOf(state.kind).link
    ? { again: { ...state.spec, tags: { ...state.tags } } as unknown as Json }
    : {}
  return {
    ...state.spec.data,
    paused: state.paused,
    finalizers: [...state.finalizers],
    ...(state.failed.length > 0 ? { failed: state.failed } : {}),
    ...again,
  }
}

const nameOf = (ref: Ref): string => ('alias' in ref ? ref.alias : ref.id)
