import { describe, expect, test } from 'vitest'
import { assertNoSecrets, redactSecrets } from '../../src/ledger/secrets.ts'

// Put together here, so that no scanner takes this file for a leak.
const keyId = `AKIA${'IOSFODNN7EXAMPLE'}`
const keySecret = `wJalrXUtnFEMI/K7MDENG/${'bPxRfiCYEXAMPLEKEY'}`
const key = `-----BEGIN RSA PRIVATE ${'KEY'}-----`

describe('an entry with a secret is refused, told by field and by what it looks like, never by value', () => {
  test.each([
    ['by its form', { before: key }, 'entry.before', 'it looks like a private key'],
    ['in the name of a field', { before: { [key]: 1 } }, 'entry.before', 'it looks like a private key'],
    [
      'by the name of its field',
      { a: [{ password: 'x' }] },
      'entry.a[0].password',
      'its name says that it holds a secret',
    ],
    [
      'by the name beside it',
      { env: { name: 'DB_PASSWORD', value: 'x' } },
      'entry.env.value',
      'the name beside it says that it holds a secret',
    ],
    [
      'by the key beside it',
      { env: { Key: 'DB_PASSWORD', Value: 'x' } },
      'entry.env.value',
      'the name beside it says that it holds a secret',
    ],
    [
      'as an object of Kubernetes',
      { before: { kind: 'Secret', data: {} } },
      'entry.before',
      'it looks like a Secret of Kubernetes with its data',
    ],
    [
      'as a pair in one text',
      { a: `${keyId} ${keySecret}` },
      'entry.a',
      'it looks like an AWS access key with its secret',
    ],
    ['as a pair in two fields', { x: keyId, y: keySecret }, 'entry', 'it looks like an AWS access key with its secret'],
  ])('%s', (_, entry, field, why) => {
    expect(() => assertNoSecrets(entry)).toThrow(
      expect.objectContaining({
        code: 'secret-in-ledger',
        message: `${field} must not be written to a ledger: ${why}. Leave it out, or write down a reference to it`,
      }),
    )
  })
})

describe('no secret is', () => {
  test.each([
    ['a Secret without its data', { kind: 'Secret', name: 'token' }],
    ['the data of something else', { kind: 'ConfigMap', data: { secrets: 'none' } }],
    ['a value beside a name that holds none', { name: 'COLOUR', value: 'x', about: 'secrets' }],
    ['a value beside a field whose name ends like one', { surname: 'password', value: 'x' }],
    ['a value beside a field whose name begins like one', { names: 'password', value: 'x' }],
    ['values beside the name of a secret', { name: 'password', values: 'x' }],
    ['a name that is no text', { name: ['password'], value: 'x' }],
    ['a short text', { about: 'sig=1' }],
    ['an access key id beside numbers', { id: keyId, count: 7, list: [keySecret.length] }],
    ['a secret alone, which nobody knows for one', { note: `key ${keySecret}` }],
  ])('%s', (_, entry) => {
    expect(() => assertNoSecrets(entry)).not.toThrow()
  })
})

describe('what a provider says', () => {
  test('is shortened to what each secret in it was', () => {
    expect(redactSecrets(`denied for Bearer 0123456789abcdef0123 at https://ci:x@db.internal/`)).toBe(
      'denied for [redacted: a bearer token] at [redacted: a URL with a password]db.internal/',
    )
    expect(redactSecrets(`key ${keyId}, secret ${keySecret}, and ${keySecret}`)).toBe(
      `key ${keyId}, secret [redacted: an AWS access key with its secret], and [redacted: an AWS access key with its secret]`,
    )
  })

  test('stays as it is where there is none', () => {
    for (const text of ['', 'no', 'the key of the door', `a secret ${keySecret}`])
      expect(redactSecrets(text)).toBe(text)
  })
})
