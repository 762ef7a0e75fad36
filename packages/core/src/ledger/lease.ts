import { type Context, isoTime } from '../adapter/context.ts'
import { MisuseError } from '../model/errors.ts'
import { FencedError, type Holder, type Lease } from './ledger.ts'
import { type ProcessMark, processState } from './process-mark.ts'

/** How long a lease holds without being renewed. Longer than any call to a provider may take; renew it three times as often. */
export const defaultLeaseMs = 60_000
const looksPerLease = 20

/** What is known of one scope. Kept when the lease has ended: fences never start anew. */
export interface LeaseRecord {
  readonly scope: string
  readonly fence: number
  readonly holder: string
  /** ISO time of the acquisition; for people, never compared. */
  readonly since: string
  readonly leaseMs: number
  /** Counts the renewals: an observer sees whether it changes, and needs no clock in common with the holder. */
  readonly beat: number
  readonly released: boolean
  /** Absent where all holders are in this process. */
  readonly process?: ProcessMark
}

/** One record per scope. */
export type LeaseTable = readonly LeaseRecord[]

/** Where the table is kept. */
export interface LeaseStore {
  readonly process?: ProcessMark
  /**
   * Atomic: nobody else reads or changes the table between `edit` and the end. The table that `edit` returns is durable when this resolves;
   * without one the table stays as it is.
   */
  change<T>(edit: (table: LeaseTable) => { readonly result: T; readonly table?: LeaseTable }): Promise<T>
}

/** True when no newer lease has been given on the scope of this fence. A fence that never was is not newest. */
export function isNewestFence(table: LeaseTable, fence: number): boolean {
  return table.some((record) => record.fence === fence)
}

/**
 * Watches for as long as it takes to know. A scope that is free, or whose holder is proved dead (same machine and boot, process gone), is taken at
 * once. Else it looks at the heartbeat 20 times per lease time: when that changes, the holder lives and the answer is who it is (at the latest one
 * renewal of the holder later, so a third of the lease time by default); when it has not changed for the holder's whole lease time on this side's
 * monotonic clock, the lease is taken over.
 */
export async function acquireLease(
  store: LeaseStore,
  context: Context,
  leaseMs: number,
  scope: string,
  holder: string,
): Promise<Lease | Holder> {
  if (scope === '' || holder === '')
    throw new MisuseError('bad-lease', `a lease needs a scope and a holder; scope is "${scope}", holder is "${holder}"`)
  let seen: LeaseRecord | undefined
  let seenAt = 0
  let taken: LeaseRecord | undefined
  for (;;) {
    const now = context.monotonic()
    const watched = seen
    const unchangedMs = now - seenAt
    const record = await store.change<LeaseRecord>((table) => {
      const found = table.find((one) => one.scope === scope)
      const silent = watched !== undefined && isSameBeat(watched, found) && unchangedMs >= watched.leaseMs
      if (found !== undefined && !isFree(found) && !silent) return { result: found }
      const mine: LeaseRecord = {
        scope,
        fence: 1 + Math.max(0, ...table.map((one) => one.fence)),
        holder,
        since: isoTime(context.now()),
        leaseMs,
        beat: 0,
        released: false,
        ...(store.process && { process: store.process }),
      }
      taken = mine
      return { result: mine, table: [...table.filter((one) => one !== found), mine] }
    })
    if (record === taken) return heldLease(store, context, record, now)
    if (seen === undefined) {
      seen = record
      seenAt = context.monotonic()
    } else if (!isSameBeat(seen, record)) return { heldBy: record.holder, since: record.since }
    await context.sleep(record.leaseMs / looksPerLease)
  }
}

/** Who has the lease on a scope, without asking for it. One whose heartbeat has fallen silent counts as held: only who watches for long knows that. */
export function holderOf(table: LeaseTable, scope: string): Holder | undefined {
  const record = table.find((one) => one.scope === scope)
  return record && !isFree(record) ? { heldBy: record.holder, since: record.since } : undefined
}

function isFree(record: LeaseRecord): boolean {
  return record.released || (record.process !== undefined && processState(record.process) === 'dead')
}

function isSameBeat(a: LeaseRecord, b: LeaseRecord | undefined): boolean {
  return a.fence === b?.fence && a.beat === b.beat
}

function heldLease(store: LeaseStore, context: Context, record: LeaseRecord, startedAt: number): Lease {
  // Counted from before the heartbeat was written: an observer can only have begun to watch later.
  let renewedAt = startedAt
  let ended = false

  /** False when it is no longer mine. */
  async function changeMine(edit: (mine: LeaseRecord) => LeaseRecord): Promise<boolean> {
    return await store.change((table) => {
      const mine = table.find((one) => one.fence === record.fence && !one.released)
      if (mine === undefined) return { result: false }
      return { result: true, table: table.map((one) => (one === mine ? edit(mine) : one)) }
    })
  }

  return {
    fence: record.fence,
    async renew() {
      const start = context.monotonic()
      if (ended || !(await changeMine((mine) => ({ ...mine, beat: mine.beat + 1 })))) {
        ended = true
        throw new FencedError(
          `the lease of ${record.holder} on ${record.scope} has ended: it was released, or another run has taken it`,
        )
      }
      renewedAt = start
    },
    async release() {
      ended = true
      await changeMine((mine) => ({ ...mine, released: true }))
    },
    leftMs: () => (ended ? 0 : record.leaseMs - (context.monotonic() - renewedAt)),
  }
}
