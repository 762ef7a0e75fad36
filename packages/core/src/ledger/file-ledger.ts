import { resolve } from 'node:path'
import { type Context, systemContext } from '../adapter/context.ts'
import { MisuseError } from '../model/errors.ts'
import { fileLock } from './file-lock.ts'
import { groupCommit, type TakeBatch } from './group-commit.ts'
import { acquireLease, defaultLeaseMs, isNewestFence, type LeaseTable } from './lease.ts'
import { leaseFile, readLeases } from './lease-file.ts'
import { FencedError, type Ledger, type LedgerEntry } from './ledger.ts'
import { encodeEntry } from './lines.ts'
import { logFile } from './log-file.ts'
import { makeFolderOf } from './sync-folder.ts'

export interface FileLedgerOptions {
  /** Time for leases; default the system's. */
  readonly context?: Context
  /** How long a lease of this ledger holds without being renewed; default 60,000. */
  readonly leaseMs?: number
}

interface Append {
  readonly jsons: readonly string[]
  readonly fence: number | undefined
}

/**
 * A ledger in one file of JSON lines (`lines.ts`), with `<path>.leases` and, for milliseconds, `<path>.lock` beside it. Made with its folder at the
 * first write, readable by its owner alone; reading one that is not there gives nothing and makes nothing.
 *
 * Any number of processes may append to it and read it at once: each write has the file to itself, and what all of one process's callers append while
 * one write is synced is written and synced together. A last line without its line feed was never acknowledged: the next writer cuts it.
 * Any other line that is not what was written ends `read` and `append` with a `LedgerCorruptError` that names the byte.
 *
 * `append` rejects with a `FencedError` as the contract says, with a `MisuseError` for what looks like a credential, and with the error of the file
 * system; after a failed sync the ledger takes nothing more. It holds a file open only while it writes or is read: forgetting `close` leaks nothing.
 */
export function fileLedger(path: string, options: FileLedgerOptions = {}): Ledger {
  const file = resolve(path)
  const { context = systemContext(), leaseMs = defaultLeaseMs } = options
  if (!(leaseMs > 0)) throw new MisuseError('bad-lease', `leaseMs is ${leaseMs}; a lease needs a time above 0`)
  const lock = fileLock(`${file}.lock`, systemContext())
  const log = logFile(file)
  const leases = leaseFile(`${file}.leases`, lock)
  let folder: Promise<void> | undefined
  let closed = false

  const appends = groupCommit<Append>(commit, log.rest)

  function commit(take: TakeBatch<Append>): Promise<readonly (number | Error)[]> {
    return lock(async () => {
      await log.catchUp()
      const batch = take()
      const table = batch.some(({ fence }) => fence !== undefined) ? await readLeases(`${file}.leases`) : []
      const admitted = batch.map((append) => (isAdmitted(append, table) ? append.jsons : undefined))
      const jsons = admitted.flatMap((one) => one ?? [])
      let seq = log.lastSeq()
      if (jsons.length > 0) await log.write(jsons)
      return admitted.map((one, index) => {
        if (one === undefined) return fenced(file, batch[index]?.fence)
        seq += one.length
        return seq
      })
    })
  }

  async function prepare(): Promise<void> {
    if (closed) throw new MisuseError('ledger-closed', `the ledger ${file} is closed`)
    folder ??= makeFolderOf(file)
    await folder
  }

  return {
    async append(entries, fence) {
      const jsons = entries.map(encodeEntry)
      await prepare()
      return await appends.add({ jsons, fence })
    },
    async *read(from = 0) {
      if (closed) throw new MisuseError('ledger-closed', `the ledger ${file} is closed`)
      for await (const entries of log.read())
        for (const { seq, json } of entries) if (seq >= from) yield JSON.parse(json) as LedgerEntry
    },
    async acquire(scope, holder) {
      await prepare()
      return await acquireLease(leases, context, leaseMs, scope, holder)
    },
    async close() {
      closed = true
      await folder?.catch(() => undefined) // behind the appends that wait for the folder
      await appends.idle()
    },
  }
}

function isAdmitted({ fence }: Append, table: LeaseTable): boolean {
  return fence === undefined || isNewestFence(table, fence)
}

function fenced(path: string, fence: number | undefined): FencedError {
  return new FencedError(`the ledger ${path} takes nothing under fence ${fence}: another run has taken the lease since`)
}
