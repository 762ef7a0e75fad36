import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ignoring } from './error-code.ts'

/** A file that was made or renamed is there after a power failure only when its folder has been synced, too: fsync(2). */
export async function syncFolderOf(path: string): Promise<void> {
  // Windows opens no folders; NTFS journals them.
  const handle = await open(dirname(path), 'r').catch(ignoring('EPERM', 'EISDIR', 'EACCES'))
  if (handle === undefined) return
  try {
    await handle.sync().catch(ignoring('EINVAL')) // a file system that cannot sync a folder
  } finally {
    await handle.close()
  }
}

/** Makes the folders above `path` that are missing, so that they survive a power failure. */
export async function makeFolderOf(path: string): Promise<void> {
  const folder = dirname(resolve(path))
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length && made !== dirname(made); made = dirname(made))
    await syncFolderOf(made)
}
