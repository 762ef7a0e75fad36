import type { Adapter, Kind, Session } from '../../src/adapter/kind.ts'
import {
  type ExecuteOptions,
  executeTeardown,
  type Ledger,
  type LedgerEntry,
  memoryLedger,
  type Plan,
  type Policy,
  planTeardown,
  type Report,
  type Target,
  type TeardownEvent,
} from '../../src/index.ts'
import { type MemoryCloud, type MemoryCloudOptions, memoryCloud } from '../../src/kit/testing/index.ts'

export const mine = { cluster: 'ci-1' }

/** Calls take no time and every duration is what its rule says. */
export function exactCloud(options: Partial<MemoryCloudOptions> = {}): MemoryCloud {
  return memoryCloud({ seed: 1, callMs: 0, jitter: 0, ...options })
}

/** The same cloud, whose adapter speaks otherwise of one kind. */
export function speaking(cloud: MemoryCloud, name: string, change: (kind: Kind) => Partial<Kind>): MemoryCloud {
  const adapters = cloud.adapters.map(
    (adapter): Adapter => ({
      ...adapter,
      async connect(io): Promise<Session> {
        const session = await adapter.connect(io)
        const kinds = session.kinds.map((kind) => (kind.name === name ? { ...kind, ...change(kind) } : kind))
        return { ...session, kinds }
      },
    }),
  )
  return { ...cloud, adapters }
}

export interface TornDown {
  readonly plan: Plan
  readonly report: Report
  readonly events: readonly TeardownEvent[]
  readonly ledger: Ledger
}

interface How extends Partial<ExecuteOptions> {
  readonly target?: Target
  readonly policy?: Policy
  /** Happens between the plan and its execution. */
  readonly meanwhile?: (plan: Plan) => void
}

export async function tearDown(cloud: MemoryCloud, how: How = {}): Promise<TornDown> {
  const { adapters, context } = cloud
  const { target = mine, policy = {}, meanwhile, ledger = memoryLedger({ context }), ...options } = how
  const plan = await planTeardown({ adapters, context, target, policy: { ifBlocked: 'continue', ...policy } })
  meanwhile?.(plan)
  const events: TeardownEvent[] = []
  const onEvent = (event: TeardownEvent): void => void events.push(event)
  const report = await executeTeardown(plan, { adapters, context, ledger, onEvent, ...options }).report
  return { plan, report, events, ledger }
}

export const idOf = (key: string): string => key.split('/').at(-1) as string

/** `remove box: done`, in the order in which the steps ended. */
export const stepsOf = ({ steps }: Report): string[] =>
  steps.map(({ action, target, result }) => `${action} ${idOf(target)}: ${result}`)

/** Why the first step on it did not come about: code, the provider's word, message. */
export function failureOf({ steps }: Report, id: string): string | undefined {
  const failure = steps.find((step) => idOf(step.target) === id && step.failure)?.failure
  return failure && `${failure.code}, ${failure.providerCode}: ${failure.message}`
}

export const aliveIn = ({ world }: MemoryCloud): string[] =>
  world
    .alive()
    .map(({ id }) => id)
    .sort()

/** `DeleteBox box ok`, in the order in which they were sent. */
export const writesOf = ({ world }: MemoryCloud): string[] =>
  world.journal.filter(({ effect }) => effect === 'write').map(({ call, id, result }) => `${call} ${id} ${result}`)

/** When it was looked at after its removal was asked for, in milliseconds since then. */
export function looksAt({ world }: MemoryCloud, id: string): number[] {
  const asked = world.journal.find((one) => one.effect === 'write' && one.id === id)?.atMs ?? Number.NaN
  return world.journal
    .filter((one) => one.effect === 'read' && one.id === id && one.atMs > asked)
    .map(({ atMs }) => atMs - asked)
}

export const entriesOf = (ledger: Ledger): Promise<LedgerEntry[]> => Array.fromAsync(ledger.read())
