// Things that are expensive to make, kept outside the tree under a name that says what they were made from.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const MAKE_LIMIT_MS = 15 * 60_000
const LOCK_POLL_MS = 250

/** `$CLEARDOWN_CACHE` or `~/.cache/cleardown`, below it one folder per name and content. */
export function cachedFolder(name: string, contents: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const content of contents) hash.update(content).update('\0')
  const { CLEARDOWN_CACHE: cache = join(homedir(), '.cache', 'cleardown') } = process.env
  return join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`)
}

/**
 * The folder, made when it is missing: by one process at a time, under another name and then renamed, so that a half-made
 * one is never taken for a whole one..
 */
export async function madeOnce(folder: string, make: (unfinished: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder
  await mkdir(join(folder, '..'), { recursive: true })
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return
    const unfinished = `${folder}.${process.pid}`
    try {
      await make(unfinished)
      await rename(unfinished, folder)
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true })
      throw error
    }
  })
  return folder
}

/** A lock whose process is gone is taken over. */
async function withLock(path: string, work: () => Promise<void>): Promise<void> {
  const endAt = Date.now() + MAKE_LIMIT_MS
  while (!(await takeLock(path))) {
    if (Date.now() > endAt) {
      throw new Error(`The OpenStack bed waits for another process to make it. If there is none, remove ${path}.`)
    }
    await sleep(LOCK_POLL_MS)
  }
  try {
    await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function takeLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = Number(await readFile(path, 'utf8').catch(() => ''))
  if (holder > 0 && !isRunning(holder)) await rm(path, { force: true })
  return false
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
