import { buildGraph, type Graph } from '../graph/graph.ts'
import type { Resource } from '../model/resource.ts'
import { go } from './decide.ts'
import type { Settled } from './settle.ts'
import { each, some, type World } from './world.ts'

/** How a resource that is not kept leaves: by a step of its own, with a whole, cut as a link, or not at all because nothing needs it cut. */
export const role = { stays: 0, head: 1, carried: 2, cut: 3, idle: 4 } as const

/** What the cycle breaker decided so far. Grows only. */
export interface Choices {
  /** Links that are cut although a whole of theirs goes: it would go too late. */
  readonly cut: Set<number>
  /** Link → how many of its carriers were tried in vain. */
  readonly tried: Map<number, number>
  /** Ids of `uses` edges (leaks) and `servers`, `writers` edges that are not waited for. */
  readonly droppedUses: Set<number>
  readonly droppedServers: Set<number>
  readonly droppedWriters: Set<number>
}

export const noChoices = (): Choices => ({
  cut: new Set(),
  tried: new Map(),
  droppedUses: new Set(),
  droppedServers: new Set(),
  droppedWriters: new Set(),
})

/** What an edge between two moments stands for. `id` indexes the relation it follows from. */
export const via = { own: 0, carried: 1, uses: 2, writer: 3, server: 4 } as const

/**
 * Two moments per resource: node 2r is "asked", node 2r + 1 is "gone". A part is asked with its whole and gone in its own time; who is used by a part
 * waits for the part; who uses a part is gone before the whole is asked. Edges between parts of one whole are dropped: the whole orders its own.
 */
export interface Moments {
  readonly graph: Graph
  /** Per edge of `graph`: what it stands for, and the id of the relation. */
  readonly via: Uint8Array
  readonly id: Int32Array
  readonly from: Int32Array
  readonly to: Int32Array
  readonly role: Uint8Array
  /** Who is asked for it: itself, or the topmost whole that goes. −1 where nobody is. */
  readonly head: Int32Array
  /** The whole that takes it along, −1 where none. */
  readonly carrier: Int32Array
}

export const askedAt = (node: number): number => 2 * node
export const goneAt = (node: number): number => 2 * node + 1

export function carry(world: World, settled: Settled, choices: Choices): Moments {
  const { size, resources, uses, writers, servers } = world
  const goes = (node: number): boolean => settled.stay[node] === go
  const carrier = new Int32Array(size).fill(-1)
  const roles = new Uint8Array(size)

  for (let node = 0; node < size; node++) {
    if (!goes(node)) continue
    carrier[node] = choices.cut.has(node) ? -1 : carrierOf(world, settled, choices, node)
    const link = (resources[node] as Resource).link
    roles[node] = (carrier[node] as number) >= 0 ? role.carried : link ? role.cut : role.head
  }
  const head = headsOf(carrier, roles)
  // A link that nothing takes along is cut only for something that goes; a cut for nothing is harm.
  for (let node = 0; node < size; node++)
    if (roles[node] === role.cut && !frees(node)) {
      roles[node] = role.idle
      head[node] = -1
    }

  const from: number[] = []
  const to: number[] = []
  const kind: number[] = []
  const ids: number[] = []
  const add = (a: number, b: number, why: number, id: number): void => {
    from.push(a)
    to.push(b)
    kind.push(why)
    ids.push(id)
  }
  const leaves = (node: number): boolean => (head[node] as number) >= 0

  for (let node = 0; node < size; node++) {
    if (!leaves(node)) continue
    const asker = head[node] as number
    add(askedAt(asker), goneAt(node), asker === node ? via.own : via.carried, node)
    each(uses.out, node, (other, edge) => {
      if (leaves(other) && head[other] !== asker && !choices.droppedUses.has(edge))
        add(goneAt(node), askedAt(head[other] as number), via.uses, edge)
    })
    each(writers.out, node, (writer, edge) => {
      if (leaves(writer) && head[writer] !== asker && !choices.droppedWriters.has(edge))
        add(goneAt(writer), askedAt(asker), via.writer, edge)
    })
    each(servers.out, node, (server, edge) => {
      if (leaves(server) && head[server] !== asker && !choices.droppedServers.has(edge))
        add(goneAt(node), askedAt(head[server] as number), via.server, edge)
    })
  }
  const [fromNodes, toNodes] = [Int32Array.from(from), Int32Array.from(to)]
  return {
    graph: buildGraph(2 * size, fromNodes, toNodes),
    via: Uint8Array.from(kind),
    id: Int32Array.from(ids),
    from: fromNodes,
    to: toNodes,
    role: roles,
    head,
    carrier,
  }

  function frees(link: number): boolean {
    return some(
      uses.out,
      link,
      (other, edge) => goes(other) && roles[other] !== role.idle && uses.edges[edge]?.ifBroken !== 'leaks',
    )
  }
}

/** Which whole takes it along: a stack before a holder, as the provider does it; then those that the cycle breaker has not tried in vain. −1: none. */
export function carrierOf(world: World, settled: Settled, choices: Choices, node: number): number {
  const going: { whole: number; alone: boolean }[] = []
  each(world.wholes.out, node, (whole, edge) => {
    if (settled.stay[whole] === go) going.push({ whole, alone: world.wholes.edges[edge]?.alone === true })
  })
  if (going.length === 0) return -1
  going.sort((a, b) => Number(a.alone) - Number(b.alone) || a.whole - b.whole)
  return going[(choices.tried.get(node) ?? 0) % going.length]?.whole ?? -1
}

/** Follows carriers to the top, each way walked once. */
function headsOf(carrier: Int32Array, roles: Uint8Array): Int32Array {
  const head = new Int32Array(carrier.length).fill(-1)
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

/** How many wholes could take it along. */
export function carriers(world: World, settled: Settled, node: number): number {
  let count = 0
  each(world.wholes.out, node, (whole) => {
    if (settled.stay[whole] === go) count++
  })
  return count
}
