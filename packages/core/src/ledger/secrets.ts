import { MisuseError } from '../model/errors.ts'

interface SecretPattern {
  readonly name: string
  readonly pattern: RegExp
}

/** What is a secret wherever it stands. An AWS access key id alone is none: it is how IAM names a key that has to be deleted. */
const patterns: readonly SecretPattern[] = [
  { name: 'a private key', pattern: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/ },
  { name: 'an AWS secret key', pattern: /aws_?(?:secret_?access_?key|session_?token)\b/i },
  { name: 'a bearer token', pattern: /\bbearer\s+(?=\S*\d)[\w.~+/-]{16,}/i },
  {
    name: 'an authorization header',
    pattern: /\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:basic|bearer|digest|aws4)/i,
  },
  { name: 'a JSON web token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./ },
  { name: 'a signed URL', pattern: /[?&]X-Amz-(?:Signature|Security-Token)=/i },
  { name: 'a URL with a password', pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i },
  { name: 'a password', pattern: /\bpass(?:word|wd|phrase)["']?\s*=\s*\S/i },
  { name: 'a GitHub token', pattern: /\b(?:gh[opsur]_\w{30,}|github_pat_\w{30,})/ },
  { name: 'an OpenStack token', pattern: /\bgAAAAA[\w-]{60,}/ },
]

/** The name of a field that holds a secret, in lower case, letters and digits only. A reference to one (`secretArn`, `tokenKeyId`) ends differently. */
const secretName =
  /(?:password|passwd|passphrase|adminpass|secret|token|secretkey|secretaccesskey|privatekey|apikey|clientkeydata|authorization|credentials?)$/
/** Random words that make a request idempotent or name the next page; they open nothing. */
const harmlessName = /(?:clienttoken|requesttoken|idempotencytoken|nexttoken)$/

const accessKeyId = /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/
/** 40 characters of base64 with capitals, small letters and digits: not a SHA-1 sum in hex. */
const accessKeySecret =
  /(?<![\w/+=])(?=[a-z0-9/+]*[A-Z])(?=[A-Z0-9/+]*[a-z])(?=[A-Za-z/+]*\d)[A-Za-z0-9/+]{40}(?![\w/+=])/

/** Every secret below has one of these words about it. Most entries have none of them: one look at the text spares them the walk. */
const trigger =
  /private|pass|secret|token|key|authorization|credential|bearer|x-amz-|:\/\/|eyJ|gh[opsur]_|github_pat_|gAAAAA|AKIA|ASIA/i

/**
 * The last guard before something is written down: throws a `MisuseError` for an entry that holds what looks like a credential, by value or by the
 * name of its field. The message names the field, never the value. `json`: the entry as text, where it is at hand.
 */
export function assertNoSecrets(entry: object, json: string = JSON.stringify(entry)): void {
  if (trigger.test(json)) walk(entry, 'entry')
}

function walk(value: unknown, path: string): void {
  if (typeof value === 'string') assertNoSecretText(value, path)
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) walk(item, `${path}[${index}]`)
  else if (typeof value === 'object' && value !== null) walkFields(value, path)
}

function walkFields(value: object, path: string): void {
  const fields = Object.entries(value)
  for (const [name, item] of fields) {
    assertNoSecretText(name, path)
    if (isSecretName(name) && isSecretValue(item)) refuse(`${path}.${name}`, 'its name says that it holds a secret')
    walk(item, `${path}.${name}`)
  }
  assertNoKeyPair(fields, path)
}

function assertNoSecretText(text: string, path: string): void {
  if (text.length < 10) return
  const found = patterns.find(({ pattern }) => pattern.test(text))
  if (found !== undefined) refuse(path, `it looks like ${found.name}`)
  if (accessKeyId.test(text) && accessKeySecret.test(text))
    refuse(path, 'it looks like an AWS access key with its secret')
}

/** Id in one field, secret in the next, whatever the two are called; or the name of the secret in one and the secret in the next, as in environments. */
function assertNoKeyPair(fields: readonly (readonly [string, unknown])[], path: string): void {
  const texts = fields.map(([, item]) => item).filter((item) => typeof item === 'string')
  if (texts.some((text) => accessKeyId.test(text)) && texts.some((text) => accessKeySecret.test(text)))
    refuse(path, 'it looks like an AWS access key with its secret')
  const named = fields.some(
    ([name, item]) => /^(?:name|key)$/i.test(name) && typeof item === 'string' && isSecretName(item),
  )
  if (named && fields.some(([name, item]) => /^value$/i.test(name) && isSecretValue(item)))
    refuse(`${path}.value`, 'the name beside it says that it holds a secret')
}

/** Nothing, a yes or no, and a reference by ARN are none. */
function isSecretValue(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.startsWith('arn:')
}

function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return secretName.test(plain) && !harmlessName.test(plain)
}

function refuse(field: string, why: string): never {
  throw new MisuseError(
    'secret-in-ledger',
    `${field} must not be written to a ledger: ${why}. Leave it out, or write down a reference to it`,
  )
}
