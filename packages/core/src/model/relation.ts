import type { KindName, ResourceKey } from './key.ts'

/**
 * How facts point at another resource. `kind` and `id`: same adapter and account, same place unless given.
 * `alias`: what *others* call it (ARN, DNS name in lower case, `instance:<id>`, `controller:<cluster>/<domain>`); core joins aliases over providers.
 */
export type Ref = { readonly kind: KindName; readonly id: string; readonly place?: string } | { readonly alias: string }

/**
 * The four relations; edges point from user to used, deletion runs the other way.
 * `from` instead of `to` where the other side tells it (a stack names its members).
 */
export type Relation = { readonly because: string } & ({ readonly to: Ref } | { readonly from: Ref }) &
  (
    | {
        readonly type: 'dependsOn'
        /** `refused` (default): the provider says no while the user lives. `leaks`: order only. */
        readonly ifBroken?: 'refused' | 'leaks'
      }
    | {
        readonly type: 'partOf'
        /** True: it may go ahead of its whole. Default false: never removed ahead of it. */
        readonly alone?: boolean
      }
    | { readonly type: 'restoredBy' }
    | { readonly type: 'servedBy'; readonly finalizer?: string }
  )

/** A relation whose two ends are known resources. */
export interface Edge {
  readonly type: 'dependsOn' | 'partOf' | 'restoredBy' | 'servedBy'
  readonly from: ResourceKey
  readonly to: ResourceKey
  /** The field that proves it. */
  readonly because: string
  readonly ifBroken?: 'refused' | 'leaks'
  readonly alone?: boolean
  readonly finalizer?: string
}
