import { type ResourceKey, splitKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Plan, Step } from '../model/plan.ts'
import type { StepResult } from '../model/report.ts'

/** So many links of the chain behind a stalled step are named; the count tells the rest. */
const maxNamed = 6

/** What did not move within its time, each with what waited for it: the chain that held the run. */
export function stalled(plans: readonly Plan[], results: readonly StepResult[]): Finding[] {
  const byId = new Map(plans.map((plan) => [plan.id, plan]))
  return results.flatMap((result): Finding[] => {
    const { result: end, failure, plan: planId, step, target } = result
    const plan = byId.get(planId)
    const running = end === 'aborted' && result.startedAt !== undefined
    if (!plan || !(end === 'stuck' || end === 'timed-out' || running)) return []
    const behind = waitingFor(plan, step)
    const waits = behind.length === 0 ? 'nothing waits for it' : `${behind.length} steps wait for it: ${named(behind)}`
    return [
      {
        code: 'no-progress',
        severity: 'warning',
        message: `${nameOf(target)}: ${failure?.message ?? 'it was being waited for when the run ended'}; ${waits}`,
        keys: [target, ...behind],
      },
    ]
  })
}

/** Every later step that needs it, directly or through others, in the order of the plan. */
function waitingFor({ steps }: Plan, stalledAt: number): ResourceKey[] {
  const held = new Set([stalledAt])
  for (let index = stalledAt + 1; index < steps.length; index++)
    if (steps[index]?.needs.some((need) => held.has(need))) held.add(index)
  held.delete(stalledAt)
  return [...held].map((index) => (steps[index] as Step).target)
}

function named(keys: readonly ResourceKey[]): string {
  const names = keys.slice(0, maxNamed).map(nameOf).join(', ')
  return keys.length > maxNamed ? `${names}, …` : names
}

function nameOf(key: ResourceKey): string {
  const { kind, id } = splitKey(key)
  return `${kind} ${id}`
}
