import type { Plan, PlannedResource } from '../model/plan.ts'
import { awaitGone } from './await-gone.ts'
import { type RunContext, stepTimeoutMs } from './run-context.ts'

/** Parts that outlive their whole and that no step had to wait for: they are given a step's time before they count as left. */
export async function awaitLingering(run: RunContext, parts: readonly PlannedResource[]): Promise<void> {
  await Promise.all(
    parts.map(async ({ key, incarnation }) => {
      const known = run.reader.locate(key)
      await awaitGone(
        {
          key,
          incarnation,
          typicalMs: known.kind.latency.typicalMs,
          timeoutMs: stepTimeoutMs(run, known),
          follows: true,
          signal: run.soft,
          onWaiting: () => undefined,
        },
        run.reader,
        run.context,
      )
    }),
  )
}

/** Parts of what this run (or the one that it continues) removed, which follow by themselves and which nothing in this plan waits for any more. */
export function stillFollowing({ resources, blocked }: Plan): PlannedResource[] {
  const fixed = new Set(blocked.filter(({ reason }) => reason === 'fixed').map(({ key }) => key))
  return resources.filter(
    ({ key, ownership }) => fixed.has(key) && ownership.evidence.some(({ rule }) => rule === 'earlier-plan'),
  )
}
