import { MisuseError } from '../model/errors.ts'
import type { Plan } from '../model/plan.ts'
import { planHashes } from './hash.ts'

const lists = [
  'overrides',
  'identities',
  'adapters',
  'roots',
  'coverage',
  'resources',
  'edges',
  'steps',
  'kept',
  'blocked',
  'findings',
  'refused',
] as const

/** Reads a stored plan. Throws a `MisuseError` for text that is no JSON, another version, a wrong shape or a hash that does not fit. */
export function parsePlan(text: string): Plan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new MisuseError(
      'bad-plan',
      `the plan is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
  checkPlan(value)
  return value
}

/** The same for a plan that is in memory: nobody may have changed it since it was made. */
export function checkPlan(value: unknown): asserts value is Plan {
  if (typeof value !== 'object' || value === null)
    throw new MisuseError('bad-plan', `a plan is an object, not ${JSON.stringify(value)}`)
  const plan = value as Partial<Record<keyof Plan, unknown>>
  if (plan.format !== 'cleardown-plan/1')
    throw new MisuseError(
      'bad-plan-version',
      `the plan has the format ${JSON.stringify(plan.format)}, this version reads "cleardown-plan/1"; plan again`,
    )
  for (const field of ['id', 'contentId', 'createdAt', 'expiresAt'] as const)
    if (typeof plan[field] !== 'string')
      throw new MisuseError('bad-plan', `the plan's ${field} must be text; it is ${JSON.stringify(plan[field])}`)
  for (const field of lists)
    if (!Array.isArray(plan[field]))
      throw new MisuseError('bad-plan', `the plan's ${field} must be a list; it is ${JSON.stringify(plan[field])}`)
  const hashes = planHashes(value as Plan)
  if (hashes.id !== plan.id || hashes.contentId !== plan.contentId)
    throw new MisuseError(
      'altered-plan',
      `the plan was altered after it was made: its content does not give the id ${String(plan.id).slice(0, 16)}…; plan again`,
    )
}
