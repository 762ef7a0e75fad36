import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Blocked, Override, PlannedResource } from '../model/plan.ts'
import { defaultMaxRemovals, type Policy } from '../model/policy.ts'
import type { World } from './world.ts'

/** Where policy entries changed a default, and for what. */
export function listOverrides(policy: Policy, world: World): Override[] {
  const keysOf = (ids: readonly string[]): ResourceKey[] => {
    if (ids.length === 0) return []
    const wanted = new Set(ids)
    return world.resources.filter(({ key, facts }) => wanted.has(key) || wanted.has(facts.id)).map(({ key }) => key)
  }
  return (Object.keys(policy) as (keyof Policy)[])
    .filter((name) => policy[name] !== undefined)
    .sort()
    .map((name) => {
      const value = policy[name]
      const ids = Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
      return { policy: name, value: JSON.stringify(value), keys: keysOf(ids) }
    })
}

/** Why nothing may be sent although the plan holds. */
export function refusals(
  resources: readonly PlannedResource[],
  blockedList: readonly Blocked[],
  policy: Policy,
): Finding[] {
  const refused: Finding[] = []
  let removals = 0
  for (const { decision } of resources) if (decision === 'remove' || decision === 'await') removals++
  const most = policy.maxRemovals ?? defaultMaxRemovals
  if (removals > most)
    refused.push({
      code: 'too-many-removals',
      severity: 'refusal',
      message: `the plan would remove ${removals} resources, policy.maxRemovals allows ${most}; look at the plan, then raise it`,
      keys: [],
    })
  const mode = policy.ifBlocked ?? 'refuse-if-protected'
  const standing = blockedList.filter(({ reason }) => reason === 'protected')
  if (mode !== 'continue' && standing.length > 0)
    refused.push({
      code: 'protected',
      severity: 'refusal',
      message: `${standing.length} protected: ${standing.map(({ key, because }) => `${key}: ${because}`).join('; ')}. Name them in policy.liftProtection, or let the rest go with ifBlocked: 'continue'`,
      keys: standing.map(({ key }) => key),
    })
  if (mode === 'refuse' && blockedList.length > 0)
    refused.push({
      code: 'would-block',
      severity: 'refusal',
      message: `${blockedList.length} ${blockedList.length === 1 ? 'resource' : 'resources'} cannot go and ifBlocked is 'refuse'`,
      keys: blockedList.map(({ key }) => key),
    })
  return refused
}
