import { existsSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, vi } from 'vitest'
import { makeFolderOf, syncFolderOf } from '../../src/ledger/sync-folder.ts'
import { test } from '../support/temporary-folder.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

async function fileHandles(path: string): Promise<FileHandle> {
  const handle = await open(path, 'r')
  await handle.close()
  return Object.getPrototypeOf(handle) as FileHandle
}

const isOpen = (handle: unknown): boolean => (handle as FileHandle).fd !== -1

/** Inodes of the folders that are synced from now on. */
async function syncedFrom(path: string): Promise<number[]> {
  const synced: number[] = []
  const handles = await fileHandles(path)
  vi.spyOn(handles, 'sync').mockImplementation(async function (this: FileHandle) {
    synced.push((await this.stat()).ino)
  })
  return synced
}

const inodes = (...paths: readonly string[]): Promise<number[]> =>
  Promise.all(paths.map(async (path) => (await stat(path)).ino))

describe('the folders above a file', () => {
  test('that are missing are made, and each of them and the one above is synced once', async ({ folder }) => {
    const synced = await syncedFrom(folder)
    await makeFolderOf(join(folder, 'a', 'b', 'c', 'ledger.jsonl'))
    expect(synced).toEqual(await inodes(join(folder, 'a', 'b'), join(folder, 'a'), folder))
  })

  test('that are there are left as they are', async ({ folder }) => {
    const synced = await syncedFrom(folder)
    await makeFolderOf(join(folder, 'ledger.jsonl'))
    expect(synced).toEqual([])
  })

  test('are told with the error of the file system where they cannot be made', async () => {
    await expect(makeFolderOf('/dev/null/a/ledger.jsonl')).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})

describe('the folder of a file', () => {
  test('is synced and let go', async ({ folder }) => {
    const handles = await fileHandles(folder)
    const sync = vi.spyOn(handles, 'sync')
    await syncFolderOf(join(folder, 'ledger.jsonl'))
    expect(sync.mock.contexts.map(isOpen)).toEqual([false])
  })

  test('is not synced where its file system cannot, and that is no error', async ({ folder }) => {
    const handles = await fileHandles(folder)
    vi.spyOn(handles, 'sync').mockRejectedValue(Object.assign(new Error('no'), { code: 'EINVAL' }))
    await expect(syncFolderOf(join(folder, 'ledger.jsonl'))).resolves.toBeUndefined()
  })

  test('that cannot be synced for another reason is told', async ({ folder }) => {
    const handles = await fileHandles(folder)
    const sync = vi.spyOn(handles, 'sync').mockRejectedValue(Object.assign(new Error('no'), { code: 'EIO' }))
    await expect(syncFolderOf(join(folder, 'ledger.jsonl'))).rejects.toMatchObject({ code: 'EIO' })
    expect(sync.mock.contexts.map(isOpen)).toEqual([false])
  })

  test.runIf(existsSync('/dev/null'))('that is not there is told', async ({ folder }) => {
    await expect(syncFolderOf(join(folder, 'missing', 'ledger.jsonl'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
