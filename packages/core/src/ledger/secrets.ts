import { MisuseError } from '../model/errors.ts'

interface SecretPattern {
  readonly name: string
  readonly pattern: RegExp
}

/** What is a secret wherever it stands. An AWS access key id alone is none: it is how IAM names a key that has to be deleted. */
const patterns: readonly SecretPattern[] = [
  {
    name: 'a private key',
    pattern: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|[\s\S]*)/g,
  },
  {
    // the same first line, for RSA, PKCS #8, EC and OpenSSH
    name: 'a private key in base64',
    pattern:
      /LS0tLS1CRUdJTi(?:BSU0EgUFJJVkFURSBLRVk|BQUklWQVRFIEtFW|BFQyBQUklWQVRFIEtFW|BPUEVOU1NIIFBSSVZBVEUgS0VZ)[\w+/=]*/g,
  },
  { name: 'an AWS secret key', pattern: /aws_?(?:secret_?access_?key|session_?token)\b["'\s:=]*[^\s"']*/gi },
  {
    name: 'an authorization header',
    pattern: /\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:basic|bearer|digest|aws4|negotiate|token)[^\n]*/gi,
  },
  { name: 'a bearer token', pattern: /\bbearer\s+(?=\S*\d)[\w.~+/-]{16,}=*/gi },
  { name: 'a token in a header', pattern: /\bx-(?:auth|subject|service|storage|vault)-token["']?\s*[:=]\s*\S+/gi },
  { name: 'a cookie', pattern: /\b(?:set-)?cookie["']?\s*:\s*["']?[\w.-]+=[^\n]+/gi },
  { name: 'a JSON web token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*/g },
  {
    name: 'a signed URL',
    pattern: /[?&](?:X-(?:Amz|Goog)-(?:Signature|Security-Token)|temp_url_sig|sig)=[^\s&"']+/gi,
  },
  { name: 'a URL with a password', pattern: /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]*:[^\s/@]+@/gi },
  {
    // in a shell, an option, a query
    name: 'a password',
    pattern: /(?:\b|_)(?:pass(?:word|wd|phrase)|client_secret|access_token|os_token|api_?key)["']?\s*=\s*\S+/gi,
  },
  {
    // in YAML or JSON within a text, such as clouds.yaml or a kubeconfig
    name: 'a password in a file',
    pattern:
      /(?:^|[\n{,])[ \t]*(?:- )?\\*["']?[\w.-]*(?:password|passwd|passphrase|secret|(?<!(?:client|request|idempotency|next)[_-]?)token|api_?key|private_?key|client-key-data)\\*["']?[ \t]*:[ \t]*(?!\\*["']?(?:null|true|false|~|arn:)|\\*""|''|[,}\n]|$)[^\s{[][^\n]*/gi,
  },
  { name: 'a GitHub token', pattern: /\b(?:gh[opsur]_\w{30,}|github_pat_\w{30,})/g },
  { name: 'an OpenStack token', pattern: /\bgAAAAA[\w-]{60,}=*/g },
  { name: 'an EKS token', pattern: /\bk8s-aws-v1\.[\w-]{20,}/g },
  {
    name: 'an access token',
    pattern:
      /\b(?:glpat-[\w-]{20,}|xox[abeprs]-[\w-]{10,}|npm_\w{36}|AIza[\w-]{35}|sk_live_\w{16,}|dckr_pat_[\w-]{20,})/g,
  },
]

/** The name of a field that holds a secret, in lower case, letters and digits only. A reference to one (`secretArn`, `tokenKeyId`) ends differently. */
const secretName =
  /(?:password|passwd|passphrase|adminpass|secret|token|secretkey|secretaccesskey|privatekey|apikey|clientkeydata|authorization|credentials?|cookie)$/
/** Random words that make a request idempotent or name the next page; they open nothing. */
const harmlessName = /(?:clienttoken|requesttoken|idempotencytoken|nexttoken)$/

const accessKeyId = /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/
/** 40 characters of base64 with capitals, small letters and digits: not a SHA-1 sum in hex. */
const accessKeySecret =
  /(?<![\w/+=])(?=[a-z0-9/+]*[A-Z])(?=[A-Z0-9/+]*[a-z])(?=[A-Za-z/+]*\d)[A-Za-z0-9/+]{40}(?![\w/+=])/g
const accessKeyPair = 'an AWS access key with its secret'

const shortestSecret = 10

/**
 * Every secret here has one of these words about it. Most entries have none of them: one look at the text spares them the walk. A bare `key` is none:
 * it is the first field of every resource of a plan.
 */
const trigger =
  /private|pass|secret|token|(?:api|client)[^a-z0-9]*key|authorization|credential|bearer|cookie|x-amz-|x-goog-|sig=|:\/\/|eyJ|gh[opsur]_|github_pat_|glpat-|xox|npm_|AIza|sk_live_|dckr_pat_|k8s-aws-v1|gAAAAA|LS0tLS1CRUdJTi|AKIA|ASIA/i

/**
 * The last guard before something is written down: throws a `MisuseError` for an entry that holds what looks like a credential, by value or by the
 * name of its field. The message names the field, never the value. `json`: the entry as text, where it is at hand.
 */
export function assertNoSecrets(entry: object, json: string = JSON.stringify(entry)): void {
  if (trigger.test(json)) walk(entry, 'entry')
}

/**
 * For the words of a provider, which may quote a request: the same text, with `[redacted: a bearer token]` and the like in place of what `assertNoSecrets`
 * would refuse in it. A teardown must not end because of what stands in an answer.
 */
export function redactSecrets(text: string): string {
  if (text.length < shortestSecret || !trigger.test(text)) return text
  let redacted = text
  for (const { name, pattern } of patterns) redacted = redacted.replace(pattern, `[redacted: ${name}]`)
  return accessKeyId.test(redacted) ? redacted.replace(accessKeySecret, `[redacted: ${accessKeyPair}]`) : redacted
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
  if ('kind' in value && value.kind === 'Secret' && ('data' in value || 'stringData' in value))
    refuse(path, 'it looks like a Secret of Kubernetes with its data')
}

function assertNoSecretText(text: string, path: string): void {
  if (text.length < shortestSecret) return
  const found = patterns.find(({ pattern }) => text.search(pattern) !== -1)
  if (found !== undefined) refuse(path, `it looks like ${found.name}`)
  if (accessKeyId.test(text) && text.search(accessKeySecret) !== -1) refuse(path, `it looks like ${accessKeyPair}`)
}

/** Id in one field, secret in the next, whatever the two are called; or the name of the secret in one and the secret in the next, as in environments. */
function assertNoKeyPair(fields: readonly (readonly [string, unknown])[], path: string): void {
  const texts = fields.map(([, item]) => item).filter((item) => typeof item === 'string')
  if (texts.some((text) => accessKeyId.test(text)) && texts.some((text) => text.search(accessKeySecret) !== -1))
    refuse(path, `it looks like ${accessKeyPair}`)
  const named = fields.some(
    ([name, item]) => /^(?:name|key)$/i.test(name) && typeof item === 'string' && isSecretName(item),
  )
  if (named && fields.some(([name, item]) => /^value$/i.test(name) && isSecretValue(item)))
    refuse(`${path}.value`, 'the name beside it says that it holds a secret')
}

/** Nothing, a yes or no, a reference by ARN, and an object that refers to a secret are none. */
function isSecretValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isSecretValue)
  return typeof value === 'number' || (typeof value === 'string' && value !== '' && !value.startsWith('arn:'))
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
