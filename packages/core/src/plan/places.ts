import { int32s } from '../graph/numbers.ts'
import type { Plan } from '../model/plan.ts'

/** Edge → the places of its ends in the plan's list of resources; −1 for what is not in it. */
export interface Places {
  readonly from: Int32Array
  readonly to: Int32Array
}

/** For a plan that was read, which may hold anything. Whoever makes a plan knows them. */
export function placesOf({ resources, edges }: Pick<Plan, 'resources' | 'edges'>): Places {
  const indexOf = new Map<unknown, number>()
  for (const resource of resources) indexOf.set(resource?.key, indexOf.size)
  const [from, to] = [int32s(edges.length), int32s(edges.length)]
  edges.forEach((edge, at) => {
    from[at] = indexOf.get(edge?.from) ?? -1
    to[at] = indexOf.get(edge?.to) ?? -1
  })
  return { from, to }
}
