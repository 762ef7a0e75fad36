import { backoffMs } from '../adapter/connection.ts'
import { isoTime } from '../adapter/context.ts'
import type { Facts, Io } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import type { Json } from '../model/json.ts'
import type { Plan, Step } from '../model/plan.ts'
import { findHolders } from './find-holders.ts'
import type { Known } from './reader.ts'
import { holdLease, type RunContext, record, type StepEnd, stepTimeoutMs } from './run-context.ts'

/** A call that was throttled or lost is looked at again and sent again this often. */
export const sendAttempts = 6

/** The first refusal without a visible holder may be lag: how long to try at least. */
const leastLagMs = 30_000

/** Intent, durable; the call; its outcome. Returns the refusal, if it was one. */
export async function send(
  run: RunContext,
  plan: Plan,
  index: number,
  known: Known,
  facts: Facts,
  action: Step['action'] | 'undo',
  attempt: number,
  before: Json | undefined,
  call: (io: Io<unknown>) => Promise<unknown>,
  what?: string,
): Promise<Failure | undefined> {
  const target = known.connection.keyOf(known.kind, known.place, facts.id)
  const common = { runId: run.runId, planId: plan.id, step: index, action, target }
  const at = (): string => isoTime(run.context.now())
  const principal = known.connection.identity.principal
  await record(run, {
    at: at(),
    type: 'intent',
    ...common,
    incarnation: facts.incarnation,
    principal,
    attempt,
    ...(what ? { what } : {}),
    ...(before === undefined ? {} : { before }),
  })
  const { connection, kind, place } = known
  const urgency = run.urgency.get(target)
  const answer = await connection.attempt({ kind, call: action, place, it: facts, urgency }, (io) =>
    call(underLease(run, io)),
  )
  const failure = 'failure' in answer ? answer.failure : undefined
  await record(run, {
    at: at(),
    type: 'outcome',
    ...common,
    result: failure ? 'refused' : 'accepted',
    ...(failure ? { failure } : {}),
  })
  if (failure) run.emit({ type: 'failed', step: index, key: target, failure })
  return failure
}

/**
 * A call may wait long for its turn, and a process may stand still meanwhile: when the turn comes, the lease has to be there still, or nothing is sent.
 */
function underLease(run: RunContext, io: Io<unknown>): Io<unknown> {
  return {
    ...io,
    request: (what, sendNow) =>
      io.request(what, async (signal) => {
        if (what.effect === 'write') await holdLease(run)
        return sendNow(signal)
      }),
  }
}

interface AfterRefusal {
  readonly end?: StepEnd
  readonly gone?: boolean
  readonly lagSince?: number
}

/** One behaviour for each failure code. Without an `end` the step reads again before it sends anything again. */
export async function afterRefusal(
  run: RunContext,
  known: Known,
  facts: Facts,
  failure: Failure,
  sends: number,
  lagSince: number | undefined,
): Promise<AfterRefusal> {
  const now = run.context.monotonic()
  const again = async (): Promise<AfterRefusal> => {
    if (sends >= sendAttempts) return { end: { result: 'failed', failure } }
    await run.context.sleep(failure.retryAfterMs ?? backoffMs(sends + 1, run.context), run.soft).catch(() => undefined)
    return {}
  }
  switch (failure.code) {
    case 'gone':
      return { gone: true }
    case 'throttled':
    case 'transient':
    case 'conflict':
      return again()
    case 'blocked': {
      const holders = await findHolders(known, facts, failure.blockers)
      if (holders.length > 0)
        return {
          end: {
            result: 'blocked',
            failure: { ...failure, message: `${failure.message}; held by ${holders.join(', ')}` },
          },
        }
      // nobody to be seen: lag. Back off up to the kind's worst time, then say so
      const since = lagSince ?? now
      if (now - since > Math.min(Math.max(leastLagMs, known.kind.latency.worstMs), stepTimeoutMs(run, known)))
        return {
          end: {
            result: 'blocked',
            failure: {
              ...failure,
              message: `${failure.message}; nothing that uses it could be seen for ${Math.round((now - since) / 1000)} s`,
            },
          },
        }
      await run.context.sleep(Math.min(15_000, 1_000 * 2 ** Math.min(4, sends - 1)), run.soft).catch(() => undefined)
      return { lagSince: since }
    }
    case 'protected':
      return { end: { result: 'blocked', failure } }
    case 'denied':
    case 'unauthenticated':
    case 'unsupported':
    case 'invalid':
    case 'unknown':
      return { end: { result: 'failed', failure } }
  }
}
