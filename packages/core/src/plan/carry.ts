import { type Graph, graphByRows, graphOf } from '../graph/graph.ts'
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

  // Whatever else the removal of a node takes along, also where another one takes it before.
  const along = graphOf(size, (add) => {
    for (let node = 0; node < size; node++) {
      const own = head[node] as number
      if (own < 0) continue
      if (own !== node) add(own, node, noRelation)
      for (const top of tops(node) ?? []) if (top !== own) add(top, node, noRelation)
    }
  })
  const before = graphByRows(2 * size, size + edges.length, (moment, add) => {
    const node = moment >> 1
    const own = head[node] as number
    if (moment === goneAt(node)) {
      if (own >= 0) add(askedAt(own), noRelation)
      return
    }
    if (own === node) waits(node, node, add)
    each(along, node, (part) => waits(node, part, add))
  })
  return { before, lastFirst: topologicalOrder(before), role: roles, head, carrier }

  /** Before a removal is asked, everything is gone that uses, makes again or is finished by what it takes, unless that goes along. */
  function waits(asked: number, taken: number, add: (to: number, id: number) => void): void {
    const { offsets, targets, edgeIds } = uses.in
    for (let slot = offsets[taken] as number; slot < (offsets[taken + 1] as number); slot++)
      waitFor(targets[slot] as number, edgeIds[slot] as number)
    each(writers.out, taken, waitFor)
    each(servers.in, taken, waitFor)

    function waitFor(first: number, edge: number): void {
      const own = head[first] as number
      if (own >= 0 && own !== asked && !choices.dropped.has(edge)) add(goneAt(first), edge)
    }
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
