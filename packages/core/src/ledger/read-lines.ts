import type { FileHandle } from 'node:fs/promises'
import { MisuseError } from '../model/errors.ts'
import { LedgerCorruptError } from './ledger.ts'
import { decodeHeader, decodeLine, headerLine, ledgerFormat } from './lines.ts'

/** Where reading stands: the byte behind the last complete line, and the number of the last entry before it. */
export interface Position {
  readonly offset: number
  readonly seq: number
}

export const atStart: Position = { offset: 0, seq: 0 }

export interface NumberedEntry {
  readonly seq: number
  readonly json: string
}

const chunkBytes = 1 << 20

/**
 * The entries behind `from`, chunk by chunk, up to the byte `until`; returns where the last complete line ends. What follows that is a line that is
 * being written, or was when its writer died.
 *
 * Throws a `LedgerCorruptError` with the byte offset of the first line that is not what was written, and a `MisuseError` for another format.
 */
export async function* readEntries(
  file: { readonly path: string; readonly handle: FileHandle },
  from: Position,
  until: number,
): AsyncGenerator<readonly NumberedEntry[], Position> {
  let { offset, seq } = from
  let rest: Buffer = Buffer.alloc(0)
  for (let readTo = offset; readTo < until; ) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, until - readTo))
    const { bytesRead } = await file.handle.read(chunk, 0, chunk.length, readTo)
    if (bytesRead === 0) break
    readTo += bytesRead
    const bytes = rest.length === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([rest, chunk.subarray(0, bytesRead)])
    const entries: NumberedEntry[] = []
    let start = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      const line = bytes.subarray(start, end)
      if (offset === 0) assertHeader(file.path, line)
      else entries.push(assertEntry(file.path, line, offset, ++seq))
      offset += line.length + 1
      start = end + 1
    }
    rest = bytes.subarray(start)
    if (entries.length > 0) yield entries
  }
  // Never take a file that is something else for a ledger whose header was cut short: the rest is what a writer cuts away.
  if (offset === 0 && !headerLine.startsWith(rest.toString('latin1')))
    throw new LedgerCorruptError(file.path, 0, 'it is no ledger')
  return { offset, seq }
}

function assertHeader(path: string, line: Buffer): void {
  const format = decodeHeader(line)
  if (format === undefined) throw new LedgerCorruptError(path, 0, 'its first line is not the header of a ledger')
  if (format !== ledgerFormat)
    throw new MisuseError(
      'ledger-format',
      `the ledger ${path} has the format "${format}"; this version reads and writes "${ledgerFormat}"`,
    )
}

function assertEntry(path: string, line: Buffer, offset: number, seq: number): NumberedEntry {
  const entry = decodeLine(line)
  if ('why' in entry) throw new LedgerCorruptError(path, offset, entry.why)
  if (entry.seq !== seq)
    throw new LedgerCorruptError(path, offset, `entry ${entry.seq} stands where entry ${seq} is due`)
  return entry
}
