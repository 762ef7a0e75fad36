import {
  type ExecuteOptions,
  type Ledger,
  type LedgerEntry,
  memoryLedger,
  type Policy,
  type Report,
  type ResumeOptions,
  resumeTeardown,
} from '../../src/index.ts'
import type { MemoryCloud, MemoryKind, NewResource } from '../../src/kit/testing/index.ts'
import { exactCloud, idOf, mine, tearDown } from './tear-down.ts'

export type Fits = (entry: LedgerEntry) => boolean

/** The process ends in place of writing the first entry that fits: nothing is written, sent or released any more. */
export function killedBefore(ledger: Ledger, fits: Fits): Ledger {
  let dead = false
  return {
    ...ledger,
    append(entries, fence) {
      dead ||= entries.some(fits)
      return dead ? Promise.reject(new Error('killed')) : ledger.append(entries, fence)
    },
    async acquire(scope, holder) {
      const lease = await ledger.acquire(scope, holder)
      if (!('fence' in lease)) return lease
      return { fence: lease.fence, leftMs: () => lease.leftMs(), renew: async () => {}, release: async () => {} }
    },
  }
}

export const on =
  (type: LedgerEntry['type'], id: string, action?: string): Fits =>
  (entry) =>
    entry.type === type &&
    'target' in entry &&
    idOf(entry.target) === id &&
    (!action || ('action' in entry && entry.action === action))

export interface Story {
  readonly kinds?: readonly MemoryKind[]
  readonly add: (world: MemoryCloud['world']) => unknown
  readonly policy?: Policy
  readonly killed: Fits
  readonly begin?: Partial<ExecuteOptions>
  /** Between the death and the run that continues. */
  readonly then?: (cloud: MemoryCloud) => void | Promise<void>
  readonly resume?: Partial<ResumeOptions>
}

export async function tell({ kinds = [], add, policy = {}, begin, killed, then, resume }: Story): Promise<{
  readonly cloud: MemoryCloud
  readonly first: Report
  readonly report: Report
  readonly ledger: Ledger
  readonly told: Readonly<Record<string, readonly string[] | string>>
}> {
  const cloud = exactCloud({ kinds })
  add(cloud.world)
  const { adapters, context } = cloud
  const ledger = memoryLedger({ context })
  const { report: first } = await tearDown(cloud, {
    policy,
    ledger: killedBefore(ledger, killed),
    maxAmendments: 0,
    ...begin,
  })
  await then?.(cloud)
  const report = await resumeTeardown({ adapters, context, ledger, maxAmendments: 0, ...resume }).report
  const evidence = report.findings.find(({ code }) => code === 'resumed')?.evidence as Record<string, string | string[]>
  const told = Object.fromEntries(
    Object.entries(evidence ?? {}).map(([name, keys]) => [name, typeof keys === 'string' ? keys : keys.map(idOf)]),
  )
  return { cloud, first, report, ledger, told }
}

export const boxes =
  (...all: readonly Partial<NewResource>[]) =>
  (world: MemoryCloud['world']): void => {
    for (const one of all) world.add({ kind: 'cloud:box', tags: mine, ...one })
  }
