import type { KindName } from '../model/key.ts'
import type { Ref, Relation } from '../model/relation.ts'

/** A reference within the adapter: same account, same place unless given. */
export const ref = (kind: KindName, id: string, place?: string): Ref => (place ? { kind, id, place } : { kind, id })

/** This one uses `to`: it is gone before `to` is asked. */
export const dependsOn = (to: Ref, because: string, ifBroken: 'refused' | 'leaks' = 'refused'): Relation => ({
  type: 'dependsOn',
  to,
  because,
  ifBroken,
})
/** `from` uses this one: told from the other side. */
export const usedBy = (from: Ref, because: string, ifBroken: 'refused' | 'leaks' = 'refused'): Relation => ({
  type: 'dependsOn',
  from,
  because,
  ifBroken,
})
/** Removing `to` removes this one. `alone`: it may also go ahead of it. */
export const partOf = (to: Ref, because: string, alone = false): Relation => ({ type: 'partOf', to, because, alone })
/** This one is the whole of `from`. */
export const whole = (from: Ref, because: string, alone = false): Relation => ({ type: 'partOf', from, because, alone })
/** `to` asks for this one again when it is missing. */
export const restoredBy = (to: Ref, because: string): Relation => ({ type: 'restoredBy', to, because })
/** This one asks for `from` again when it is missing. */
export const restores = (from: Ref, because: string): Relation => ({ type: 'restoredBy', from, because })
/** `to` is the process that must live to finish this one's removal. */
export const servedBy = (to: Ref, because: string, finalizer?: string): Relation => ({
  type: 'servedBy',
  to,
  because,
  ...(finalizer ? { finalizer } : {}),
})
