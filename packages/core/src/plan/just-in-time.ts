import { int32s } from '../graph/numbers.ts'
import { BrokenInvariantError } from '../model/errors.ts'
import { askedAt, type Moments, role } from './carry.ts'
import { askedFor, freedBy, isCut, type Preparation } from './prepare.ts'
import { each, type World } from './world.ts'

/** Further edges between moments: preparation i is the node 2 · size + i. */
export interface JustInTime {
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** Cut link → what it is cut for. */
  readonly cutFor: ReadonlyMap<number, number>
  /** Preparation → the removal that it is for. */
  readonly madeFor: readonly number[]
}

/**
 * A preparation (and a cut) comes last before what it frees: it needs every other need of that removal. One that frees several comes before the
 * first of them that is asked.
 */
export function justInTime(world: World, moments: Moments, preparations: readonly Preparation[]): JustInTime {
  const from: number[] = []
  const to: number[] = []
  const cutFor = new Map<number, number>()
  const cuts: number[] = []
  for (let node = 0; node < world.size; node++) if (isCut(moments, node)) cuts.push(node)
  if (cuts.length === 0 && preparations.length === 0) return { from, to, cutFor, madeFor: [] }

  const rank = ranksOf(moments)
  const firstOf = (nodes: readonly number[]): number | undefined => {
    let first: number | undefined
    for (const node of nodes)
      if (first === undefined || (rank[askedFor(moments, node)] as number) < (rank[askedFor(moments, first)] as number))
        first = node
    return first
  }
  const lastBefore = (preparation: number, removal: number): void =>
    each(moments.before, removal, (need) => {
      if (need % 2 === 1 && moments.role[(need - 1) / 2] === role.cut) return
      from.push(need)
      to.push(preparation)
    })

  for (const link of cuts) {
    const first = firstOf(freedBy(world, moments, link))
    if (first === undefined) continue
    cutFor.set(link, first)
    lastBefore(askedAt(link), askedFor(moments, first))
  }
  const madeFor = preparations.map(({ frees }, index) => {
    const preparation = 2 * world.size + index
    for (const removal of new Set(frees.map((node) => askedFor(moments, node)))) {
      from.push(preparation)
      to.push(removal)
    }
    const first = firstOf(frees) as number
    lastBefore(preparation, askedFor(moments, first))
    return first
  })
  return { from, to, cutFor, madeFor }
}

function ranksOf({ lastFirst }: Moments): Int32Array {
  if (!lastFirst) throw new BrokenInvariantError('the moments of the plan have a cycle after cycles were broken')
  const rank = int32s(lastFirst.length)
  lastFirst.forEach((node, index) => {
    rank[node] = -index
  })
  return rank
}
