import { describe, expect, test } from 'vitest'
import { assertNoSecrets } from '../../src/ledger/secrets.ts'
import { MisuseError } from '../../src/model/errors.ts'

// Put together here, so that no scanner takes this file for a leak.
const keyId = `AKIA${'IOSFODNN7EXAMPLE'}`
const sessionKeyId = `ASIA${'Y34FZKBOKMUTVV7A'}`
const keySecret = `wJalrXUtnFEMI/K7MDENG/${'bPxRfiCYEXAMPLEKEY'}`
const webToken = ['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiJzeXN0ZW0ifQ', 'c2lnbmF0dXJl'].join('.')

const secrets: readonly (readonly [what: string, field: string, entry: object])[] = [
  ['an access key with its secret in one text', 'entry.before', { before: `${keyId} ${keySecret}` }],
  ['a session key with its secret in one text', 'entry.before', { before: `${sessionKeyId}:${keySecret}` }],
  ['an access key with its secret in two fields', 'entry.before', { before: { a: keyId, b: keySecret } }],
  ['a line of a credentials file', 'entry.before', { before: `aws_secret_access_key = ${keySecret}` }],
  ['a credentials variable', 'entry.before', { before: { AWS_SECRET_ACCESS_KEY: 'x' } }],
  ['a session token of a credentials file', 'entry.before', { before: 'AWS_SESSION_TOKEN=FwoGZXIvYXdz' }],
  ['a bearer token', 'entry.failure.message', { failure: { message: 'Bearer 0123456789abcdef0123 refused' } }],
  ['an authorization header', 'entry.before', { before: 'Authorization: Basic dXNlcjpwYXNz' }],
  ['a web token', 'entry.before[1]', { before: ['', webToken] }],
  ['an RSA key', 'entry.before', { before: '-----BEGIN RSA PRIVATE KEY-----\nMIIE' }],
  ['a private key', 'entry.before', { before: 'x -----BEGIN PRIVATE KEY-----' }],
  ['an OpenSSH key', 'entry.before', { before: '-----BEGIN OPENSSH PRIVATE KEY-----' }],
  ['a signed URL', 'entry.before', { before: 'https://b.s3.amazonaws.com/k?a=1&X-Amz-Signature=0a1b' }],
  ['a URL with a password', 'entry.before', { before: 'postgres://ci:hunter2@db.internal/ci' }],
  ['a password in a text', 'entry.failure.message', { failure: { message: 'bad option --password=hunter2' } }],
  ['a GitHub token', 'entry.before', { before: `ghp_${'0123456789abcdefghijABCDEFGHIJ012345'}` }],
  ['an OpenStack token', 'entry.before', { before: `gAAAAA${'Bk'.repeat(40)}` }],
  ['a field password', 'entry.before.password', { before: { password: 'x' } }],
  ['a field of a password', 'entry.before.MasterUserPassword', { before: { MasterUserPassword: 'x' } }],
  ['a field secret', 'entry.before.deep[0].secret', { before: { deep: [{ secret: 'x' }] } }],
  ['a field secret_access_key', 'entry.before.secret_access_key', { before: { secret_access_key: 'x' } }],
  ['a field token', 'entry.before.authToken', { before: { authToken: 'x' } }],
  ['a field of a key', 'entry.before.client-key-data', { before: { 'client-key-data': 'x' } }],
  ['a field adminPass', 'entry.before.adminPass', { before: { adminPass: 'x' } }],
  ['a variable', 'entry.before[0].value', { before: [{ name: 'DB_PASSWORD', value: 'x' }] }],
]

const harmless: readonly (readonly [what: string, entry: object])[] = [
  [
    'an ARN',
    {
      target: 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/a0B1c2D3e4F5a6B7/0a1b2c3d4e5f6071',
    },
  ],
  ['an ARN of a secret', { before: { secret: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:ci-AbCdEf' } }],
  ['a UUID', { incarnation: '6f1c8e0a-41d8-4b5b-9d4e-0d3b1f7a2c55' }],
  ['a SHA-1 sum', { before: { id: keyId, commit: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' } }],
  ['a SHA-256 sum', { planId: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' }],
  [
    'an access key id alone: it is the key that is removed',
    { id: keyId, target: `aws:access-key/111122223333/global/${keyId}` },
  ],
  ['a role', { principal: 'arn:aws:sts::111122223333:assumed-role/ci/AROAEXAMPLE-session' }],
  ['kinds and names of secrets', { kind: 'kubernetes:secret', id: 'db-password', name: 'ci-token' }],
  ['references to secrets', { before: { secretName: 'web-tls', SecretArn: 'x', tokenKeyId: 'x', passwordRef: 'x' } }],
  [
    'switches',
    { before: { automountServiceAccountToken: false, ManageMasterUserPassword: true, HttpTokens: 'required' } },
  ],
  [
    'words that make a request idempotent',
    { before: { ClientToken: '6f1c8e0a', clientRequestToken: 'x', NextToken: 'x' } },
  ],
  ['a public key', { before: '-----BEGIN PUBLIC KEY-----' }],
  ['a certificate', { before: '-----BEGIN CERTIFICATE-----' }],
  ['an image', { before: 'oci://registry.local:5000/ci/web:1@sha256:0a1b' }],
  ['a URL', { before: 'https://0A1B.gr7.us-east-1.eks.amazonaws.com:443/healthz?name=a@b' }],
  [
    'talk of bearers and passwords',
    { failure: { message: 'The bearer authentication of this user failed: password expired' } },
  ],
  ['a tag', { before: { Key: 'cleardown.run', Value: 'r-77' } }],
  ['nothing', { before: { password: '', token: null } }],
]

describe('assertNoSecrets', () => {
  test.each(secrets)('refuses %s, names the field, keeps the value to itself', (_, field, entry) => {
    let refusal: unknown
    try {
      assertNoSecrets(entry)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(MisuseError)
    const { message } = refusal as MisuseError
    expect(message.startsWith(`${field} must not`)).toBe(true)
    expect(message).not.toContain(keySecret)
    expect(message).not.toContain('hunter2')
  })

  test.each(harmless)('lets %s pass', (_, entry) => {
    expect(() => assertNoSecrets(entry)).not.toThrow()
  })
})
