// The bed's control endpoints, typed. None of this exists in AWS; only the test that owns a bed uses it.

/** Which asynchronous step a delay belongs to. */
export type DelayName =
  | 'autoscaling-group'
  | 'eks-addon'
  | 'eks-cluster'
  | 'eks-fargate'
  | 'eks-nodegroup'
  | 'elb-eni'
  | 'elbv2-eni'
  | 'instance'
  | 'nat'
  | 'stack-patience'
  | 'tgw-attachment'
  | 'vpce'

/** After so many seconds, or after so many later calls; 0 is at the next call. */
export type Delay = { seconds: number } | { calls: number }

export interface BedOptions {
  /** VPCs per region, the default one not counted. */
  vpcs?: number
  /** What DeleteVpc does under an active peering connection. */
  peering?: 'block' | 'cascade' | 'ignore'
  /** A repeated read may get its older answer: within so many seconds, or so many times. */
  stale?: StaleReads | null
  /** Token buckets; `aws` has the shape of EC2's documented limits. */
  buckets?: TokenBucket[] | 'aws' | null
  /** Where clusters made later have their Kubernetes API. */
  eks?: { endpoint: string; ca?: string } | null
  /** Rules that do nothing, by name. */
  off?: string[]
}

export interface StaleReads {
  actions?: string
  seconds?: number
  reads?: number
  rate?: number
  seed?: number
}

export interface TokenBucket {
  service?: string
  actions?: string
  capacity: number
  /** Tokens per second. */
  refill: number
  per?: 'action' | 'service'
}

/** What goes wrong, for which calls (`action` and `service` are whole regular expressions, `id` is exact). */
export interface Fault {
  kind: 'throttle' | '500' | '503' | 'drop' | 'drop-before' | 'delay' | 'deny' | 'error'
  action?: string
  service?: string
  id?: string
  /** How many calls it hits: 1 unless told, all for `deny`. */
  count?: number
  /** How many fitting calls it lets pass first. */
  after?: number
  rate?: number
  seed?: number
  /** For `delay`. */
  seconds?: number
  /** For `error`. */
  code?: string
  status?: number
  message?: string
}

/** One call, as the journal keeps it. */
export interface JournalEntry {
  n: number
  atMs: number
  /** The access key: which client asked. */
  key: string
  service: string
  action: string
  write: boolean
  dryRun?: true
  /** Everything the call names: ids, names, ARNs. */
  ids: string[]
  /** Missing while the call runs and when the connection was cut. */
  status?: number
  code?: string
  fault?: Fault['kind']
  stale?: true
}

export interface PlantedInterface {
  subnetId: string
  groupIds?: string[]
  description?: string
  requester?: string
  type?: string
  attachmentPrefix?: string
  /** Left behind: detached, and no longer requester-managed. */
  available?: boolean
  publicIp?: string
  tags?: Record<string, string>
}

/** A rule of the bed, with the page or the report it was taken from. */
export interface BedRule {
  name: string
  kind: 'refusal' | 'behaviour' | 'repair'
  source: string
}

export interface BedControl {
  /** Forgets all resources and brings options, faults, delays and journal back to the start. */
  reset(): Promise<void>
  options(changes: BedOptions): Promise<Required<BedOptions>>
  setDelay(name: DelayName, delay: Delay): Promise<void>
  /** Lets all time pass: every pending step finishes, every deletion of a stack ends. */
  settle(): Promise<void>
  journal(): Promise<JournalEntry[]>
  clearJournal(): Promise<void>
  /** Replaces all faults. */
  faults(rows: Fault[]): Promise<void>
  plantInterface(planted: PlantedInterface): Promise<string>
  /** Plants an update of an EKS cluster, or changes its status. */
  plantUpdate(update: { cluster: string; id: string; status?: string; type?: string }): Promise<void>
  rules(): Promise<BedRule[]>
}

export function bedControl(endpoint: string): BedControl {
  const call = async <Answer>(method: string, path: string, data?: unknown): Promise<Answer> => {
    const body = data === undefined ? null : JSON.stringify(data)
    const response = await fetch(`${endpoint}/moto-api/${path}`, { method, body })
    const text = await response.text()
    if (!response.ok) throw new Error(`The AWS bed refused ${method} ${path}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }
  return {
    async reset() {
      await call('POST', 'rules/reset')
      await call('POST', 'reset')
    },
    options: (changes) => call('POST', 'rules/options', changes),
    async setDelay(name, delay) {
      const transition =
        'calls' in delay
          ? { progression: 'manual', times: delay.calls }
          : { progression: 'time', seconds: delay.seconds }
      await call('POST', 'state-manager/set-transition', { model_name: `rules::${name}`, transition })
    },
    async settle() {
      const { settled } = await call<{ settled: boolean }>('POST', 'rules/settle', {})
      if (!settled) throw new Error('The AWS bed did not come to rest.')
    },
    journal: () => call('GET', 'rules/journal'),
    async clearJournal() {
      await call('DELETE', 'rules/journal')
    },
    async faults(rows) {
      await call('POST', 'rules/faults', rows)
    },
    async plantInterface(planted) {
      return (await call<{ id: string }>('POST', 'rules/eni', planted)).id
    },
    async plantUpdate(update) {
      await call('POST', 'rules/eks-update', update)
    },
    rules: () => call('GET', 'rules/rules'),
  }
}
