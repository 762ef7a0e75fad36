import type { Failure } from './failure.ts'
import type { ResourceKey } from './key.ts'
import type { Outcome } from './outcome.ts'
import type { Blocker, Step } from './plan.ts'

/**
 * What happens, as it happens. Additive: unknown types may appear. `step-asked`: the provider accepted the call. `waiting`: for each thing that is waited
 * for, every 15 s; what goes sooner has none. `verified`: after each of the two rounds. `ended` comes once, last.
 */
export type TeardownEvent = { readonly seq: number; readonly at: string; readonly runId?: string } & EventBody

export type EventBody =
  | { readonly type: 'discovered'; readonly resources: number; readonly kinds: number; readonly reads: number }
  | { readonly type: 'step-started'; readonly step: number; readonly action: Step['action']; readonly key: ResourceKey }
  | { readonly type: 'step-asked'; readonly step: number; readonly action: Step['action']; readonly key: ResourceKey }
  | {
      readonly type: 'waiting'
      readonly step: number
      readonly key: ResourceKey
      readonly waitedMs: number
      readonly state: string
    }
  | {
      readonly type: 'gone'
      readonly step?: number
      readonly key: ResourceKey
      readonly tookMs: number
      readonly left: number
    }
  | { readonly type: 'blocked'; readonly step?: number; readonly key: ResourceKey; readonly chain: readonly Blocker[] }
  | { readonly type: 'failed'; readonly step: number; readonly key: ResourceKey; readonly failure: Failure }
  | { readonly type: 'amended'; readonly plan: string; readonly amends: string; readonly added: readonly ResourceKey[] }
  | { readonly type: 'undone'; readonly step: number; readonly key: ResourceKey }
  | { readonly type: 'throttled'; readonly service: string; readonly place: string; readonly ratePerSecond: number }
  | { readonly type: 'verified'; readonly round: number; readonly left: number }
  | { readonly type: 'ended'; readonly outcome: Outcome }
