import type { Context } from '../adapter/context.ts'
import type { Facts, Kind } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Removed } from '../model/report.ts'
import { type Reader, tickMs } from './reader.ts'

/** The first look comes after min(typical ÷ 10, 2 s), never sooner than this. */
const soonestMs = 250
const latestFirstMs = 2_000
/** Then the pause grows with what has been waited: a poll in vain costs a call, a late one a sixth of the wait at most. */
const growth = 0.15
const longestPauseMs = 15_000
/** … and no longer than this, unless a kind takes so long that a fortieth of it is more: what is noticed late, everything behind it waits for. */
const usualPauseMs = 5_000
/** What takes half a minute or more is not looked at more often than this. */
const slowKindPauseMs = 1_000
/** Fewer waits than this of a kind that can be read by id look each when it suits them: a read settles it at once, a listing after two ticks. */
const fewWaits = 4
/** So many wait because calls wait for each other: every second tick is soon enough until it is the turn of the last. */
const manyWaits = 8
/** So often a listing may fail before waiting is given up. */
const maxFailedReads = 10
/** How often somebody who watches hears what is waited for. */
const sayEveryMs = 15_000

/** Waiting ends five ways, with the last state that was seen. */
export type Awaited =
  | { readonly end: 'gone'; readonly proof: Removed['proof'] }
  | { readonly end: 'failed'; readonly failure: Failure }
  | { readonly end: 'stuck'; readonly facts: Facts }
  | { readonly end: 'timed-out'; readonly facts: Facts }
  | { readonly end: 'aborted' }

export interface Wait {
  readonly key: ResourceKey
  /** Another one under its key means that it is gone; absent: whatever stands there counts as it. */
  readonly incarnation?: string
  readonly typicalMs: number
  readonly timeoutMs: number
  /** What it looked like before it was asked to go; absent: nobody asked, it goes by itself. */
  readonly before?: Facts
  /** A part whose whole is gone: it may be gone already, so the first look comes at once. */
  readonly follows?: boolean
  /** Absent from a listing already. */
  readonly absentOnce?: boolean
  readonly signal: AbortSignal
  readonly onWaiting: (waitedMs: number, state: string) => void
}

/**
 * Waits until it is read as gone. Holds no slot of any bucket meanwhile; looks of one kind and place share their listings (they meet in the reader).
 */
export async function awaitGone(wait: Wait, reader: Reader, context: Context): Promise<Awaited> {
  const leave = reader.join(wait.key)
  try {
    return await watch(wait, reader, context)
  } finally {
    leave()
  }
}

async function watch(wait: Wait, reader: Reader, context: Context): Promise<Awaited> {
  const { kind } = reader.locate(wait.key)
  const enough = kind.read ? fewWaits : 2
  const startedAt = context.monotonic()
  let absences = wait.absentOnce ? 1 : 0
  let failedReads = 0
  let saidAt = 0
  let seenGoing = false
  let doubted = false
  let pauseMs =
    absences > 0 ? tickMs : wait.follows ? 0 : Math.max(soonestMs, Math.min(latestFirstMs, wait.typicalMs / 10))

  for (;;) {
    const stopped = await context.sleep(toTick(pauseMs, context, reader.waits(wait.key), enough), wait.signal).then(
      () => false,
      () => true,
    )
    if (stopped) return { end: 'aborted' }
    const waitedMs = context.monotonic() - startedAt
    const fresh = await reader.read(wait.key, { sure: doubted })
    if (wait.signal.aborted) return { end: 'aborted' }

    if ('absent' in fresh) {
      if (fresh.absent.sure) return { end: 'gone', proof: 'not-found' }
      absences++
      if (absences >= 2) return { end: 'gone', proof: 'two-absences' }
      pauseMs = tickMs
      continue
    }
    if ('failure' in fresh) {
      failedReads++
      if (failedReads >= maxFailedReads || fresh.failure.code === 'denied')
        return { end: 'failed', failure: fresh.failure }
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
      continue
    }
    const { facts } = fresh.found
    absences = 0
    if (facts.phase === 'gone') return { end: 'gone', proof: 'state' }
    if (wait.incarnation !== undefined && facts.incarnation !== wait.incarnation)
      return { end: 'gone', proof: 'not-found' }
    if (facts.phase === 'stuck') return { end: 'stuck', facts }
    seenGoing ||= facts.phase === 'going'
    const failure = refusedQuietly(kind, wait, facts, seenGoing, waitedMs)
    if (failure && doubted) return { end: 'failed', failure }
    // a listing may lag: what looks as if nothing came of the removal is looked at once more, by id where the kind can
    doubted = failure !== undefined
    if (doubted) {
      pauseMs = tickMs
      continue
    }
    if (waitedMs >= wait.timeoutMs) return { end: 'timed-out', facts }
    if (waitedMs - saidAt >= sayEveryMs) {
      saidAt = waitedMs
      wait.onWaiting(waitedMs, facts.state)
    }
    pauseMs = Math.min(
      Math.max(usualPauseMs, Math.min(longestPauseMs, wait.typicalMs / 40)),
      Math.max(tickMs, Math.min(slowKindPauseMs, wait.typicalMs / 30), waitedMs * growth),
      Math.max(soonestMs, wait.timeoutMs - waitedMs),
    )
  }
}

/** Pauses end on a common tick, so that the looks of all waits of a kind and place meet in one listing. A short one does so only in company. */
function toTick(pauseMs: number, context: Context, waits: number, enough: number): number {
  const inCompany = waits >= enough
  const everyMs = inCompany && waits >= manyWaits ? 2 * tickMs : tickMs
  if (pauseMs === 0 || (pauseMs < everyMs && !inCompany)) return pauseMs
  const now = context.monotonic()
  if (pauseMs < everyMs) return Math.ceil((now + pauseMs) / everyMs) * everyMs - now
  return Math.max(tickMs / 2, Math.round((now + pauseMs) / everyMs) * everyMs - now)
}

/** Accepted and then failed (DELETE_FAILED), or accepted and not acted on (a stack whose export is in use falls back to its old state). */
function refusedQuietly(
  kind: Kind,
  { before }: Wait,
  facts: Facts,
  seenGoing: boolean,
  waitedMs: number,
): Failure | undefined {
  if (!before) return undefined
  const patienceMs = Math.max(10_000, kind.latency.worstMs / 60)
  if (facts.phase === 'failed') {
    const stillTheOldFailure = before.phase === 'failed' && !seenGoing && before.since === facts.since
    if (stillTheOldFailure && waitedMs < patienceMs) return undefined
    return {
      code: 'blocked',
      providerCode: facts.state,
      message: `the removal was accepted and failed: ${facts.state}${reasons(facts)}`,
    }
  }
  const cameBack = seenGoing && facts.phase === 'steady'
  const neverWent =
    !seenGoing &&
    facts.phase === 'steady' &&
    waitedMs > Math.max(patienceMs, kind.latency.typicalMs / 4, Math.min(kind.latency.worstMs, 60_000))
  if (!cameBack && !neverWent) return undefined
  return {
    code: 'blocked',
    providerCode: facts.state,
    message: `the removal was accepted and nothing came of it: ${facts.state}${reasons(facts)}`,
  }
}

/** Kinds put the provider's reasons into `data.failed` or `data.reason`. */
function reasons(facts: Facts): string {
  const data = facts.data
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return ''
  const { failed, reason } = data as { failed?: unknown; reason?: unknown }
  const words = [...(Array.isArray(failed) ? failed : []), ...(typeof reason === 'string' && reason ? [reason] : [])]
  return words.length > 0 ? ` (${words.join('; ')})` : ''
}
