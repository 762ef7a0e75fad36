import { crc32c } from './crc32c.ts'
import type { LedgerEntry } from './ledger.ts'
import { assertNoSecrets } from './secrets.ts'

/**
 * A ledger file is lines of JSON. The first is the header, each other one an entry:
 *
 *     {"crc":"5a2c1f0e","format":"cleardown-ledger/1"}
 *     {"crc":"9be3e0a3","seq":1,"entry":{"at":"2026-03-01T10:00:00.000Z","type":"creating",…}}
 *
 * `crc` is the CRC-32C of all bytes of the line behind its comma, `seq` counts the entries from 1. A line is complete with its line feed.
 */
export const ledgerFormat = 'cleardown-ledger/1'

const crcStart = '{"crc":"'
const unsealed = `${crcStart}00000000",`
const bodyStart = unsealed.length
/** Of a body, up to its entry: the largest number that is counted exactly has 16 digits. */
const longestHead = '"seq":'.length + 16 + ',"entry":'.length
const lineFeed = 0x0a
const closingBrace = 0x7d

export const headerLine: string = sealed(`${unsealed}"format":"${ledgerFormat}"}\n`).toString()

/** The entry as text, without line feeds. Throws a `MisuseError` for one that holds a secret: there is no other way into a ledger. */
export function encodeEntry(entry: LedgerEntry): string {
  const json = JSON.stringify(entry)
  assertNoSecrets(entry, json)
  return json
}

/** The lines of entries that are numbered from `firstSeq` on. `jsons`: from `encodeEntry`. */
export function encodeLines(firstSeq: number, jsons: readonly string[]): Buffer {
  let seq = firstSeq
  let text = ''
  for (const json of jsons) text += `${unsealed}"seq":${seq++},"entry":${json}}\n`
  return sealed(text)
}

/** What a line (without its line feed) says; or why it is not what was written. */
export function decodeLine(line: Buffer): { readonly seq: number; readonly json: string } | { readonly why: string } {
  if (!isSealed(line)) return { why: 'the checksum does not fit the line' }
  const [head, seq] = /^"seq":(\d+),"entry":/.exec(line.toString('latin1', bodyStart, bodyStart + longestHead)) ?? []
  if (head === undefined || line.at(-1) !== closingBrace) return { why: 'the line is no entry' }
  return { seq: Number(seq), json: line.toString('utf8', bodyStart + head.length, line.length - 1) }
}

/** The format that a first line names; `undefined` when it is no header or not what was written. */
export function decodeHeader(line: Buffer): string | undefined {
  return isSealed(line) ? /^"format":"([^"]+)"\}$/.exec(line.toString('utf8', bodyStart))?.[1] : undefined
}

/** All lines at once become bytes, then each gets its checksum: per entry this costs half of sealing one text after the other. */
function sealed(lines: string): Buffer {
  const bytes = Buffer.from(lines)
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(lineFeed, start)
    bytes.write(checksum(bytes, start + bodyStart, end), start + crcStart.length, 'latin1')
    start = end + 1
  }
  return bytes
}

function isSealed(line: Buffer): boolean {
  return line.toString('latin1', 0, bodyStart) === `${crcStart}${checksum(line, bodyStart, line.length)}",`
}

function checksum(bytes: Uint8Array, start: number, end: number): string {
  return crc32c(bytes, start, end).toString(16).padStart(8, '0')
}
