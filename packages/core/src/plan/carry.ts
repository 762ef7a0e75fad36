import { type EdgeVisitor, type Graph, graphOf } from '../graph/graph.ts'
import { bytes, int32s } from '../graph/numbers.ts'
import { topologicalOrder } from '../graph/topological-order.ts'
import { go } from './decide.ts'
import type { Settled } from './settle.ts'
import type { Tops } from './tops.ts'
import { has, trait } from './traits.ts'
import { degree, each, some, type World } from './world.ts'

/** How a resource that is not kept leaves: by a step of its own, with a whole, cut as a link, or not at all because nothing needs it cut. */
export const role = { stays: 0, head: 1, carried: 2, cut: 3, idle: 4 } as const

/** What was decided so that nothing waits for itself. */
export interface Choices {
  /** Which whole takes it along where the usual one would close a cycle; −1: none, it goes ahead of all. */
  readonly carrier: ReadonlyMap<number, number>
  /** Relations that are not waited for: `leaks` edges, servers that are done without, writers that are silenced. */
  readonly dropped: ReadonlySet<number>
}

export const noChoices: Choices = { carrier: new Map(), dropped: new Set() }

/** What an edge between moments is called that follows from no relation. */
export const noRelation = -1

/**
 * Two moments per resource: node 2r is "asked", node 2r + 1 is "gone". A part is asked with its whole and gone in its own time; who is used by a part
 * waits for the part; who uses a part is gone before the whole is asked. Edges between parts of one whole are dropped: the whole orders its own.
 */
export interface Moments {
  /** Leads from each moment to those before it. Its edges are called as the relation that each follows from. */
  readonly before: Graph
  /** All moments, the last ones first; `undefined`: some wait for each other. */
  readonly lastFirst: Int32Array | undefined
  readonly role: Uint8Array
  /** Who is asked for it: itself, or the topmost whole that goes. −1 where nobody is. */
  readonly head: Int32Array
  /** The whole that takes it along, −1 where none. */
  readonly carrier: Int32Array
}

export const askedAt = (node: number): number => 2 * node
export const goneAt = (node: number): number => 2 * node + 1

export function carry(world: World, settled: Settled, choices: Choices, tops: Tops): Moments {
  const { size, edges, uses, wholes, writers, servers } = world
  const goes = (node: number): boolean => settled.stay[node] === go
  const carrier = int32s(size).fill(-1)
  const roles = bytes(size)

  for (let node = 0; node < size; node++) {
    if (!goes(node)) continue
    carrier[node] = choices.carrier.get(node) ?? carrierOf(world, settled, node)
    // a link whose holder is not there goes by itself, like anything else
    const link = has(world, node, trait.link) && degree(wholes.out, node) > 0
    roles[node] = (carrier[node] as number) >= 0 ? role.carried : link ? role.cut : role.head
  }
  const head = headsOf(carrier, roles)
  // A link that nothing takes along is cut only for something that goes; a cut for nothing is harm.
  for (let node = 0; node < size; node++)
    if (roles[node] === role.cut && !frees(node)) {
      roles[node] = role.idle
      head[node] = -1
    }

  const before = graphOf(2 * size, (add) => {
    for (let node = 0; node < size; node++) {
      const asker = head[node] as number
      if (asker < 0) continue
      add(goneAt(node), askedAt(asker), noRelation)
      const { offsets, targets, edgeIds } = uses.in
      for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++)
        waitFor(add, targets[slot] as number, node, edgeIds[slot] as number)
      each(writers.out, node, (writer, edge) => waitFor(add, writer, node, edge))
      each(servers.in, node, (served, edge) => waitFor(add, served, node, edge))
    }
  })
  return { before, lastFirst: topologicalOrder(before), role: roles, head, carrier }

  /** The first is gone before the second is asked, by whichever whole. */
  function waitFor(add: EdgeVisitor, first: number, second: number, edge: number): void {
    const [firstHead, secondHead] = [head[first] as number, head[second] as number]
    if (firstHead < 0 || secondHead < 0 || choices.dropped.has(edge)) return
    if (secondHead !== firstHead) add(askedAt(secondHead), goneAt(first), edge)
    const others = tops(second)
    if (others === undefined) return
    for (const other of others)
      if (other !== secondHead && other !== firstHead) add(askedAt(other), goneAt(first), edge)
  }

  function frees(link: number): boolean {
    return some(
      uses.out,
      link,
      (other, edge) => goes(other) && roles[other] !== role.idle && edges[edge]?.ifBroken !== 'leaks',
    )
  }
}

/** Which whole takes it along: a stack before a holder, as the provider does it. −1: none. */
function carrierOf({ wholes, edges }: World, settled: Settled, node: number): number {
  const { offsets, targets, edgeIds } = wholes.out
  let [best, bestAlone] = [-1, true]
  for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++) {
    const whole = targets[slot] as number
    const alone = edges[edgeIds[slot] as number]?.alone === true
    if (settled.stay[whole] !== go || (best >= 0 && (alone !== bestAlone ? alone : whole > best))) continue
    ;[best, bestAlone] = [whole, alone]
  }
  return best
}

/** Follows carriers to the top, each way walked once. */
function headsOf(carrier: Int32Array, roles: Uint8Array): Int32Array {
  const head = int32s(carrier.length).fill(-1)
  const way: number[] = []
  for (let start = 0; start < carrier.length; start++) {
    if (roles[start] === role.stays || (head[start] as number) >= 0) continue
    let at = start
    while ((carrier[at] as number) >= 0 && (head[at] as number) < 0) {
      way.push(at)
      at = carrier[at] as number
    }
    const top = (head[at] as number) >= 0 ? (head[at] as number) : at
    head[at] = top
    while (way.length > 0) head[way.pop() as number] = top
  }
  return head
}
