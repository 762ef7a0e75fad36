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
const bodyStart = crcStart.length + 8 + '",'.length

export const headerLine: string = seal(`"format":"${ledgerFormat}"}`)

/** The entry as text, without line feeds. Throws a `MisuseError` for one that holds a secret: there is no other way into a ledger. */
export function encodeEntry(entry: LedgerEntry): string {
  const json = JSON.stringify(entry)
  assertNoSecrets(entry, json)
  return json
}

/** `json`: from `encodeEntry`. */
export function encodeLine(seq: number, json: string): string {
  return seal(`"seq":${seq},"entry":${json}}`)
}

/** What a line (without its line feed) says; or why it is not what was written. */
export function decodeLine(line: Buffer): { readonly seq: number; readonly json: string } | { readonly why: string } {
  const body = openSeal(line)
  if (body === undefined) return { why: 'the checksum does not fit the line' }
  const [, seq, json] = /^"seq":(\d+),"entry":(\{.*\})\}$/s.exec(body) ?? []
  return seq === undefined || json === undefined ? { why: 'the line is no entry' } : { seq: Number(seq), json }
}

/** The format that a first line names; `undefined` when it is no header or not what was written. */
export function decodeHeader(line: Buffer): string | undefined {
  return /^"format":"([^"]+)"\}$/.exec(openSeal(line) ?? '')?.[1]
}

function seal(body: string): string {
  return `${crcStart}${checksum(Buffer.from(body))}",${body}\n`
}

function openSeal(line: Buffer): string | undefined {
  const body = line.subarray(bodyStart)
  const sealed = line.toString('latin1', 0, bodyStart) === `${crcStart}${checksum(body)}",`
  return sealed ? body.toString('utf8') : undefined
}

function checksum(bytes: Uint8Array): string {
  return crc32c(bytes).toString(16).padStart(8, '0')
}
