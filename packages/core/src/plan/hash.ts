import { createHash } from 'node:crypto'
import { canonicalJson } from '../model/json.ts'
import type { Plan } from '../model/plan.ts'

export type UnsignedPlan = Omit<Plan, 'id' | 'contentId'>

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** `id` covers everything; `contentId` leaves out times and estimates, so that the same world and policy give the same one. */
export function signPlan(plan: UnsignedPlan): Plan {
  const { createdAt: _created, expiresAt: _expires, estimate: _estimate, amends: _amends, ...content } = plan
  const steps = plan.steps.map(({ estimateMs: _ms, ...step }) => step)
  const contentId = sha256(canonicalJson({ ...content, steps }))
  return { ...plan, contentId, id: planHash({ ...plan, contentId }) }
}

export const planHash = (plan: Omit<Plan, 'id'>): string => {
  const { id: _id, ...rest } = plan as Plan
  return sha256(canonicalJson(rest))
}
