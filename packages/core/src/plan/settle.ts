import { bytes, int32s } from '../graph/numbers.ts'
import type { StayReason } from '../model/plan.ts'
import type { Policy } from '../model/policy.ts'
import type { Resource } from '../model/resource.ts'
import { blocked, go, type Stay, type Verdicts, wished } from './decide.ts'
import { has, trait } from './traits.ts'
import { degree, each, nameOf, some, type World } from './world.ts'

const ownersWord: ReadonlySet<StayReason> = new Set(['suspected', 'not-ours', 'foreign', 'disputed'])

/** What stays so far, and through whom. Only ever grows, so settling ends. */
export interface Settled {
  readonly stay: Uint8Array
  readonly reason: (StayReason | undefined)[]
  readonly because: string[]
  /** Whose staying made it stay, or with whom it is decided about; −1: its own. Following it ends at what a person can decide about. */
  readonly by: Int32Array
  /** Blocks more (members of a cycle) and settles again. */
  block(nodes: Iterable<number>, reason: StayReason, because: string): void
}

/**
 * What stays keeps what it uses and what serves it, except through a link that can be cut or a `leaks` edge; a part that stays keeps its whole;
 * a kept whole keeps its parts; a blocked whole keeps those that are not `alone` (docs/ordering.md).
 */
export function settle(world: World, verdicts: Verdicts, policy: Policy): Settled {
  const { size, resources, edges, uses, wholes, writers, servers } = world
  const stay = bytes(size)
  const reason = [...verdicts.reason]
  const because = [...verdicts.because]
  const by = int32s(size).fill(-1)
  const retainable = new Set(policy.retainMembers ?? [])
  const queue: number[] = []
  let next = 0

  const leave = (node: number, code: Stay, why: StayReason, text: string, cause: number): void => {
    if (stay[node] !== go) return
    stay[node] = code
    reason[node] = why
    because[node] = text
    by[node] = cause
    queue.push(node)
  }

  // Wishes to their end first: what a person keeps is kept, also where something else would have blocked it.
  for (let node = 0; node < size; node++) if (verdicts.stay[node] === wished) leaveAtFirst(node)
  const wishes = queue.length
  for (let node = 0; node < size; node++) {
    if (verdicts.stay[node] !== go) leaveAtFirst(node)
    else if (!goesSomehow(node)) leave(node, blocked, ...cannotGoAlone(node), -1)
  }
  const others = queue.splice(wishes)
  while (next < queue.length) spread(queue[next++] as number)
  for (const node of [...queue]) holdMade(node)
  for (const node of others) queue.push(node)
  run()

  return {
    stay,
    reason,
    because,
    by,
    block(nodes, why, text) {
      for (const node of nodes) leave(node, blocked, why, text, -1)
      run()
    },
  }

  function leaveAtFirst(node: number): void {
    const reason = verdicts.reason[node] ?? 'not-ours'
    leave(node, verdicts.stay[node] as Stay, reason, verdicts.because[node] ?? '', decidedWith(node, reason))
  }

  /** Whose a part is, is decided with its whole: the chain from a network ends at the machine of a stranger, not at its port. */
  function decidedWith(node: number, why: StayReason): number {
    let whole = -1
    if (ownersWord.has(why))
      each(wholes.out, node, (to) => {
        if (ownersWord.has(verdicts.reason[to] as StayReason)) whole = to
      })
    return whole
  }

  function run(): void {
    while (next < queue.length) {
      const node = queue[next++] as number
      spread(node)
      holdMade(node)
    }
  }

  function spread(node: number): void {
    const code = stay[node] as Stay
    const follows: Stay = code === wished ? wished : blocked
    // Parts first: a load balancer that stays holds its subnet through its interface, and the chain should say so.
    each(wholes.in, node, (part, edge) => {
      if (stay[part] === go && !survivesWhole(part, node, edges[edge]?.alone === true, code))
        leaveAndHold(part, follows, 'whole-stays', `its whole stays (${edges[edge]?.because})`, node)
    })
    each(wholes.out, node, (whole, edge) => {
      if (stay[whole] === go && !mayBeLeftOut(node))
        leave(
          whole,
          follows,
          'part-stays',
          `removing it would remove a part that stays (${edges[edge]?.because})`,
          node,
        )
    })
    holdUsed(node)
    each(servers.out, node, (server, edge) => {
      if (stay[server] === go)
        leave(server, follows, 'serves', `it finishes the removal of what stays (${edges[edge]?.because})`, node)
    })
  }

  /** What a writer that cannot be silenced makes: blocked, also where the writer is kept by a wish. */
  function holdMade(node: number): void {
    const code = stay[node] as Stay
    each(writers.in, node, (made, edge) => {
      if (stay[made] === go && !canSilence(node, code))
        leave(
          made,
          blocked,
          'writer',
          `${nameOf(world, node)} would make it again and cannot be silenced (${edges[edge]?.because})`,
          node,
        )
    })
  }

  function leaveAndHold(part: number, code: Stay, why: StayReason, text: string, cause: number): void {
    leave(part, code, why, text, cause)
    holdUsed(part)
  }

  /** The most used first: of several chains that explain why a VPC stays, the one through the subnet says most. */
  function holdUsed(node: number): void {
    const code = stay[node] as Stay
    const follows: Stay = code === wished ? wished : blocked
    const used: [number, number][] = []
    each(uses.out, node, (to, edge) => {
      const leaks = edges[edge]?.ifBroken === 'leaks'
      if (stay[to] === go && !(leaks && code === blocked)) used.push([to, edge])
    })
    const held = (at: number): number => {
      let count = 0
      each(uses.in, at, (user) => {
        if (!(resources[user] as Resource).link) count++
      })
      return count
    }
    const link = (at: number): number => Number((resources[at] as Resource).link)
    used.sort(([a], [b]) => link(a) - link(b) || held(b) - held(a) || a - b)
    for (const [to, edge] of used)
      leave(to, follows, 'used', `${nameOf(world, node)} uses it (${edges[edge]?.because})`, node)
  }

  function survivesWhole(part: number, whole: number, alone: boolean, code: Stay): boolean {
    const resource = resources[part] as Resource
    const otherGoes = some(wholes.out, part, (other) => other !== whole && stay[other] === go)
    // A link goes with any of its wholes, also out of a holder that stays; only a whole that a person keeps holds on to its members.
    if (resource.link) return goesAlone(part) || ((alone || code === blocked) && otherGoes)
    if (!alone) return false
    return code === blocked && (otherGoes || goesAlone(part))
  }

  /** It has a removal of its own and nothing forbids that it goes ahead of its wholes. */
  function goesAlone(node: number): boolean {
    return has(world, node, trait.removable) && !some(wholes.out, node, (_, edge) => edges[edge]?.alone !== true)
  }

  function goesSomehow(node: number): boolean {
    return goesAlone(node) || degree(wholes.out, node) > 0
  }

  function cannotGoAlone(node: number): [StayReason, string] {
    const { facts } = resources[node] as Resource
    return facts.fixed
      ? ['fixed', `it is never removed by us: ${facts.fixed}; what would take it along was not seen`]
      : ['no-removal', 'the adapter has no way to remove it']
  }

  function mayBeLeftOut(node: number): boolean {
    const { key, facts } = resources[node] as Resource
    return retainable.has(facts.id) || retainable.has(key)
  }

  /** A writer that is ours and only blocked may be quiesced; what a person keeps or has not decided on is not touched. */
  function canSilence(node: number, code: Stay): boolean {
    const { abilities } = resources[node] as Resource
    if (abilities.silent) return true
    return code === blocked && abilities.quiesce !== undefined
  }
}

/** So many blockers are told at most: a chain of a million, told in full for each of its members, would be half a billion. */
const maxChain = 12

/**
 * The way from a resource that stays down to what a person can decide about. Of a longer one than `maxChain` the nearest are told, and the last,
 * which is the one to decide about.
 */
export function chains({ by }: Settled): (node: number) => number[] {
  const ends = int32s(by.length).fill(-1)
  const endOf = (node: number): number => {
    const way: number[] = []
    let at = node
    while ((by[at] as number) >= 0 && (ends[at] as number) < 0) {
      way.push(at)
      at = by[at] as number
    }
    const end = (ends[at] as number) >= 0 ? (ends[at] as number) : at
    for (const one of way) ends[one] = end
    return end
  }
  return (node) => {
    const chain: number[] = []
    for (let at = by[node] as number; at >= 0; at = by[at] as number) {
      if (chain.length === maxChain - 1) {
        chain.push(endOf(at))
        break
      }
      chain.push(at)
    }
    return chain
  }
}
