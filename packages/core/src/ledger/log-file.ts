import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { MisuseError } from '../model/errors.ts'
import { ignoring } from './error-code.ts'
import { LedgerCorruptError } from './ledger.ts'
import { encodeLines, headerLine } from './lines.ts'
import { atStart, type NumberedEntry, type Position, readEntries } from './read-lines.ts'
import { syncFolderOf } from './sync-folder.ts'

/** The file with the lines of one ledger, and this process's place in it. */
export interface LogFile {
  /**
   * Opens it where it is not open, reads on to its end, which other processes may have moved, and cuts a last line that was never finished.
   * Under the lock, before it is written to. Resolves with whether another process had written.
   */
  catchUp(): Promise<boolean>
  /** The number of the last entry; 0 while there is none. */
  lastSeq(): number
  /** Durable when it resolves. Under the lock. */
  write(jsons: readonly string[]): Promise<void>
  /** Without the lock: all lines that are complete at the moment of the call. */
  read(): AsyncGenerator<readonly NumberedEntry[]>
  /** Gives the file back to the system; the next `catchUp` opens it again where this one stood. */
  rest(): Promise<void>
}

export function logFile(path: string): LogFile {
  let handle: FileHandle | undefined
  let inode: number | undefined
  let end: Position = atStart
  let failure: Error | undefined

  async function openFile(): Promise<FileHandle> {
    const create = inode === undefined ? constants.O_CREAT : 0
    const opened = await open(path, constants.O_RDWR | constants.O_APPEND | create, 0o600).catch(ignoring('ENOENT'))
    if (opened === undefined) throw replacedError(path)
    inode ??= (await opened.stat()).ino
    return opened
  }

  async function sizeOfFile(): Promise<number> {
    const found = await stat(path).catch(ignoring('ENOENT'))
    if (found?.ino !== inode || found === undefined) throw replacedError(path)
    if (found.size < end.offset)
      throw new LedgerCorruptError(path, found.size, `it has been cut, ${end.offset} bytes were written`)
    return found.size
  }

  return {
    async catchUp() {
      if (failure !== undefined) throw failure
      handle ??= await openFile()
      const size = await sizeOfFile()
      if (size === end.offset) return false
      end = await lastPosition(readEntries({ path, handle }, end, size))
      if (end.offset < size) await handle.truncate(end.offset)
      return true
    },

    lastSeq: () => end.seq,

    async write(jsons) {
      const file = handle as FileHandle
      const lines = encodeLines(end.seq + 1, jsons)
      const bytes = end.offset === 0 ? Buffer.concat([Buffer.from(headerLine), lines]) : lines
      try {
        await file.appendFile(bytes)
      } catch (error) {
        await file.truncate(end.offset).catch(() => undefined) // a full disk: nothing of it stays
        throw error
      }
      try {
        await file.datasync()
        if (end.offset === 0) await syncFolderOf(path)
      } catch (error) {
        // The system may have dropped the pages and forgotten it: a later sync that succeeds proves nothing (https://wiki.postgresql.org/wiki/Fsync_Errors).
        failure = new Error(`the ledger ${path} could not be synced to disk; open it anew`, { cause: error })
        throw failure
      }
      end = { offset: end.offset + bytes.length, seq: end.seq + jsons.length }
    },

    async *read() {
      const file = await open(path, 'r').catch(ignoring('ENOENT'))
      if (file === undefined) return
      try {
        yield* readEntries({ path, handle: file }, atStart, (await file.stat()).size)
      } finally {
        await file.close()
      }
    },

    async rest() {
      const file = handle
      handle = undefined
      await file?.close()
    },
  }
}

async function lastPosition(entries: AsyncGenerator<unknown, Position>): Promise<Position> {
  for (;;) {
    const next = await entries.next()
    if (next.done) return next.value
  }
}

function replacedError(path: string): MisuseError {
  return new MisuseError(
    'ledger-replaced',
    `the ledger ${path} was removed or replaced since it was opened: what is written now would be lost`,
  )
}
