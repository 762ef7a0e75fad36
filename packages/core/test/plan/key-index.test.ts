import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indexKeys } from '../../src/plan/key-index.ts'

const text = fc.string({ maxLength: 3 })

describe('an index of keys', () => {
  it('finds what indexOf finds', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), fc.array(text, { maxLength: 40 }), (keys, wanted) => {
        const index = indexKeys(keys)
        const places = wanted.map((key) => keys.indexOf(key))
        expect(wanted.map((key) => index.find(key))).toEqual(places)
        const found = new Int32Array(wanted.length + 2).fill(7)
        index.findAll(wanted, found, 1)
        expect([...found]).toEqual([7, ...places, 7])
      }),
    )
  })

  it('holds more keys than are looked up at a time, also those that differ in one place only', () => {
    const keys = Array.from(
      { length: 70_000 },
      (_, at) => `aws:subnet/1111/eu-west-1/${at.toString(36).padStart(4, '0')}`,
    )
    const found = new Int32Array(keys.length)
    indexKeys(keys).findAll(keys, found, 0)
    expect(found.every((place, at) => place === at)).toBe(true)
  })

  it('finds no place for what is no text, and none in nothing', () => {
    const { find } = indexKeys([undefined, 7, '7', null])
    expect([find('7'), find(7), find(undefined), find(null), find('')]).toEqual([2, -1, -1, -1, -1])
    expect(indexKeys([]).find('')).toBe(-1)
  })
})
