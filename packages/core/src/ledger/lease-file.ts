import { open, readFile, rename } from 'node:fs/promises'
import { ignoring } from './error-code.ts'
import type { FileLock } from './file-lock.ts'
import type { LeaseStore, LeaseTable } from './lease.ts'
import { LedgerCorruptError } from './ledger.ts'
import { ownProcessMark } from './process-mark.ts'
import { syncFolderOf } from './sync-folder.ts'

const leaseFormat = 'cleardown-leases/1'

/** The table of leases in a file of its own, replaced as a whole by rename. `lock` is the one under which the ledger is written. */
export function leaseFile(path: string, lock: FileLock): LeaseStore {
  return {
    process: ownProcessMark(),
    change: (edit) =>
      lock(async () => {
        const { result, table } = edit(await readLeases(path))
        if (table === undefined) return result
        const handle = await open(`${path}.new`, 'w', 0o600)
        try {
          await handle.writeFile(`${JSON.stringify({ format: leaseFormat, leases: table }, undefined, 2)}\n`)
          await handle.sync()
        } finally {
          await handle.close()
        }
        await rename(`${path}.new`, path)
        await syncFolderOf(path)
        return result
      }),
  }
}

/** Empty where no lease has been given yet. Throws a `LedgerCorruptError` for a file that is something else. */
export async function readLeases(path: string): Promise<LeaseTable> {
  const text = await readFile(path, 'utf8').catch(ignoring('ENOENT'))
  if (text === undefined) return []
  try {
    const { format, leases } = JSON.parse(text) as { readonly format?: string; readonly leases?: LeaseTable }
    if (format === leaseFormat && Array.isArray(leases)) return leases
  } catch {
    // not JSON: the same answer
  }
  throw new LedgerCorruptError(path, 0, `it is no table of leases of the format "${leaseFormat}"`)
}
