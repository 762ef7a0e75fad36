import { HttpError, NetworkError, NotJsonError, type Origin } from './errors.ts'

/** What this client needs of `fetch`; the global one fits. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly redirect: 'manual'
  readonly signal: AbortSignal
}

export interface Ask {
  readonly origin: Origin
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal: AbortSignal
  readonly now: number
  /** Passwords and tokens that went along: struck out of what an error quotes. */
  readonly secrets: readonly string[]
}

export interface Answer {
  readonly body: unknown
  readonly headers: ReadonlyMap<string, string>
}

const maxRedirects = 5
/** So much of a text that is no JSON is kept. */
const keptText = 2048
const shownText = 120

/**
 * One request and its whole answer. Throws `HttpError` for every status that is no success, `NetworkError` where nothing answered,
 * `NotJsonError` where a success is not JSON, and the abort's reason.
 */
export async function exchange(fetch: Fetch, ask: Ask): Promise<Answer> {
  const { origin, signal, secrets } = ask
  const { url, response } = await follow(fetch, ask)
  const text = await orNetworkError(origin, url, signal, () => response.text())
  const headers = new Map([...response.headers].map(([name, value]) => [name.toLowerCase(), value]))
  const parsed = parse(text)

  // Keystone and Glance answer their version document with 300: https://docs.openstack.org/api-ref/identity/v3/#list-versions
  const success = (response.status >= 200 && response.status < 300) || (response.status === 300 && 'json' in parsed)
  if (!success) {
    const retryAfterMs = readRetryAfter(headers.get('retry-after'), headers.get('date'), ask.now)
    throw new HttpError(origin, {
      status: response.status,
      body: redact('json' in parsed ? parsed.json : text.slice(0, keptText), secrets),
      headers,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
  if (text.trim() === '') return { body: undefined, headers }
  if (!('json' in parsed)) {
    const start = String(redact(text.slice(0, keptText), secrets))
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, shownText)
    throw new NotJsonError(origin.service, withoutQuery(url), headers.get('content-type') ?? '', start)
  }
  return { body: parsed.json, headers }
}

/**
 * Follows redirects by itself, with method and body as they were: fetch would turn a POST into a GET, and would carry `X-Auth-Token` to another
 * host. A redirect to another host, or from https to http, is an answer like any other.
 */
async function follow(fetch: Fetch, ask: Ask): Promise<{ readonly url: string; readonly response: Response }> {
  const { origin, signal } = ask
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'cleardown', ...ask.headers }
  const body = ask.body === undefined ? undefined : JSON.stringify(ask.body)
  if (body !== undefined) headers['content-type'] ??= 'application/json'

  let { url } = ask
  for (let hop = 0; ; hop++) {
    const response = await orNetworkError(origin, url, signal, () =>
      fetch(url, {
        method: origin.method,
        headers,
        redirect: 'manual',
        signal,
        ...(body === undefined ? {} : { body }),
      }),
    )
    const next = redirectOf(response, url)
    if (next === undefined || hop === maxRedirects) return { url, response }
    await response.body?.cancel()
    url = next
  }
}

function redirectOf(response: Response, from: string): string | undefined {
  const location = response.headers.get('location')
  if (![301, 302, 307, 308].includes(response.status) || !location || !URL.canParse(location, from)) return undefined
  const [next, last] = [new URL(location, from), new URL(from)]
  const safe = next.hostname === last.hostname && (next.protocol === 'https:' || next.protocol === last.protocol)
  return safe ? next.href : undefined
}

/** What to do about a certificate that is not trusted, for each code of OpenSSL's. */
const untrusted: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

async function orNetworkError<T>(origin: Origin, url: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const code = codeOf(error)
    const advice = untrusted.has(code) ? '; give the CA that signed it as `cacert`' : ''
    throw new NetworkError(
      origin,
      code,
      `${origin.service} did not answer ${origin.method} ${withoutQuery(url)}: ${code}${advice}`,
      { cause: error },
    )
  }
}

/** fetch says "fetch failed" and hides the code among the causes. */
function codeOf(error: unknown): string {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string' && code !== '') return code
  }
  return error instanceof Error ? error.message : String(error)
}

const withoutQuery = (url: string): string => url.replace(/\?.*$/, '')

function parse(text: string): { readonly json: unknown } | { readonly text: string } {
  try {
    return { json: JSON.parse(text) }
  } catch {
    return { text }
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3), which is set against the service's own clock where it tells it. */
function readRetryAfter(header: string | undefined, date: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  const from = Date.parse(date ?? '')
  return Number.isNaN(at) ? undefined : Math.max(0, at - (Number.isNaN(from) ? now : from))
}

/** A validation error of Keystone's may quote what was sent. */
function redact(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string')
    return secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '***')), value)
  if (Array.isArray(value)) return value.map((item) => redact(item, secrets))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item, secrets)]))
}
