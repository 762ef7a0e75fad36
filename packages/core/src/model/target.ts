/** What is to be torn down: the union of what each entry finds. An empty target is refused. */
export interface Target {
  /** The cluster and all that is its. */
  readonly cluster?: string
  /** What runs in the cluster and what its controllers made outside; the cluster stays (before `terraform destroy`). */
  readonly workloadsOf?: string
  /** What carries the cluster's mark and has no live owner; cluster, controllers, live load balancers stay. */
  readonly orphansOf?: string
  /** Everything of one test run: ledger entries and run tag. */
  readonly run?: string
  /** CloudFormation or Heat stacks, by name or id. */
  readonly stacks?: readonly string[]
  /** Exact key and value. */
  readonly tags?: Readonly<Record<string, string>>
  /** At a token boundary; gives `suspected` only. */
  readonly names?: { readonly prefix: string }
  /** Provider ids or keys. */
  readonly resources?: readonly string[]
}
