import { int32s } from '../graph/numbers.ts'
import type { Plan } from '../model/plan.ts'
import { indexKeys } from './key-index.ts'

/** Where in the plan's list of resources stands what edges and steps name; −1 for what is not in it. */
export interface Places {
  /** Edge → the places of its ends. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** Step → the place of its target. */
  readonly targets: Int32Array
}

/** For a plan that was read, which may hold anything. Whoever makes a plan knows them. */
export function placesOf({ resources, edges, steps }: Pick<Plan, 'resources' | 'edges' | 'steps'>): Places {
  const { findAll } = indexKeys(resources.map((resource) => resource?.key))
  const [from, to, targets] = [int32s(edges.length), int32s(edges.length), int32s(steps.length)]
  findAll(
    edges.map((edge) => edge?.from),
    from,
    0,
  )
  findAll(
    edges.map((edge) => edge?.to),
    to,
    0,
  )
  findAll(
    steps.map((step) => step?.target),
    targets,
    0,
  )
  return { from, to, targets }
}
