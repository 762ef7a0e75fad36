import type { Facts } from '../../src/adapter/kind.ts'
import { type KindName, type ResourceKey, resourceKey } from '../../src/model/key.ts'
import { concludeOwnership, type Ownership } from '../../src/model/ownership.ts'
import type { Edge } from '../../src/model/relation.ts'
import type { Abilities, Discovery, Resource } from '../../src/model/resource.ts'

/** What a test says of a resource; everything else has a plain default. Its adapter is what stands before the colon of its kind. */
export interface Sketch {
  readonly id: string
  readonly kind?: KindName
  readonly owned?: Ownership['level']
  readonly link?: boolean
  readonly uses?: readonly (string | { to: string; leaks: true })[]
  readonly partOf?: readonly (string | { whole: string; alone: true })[]
  readonly restoredBy?: readonly string[]
  readonly servedBy?: readonly (string | { by: string; finalizer: string })[]
  readonly facts?: Partial<Facts>
  readonly abilities?: Partial<Abilities>
}

export const keyOf = (id: string, kind: KindName = 'test:thing'): ResourceKey =>
  resourceKey({ kind, account: 'a', place: 'p', id })

/** A discovery as the planner gets it, from a sketch: graph and plan tests need no adapter. */
export function sketchDiscovery(sketches: readonly Sketch[], more: Partial<Discovery> = {}): Discovery {
  const keys = new Map(sketches.map((sketch) => [sketch.id, keyOf(sketch.id, sketch.kind)]))
  const key = (id: string): ResourceKey => {
    const found = keys.get(id)
    if (!found) throw new Error(`the sketch has no ${id}`)
    return found
  }
  const edges = sketches.flatMap((sketch): Edge[] => [
    ...(sketch.uses ?? []).map((to): Edge => {
      const [id, leaks] = typeof to === 'string' ? [to, false] : [to.to, true]
      return {
        type: 'dependsOn',
        from: key(sketch.id),
        to: key(id),
        because: 'uses',
        ifBroken: leaks ? 'leaks' : 'refused',
      }
    }),
    ...(sketch.partOf ?? []).map((to): Edge => {
      const [id, alone] = typeof to === 'string' ? [to, false] : [to.whole, true]
      return { type: 'partOf', from: key(sketch.id), to: key(id), because: 'part', alone }
    }),
    ...(sketch.restoredBy ?? []).map(
      (to): Edge => ({ type: 'restoredBy', from: key(sketch.id), to: key(to), because: 'writes' }),
    ),
    ...(sketch.servedBy ?? []).map((to): Edge => {
      const served = typeof to === 'string' ? { by: to } : to
      const { by, ...finalizer } = served
      return { type: 'servedBy', from: key(sketch.id), to: key(by), because: 'serves', ...finalizer }
    }),
  ])
  return {
    resources: sketches.map((sketch) => sketchResource(sketch)),
    edges,
    roots: [],
    watched: [],
    coverage: [],
    unseen: [],
    findings: [],
    identities: [],
    adapters: [],
    needed: [],
    unserved: [],
    behindUnseen: [],
    ...more,
  }
}

function sketchResource(sketch: Sketch): Resource {
  const kind = sketch.kind ?? 'test:thing'
  return {
    key: keyOf(sketch.id, kind),
    kind,
    adapter: kind.slice(0, kind.indexOf(':')),
    account: 'a',
    place: 'p',
    link: sketch.link ?? false,
    facts: {
      id: sketch.id,
      incarnation: sketch.id,
      phase: 'steady',
      state: 'there',
      relations: [],
      data: {},
      ...sketch.facts,
    },
    ownership: levelOf(sketch.owned ?? 'owned'),
    abilities: {
      remove: true,
      restore: sketch.link ?? false,
      unmark: [],
      unprotect: {},
      silent: false,
      finalizers: (sketch.servedBy ?? []).flatMap((one) => (typeof one === 'string' ? [] : [one.finalizer])),
      latency: { typicalMs: 1000, worstMs: 10_000 },
      ...sketch.abilities,
    },
  }
}

function levelOf(level: Ownership['level']): Ownership {
  const one = (says: 'ours' | 'other' | 'shared', strength: 'proof' | 'hint') =>
    ({ rule: 'sketch', says, strength, field: 'tag owner', value: says }) as const
  switch (level) {
    case 'owned':
      return concludeOwnership([one('ours', 'proof')])
    case 'suspected':
      return concludeOwnership([one('ours', 'hint')])
    case 'disputed':
      return concludeOwnership([one('ours', 'proof'), one('other', 'proof')])
    case 'shared':
      return concludeOwnership([one('shared', 'proof')])
    case 'foreign':
      return concludeOwnership([one('other', 'proof')])
    case 'unknown':
      return concludeOwnership([])
  }
}
