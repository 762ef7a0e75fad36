// What clients asked, in the order in which it arrived, over all services.
import type { ServiceName } from './services.ts'

/** One request of a client. The services' own calls, the bed's staging and its questions are not among them. */
export interface JournalEntry {
  /** Counts from 1. */
  n: number
  /** Epoch, when it arrived. */
  atMs: number
  /** Missing while it runs. */
  tookMs?: number
  service: ServiceName
  method: string
  /** With its query, as sent. */
  path: string
  /** What the service answered. Missing while it runs, and when a disturbance kept the request from it. */
  status?: number
  /** Names, by the token that came with it. */
  project?: string
  user?: string
  /** User-Agent. */
  agent?: string
  /** The disturbance that it met. */
  disturbed?: string
}

const READS = ['GET', 'HEAD', 'OPTIONS']

/** Requests that may change something. Getting a token is none. */
export function writes(entries: readonly JournalEntry[]): JournalEntry[] {
  return entries.filter(({ method, path }) => !READS.includes(method) && !path.startsWith('/v3/auth/tokens'))
}

/** Writes that a service answered with 4xx or 5xx: [] for a client that knows the order. */
export function refusedWrites(entries: readonly JournalEntry[]): JournalEntry[] {
  return writes(entries).filter(({ status = 0 }) => status >= 400)
}
