import type { ResourceKey } from '../model/key.ts'
import type { Plan } from '../model/plan.ts'
import { plannedOf, type RunContext } from './run-context.ts'

/** How the very thing that the plan meant stands now. `another`: something else has its id. `unknown`: it could not be read. */
export type Presence = 'there' | 'going' | 'gone' | 'another' | 'unknown'

export async function presenceOf(run: RunContext, plan: Plan, key: ResourceKey): Promise<Presence> {
  const fresh = await run.reader.read(key, { sure: true })
  if ('failure' in fresh) return 'unknown'
  if ('absent' in fresh) return 'gone'
  const { phase, incarnation } = fresh.found.facts
  if (incarnation !== plannedOf(plan, key).incarnation) return 'another'
  return phase === 'gone' || phase === 'going' ? phase : 'there'
}

export const isOver = (presence: Presence): boolean => presence === 'gone' || presence === 'another'
