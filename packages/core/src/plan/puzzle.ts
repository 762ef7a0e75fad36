import { buildGraph } from '../graph/graph.ts'
import type { Puzzle } from '../graph/puzzle.ts'
import type { Policy } from '../model/policy.ts'
import type { Resource } from '../model/resource.ts'
import { goneAt, type Moments } from './carry.ts'
import { directRefusal, go } from './decide.ts'
import type { Settled } from './settle.ts'
import type { Tops } from './tops.ts'
import { each, some, type World } from './world.ts'

/** Each way out counts more than all cheaper ones together, in groups that are solved exactly. */
const price = { silent: 1, link: 32, ahead: 32 ** 2, writer: 32 ** 3, server: 32 ** 4, leaks: 32 ** 5 } as const
/** So many parts are walked at most to see what goes with what; beyond it no more parts are sent ahead of their wholes. */
const walkBudget = 10_000_000

/** What waits for itself, as a puzzle: resources that go, and the removals that take them. Everything else goes before and is left out. */
export interface CyclePuzzle extends Puzzle {
  /** Resource → its node; −1: it is not part of the puzzle. */
  readonly gone: Int32Array
  /** Resource → the node of its own removal, where it has one. */
  readonly asked: ReadonlyMap<number, number>
  /** Node → resource, for own removals of those that nothing takes along. */
  readonly heads: ReadonlyMap<number, number>
  /** Node that costs something → the relations that are then not waited for: all of a writer that is silenced. */
  readonly relations: ReadonlyMap<number, readonly number[]>
}

/**
 * The truth that moments simplify: what has several wholes goes with whichever is asked first, and a link that is cut, a part that goes ahead, a relation that
 * is not waited for are ways out, each with its price.
 */
export function puzzleOf(
  world: World,
  settled: Settled,
  tops: Tops,
  moments: Moments,
  behind: Uint8Array,
  policy: Policy,
): CyclePuzzle {
  const { size, resources, edges, uses, wholes, writers, servers } = world
  const any: number[] = []
  const cost: number[] = []
  const from: number[] = []
  const to: number[] = []
  const node = (needsAny: boolean, costs = 0): number => {
    any.push(Number(needsAny))
    return cost.push(costs) - 1
  }
  const need = (one: number, other: number): void => {
    from.push(one)
    to.push(other)
  }

  const gone = new Int32Array(size).fill(-1)
  const asked = new Map<number, number>()
  const heads = new Map<number, number>()
  const relations = new Map<number, readonly number[]>()
  const tokens = new Map<string, number>()
  let budget = walkBudget

  for (let one = 0; one < size; one++) if (behind[goneAt(one)] === 1) gone[one] = node(true)
  for (let one = 0; one < size; one++) if (inside(one)) waysToGo(one)
  for (const [one, removal] of asked) conditions(one, removal)
  const graph = buildGraph(any.length, from, to)
  return { needs: graph, any: Uint8Array.from(any), cost: Float64Array.from(cost), gone, asked, heads, relations }

  function inside(one: number): boolean {
    return (gone[one] as number) >= 0
  }

  function waysToGo(one: number): void {
    const own = gone[one] as number
    let taken = false
    each(wholes.out, one, (whole) => {
      if (settled.stay[whole] !== go || (moments.head[whole] as number) < 0) return
      taken = true
      if (inside(whole)) need(own, gone[whole] as number)
      else any[own] = 0 // that whole goes before all this
    })
    if (taken && (any[own] === 0 || !mayGoAlone(one))) return
    const removal = node(false)
    asked.set(one, removal)
    need(own, removal)
    if (taken) need(removal, node(false, (resources[one] as Resource).link ? price.link : price.ahead))
    else heads.set(removal, one)
  }

  /** Only what has a removal of its own and is no member of a stack goes ahead; settling left only what is ours. */
  function mayGoAlone(one: number): boolean {
    return (
      budget > 0 &&
      (resources[one] as Resource).abilities.remove &&
      !some(wholes.out, one, (_, edge) => edges[edge]?.alone !== true)
    )
  }

  /** A removal waits for whoever uses, makes or is served by what it takes along, unless that goes along too or has gone another way before. */
  function conditions(head: number, removal: number): void {
    const along = new Map<number, boolean>([[head, false]]) // with it → may go another way
    const list = [head]
    for (const one of list)
      each(wholes.in, one, (part) => {
        budget--
        if (!inside(part) || along.has(part)) return
        along.set(part, along.get(one) === true || asked.has(part) || (tops(part)?.length ?? 1) > 1)
        list.push(part)
      })
    for (const one of list) {
      each(uses.in, one, (user, edge) =>
        wait(user, one, edge, edges[edge]?.ifBroken === 'leaks' ? price.leaks : undefined),
      )
      each(writers.out, one, (writer, edge) => wait(writer, one, edge, silencePrice(writer)))
      each(servers.in, one, (served, edge) => wait(served, one, edge, directPrice(edge)))
    }

    function wait(first: number, second: number, edge: number, costs: number | undefined): void {
      if (!inside(first) || along.has(first)) return
      const other = along.get(second) === true
      if (!other && costs === undefined) {
        need(removal, gone[first] as number)
        return
      }
      const either = node(true)
      need(removal, either)
      need(either, gone[first] as number)
      if (other) need(either, gone[second] as number)
      if (costs !== undefined) need(either, tokenOf(edge, costs))
    }
  }

  /** A writer is silenced for all that it makes. */
  function tokenOf(edge: number, costs: number): number {
    const writer = edges[edge]?.type === 'restoredBy' ? (world.to[edge] as number) : undefined
    const name = writer === undefined ? `edge ${edge}` : `writer ${writer}`
    const token = tokens.get(name) ?? node(false, costs)
    tokens.set(name, token)
    relations.set(token, writer === undefined ? [edge] : edgesInto(writer))
    return token
  }

  function edgesInto(writer: number): readonly number[] {
    const { offsets, edgeIds } = writers.in
    return [...edgeIds.subarray(offsets[writer], offsets[writer + 1])]
  }

  function silencePrice(writer: number): number | undefined {
    const { abilities } = resources[writer] as Resource
    if (abilities.silent) return price.silent // it asks for nothing: not waiting for it costs no call
    return abilities.quiesce !== undefined ? price.writer : undefined
  }

  function directPrice(edge: number): number | undefined {
    const { to: server, finalizer } = edges[edge] as (typeof edges)[number]
    if ((resources[world.to[edge] as number] as Resource).facts.serves === false) return price.silent // it finishes nothing anyway
    // a server at work would make again what goes ahead of a release
    return finalizer !== undefined || directRefusal(policy, server, finalizer) ? undefined : price.server
  }
}
