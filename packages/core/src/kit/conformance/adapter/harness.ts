import type { Context } from '../../../adapter/context.ts'
import type { Adapter } from '../../../adapter/kind.ts'
import type { FailureCode } from '../../../model/failure.ts'
import type { KindName } from '../../../model/key.ts'
import type { Skips } from '../case.ts'

/** What the author of an adapter writes for `adapterConformance`. */
export interface AdapterHarness {
  /**
   * A provider with the samples in it. Before each case; nothing that an earlier case changed may be seen. Where setting up is slow, give the same
   * bench again as long as nothing was written: what was listed is then not listed again.
   */
  setup(): Promise<AdapterBench>
  /** After each case, also a failed one. */
  teardown?(bench: AdapterBench): Promise<void>
  /** Case name → why this adapter cannot be asked that. A name that there is not is an error. */
  readonly skip?: Skips
}

export interface AdapterBench {
  readonly adapter: Adapter
  /** The same adapter, made with the expectation of another account than it will meet. */
  readonly mistaken?: Adapter
  /** Time for waits; default the machine's. A provider on virtual time hands in its own. */
  readonly context?: Context
  /**
   * At least one of each kind, in an order in which the provider lets them go: users before what they use. With relations, tags and protections
   * wherever a kind can have them: what no sample shows, no case can see.
   */
  readonly samples: readonly Sample[]
  /** `<kind> <ability>` (`aws:log-group unprotect`) → why the provider of this bench cannot show it. One that no kind has is an error. */
  readonly unable?: Readonly<Record<string, string>>
  /** The provider refuses to remove `held` as long as `by` lives. */
  readonly held?: readonly { readonly held: Sample; readonly by: Sample }[]
  /** Removals that the provider accepts and carries out only later (as time passes, or with `settle`), in an order in which they may be asked for. */
  readonly lingering?: readonly Sample[]
  /** Things whose id can be given again. */
  readonly again?: readonly Again[]
  /** Which samples carry a mark that proves whose they are. */
  readonly marked?: readonly Marked[]
  /** Seen from this account and another's. */
  readonly foreign?: readonly Sample[]
  /** An id of the right form that nothing of the kind has. */
  absent(kind: KindName): string
  /**
   * The rows of the adapter's failure table, each with an error as the provider's client throws it. Among them must be `denied`, `transient` or `throttled`,
   * and `unknown`: a refusal of which the table has no row.
   */
  readonly refusals: readonly SampleRefusal[]
  /** Makes more of some kinds than go on two pages. */
  many?(): Promise<readonly Many[]>
  /** How many requests have reached the provider so far, counted outside of the adapter. */
  requests?(): number | Promise<number>
  /** Lets everything that is under way at the provider end; absent: cases wait as long as the kinds' latencies say. */
  settle?(): Promise<void>
}

export interface Sample {
  readonly kind: KindName
  readonly id: string
  /** Default: the place of the kind, else the first of the session. */
  readonly place?: string
}

export interface SampleRefusal {
  readonly error: unknown
  readonly kind: KindName
  /** The member of the kind that it comes from (`remove`, `find`). */
  readonly call: string
  readonly code: FailureCode
  /** Where the error says how long to wait: that, in milliseconds. */
  readonly retryAfterMs?: number
}

export interface Again {
  readonly sample: Sample
  /** Called once the sample is gone: makes another thing with the same id. */
  make(): Promise<void>
}

export interface Marked {
  readonly word: 'cluster' | 'run' | 'stack'
  readonly value: string
  readonly samples: readonly Sample[]
}

export interface Many {
  readonly kind: KindName
  readonly place?: string
  readonly ids: readonly string[]
  /** So many come with one call. */
  readonly pageSize: number
}
