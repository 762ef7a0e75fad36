import { cyclicGroups } from '../graph/strongly-connected.ts'
import type { Policy } from '../model/policy.ts'
import type { Resource } from '../model/resource.ts'
import { askedAt, type Choices, carrierOf, carriers, carry, goneAt, type Moments, role, via } from './carry.ts'
import { directRefusal } from './decide.ts'
import type { Settled } from './settle.ts'
import { each, nameOf, some, type World } from './world.ts'

/** So many moments are visited at most to find needless cuts; beyond it cuts stay that a longer search could have spared. */
const pruneBudget = 20_000_000

/**
 * In each cycle the cheapest cut: another whole for a link, then our links, then a writer that can be silenced, then route `direct` where permitted,
 * then `leaks` edges; else its members are blocked. Settles and tries again until no cycle is left; every round adds to a choice or to what stays.
 */
export function breakCycles(world: World, settled: Settled, choices: Choices, policy: Policy): Moments {
  for (;;) {
    const moments = carry(world, settled, choices)
    const groups = cyclicGroups(moments.graph)
    if (groups.length === 0) return prune(world, settled, choices, moments)
    const groupOf = new Int32Array(moments.graph.size).fill(-1)
    groups.forEach((group, number) => {
      for (const node of group) groupOf[node] = number
    })
    groups.forEach((group, number) => {
      const inside = (node: number): boolean => groupOf[node] === number
      if (tryOtherCarriers(world, settled, choices, moments, group)) return
      if (cutLinks(world, choices, moments, group)) return
      if (goAhead(world, choices, moments, group)) return
      if (dropEdges(world, choices, policy, moments, group, inside)) return
      const heads = [...group].filter((node) => node % 2 === 0).map((node) => node / 2)
      settled.block(
        heads,
        'cycle',
        `${heads.length} resources wait for each other and nothing may be cut: ${heads
          .slice(0, 6)
          .map((head) => nameOf(world, head))
          .join(', ')}`,
      )
    })
  }
}

function tryOtherCarriers(
  world: World,
  settled: Settled,
  choices: Choices,
  moments: Moments,
  group: Int32Array,
): boolean {
  let any = false
  for (const link of linksGone(world, moments, group)) {
    const tried = choices.tried.get(link) ?? 0
    if (tried + 1 >= carriers(world, settled, link)) continue
    choices.tried.set(link, tried + 1)
    any = true
  }
  return any
}

function cutLinks(world: World, choices: Choices, moments: Moments, group: Int32Array): boolean {
  let any = false
  for (const link of linksGone(world, moments, group)) {
    if (!mayCut(world, link) || choices.cut.has(link)) continue
    choices.cut.add(link)
    any = true
  }
  return any
}

/** Parts that may go ahead of their whole (`alone`) do so where waiting for it closes the cycle. */
function goAhead(world: World, choices: Choices, moments: Moments, group: Int32Array): boolean {
  let any = false
  for (const moment of group) {
    const node = (moment - 1) / 2
    if (
      moment % 2 === 0 ||
      moments.role[node] !== role.carried ||
      world.resources[node]?.link ||
      !mayCut(world, node) ||
      choices.cut.has(node)
    )
      continue
    choices.cut.add(node)
    any = true
  }
  return any
}

function linksGone(world: World, moments: Moments, group: Int32Array): number[] {
  return [...group]
    .filter(
      (node) =>
        node % 2 === 1 &&
        moments.role[(node - 1) / 2] === role.carried &&
        world.resources[(node - 1) / 2]?.link === true,
    )
    .map((node) => (node - 1) / 2)
}

/** Only links that have a removal of their own and are no member of a stack are ever cut; settling left only those that are ours. */
function mayCut(world: World, link: number): boolean {
  return (
    (world.resources[link] as Resource).abilities.remove &&
    !some(world.wholes.out, link, (_, edge) => world.wholes.edges[edge]?.alone !== true)
  )
}

function dropEdges(
  world: World,
  choices: Choices,
  policy: Policy,
  moments: Moments,
  group: Int32Array,
  inside: (node: number) => boolean,
): boolean {
  const found: { rank: number; edge: number; set: Set<number> }[] = []
  for (const node of group)
    each(moments.graph, node, (to, edge) => {
      if (!inside(to)) return
      const id = moments.id[edge] as number
      if (moments.via[edge] === via.writer) {
        const writer = world.indexOf.get(world.writers.edges[id]?.to ?? ('' as never)) as number
        const { abilities } = world.resources[writer] as Resource
        if (abilities.quiesce !== undefined || abilities.silent)
          found.push({ rank: 0, edge: id, set: choices.droppedWriters })
      } else if (moments.via[edge] === via.server) {
        const served = world.servers.edges[id]
        if (served && !directRefusal(policy, served.to, served.finalizer))
          found.push({ rank: 1, edge: id, set: choices.droppedServers })
      } else if (moments.via[edge] === via.uses && world.uses.edges[id]?.ifBroken === 'leaks')
        found.push({ rank: 2, edge: id, set: choices.droppedUses })
    })
  const cheapest = Math.min(...found.map((one) => one.rank))
  for (const one of found) if (one.rank === cheapest) one.set.add(one.edge)
  return found.length > 0
}

/**
 * Takes back each cut without which the order still holds: none is made for nothing. A link may go along with its carrier after all if what it frees
 * does not lead back to asking that carrier.
 */
function prune(world: World, settled: Settled, choices: Choices, moments: Moments): Moments {
  const cuts = [...choices.cut].sort((a, b) => a - b)
  const restored = new Map<number, number[]>()
  const met = new Int32Array(moments.graph.size).fill(-1)
  let budget = pruneBudget
  let changed = false
  for (const link of cuts) {
    const carrier = carrierOf(world, settled, choices, link)
    if (leavesAlone(link) && carrier < 0) continue // nothing else takes it along
    const asker = carrier < 0 ? -1 : askedAt(moments.head[carrier] as number)
    if (leavesAlone(link) && (budget <= 0 || leadsTo(goneAt(link), asker, link))) continue
    choices.cut.delete(link)
    changed = true
    if (asker < 0) continue
    const after = restored.get(asker)
    if (after) after.push(goneAt(link))
    else restored.set(asker, [goneAt(link)])
  }
  return changed ? carry(world, settled, choices) : moments

  function leavesAlone(node: number): boolean {
    return moments.role[node] === role.cut || moments.role[node] === role.head
  }

  function leadsTo(start: number, goal: number, stamp: number): boolean {
    const way = [start]
    while (way.length > 0) {
      const node = way.pop() as number
      if (node === goal) return true
      if (met[node] === stamp) continue
      met[node] = stamp
      budget--
      each(moments.graph, node, (to) => {
        if (met[to] !== stamp) way.push(to)
      })
      for (const to of restored.get(node) ?? []) if (met[to] !== stamp) way.push(to)
    }
    return false
  }
}
