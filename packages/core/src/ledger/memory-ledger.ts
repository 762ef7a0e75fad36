import { systemContext } from '../adapter/context.ts'
import { MisuseError } from '../model/errors.ts'
import { acquireLease, defaultLeaseMs, holderOf, isNewestFence, type LeaseStore, type LeaseTable } from './lease.ts'
import { FencedError, type Ledger, type LedgerEntry, type LedgerOptions } from './ledger.ts'
import { encodeEntry } from './lines.ts'

/** A ledger that lives as long as the process: for tests, and for runs that nobody will resume. Else like `fileLedger`, word for word. */
export function memoryLedger(options: LedgerOptions = {}): Ledger {
  const { context = systemContext(), leaseMs = defaultLeaseMs } = options
  if (!(leaseMs > 0)) throw new MisuseError('bad-lease', `leaseMs is ${leaseMs}; a lease needs a time above 0`)
  const jsons: string[] = []
  let leases: LeaseTable = []
  let closed = false

  const store: LeaseStore = {
    async change(edit) {
      const { result, table = leases } = edit(leases)
      leases = table
      return result
    },
  }

  function assertOpen(): void {
    if (closed) throw new MisuseError('ledger-closed', 'the ledger is closed')
  }

  return {
    async append(entries, fence) {
      const added = entries.map(encodeEntry)
      assertOpen()
      if (fence !== undefined && !isNewestFence(leases, fence))
        throw new FencedError(`the ledger takes nothing under fence ${fence}: another run has taken the lease since`)
      // Kept as text: what is read back is what a file would give, and nobody can change it.
      for (const json of added) jsons.push(json)
      return jsons.length
    },
    async *read(from = 0) {
      assertOpen()
      const count = jsons.length
      for (let seq = Math.max(1, from); seq <= count; seq++) yield JSON.parse(jsons[seq - 1] as string) as LedgerEntry
    },
    async acquire(scope, holder) {
      assertOpen()
      return await acquireLease(store, context, leaseMs, scope, holder)
    },
    async holder(scope) {
      assertOpen()
      return holderOf(leases, scope)
    },
    async close() {
      closed = true
    },
  }
}
