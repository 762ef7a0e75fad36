import { createHash } from 'node:crypto'
import { canonicalJson } from '../model/json.ts'
import type { Plan } from '../model/plan.ts'

export type UnsignedPlan = Omit<Plan, 'id' | 'contentId'>

/**
 * `id` covers everything; `contentId` leaves out times and estimates, so that the same world and policy give the same one. Each field is written out
 * once and serves both: a plan of ten thousand resources is some fifteen megabytes of text.
 */
export function signPlan(plan: UnsignedPlan): Plan {
  const texts = fieldTexts(plan)
  const content = new Map(texts)
  for (const field of ['createdAt', 'expiresAt', 'estimate', 'amends']) content.delete(field)
  content.set('steps', canonicalJson(plan.steps.map(({ estimateMs: _ms, ...step }) => step)))
  const contentId = hashFields(content)
  texts.set('contentId', canonicalJson(contentId))
  return { ...plan, contentId, id: hashFields(texts) }
}

export function planHash(plan: Plan): string {
  const { id: _id, ...rest } = plan
  return hashFields(fieldTexts(rest))
}

function fieldTexts(plan: object): Map<string, string> {
  const fields = Object.entries(plan).filter(([, value]) => value !== undefined)
  return new Map(fields.map(([field, value]) => [field, canonicalJson(value)]))
}

/** sha-256 of the canonical JSON of an object, given its fields' canonical texts. */
function hashFields(texts: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256')
  const fields = [...texts.keys()].sort()
  fields.forEach((field, index) => {
    hash.update(`${index === 0 ? '{' : ','}${JSON.stringify(field)}:`)
    hash.update(texts.get(field) ?? '')
  })
  return hash.update('}').digest('hex')
}
