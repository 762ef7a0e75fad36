import { buildGraph } from '../graph/graph.ts'
import { unlock } from '../graph/unlock.ts'
import type { Resource } from '../model/resource.ts'
import { type Moments, role } from './carry.ts'
import { each, some, type World } from './world.ts'

export const isStack = ({ kind }: Pick<Resource, 'kind'>): boolean => kind.endsWith(':stack')

/**
 * Links of ours to cut before a stack goes. It removes its members one after the other, the links that it made among them, and knows of no other link: one
 * that sits in a member and names another goes with its holder, and where the holder waits for what it names, the stack fails. The fewest are cut that
 * leave it an order; members that use each other are the stack's own affair.
 */
export function cutsInside(world: World, moments: Moments): number[] {
  const links = new Map<number, number[]>()
  for (let node = 0; node < world.size; node++) {
    const stack = moments.role[node] === role.carried && mayBeCut(world, node) ? stackAbove(world, moments, node) : -1
    if (stack < 0) continue
    const others = links.get(stack)
    if (others) others.push(node)
    else links.set(stack, [node])
  }
  return [...links].flatMap(([stack, inside]) => cutsIn(world, moments, stack, inside))
}

/** It belongs to no stack and can be removed; settling left only what is ours. */
function mayBeCut({ resources, wholes, edges }: World, node: number): boolean {
  const { link, abilities } = resources[node] as Resource
  return link && abilities.remove && !some(wholes.out, node, (_, edge) => edges[edge]?.alone !== true)
}

/** The nearest stack that takes it along. */
function stackAbove({ resources }: World, { carrier }: Moments, node: number): number {
  let at = carrier[node] as number
  while (at >= 0 && !isStack(resources[at] as Resource)) at = carrier[at] as number
  return at
}

function cutsIn(world: World, moments: Moments, stack: number, inside: readonly number[]): number[] {
  const members: number[] = []
  const place = new Map<number, number>() // whatever goes with a member → the member's place
  each(world.wholes.in, stack, (part) => {
    if (moments.carrier[part] === stack && !place.has(part)) place.set(part, members.push(part) - 1)
  })
  const all = [...members]
  const unitOf = [...place.values()]
  for (let at = 0; at < all.length; at++)
    each(world.wholes.in, all[at] as number, (part) => {
      if (moments.carrier[part] !== all[at] || place.has(part)) return
      place.set(part, unitOf[at] as number)
      all.push(part)
      unitOf.push(unitOf[at] as number)
    })

  // the puzzle: members first, each coming when all that use it have gone; then the ways around, then what is bought
  const any: number[] = members.map(() => 0)
  const cost: number[] = members.map(() => 0)
  const from: number[] = []
  const to: number[] = []
  const token = new Map<number, number>()
  const cuttable = new Set(inside)
  for (const node of all) {
    const own = place.get(node) as number
    each(world.uses.in, node, (user, edge) => {
      const before = place.get(user)
      if (before === undefined || before === own || world.edges[edge]?.ifBroken === 'leaks') return
      if (!cuttable.has(user)) {
        from.push(own)
        to.push(before)
        return
      }
      const either = any.push(1) - 1
      cost.push(0)
      const bought = token.get(user) ?? any.push(0) - 1
      if (!token.has(user)) cost.push(1)
      token.set(user, bought)
      from.push(own, either, either)
      to.push(either, before, bought)
    })
  }
  const bought = new Set(
    unlock({ needs: buildGraph(any.length, from, to), any: Uint8Array.from(any), cost: Float64Array.from(cost) })
      .bought,
  )
  return [...token].flatMap(([link, node]) => (bought.has(node) ? [link] : []))
}
