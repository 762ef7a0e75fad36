import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteWriter } from '../../src/plan/byte-writer.ts'
import { newPath, pathTo, writeForm } from '../../src/plan/hashed-form.ts'

function formOf(value: unknown, root = newPath()): string {
  const pieces: Buffer[] = []
  const writer = byteWriter((bytes) => pieces.push(Buffer.from(bytes)))
  writeForm(value, writer, root)
  writer.end()
  return Buffer.concat(pieces).toString()
}

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]) => [key, backwards(one)])
      .reverse(),
  )
}

/** Few names and values, so that much repeats and values that differ are often alike. */
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('', 'a', '=', '1:a', 0, 1, -1, 0.5, true, false, null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.record({ a: tie('json'), b: tie('json') }, { requiredKeys: ['a'] }), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

describe('the hashed form', () => {
  it('is the one that docs/ordering.md shows', () => {
    expect(formOf({ b: 'vpcId', a: 300, c: [true, false, null] })).toBe('{1:a1:b1:c}#300;5:vpcId[3;tfn')
    expect(formOf([{ a: 'x' }, { a: 'x' }, { a: 'y', b: 1 }, { a: 'y' }])).toBe('[4;2{1:a}1:x={1:a1:b}1:y#1;{1:a}=')
    expect(
      formOf([
        { a: 'x', b: [1, 2] },
        { a: 'x', b: [2] },
      ]),
    ).toBe('[2;2{1:a1:b}1:x=2[2;1;#1;#2;=')
    expect(formOf([['x', 'y'], ['y']])).toBe('[2;2[2;1;1:x1:y=')
  })

  it('takes 64 objects or short lists together, and a longer list by itself', () => {
    const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)
    expect(formOf(many(65, { a: 1 }))).toBe(`[65;64{1:a}#1;${'='.repeat(63)}.=`)
    expect(formOf(many(65, ['x']))).toBe(`[65;64[${'1;'.repeat(64)}1:x${'='.repeat(63)}[1;=`)
    expect(formOf([['x'], many(65, 'x'), many(64, 'x'), []])).toBe(
      `[4;[1;1:x[65;${'='.repeat(65)}2[64;0;${'='.repeat(64)}`,
    )
  })

  it('is the same whatever the order of fields, and for what is undefined as for what is not there', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(formOf(backwards(value))).toBe(formOf(value))
      }),
    )
    expect(formOf([{ a: 1, b: undefined }, { a: 2 }])).toBe(formOf([{ a: 1 }, { a: 2 }]))
  })

  it('differs for values that differ', () => {
    const canonical = (value: unknown): string => JSON.stringify(sorted(value))
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect(formOf(one) === formOf(other)).toBe(canonical(one) === canonical(other))
      }),
      { numRuns: 2_000 },
    )
  })

  it('says a place instead of a key where it is known, and leaves out what it is told to', () => {
    const root = newPath()
    pathTo(root, 'edges', 'to').instead = Int32Array.of(12, -1)
    pathTo(root, 'edges', 'ms').instead = 'nothing'
    const edges = [
      { to: 'k', ms: 1 },
      { to: 'k', ms: 2 },
    ]
    expect(formOf({ edges }, root)).toBe('{5:edges}[2;2{2:ms2:to}@12;1:k')
  })

  it('takes more texts, longer ones and other alphabets than the buffer', () => {
    const texts = [
      'ü',
      'a'.repeat(70_000),
      'ß'.repeat(70_000),
      '日本'.repeat(64),
      ...Array.from({ length: 9_000 }, (_, at) => `t${at}`),
    ]
    expect(formOf(texts)).toBe(`[${texts.length};${texts.map((text) => `${text.length}:${text}`).join('')}`)
  })

  it('tells what has no fields from an object without any', () => {
    for (const [value, form] of [
      ['', '0:'],
      [0, '#0;'],
      [true, 't'],
      [null, 'n'],
    ] as const)
      expect(formOf([{}, value])).toBe(`[2;{}${form}`)
  })

  it('takes more signs than the buffer', () => {
    const signs = Array.from({ length: 140_000 }, (_, at) => at % 2 === 0)
    expect(formOf(signs)).toBe(`[140000;${'tf'.repeat(70_000)}`)
  })

  it('writes whole numbers of any size', () => {
    const numbers = [0, 9, 10, 99, 100, 123_456, 999_999_999_999_999, 2 ** 53, 1e21, -7, 0.25]
    expect(formOf(numbers)).toBe(`[${numbers.length};${numbers.map((one) => `#${one};`).join('')}`)
  })
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  )
}
