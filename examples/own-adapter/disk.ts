import { lstat, readdir, readFile, readlink, rmdir, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join, normalize, resolve, sep } from 'node:path'
import type { Io, Request } from '@cleardown/core'

/** In the root: the name of this disk, its "account". */
export const diskFile = '.disk'
/** In a folder: nobody may remove the folder. What is in it says who locked it. */
const lockFile = '.lock'

/** What the file system answers for one thing. */
export interface Entry {
  /** From the root, with slashes. */
  readonly path: string
  readonly type: 'folder' | 'file' | 'link'
  /** Differs when another thing has taken the path. */
  readonly inode: string
  readonly createdMs: number
  /** A link only: what it names, where that is on this disk. */
  readonly target?: { readonly path: string; readonly type: Entry['type'] }
  /** A folder only: what its lock file says. */
  readonly lock?: string
}

type Way = Pick<Io<unknown>, 'request'>

/** The port: the one way in which this adapter speaks to the file system. Each call is one `io.request`. */
export interface Disk {
  whoAmI(way: Way): Promise<string>
  /** Names in the root: the environments. */
  environments(way: Way): Promise<string[]>
  /** Everything below one environment, itself included: one page of a listing. */
  page(way: Way, environment: string): Promise<Entry[]>
  look(way: Way, path: string): Promise<Entry | undefined>
  removeFolder(way: Way, path: string): Promise<void>
  removeFile(way: Way, path: string): Promise<void>
  unlock(way: Way, path: string): Promise<void>
  lock(way: Way, path: string, says: string): Promise<void>
}

/** `count` is told of each request that is really sent. */
export function openDisk(root: string, count: () => void = () => {}): Disk {
  const send = <T>(way: Way, call: string, effect: Request['effect'], work: () => Promise<T>): Promise<T> =>
    way.request({ service: 'disk', place: 'here', call, effect }, async (signal) => {
      signal.throwIfAborted()
      count()
      return await work()
    })
  /** Never outside of the root, whatever the path says. */
  const at = (path: string): string | undefined => {
    const full = normalize(join(root, path))
    return path !== '' && full.startsWith(root + sep) && full === join(root, path) ? full : undefined
  }
  const must = (path: string): string => {
    const full = at(path)
    if (full === undefined) throw Object.assign(new Error(`${path} is no path on this disk`), { code: 'EINVAL' })
    return full
  }

  async function entry(path: string): Promise<Entry | undefined> {
    const full = at(path)
    const found = full === undefined ? undefined : await lstat(full).catch(unlessAbsent)
    if (full === undefined || found === undefined) return undefined
    const type = found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'file'
    const bare = { path, type, inode: `${found.ino}-${found.birthtimeMs}`, createdMs: found.birthtimeMs } as const
    if (type === 'folder') {
      const lock = await readFile(join(full, lockFile), 'utf8').catch(unlessAbsent)
      return lock === undefined ? bare : { ...bare, lock }
    }
    const target = type === 'link' ? await targetOf(full) : undefined
    return target ? { ...bare, target } : bare
  }

  /** By hand: `readdir` with `recursive` follows links, out of the root and in circles. */
  async function* walk(path: string): AsyncGenerator<Entry, void, undefined> {
    const found = await entry(path)
    if (found) yield found
    if (found?.type !== 'folder') return
    for (const name of (await readdir(join(root, path)).catch(unlessAbsent)) ?? [])
      if (name !== lockFile) yield* walk(`${path}/${name}`)
  }

  async function targetOf(link: string): Promise<Entry['target']> {
    const named = resolve(dirname(link), await readlink(link))
    const found = named.startsWith(root + sep) ? await stat(named).catch(unlessAbsent) : undefined
    return found && { path: named.slice(root.length + 1), type: found.isDirectory() ? 'folder' : 'file' }
  }

  return {
    whoAmI: (way) => send(way, 'whoAmI', 'read', async () => (await readFile(join(root, diskFile), 'utf8')).trim()),
    environments: (way) =>
      send(way, 'environments', 'read', async () => (await readdir(root)).filter((name) => name !== diskFile)),
    page: (way, environment) =>
      send(way, 'page', 'read', async () => {
        const all: Entry[] = []
        for await (const one of walk(environment)) all.push(one)
        return all
      }),
    look: (way, path) => send(way, 'look', 'read', () => entry(path)),
    removeFolder: (way, path) => send(way, 'removeFolder', 'write', () => rmdir(must(path))),
    removeFile: (way, path) => send(way, 'removeFile', 'write', () => unlink(must(path))),
    unlock: (way, path) => send(way, 'unlock', 'write', () => unlink(join(must(path), lockFile))),
    lock: (way, path, says) => send(way, 'lock', 'write', () => writeFile(join(must(path), lockFile), says)),
  }
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}
