import { describe, expect, test } from 'vitest'
import { ignoring, isCode } from '../../src/ledger/error-code.ts'

const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' })

describe('isCode', () => {
  test.each([
    ['an error with one of the codes', missing, ['EEXIST', 'ENOENT'], true],
    ['an error with another code', missing, ['EEXIST'], false],
    ['an error without a code', new Error('ENOENT'), ['ENOENT', undefined], false],
    ['what is no error', { code: 'ENOENT' }, ['ENOENT'], false],
    ['nothing', undefined, ['ENOENT'], false],
  ])('%s', (_, error, codes, expected) => {
    expect(isCode(error, ...(codes as string[]))).toBe(expected)
  })
})

describe('ignoring', () => {
  test('turns errors with the codes into nothing', () => {
    expect(ignoring('ENOENT')(missing)).toBeUndefined()
  })

  test('passes any other error on', () => {
    expect(() => ignoring('EEXIST')(missing)).toThrow(missing)
    expect(() => ignoring()(missing)).toThrow(missing)
  })
})
