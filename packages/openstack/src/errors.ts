import type { Service } from './services.ts'

/** Where an error comes from. `path` is without the query: that may hold ids of others, and never helps. */
export interface Origin {
  readonly service: Service
  readonly method: string
  readonly path: string
}

/** The service answered, and not with success. Its words are let through as they are; `failures.ts` names them. */
export class HttpError extends Error {
  override readonly name: string = 'HttpError'
  readonly service: Service
  readonly method: string
  readonly path: string
  readonly status: number
  /** Parsed JSON, or the text (at most 2 KiB of it) where it was none. */
  readonly body: unknown
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** What `Retry-After` asks for, as seconds or as a date. */
  readonly retryAfterMs?: number
  constructor(
    origin: Origin,
    answer: { status: number; body: unknown; headers: ReadonlyMap<string, string>; retryAfterMs?: number },
  ) {
    const request = answer.headers.get('x-openstack-request-id')
    super(
      `${origin.service} answered ${answer.status} to ${origin.method} ${origin.path}: ${words(answer.body)}${request ? ` (${request})` : ''}`,
    )
    this.service = origin.service
    this.method = origin.method
    this.path = origin.path
    this.status = answer.status
    this.body = answer.body
    this.headers = answer.headers
    if (answer.retryAfterMs !== undefined) this.retryAfterMs = answer.retryAfterMs
  }
}

/** No answer: refused, reset, not trusted, timed out. `code` is Node's (`ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`). */
export class NetworkError extends Error {
  override readonly name: string = 'NetworkError'
  readonly service: Service
  readonly method: string
  readonly path: string
  readonly code: string
  constructor(origin: Origin, code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.service = origin.service
    this.method = origin.method
    this.path = origin.path
    this.code = code
  }
}

/** The service, or a part of it, is not there. Kinds let it through; coverage then says `unsupported`. */
export class ServiceMissingError extends Error {
  override readonly name: string = 'ServiceMissingError'
  readonly service: Service
  /** What was looked for and not found: the service itself, a version, an extension. */
  readonly what: string
  constructor(service: Service, what: string, message: string) {
    super(message)
    this.service = service
    this.what = what
  }
}

/** JSON was promised and something else came: a proxy's page, mostly. */
export class NotJsonError extends Error {
  override readonly name: string = 'NotJsonError'
  readonly service: Service
  readonly url: string
  readonly contentType: string
  /** How the answer begins. */
  readonly start: string
  constructor(service: Service, url: string, contentType: string, start: string) {
    super(`${service} answered ${contentType || 'no content type'} instead of JSON at ${url}; it begins: ${start}`)
    this.service = service
    this.url = url
    this.contentType = contentType
    this.start = start
  }
}

const shown = 300

/**
 * The message out of the five shapes of refusals: Neutron's `NeutronError`, the one key of Nova, Cinder and Manila, Octavia's `faultstring`,
 * Glance's flat one, Keystone's and Heat's `error`.
 */
function words(body: unknown): string {
  if (typeof body === 'string') return cut(body.replace(/\s+/g, ' ').trim()) || 'no words'
  if (typeof body !== 'object' || body === null) return 'no words'
  const flat = messageOf(body)
  if (flat) return cut(flat)
  for (const value of Object.values(body)) {
    if (typeof value === 'string' && value !== '') return cut(value)
    const inner = messageOf(value)
    if (inner) return cut(inner)
  }
  return cut(JSON.stringify(body))
}

function messageOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { message, faultstring } = value as { message?: unknown; faultstring?: unknown }
  return [faultstring, message].find((word): word is string => typeof word === 'string' && word !== '')
}

const cut = (text: string): string => (text.length > shown ? `${text.slice(0, shown)}…` : text)
