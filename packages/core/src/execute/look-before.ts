import { backoffMs } from '../adapter/connection.ts'
import type { Context } from '../adapter/context.ts'
import type { Facts, Live } from '../adapter/kind.ts'
import type { Failure } from '../model/failure.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Plan, PlannedResource } from '../model/plan.ts'
import type { Fresh, Known } from './reader.ts'
import { type RunContext, type StepEnd, stepTimeoutMs } from './run-context.ts'
import { sendAttempts } from './send.ts'
import { noLongerOurs } from './still-ours.ts'

export type Look =
  | { readonly end: StepEnd }
  | { readonly gone: boolean }
  | { readonly facts: Facts; readonly raw: unknown }

/** What reads lag behind at most: nothing that was made or changed longer ago is missing from an answer because the answer is older. */
export const readLagMs = 30_000

/**
 * Milliseconds until "not found" means gone. Of what was just made, a service may answer from before it was made (https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html:
 * a describe right after a create may say NotFound). 0 where nobody knows when it was made.
 */
function untilAbsenceCounts({ createdAt }: PlannedResource, context: Context): number {
  if (createdAt === undefined) return 0
  const ageMs = context.now() - Date.parse(createdAt)
  return Math.max(0, Math.min(readLagMs, readLagMs - ageMs))
}

/** Reads again and judges again: the same incarnation, settled, still ours. Waits while the provider changes it. */
export async function lookBefore(run: RunContext, plan: Plan, known: Known, planned: PlannedResource): Promise<Look> {
  const startedAt = run.context.monotonic()
  let isOldEnough = false
  let failedReads = 0
  const failed = async (failure: Failure): Promise<Look | undefined> => {
    failedReads++
    if (failure.code !== 'transient' || failedReads >= sendAttempts) return { end: { result: 'failed', failure } }
    await run.context.sleep(backoffMs(failedReads, run.context), run.soft).catch(() => undefined)
    return undefined
  }
  for (;;) {
    const fresh: Fresh = await run.reader.read(planned.key, { labels: true })
    if ('absent' in fresh) {
      const waitMs = isOldEnough ? 0 : untilAbsenceCounts(planned, run.context)
      if (waitMs === 0) return { gone: fresh.absent.sure }
      await run.context.sleep(waitMs, run.soft).catch(() => undefined)
      if (run.soft.aborted) return { end: { result: 'aborted' } }
      isOldEnough = true
      continue
    }
    if ('failure' in fresh) {
      const end = await failed(fresh.failure)
      if (end) return end
      continue
    }
    const { facts, raw, unlabelled } = fresh.found
    if (facts.phase === 'gone' || facts.incarnation !== planned.incarnation) return { gone: true }
    if (facts.phase === 'stuck')
      return {
        end: {
          result: 'stuck',
          failure: {
            code: 'conflict',
            providerCode: facts.state,
            message: `it is ${facts.state}${sinceText(facts)} and its provider does not move it`,
          },
        },
      }
    const approved = (plan.policy.approve ?? []).some((id) => id === planned.id || id === planned.key)
    let why = noLongerOurs(planned, known, facts, plan.target, approved)
    let unread = unlabelled
    if (why && known.kind.more) {
      const close = await closer(known, fresh.found)
      if ('failure' in close) unread ??= close.failure
      else why = noLongerOurs(planned, known, close.value.facts, plan.target, approved)
    }
    if (why && unread) {
      const end = await failed(unread) // nobody knows which marks it carries
      if (end) return end
      continue
    }
    if (why)
      return {
        end: { result: 'blocked', failure: { code: 'blocked', providerCode: 'OwnershipChanged', message: why } },
      }
    if (facts.phase !== 'changing') return { facts, raw }
    if (run.soft.aborted) return { end: { result: 'aborted' } }
    const waitedMs = run.context.monotonic() - startedAt
    if (waitedMs > stepTimeoutMs(run, known))
      return {
        end: {
          result: 'timed-out',
          failure: {
            code: 'conflict',
            providerCode: facts.state,
            message: `it is ${facts.state}${sinceText(facts)}; ${Math.round(waitedMs / 1000)} s were waited for it to change`,
          },
        },
      }
    await run.context.sleep(Math.max(1_000, Math.min(15_000, waitedMs / 4)), run.soft).catch(() => undefined)
  }
}

/** Waits until no answer can be from before `changedAt` (monotonic; absent: nothing was changed). False: none can be, the last one counts. */
export async function waitedForLag({ context, hard }: RunContext, changedAt: number | undefined): Promise<boolean> {
  const lagMs = changedAt === undefined ? 0 : changedAt + readLagMs - context.monotonic()
  if (lagMs <= 0) return false
  await context.sleep(lagMs, hard)
  return true
}

/** ` since 2026-03-01T10:00:00Z`, where the provider tells. */
export const sinceText = ({ since }: Facts): string => (since === undefined ? '' : ` since ${since}`)

/** The second look (attributes) where what is changed is not in the listing: without it nobody knows how it stands. */
export async function closer(
  known: Known,
  seen: { facts: Facts; raw: unknown },
): Promise<{ readonly value: { facts: Facts; raw: unknown } } | { readonly failure: Failure }> {
  const { kind, connection, place } = known
  if (!kind.more) return { value: seen }
  const { more } = kind
  return connection.attempt({ kind, call: 'more', place, it: seen.facts }, async (io) => {
    const [raw] = await more.call(kind, io, [seen.raw])
    return raw === undefined ? seen : { raw, facts: kind.facts(raw) }
  })
}

export function live(key: ResourceKey, known: Known, facts: Facts, raw: unknown): Live {
  const revision = known.kind.revision?.(raw)
  return { ...facts, key, ...(revision === undefined ? {} : { revision }) }
}
