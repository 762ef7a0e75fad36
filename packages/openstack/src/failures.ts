import { type Failure, type FailureCode, MisuseError, type Ref, ref } from '@cleardown/core'
import { HttpError, NetworkError, NotJsonError, ServiceMissingError } from './errors.ts'
import { type Refusal, refusals } from './refusals.ts'

/** What is known about the call that was refused. */
export interface About {
  readonly principal?: string | undefined
  /** Id of the resource that the call was for. */
  readonly id?: string | undefined
  /** A protection stood on it when it was read. */
  readonly isProtected?: boolean | undefined
}

/** Certificates that are not trusted: the same call fails again (https://nodejs.org/api/tls.html, X509 certificate error codes). */
const untrusted = /CERT|_TLS_|SELF_SIGNED|LEAF_SIGNATURE|ISSUER/

/** Names what the client throws: the first row of the table that matches. Never throws. */
export function failureOf(error: unknown, about: About = {}): Failure {
  if (error instanceof HttpError) return refusal(error, about)
  if (error instanceof ServiceMissingError) return plain('unsupported', error.what, error)
  if (error instanceof NotJsonError) return plain('transient', 'NotJson', error)
  if (error instanceof NetworkError)
    return plain(untrusted.test(error.code) ? 'denied' : 'transient', error.code, error)
  if (error instanceof MisuseError) return plain('invalid', error.code, error)
  return plain('unknown', error instanceof Error ? error.name : 'unknown', error)
}

const plain = (code: FailureCode, providerCode: string, error: unknown): Failure => ({
  code,
  providerCode,
  message: error instanceof Error ? error.message : textOrNone(error),
})

/** Anything may be thrown, also what has no text. */
function textOrNone(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'something without text was thrown'
  }
}

function refusal(error: HttpError, { principal, id, isProtected }: About): Failure {
  const said = saidIn(error.body)
  const row = rowOf(error, said.type, isProtected)
  const code = row?.gives ?? 'unknown'
  const blockers = code === 'blocked' ? blockersIn(said.message, row, error.path, id) : []
  return {
    code,
    providerCode: said.type === 'text' ? String(error.status) : said.type,
    message: said.message || error.message,
    ...(blockers.length > 0 ? { blockers } : {}),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(code === 'denied'
      ? {
          missing: {
            principal: principal ?? 'unknown',
            permission: permissionIn(error, said.message),
            explicit: false,
          },
        }
      : {}),
  }
}

export function rowOf(
  { service, status, method, path }: Pick<HttpError, 'service' | 'status' | 'method' | 'path'>,
  type: string,
  isProtected = false,
): Refusal | undefined {
  return refusals.find(
    (row: Refusal) =>
      (row.service === undefined || row.service === service) &&
      (typeof row.status === 'number' ? row.status === status : row.status.includes(status)) &&
      (row.type === undefined || (typeof row.type === 'string' ? row.type === type : row.type.test(type))) &&
      (row.standing === undefined || isProtected) &&
      (row.method === undefined || row.method === method) &&
      (row.path === undefined || row.path.test(path)),
  )
}

/** The code and the words out of the shapes in which the services refuse. */
export function saidIn(body: unknown): { readonly type: string; readonly message: string } {
  if (typeof body !== 'object' || body === null) return { type: 'text', message: textOf(body) }
  const { NeutronError, faultcode, faultstring, error, type, title, message } = body as Record<string, unknown>
  if (typeof NeutronError === 'string') return { type: 'NeutronError', message: NeutronError }
  if (isRecord(NeutronError)) return { type: textOf(NeutronError['type']), message: textOf(NeutronError['message']) }
  if (typeof faultcode === 'string') return { type: faultcode, message: textOf(faultstring) }
  if (isRecord(error))
    return { type: textOf(error['type']) || textOf(error['title']) || textOf(title), message: textOf(error['message']) }
  if (typeof type === 'string' && typeof message === 'string') return { type, message }
  if (typeof message === 'string') return { type: textOf(title) || 'message', message: textOf(message) }
  const [key, inner] = Object.entries(body)[0] ?? ['text', undefined]
  return { type: key, message: isRecord(inner) ? textOf(inner['message']) : textOf(inner) }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Glance and proxies put HTML into their words. */
const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim()
    : ''

/** Policies are named in the words of Nova, Cinder and Neutron; else the call says what is missing. */
function permissionIn({ service, method, path }: HttpError, message: string): string {
  const rule = /rule:([\w:-]+) is disallowed|Policy doesn't allow ([\w:-]+) to be performed/.exec(message)
  return rule?.[1] ?? rule?.[2] ?? `${service}: ${method} ${path.replace(uuids, ':id')}`
}

const uuids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g

function blockersIn(message: string, row: Refusal | undefined, path: string, id: string | undefined): Ref[] {
  const kind = row?.names
  if (!kind) return []
  const own = new Set([...(path.match(uuids) ?? []), id])
  return [...new Set(message.match(uuids) ?? [])].filter((found) => !own.has(found)).map((found) => ref(kind, found))
}
