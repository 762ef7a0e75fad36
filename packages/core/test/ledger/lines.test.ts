import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../src/ledger/crc32c.ts'
import { decodeHeader, decodeLine, encodeLines, headerLine, ledgerFormat } from '../../src/ledger/lines.ts'

const lineOf = (seq: number, json: string): string => encodeLines(seq, [json]).toString()
const withoutFeed = (line: string): Buffer => Buffer.from(line).subarray(0, -1)
const sealed = (body: string): Buffer =>
  Buffer.from(`{"crc":"${crc32c(Buffer.from(body)).toString(16).padStart(8, '0')}",${body}`)
const anyLine = fc.tuple(fc.nat(), fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }))

describe('a line of a ledger', () => {
  test('is one line of JSON', () => {
    fc.assert(
      fc.property(anyLine, ([seq, entry]) => {
        const line = lineOf(seq, JSON.stringify(entry))
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(JSON.parse(line)).toMatchObject({ seq })
      }),
    )
  })

  test('says what was written', () => {
    fc.assert(
      fc.property(anyLine, ([seq, entry]) => {
        const json = JSON.stringify(entry)
        expect(decodeLine(withoutFeed(lineOf(seq, json)))).toEqual({ seq, json })
      }),
    )
  })

  test('says so when any bit of it has changed', () => {
    const line = withoutFeed(lineOf(12, '{"at":"now","type":"gone"}'))
    for (let bit = 0; bit < 8 * line.length; bit++) {
      const wrong = Buffer.from(line)
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(decodeLine(wrong), `bit ${bit}`).toEqual({ why: 'the checksum does not fit the line' })
    }
  })

  test('says so when it is cut anywhere', () => {
    const line = withoutFeed(lineOf(12, '{"at":"now","type":"gone"}'))
    for (let length = 0; length < line.length; length++)
      expect(decodeLine(line.subarray(0, length))).toHaveProperty('why')
  })

  test.each([
    '"x":1,"seq":1,"entry":{}}',
    '"seq":1,"entry":{}} ',
    '"seq":one,"entry":{}}',
    '"seq":1,"ent":{}}',
    '"seq":11111111111111111,"entry":{}}',
  ])('is no entry when it is sealed and reads %s', (body) => {
    expect(decodeLine(sealed(body))).toEqual({ why: 'the line is no entry' })
  })

  test.each(['"x":1,"format":"a"}', '"format":"a"} ', '"format":""}', '"format":"a"'])(
    'is no header when it is sealed and reads %s',
    (body) => {
      expect(decodeHeader(sealed(body))).toBeUndefined()
    },
  )

  test('is no header, and a header is no entry', () => {
    expect(decodeHeader(withoutFeed(headerLine))).toBe(ledgerFormat)
    expect(decodeLine(withoutFeed(headerLine))).toEqual({ why: 'the line is no entry' })
    expect(decodeHeader(withoutFeed(lineOf(1, '{}')))).toBeUndefined()
  })
})

describe('crc32c', () => {
  // RFC 3720, B.4
  test.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', new Uint8Array(32).map((_, index) => index), 0x46dd794e],
    ['the digits', Buffer.from('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('is what the standard says for %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc)
  })
})
