import { isoTime } from '../../adapter/context.ts'
import type { Phase, Protection } from '../../adapter/kind.ts'
import type { Json } from '../../model/json.ts'
import type { KindName, ResourceKey } from '../../model/key.ts'
import type { Evidence } from '../../model/ownership.ts'
import type { Ref } from '../../model/relation.ts'

/** A resource of the memory cloud, or how others call it. */
export type Pointer = WorldResource | Ref

/** What `world.add` takes. Durations are virtual milliseconds. */
export interface NewResource {
  /** What stands before the colon is the provider. */
  readonly kind: KindName
  /** Default: the kind and a number (`subnet-3`); where the kind says `idIsName`, the name. */
  readonly id?: string
  readonly name?: string
  /** The account it is seen in; default: the provider's first. */
  readonly account?: string
  /** Whose it is, where that is another account than the one it is seen in. */
  readonly ownerAccount?: string
  /** Default: the provider's first place; `global` for global kinds. */
  readonly place?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly aliases?: readonly string[]
  readonly uses?: readonly Use[]
  readonly partOf?: readonly PartOf[]
  /** It lives inside this one (an object in its cluster): gone with it at once, and whatever it was responsible for elsewhere is left alone. */
  readonly inside?: Pointer
  /** Who makes it again when it is missing. */
  readonly restoredBy?: Pointer
  /** Who must live to finish its removal. Without a finalizer nobody enforces it. */
  readonly servedBy?: { readonly by: Pointer; readonly finalizer?: string }
  /** A controller only: is it able to work? It also stops to serve once something that it uses is gone. */
  readonly serves?: boolean
  /** A string is the id of a liftable one. */
  readonly protections?: readonly (string | Protection)[]
  readonly holdsData?: 'delete' | 'retain' | 'unknown'
  /** A service made it and alone removes it; the text says which. A direct removal is refused. */
  readonly managed?: string
  readonly evidence?: readonly Evidence[]
  /** How old it is at the start of the world; default one hour. Things added later are as old as they are. */
  readonly ageMs?: number
  /** Busy (`changing`) for so long after it was added. */
  readonly changingMs?: number
  /** It starts as `failed` (a stack whose deletion failed before). */
  readonly phase?: 'steady' | 'failed' | 'stuck'
  readonly data?: Readonly<Record<string, Json>>
  /** Where this one differs from its kind. */
  readonly rules?: Partial<RemovalRules>
}

export interface Use {
  readonly to: Pointer
  /** The field that proves it. */
  readonly field: string
  /** `leaks`: the provider does not refuse; default `refused`. */
  readonly ifBroken?: 'refused' | 'leaks'
  /** The provider enforces it and does not tell; default false. */
  readonly hidden?: boolean
  /** False: the adapter says so because the order matters, the provider itself would not refuse (a controller and the nodes it runs on). */
  readonly enforced?: boolean
}

export interface PartOf {
  readonly of: Pointer
  readonly field: string
  /** It may go ahead of its whole; default false. */
  readonly alone?: boolean
}

/** How a removal goes in truth, whatever a plan believes. */
export interface RemovalRules {
  /** From accepted to gone; default 0. */
  readonly goingMs: number
  /** As a part: how long it outlives its whole; default 0. */
  readonly outlivesMs: number
  /** Does a refusal say who holds it? Default `named`. */
  readonly blockers: 'named' | 'unnamed'
  /** What a live user does: the request is refused (default), or accepted and the removal fails later, as a stack's does. */
  readonly ifUsed: 'refused' | 'fails'
  /** `fails` only: how long it tries members that are held before it gives up; default 60 s. */
  readonly patienceMs: number
  /** So many accepted removals fail before one works; default 0. */
  readonly failsTimes: number
  /** An accepted removal ends in `stuck`; default false. */
  readonly sticks: boolean
  /** Still listed as `gone` for so long; default 0. */
  readonly tombstoneMs: number
  /** As a writer: from missing to made again; default 2 s. */
  readonly restoreMs: number
  /** Removed parts first, the whole after them (a namespace); default false. */
  readonly partsFirst: boolean
}

/** One kind of the memory cloud. */
export interface MemoryKind extends Partial<RemovalRules> {
  readonly name: KindName
  /** Default `api`. */
  readonly service?: string
  /** Listed once in place `global`. */
  readonly global?: boolean
  readonly link?: boolean
  /** Default: what its resources point at when the adapter connects. */
  readonly uses?: readonly KindName[]
  readonly within?: KindName
  /** The id is the name, as in Kubernetes: what is made again has the same id and another incarnation. */
  readonly idIsName?: boolean
  /** Which ways of finding the kind offers beside `all`; default all of them. */
  readonly finds?: {
    readonly ids?: boolean
    readonly tags?: boolean
    readonly using?: boolean
    readonly read?: boolean
  }
  /** The listing has no tags; `labels` brings them. */
  readonly labels?: boolean
  /** Relations and protections only on the second look. */
  readonly more?: boolean
  /** The whole names its parts, the parts do not name it (a stack and its members). */
  readonly namesParts?: boolean
  /** Calls carry the revision that was read, and fail with `Conflict` when it is older. */
  readonly revisions?: boolean
  /** It makes things again: `quiesce` pauses it. */
  readonly writer?: boolean
  /** Awaited only. */
  readonly noRemove?: boolean
  /** A field: removals of those that point at the same resource by it never overlap; the second is refused with `Conflict`. */
  readonly oneAtATime?: string
  readonly latency?: { readonly typicalMs: number; readonly worstMs: number }
  readonly attempts?: number
  /** Lists are as old as this; reads by id are fresh. Default: the cloud's `listLagMs`. */
  readonly listLagMs?: number
}

/** `facts.data` of every kind of the memory cloud. */
export type MemoryData = {
  /** A writer that `quiesce` has silenced. */
  readonly paused: boolean
  readonly finalizers: readonly string[]
  /** Why its last removal failed. */
  readonly failed?: readonly string[]
  /** Links: what has to be added to put it back. */
  readonly again?: Json
  readonly [key: string]: Json
}

/** One resource of the memory cloud, as it is in truth. */
export interface WorldResource {
  readonly key: ResourceKey
  readonly provider: string
  readonly kind: KindName
  readonly id: string
  readonly name?: string
  readonly account: string
  readonly place: string
  readonly incarnation: string
  readonly aliases: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly phase: Phase
  /** Virtual milliseconds of the wall clock. */
  readonly goneAt?: number
  readonly paused: boolean
}

/** When it came into a phase, and the provider's word for it. */
export interface Moment {
  readonly at: number
  /** The same in ISO time: what answers say. */
  readonly since: string
  readonly phase: Phase
  readonly word: string
}

/** The cloud's own record of a resource. */
export interface State extends WorldResource {
  readonly spec: NewResource
  /** Everything that it says it points at. */
  readonly refs: readonly Ref[]
  readonly rules: RemovalRules
  tags: Record<string, string>
  protections: Map<string, Protection>
  finalizers: Set<string>
  phase: Phase
  /** The oldest first; never empty. */
  timeline: [Moment, ...Moment[]]
  /** ISO time. */
  readonly createdAt: string
  goneAt?: number
  revision: number
  paused: boolean
  serves: boolean
  /** Fields of a controller whose target is gone: it serves no more. */
  broken: Set<string>
  /** How often a removal was accepted. */
  asked: number
  /** Changes with each accepted removal; what was scheduled for an older one is void. */
  generation: number
  /** Members left out of the removal that is under way. */
  except: Set<string>
  /** The generation whose end is scheduled. */
  finishing: number
  /** Since when everything that is left of it is held. */
  heldSince?: number | undefined
  /** Why the last removal failed. */
  failed: readonly string[]
  /** What this writer could not make again while it was paused. */
  missing: NewResource[][]
  /** Everything that calls did to it, for `world.harm`. */
  touched: string[]
}

export const momentOf = (at: number, phase: Phase, word: string): Moment => ({ at, since: isoTime(at), phase, word })

export const defaultRules: RemovalRules = {
  goingMs: 0,
  outlivesMs: 0,
  blockers: 'named',
  ifUsed: 'refused',
  patienceMs: 60_000,
  failsTimes: 0,
  sticks: false,
  tombstoneMs: 0,
  restoreMs: 2_000,
  partsFirst: false,
}

const isResource = (pointer: Pointer): pointer is WorldResource => 'incarnation' in pointer

/** The reference by which `from` calls what it points at: kind and id within the provider, an alias across providers. */
export function refTo(
  pointer: Pointer,
  from: { readonly provider: string; readonly place: string; readonly account: string },
): Ref {
  if (!isResource(pointer)) return pointer
  if (pointer.provider === from.provider && pointer.account === from.account)
    return pointer.place === from.place || pointer.place === 'global'
      ? { kind: pointer.kind, id: pointer.id }
      : { kind: pointer.kind, id: pointer.id, place: pointer.place }
  const [alias] = pointer.aliases
  if (alias === undefined)
    throw new Error(`${pointer.kind} ${pointer.id} has no alias; nothing outside ${pointer.provider} can point at it`)
  return { alias }
}
