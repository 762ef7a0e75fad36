import { createHash } from 'node:crypto'
import type { Plan } from '../model/plan.ts'
import { byteWriter } from './byte-writer.ts'
import { newPath, type Path, pathTo, writeForm } from './hashed-form.ts'
import { type Places, placesOf } from './places.ts'

export type UnsignedPlan = Omit<Plan, 'id' | 'contentId'>

/** Times and estimates: what differs between two plans of the same world and policy. */
const passing: ReadonlySet<string> = new Set(['id', 'contentId', 'createdAt', 'expiresAt', 'amends', 'estimate'])

/**
 * `contentId` is the sha-256 of everything but times and estimates, `id` that of the `contentId` with them. So each resource is read once and
 * serves both. The order of fields in memory or in a file never shows; docs/ordering.md tells what is hashed.
 */
export function signPlan(plan: UnsignedPlan, places: Places = placesOf(plan)): Plan {
  const contentId = contentHash(plan, places)
  return { ...plan, contentId, id: idHash(plan, contentId) }
}

/** Both hashes of a plan, made anew from what it says. */
export function planHashes(plan: UnsignedPlan): { id: string; contentId: string } {
  const contentId = contentHash(plan, placesOf(plan))
  return { contentId, id: idHash(plan, contentId) }
}

/** With the places of resources instead of their keys where edges end and steps aim: three million relations of a million resources need not be written out again. */
function contentHash(plan: UnsignedPlan, { from, to, targets }: Places): string {
  const root = newPath()
  pathTo(root, 'edges', 'from').instead = from
  pathTo(root, 'edges', 'to').instead = to
  pathTo(root, 'steps', 'target').instead = targets
  pathTo(root, 'steps', 'estimateMs').instead = 'nothing'
  return hashOf(Object.fromEntries(Object.entries(plan).filter(([field]) => !passing.has(field))), root)
}

function idHash(plan: UnsignedPlan, contentId: string): string {
  const estimates = plan.steps.map((step) => step?.estimateMs) // a plan that was read may hold anything
  return hashOf([contentId, plan.createdAt, plan.expiresAt, plan.amends ?? null, plan.estimate, estimates])
}

function hashOf(value: unknown, root?: Path): string {
  const hash = createHash('sha256')
  const writer = byteWriter((bytes) => hash.update(bytes))
  writeForm(value, writer, root)
  writer.end()
  return hash.digest('hex')
}
