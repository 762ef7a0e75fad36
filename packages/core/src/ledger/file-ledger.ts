import { resolve } from 'node:path'
import { systemContext } from '../adapter/context.ts'
import { MisuseError } from '../model/errors.ts'
import { fileLock } from './file-lock.ts'
import { type CommitNext, groupCommit } from './group-commit.ts'
import { acquireLease, defaultLeaseMs, holderOf, isNewestFence, type LeaseTable } from './lease.ts'
import { leaseFile, readLeases } from './lease-file.ts'
import { FencedError, type Ledger, type LedgerEntry, type LedgerOptions } from './ledger.ts'
import { encodeEntry } from './lines.ts'
import { logFile } from './log-file.ts'
import { makeFolderOf } from './sync-folder.ts'

/**
 * How long this process keeps the file to itself while its callers go on appending: to take and to leave it for each write costs as much as the write.
 * Then it stands back, so that a process that looks now and then finds it free; and for a while after another one has written, each write is a turn.
 */
const turnMs = 20
const standBackMs = 2
const sharedMs = 1_000

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
export function fileLedger(path: string, options: LedgerOptions = {}): Ledger {
  const file = resolve(path)
  const { context = systemContext(), leaseMs = defaultLeaseMs } = options
  if (!(leaseMs > 0)) throw new MisuseError('bad-lease', `leaseMs is ${leaseMs}; a lease needs a time above 0`)
  const clock = systemContext()
  const lock = fileLock(`${file}.lock`, clock)
  const log = logFile(file)
  const leases = leaseFile(`${file}.leases`, lock)
  let folder: Promise<void> | undefined
  let closed = false

  const appends = groupCommit<Append>(async (commitNext) => {
    const usedUp = await lock((assertHeld) => takeTurn(commitNext, assertHeld))
    if (usedUp) await clock.sleep(standBackMs)
  }, log.rest)
  let sharedUntil = Number.NEGATIVE_INFINITY

  /** Resolves with whether it ended for want of time. */
  async function takeTurn(commitNext: CommitNext<Append>, assertHeld: () => Promise<void>): Promise<boolean> {
    if (await log.catchUp()) sharedUntil = clock.monotonic() + sharedMs
    const until = clock.monotonic() + turnMs
    let table: LeaseTable | undefined // stays as it is: leases change under the same lock
    const write = async (batch: readonly Append[]): Promise<readonly (number | Error)[]> => {
      if (batch.some(({ fence }) => fence !== undefined)) table ??= await readLeases(`${file}.leases`)
      await assertHeld()
      const results = await writeAdmitted(batch, table ?? [])
      await assertHeld()
      return results
    }
    while (await commitNext(write)) {
      const now = clock.monotonic()
      if (now < sharedUntil) return false
      if (now >= until) return true
    }
    return false
  }

  async function writeAdmitted(batch: readonly Append[], table: LeaseTable): Promise<readonly (number | Error)[]> {
    let seq = log.lastSeq()
    const jsons: string[] = []
    const results = batch.map((append) => {
      if (!isAdmitted(append, table)) return fenced(file, append.fence)
      for (const json of append.jsons) jsons.push(json)
      seq += append.jsons.length
      return seq
    })
    if (jsons.length > 0) await log.write(jsons)
    return results
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
    async holder(scope) {
      if (closed) throw new MisuseError('ledger-closed', `the ledger ${file} is closed`)
      return holderOf(await readLeases(`${file}.leases`), scope)
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
