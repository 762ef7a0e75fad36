import type { Failure } from '../model/failure.ts'
import type { Json } from '../model/json.ts'
import type { KindName } from '../model/key.ts'
import type { Evidence } from '../model/ownership.ts'
import type { Ref, Relation } from '../model/relation.ts'

/** A mark of the provider that makes it refuse a removal (termination protection). */
export interface Protection {
  /** The provider's name of the protection, as `Policy.liftProtection` and `unprotect` use it together with the resource's id. */
  readonly id: string
  /** Whether `Kind.unprotect` can take it off. */
  readonly liftable: boolean
  /** Where it was set, for people. */
  readonly says: string
}

/**
 * Where a resource stands, over all providers. `steady`: it can be asked to go. `changing`: being made or altered; it is waited for. `going`: its removal
 * was accepted, and it is still there. `failed`: it broke, and can be asked to go. `stuck`: the provider will not move it without its operator.
 * `gone`: a tombstone, listed though nothing is left.
 */
export type Phase = 'steady' | 'changing' | 'going' | 'failed' | 'stuck' | 'gone'

/** All that core knows of one live thing; made by `Kind.facts`, which is pure. */
export interface Facts<D extends Json = Json> {
  /** The provider's id, unique within kind, account and place. */
  readonly id: string
  readonly name?: string
  /** How others call it: ARN, DNS name in lower case, provider id. */
  readonly aliases?: readonly string[]
  /** Owner account or project where the answer says it; another account than the session's is `foreign`. */
  readonly account?: string
  /** Differs when another thing has taken the id or name. Never a revision. */
  readonly incarnation: string
  readonly phase: Phase
  /** The provider's own word for its state. */
  readonly state: string
  /** ISO time since when it is in this state. */
  readonly since?: string
  readonly createdAt?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly relations: readonly Relation[]
  readonly protections?: readonly Protection[]
  readonly evidence?: readonly Evidence[]
  /** A controller only: able to work now? */
  readonly serves?: boolean
  /** What its maker said shall become of its data; absent = it holds none. */
  readonly holdsData?: 'delete' | 'retain' | 'unknown'
  /** Why this one is never removed by us: it goes with, or is freed by, something else. */
  readonly fixed?: string
  /** It costs and serves nothing: why, for people (`leads nowhere`). Where nobody owns it, a plan tells it and leaves it. */
  readonly idle?: string
  /** What it refers to that cannot be seen with these credentials, each in a sentence for people; told where it is in play. */
  readonly hidden?: readonly string[]
  /** Chosen fields for the kind's own calls, never a raw answer. Stays in the process; only links and `before` values reach the ledger. */
  readonly data: D
}

/** Just read again by core: steady, same incarnation, still ours, nobody in the way. */
export interface Live<D extends Json = Json> extends Facts<D> {
  readonly key: string
  /** The revision of that read, where the kind has one. */
  readonly revision?: string
}

/** One request on its way to the provider. */
export interface Request {
  /** Which rate and concurrency bucket it draws from, together with adapter, account and place. */
  readonly service: string
  readonly place: string
  /** The provider's name of the call (`DescribeSubnets`); what journals and counts show. */
  readonly call: string
  readonly effect: 'read' | 'write'
}

/** What a call gets from core. Adapters take time, limits and cancellation from here and from nowhere else. */
export interface Io<C> {
  readonly client: C
  readonly place: string
  readonly signal: AbortSignal
  now(): number
  /**
   * Sends one request: waits for its turn in the bucket, counts it, gives it a deadline, and repeats a *read* that was throttled or lost
   * (each page of a listing by itself). A write is sent exactly once. The client of an adapter sends everything through here.
   */
  request<T>(what: Request, send: (signal: AbortSignal) => Promise<T>): Promise<T>
}

/** A change that can be taken back: lifting a protection, silencing a writer. */
export interface Reversible<C, D extends Json> {
  /** Pure. The value to put back, or undefined = nothing to do. Durable in the ledger before `apply`. `id`: that of the protection, or the writer's own `facts.id`. */
  before(it: Facts<D>, id: string): Json | undefined
  apply(io: Io<C>, it: Live<D>, id: string): Promise<void>
  /** Called only while the value is still what `apply` set. */
  undo(io: Io<C>, it: Live<D>, before: Json): Promise<void>
}

export type Find<C, R> = (io: Io<C>, values: readonly string[]) => AsyncIterable<R>

/**
 * One class of resources. C: the adapter's client; R: the provider's raw answer; D: the chosen fields in `facts.data`.
 * Calls keep no state and let the vendor's error through as it is; `Session.failure` names it. Core batches, waits, retries, records.
 * Every call is idempotent.
 */
export interface Kind<C = any, R = any, D extends Json = any> {
  readonly name: KindName
  /** Which rate and concurrency bucket its calls draw from. */
  readonly service: string
  /** `global`: listed once there instead of in every place (IAM). */
  readonly place?: string
  /** Rule, attachment, association, route: goes with its holder, or is cut to free what it names. */
  readonly link?: true
  /** What its relations point at. Gives core the closure, the search for blockers, and "an unseen K blocks B". */
  readonly uses: readonly KindName[]
  /**
   * It lives only inside resources of this kind and the provider lists it per holder: core calls `find.using[within]` for the holders in play
   * instead of `find.all`, which stays for inventories. Absent: `find.all` is one cheap listing.
   */
  readonly within?: KindName
  readonly find: {
    /** Enough on its own: core lists once per place and tick and answers everything from it. */
    all(io: Io<C>): AsyncIterable<R>
    /** Absent ids are left out, never an error; one call serves all waiters of a tick. Others beside those asked for are ignored. */
    ids?: Find<C, R>
    /** Values are `key=value`. */
    tags?: Find<C, R>
    /**
     * Values are ids of what is used. A superset is fine: what it really uses stands in its facts. Keys are kinds of this adapter; one that stands neither
     * in `uses` nor in `within` is never asked for.
     */
    readonly using?: { readonly [kind: KindName]: Find<C, R> }
  }
  /**
   * Relations to these kinds show only with `more`. `find.using` has to answer for each of them: who uses something in play is found by it, and then
   * looked at closer. Absent: the listing has all relations to what it uses.
   */
  readonly late?: readonly KindName[]
  /**
   * Tags that the listing lacks, in batches; for judging, never while polling. Gives the rows filled in, in any order: they are joined by the id in their
   * facts, and a row that is left out stays as it was listed. Absent: the listing has them.
   */
  labels?(io: Io<C>, found: readonly R[]): Promise<readonly NoInfer<R>[]>
  /** Second look (attributes, members), only at what is in play already: marks belong into the listing or `labels`. Rows as there. */
  more?(io: Io<C>, found: readonly R[]): Promise<readonly NoInfer<R>[]>
  /** By id; stronger than a list: `undefined` settles `gone`. Absent: two complete listings a tick apart settle it. */
  read?(io: Io<C>, id: string): Promise<R | undefined>
  /** Pure. */
  facts(raw: R): Facts<D>
  /** Precondition for the calls below (resourceVersion, revision_number). */
  revision?(raw: R): string
  /**
   * One request, or the few that the provider wants for it; does not look whether it went, and does not ask again. For what is not there it may let the
   * refusal through (`gone`) or return. Absent = only ever awaited. `except`: ids of parts that stay when the whole goes (CloudFormation's
   * RetainResources).
   */
  remove?(io: Io<C>, it: Live<D>, how?: { readonly except: readonly string[] }): Promise<void>
  /**
   * Links: put back if what it named stays after all. After a crash only `id`, `name`, `incarnation` and `data` are known. Asked twice (an answer that was
   * lost, a crash) it makes one link, not two: where the provider does not see to that, look first.
   */
  restore?(io: Io<C>, it: Facts<D>): Promise<void>
  release?(io: Io<C>, it: Live<D>, finalizer: string): Promise<void>
  /** Take our mark (`key=value`) off what stays. */
  unmark?(io: Io<C>, it: Live<D>, mark: string): Promise<void>
  readonly unprotect?: Reversible<C, D>
  readonly quiesce?: Reversible<C, D>
  /** The exact command for a person. */
  manual?(it: Facts<D>): string
  /** Removals with the same word never overlap (Fargate profiles of one cluster). */
  oneAtATime?(it: Facts<D>): string
  /** From asked to gone, as the provider does it; a source stands beside the number. */
  readonly latency: { readonly typicalMs: number; readonly worstMs: number }
  /** How often a removal that was accepted and then failed is asked for; default 2. */
  readonly attempts?: number
}

/** One row finds and proves. A vocabulary is a table of them, with version and source. */
export interface OwnershipRule {
  readonly rule: string
  /** Version and public source of the vocabulary. */
  readonly source: string
  readonly on: 'tag' | 'name' | 'alias'
  /** Absent: all kinds of the adapter. */
  readonly kinds?: readonly KindName[]
  readonly says: 'ours' | 'shared'
  readonly strength: 'proof' | 'hint'
  /**
   * The exact mark of this target (tag: `key=value`; name; alias), or undefined where the row does not apply. `prefix`: how names begin that are made
   * of it, other than with itself; a rule on names only, and at a token boundary a hint.
   */
  mark(word: 'cluster' | 'run' | 'stack' | 'prefix', value: string): string | undefined
  /** Whose a mark of this vocabulary is (`ci-10` for `kubernetes.io/cluster/ci-10=owned`); undefined: not of this vocabulary. */
  other?(mark: string): string | undefined
}

export interface Limit {
  readonly ratePerSecond: number
  readonly burst: number
  readonly concurrency: number
}

/** What `connect` gives: who we are, and everything the adapter can do there. */
export interface Session<C = any> {
  readonly identity: {
    readonly account: string
    readonly principal: string
    readonly places: readonly string[]
    /** Own role, access entry, credential: without them we are blind; they go last or stay. */
    readonly needs: readonly Ref[]
  }
  readonly client: C
  readonly ownership: readonly OwnershipRule[]
  /** Known after connect: Kubernetes learns them from the API. */
  readonly kinds: readonly Kind<C, any, any>[]
  /** Per service; absent: 20 calls a second, 100 at once after a pause, 16 under way. */
  readonly limits?: Readonly<Record<string, Limit>>
  /** Names the vendor's error; `unknown` for what it does not know. Never throws, whatever was thrown: `String(error)` does, for some. */
  failure(
    error: unknown,
    during: { readonly kind: KindName; readonly call: string; readonly it?: Facts<Json> },
  ): Failure
  quotas?(io: Io<C>): Promise<readonly { readonly id: string; readonly used: number; readonly limit: number }[]>
}

/** Speaks to one provider in one account. Two adapters of one provider may stand side by side. */
export interface Adapter {
  readonly name: string
  readonly version: string
  /** Names the vendor's errors before there is a session, so that a read of `connect` that was throttled or lost is repeated. Absent: it is not. */
  failure?: Session['failure']
  /**
   * Who are we there? Throws a `RefusedError` for what must stop the run before anything is touched: the wrong account, no credentials,
   * an endpoint that nobody answers. Core turns it into `plan.refused`; any other error is thrown to the caller of the verb. There is no place yet: its
   * requests name any, such as `global`.
   */
  connect(io: Omit<Io<void>, 'client' | 'place'>): Promise<Session<any>>
}

/** What `connect` throws when the run must not begin. `code` is one of the finding codes of a refusal. */
export class RefusedError extends Error {
  override readonly name: string = 'RefusedError'
  readonly code: 'wrong-account' | 'no-credentials' | 'unreachable' | 'wrong-cluster'
  constructor(code: RefusedError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** Identity function that gives a kind its types: `defineKind<Client>()({ … })`. */
export const defineKind =
  <C>() =>
  <R, D extends Json>(kind: Kind<C, R, D>): Kind<C, R, D> =>
    kind
