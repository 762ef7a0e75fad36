// Bad answers on the way between a client and a service.
import type { ServiceName } from './services.ts'

export type DisturbanceKind =
  /** 429, with Retry-After when `seconds` is told. */
  | 'throttle'
  /** That status, with a body in the service's usual shape; the request does not arrive. */
  | '500'
  | '502'
  | '503'
  | '504'
  /** A proxy's page: 200 with HTML instead of JSON; the request does not arrive. */
  | 'html'
  /** 401, as for a token that has run out; the request does not arrive. */
  | 'expired'
  /** `seconds` later, then as usual. */
  | 'slow'
  /** The connection is cut before the request arrives. */
  | 'drop-before'
  /** The connection is cut after the service has done its work. */
  | 'drop-after'

/** What goes wrong, for which requests. What is not told fits every request. */
export interface Disturbance {
  kind: DisturbanceKind
  service?: ServiceName
  method?: string
  /** Regular expression on path and query. */
  path?: string
  /** How many fitting requests it lets pass first. */
  after?: number
  /** How many requests it hits: 1 unless told. */
  count?: number
  seconds?: number
}

/** An answer that stands in for the service's. */
export interface StandIn {
  status: number
  headers: Record<string, string>
  body: string
}

interface Asked {
  service: ServiceName
  method: string
  path: string
}

export interface Disturbances {
  add(disturbance: Disturbance): void
  clear(): void
  /** The one that hits this request; counts it. */
  meet(asked: Asked): Disturbance | undefined
}

export function disturbances(): Disturbances {
  let rows: { disturbance: Disturbance; pass: number; left: number }[] = []
  return {
    add(disturbance) {
      const { after = 0, count = 1 } = disturbance
      rows.push({ disturbance, pass: after, left: count })
    },
    clear() {
      rows = []
    },
    meet(asked) {
      for (const row of rows) {
        if (row.left === 0 || !fits(row.disturbance, asked)) continue
        if (row.pass > 0) {
          row.pass -= 1
          continue
        }
        row.left -= 1
        return row.disturbance
      }
      return undefined
    },
  }
}

function fits({ service, method, path }: Disturbance, asked: Asked): boolean {
  if (service !== undefined && service !== asked.service) return false
  if (method !== undefined && method !== asked.method) return false
  return path === undefined || new RegExp(path).test(asked.path)
}

const JSON_TYPE = { 'content-type': 'application/json' }
const HTML_TYPE = { 'content-type': 'text/html' }

/** Of the kinds that answer in place of the service. */
export function standIn({ kind, seconds }: Disturbance): StandIn | undefined {
  switch (kind) {
    case 'throttle': {
      const headers = seconds === undefined ? JSON_TYPE : { ...JSON_TYPE, 'retry-after': String(seconds) }
      const message = 'This request was rate-limited.'
      return { status: 429, headers, body: JSON.stringify({ overLimit: { code: 429, message } }) }
    }
    case '500':
      return {
        status: 500,
        headers: JSON_TYPE,
        body: JSON.stringify({ computeFault: { code: 500, message: 'Unexpected' } }),
      }
    case '502':
    case '503':
    case '504':
      return unavailable(Number(kind))
    case 'html':
      return { status: 200, headers: HTML_TYPE, body: '<html><body><h1>Maintenance</h1></body></html>\n' }
    case 'expired': {
      const error = { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' }
      return { status: 401, headers: JSON_TYPE, body: JSON.stringify({ error }) }
    }
    case 'slow':
    case 'drop-before':
    case 'drop-after':
      return undefined
  }
}

/** The page of a load balancer in front of a service that is not there. */
export function unavailable(status: number): StandIn {
  const body = `<html><body><h1>${status} Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n`
  return { status, headers: HTML_TYPE, body }
}
