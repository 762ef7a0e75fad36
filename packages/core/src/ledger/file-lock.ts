import { randomUUID } from 'node:crypto'
import { readFile, readlink, symlink, unlink, writeFile } from 'node:fs/promises'
import type { Context } from '../adapter/context.ts'
import { MisuseError } from '../model/errors.ts'
import { ignoring, isCode } from './error-code.ts'
import { ownProcessMark, type ProcessMark, processState } from './process-mark.ts'

/** A lock of another machine (or another boot, another container) is taken for left behind when it was watched unchanged for this long. */
export const staleLockMs = 30_000
/** How long a writer waits for its turn before it gives up. */
export const lockWaitMs = 60_000

/**
 * Does `work` while no other process that uses the same lock file does. `assertHeld` is for work of several parts, before and after each: it throws a
 * `MisuseError` when this process was stopped for so long that another one has taken the lock; what was done meanwhile must not count.
 */
export type FileLock = <T>(work: (assertHeld: () => Promise<void>) => Promise<T>) => Promise<T>

/**
 * Held for milliseconds: one write, never a run (that is what leases are for). The lock is an entry in the folder that only one process can create.
 * One left behind by a process that is proved dead is removed at once, one of an unknown process after `staleLockMs`, one of a living process
 * never: after `lockWaitMs` a `MisuseError` names the holder. Not re-entrant.
 *
 * `clock` counts real time even where a run has a virtual one, because the other process does.
 */
export function fileLock(path: string, clock: Context): FileLock {
  const owner = ownProcessMark()
  let last: Promise<unknown> = Promise.resolve()

  async function hold<T>(work: (assertHeld: () => Promise<void>) => Promise<T>): Promise<T> {
    const content = JSON.stringify({ ...owner, id: randomUUID() })
    await takeLock(path, content, clock)
    const taken = clock.monotonic()
    const isHeld = async (): Promise<boolean> =>
      clock.monotonic() - taken < staleLockMs || (await readLock(path)) === content
    const assertHeld = async (): Promise<void> => {
      if (!(await isHeld()))
        throw new MisuseError(
          'ledger-lock-lost',
          `the lock ${path} was taken over while this process was stopped; open the ledger anew`,
        )
    }
    try {
      const result = await work(assertHeld)
      await assertHeld()
      return result
    } finally {
      if (await isHeld()) await removeLock(path)
    }
  }

  // Within this process in the order of the calls, without asking the file system whose turn it is.
  return (work) => {
    const turn = last.then(() => hold(work))
    last = turn.catch(() => undefined)
    return turn
  }
}

async function takeLock(path: string, content: string, clock: Context): Promise<void> {
  const start = clock.monotonic()
  let seen: string | undefined
  let seenAt = start
  while (!(await createLock(path, content))) {
    const found = await readLock(path)
    const now = clock.monotonic()
    if (found !== seen) {
      seen = found
      seenAt = now
    }
    const mark = parseMark(found)
    const state = mark === undefined ? 'unknown' : processState(mark)
    const left = found !== undefined && (state === 'dead' || (state === 'unknown' && now - seenAt >= staleLockMs))
    if (left) await removeLeftBehind(path, found, clock)
    else if (now - start >= lockWaitMs)
      throw new MisuseError(
        'ledger-locked',
        `the lock ${path} is held by process ${mark?.pid ?? '(unknown)'}. Let it end; if there is no such process, remove the file`,
      )
    else if (found !== undefined) await clock.sleep(Math.min(20, 2 + (now - start) / 10) * (0.5 + clock.random()))
  }
}

/** Of several that want to remove it, only one may: a second one would remove the lock that has been taken since. */
async function removeLeftBehind(path: string, content: string, clock: Context): Promise<void> {
  const removing = fileLock(`${path}.remove`, clock)
  await removing(async () => {
    if ((await readLock(path)) === content) await removeLock(path)
  })
}

/**
 * A symbolic link that leads nowhere and says who made it: unlike a file it is never there without its content, however suddenly its maker dies
 * (symlink(2) is atomic, over NFS too). Where there are no links, as on Windows without the right to make them, it is a file.
 */
async function createLock(path: string, content: string): Promise<boolean> {
  try {
    await symlink(content, path).catch((error: unknown) => {
      if (!isCode(error, 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) throw error
      return writeFile(path, content, { flag: 'wx', mode: 0o600 })
    })
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

async function readLock(path: string): Promise<string | undefined> {
  const link = await readlink(path).catch(ignoring('ENOENT', 'EINVAL', 'UNKNOWN'))
  return link ?? (await readFile(path, 'utf8').catch(ignoring('ENOENT'))) // a file, no link; or nothing
}

async function removeLock(path: string): Promise<void> {
  await unlink(path).catch(ignoring('ENOENT'))
}

/** `undefined` also for a lock that does not say whose it is. */
function parseMark(content: string | undefined): ProcessMark | undefined {
  try {
    return JSON.parse(content ?? '') as ProcessMark
  } catch {
    return undefined
  }
}
