import { graphOf, reverseGraph } from './graph.ts'
import { int32s } from './numbers.ts'
import { type Puzzle, type Unlocked, waysOf } from './puzzle.ts'
import { stronglyConnected } from './strongly-connected.ts'

/** In a group with so many things to buy the cheapest set is found exactly; beyond, what is bought is cheap and nothing of it needless. */
export const maxExact = 20
/** So many nodes are visited at most to find needless purchases in one group; beyond it some stay that a longer search could have spared. */
const pruneBudget = 20_000_000
/** Of so many ways to see why a group is stuck the one with the fewest ways out is followed. */
const maxStarts = 32

/**
 * Buys the cheapest set with which all nodes come. Groups (strongly connected) are solved one by one, needs first. In each stuck group some set of nodes waits
 * for itself, and one of the purchases in it has to be made: branch and bound over these.
 */
export function unlock({ needs, any, cost }: Puzzle): Unlocked {
  const { size } = needs
  const users = reverseGraph(needs)
  const way = waysOf(needs, any, cost)
  const { count, component: area } = stronglyConnected(needs)
  for (
    let node = 0;
    node < size;
    node++ // a way is looked at together with whom it is for
  )
    if (way[node] === 1) area[node] = area[users.targets[users.offsets[node] as number] as number] as number
  const inArea = graphOf(size, (add) => {
    for (let node = 0; node < size; node++) add(area[node] as number, node, node)
  })
  const rank = int32s(size).fill(-1)
  const hits = int32s(size)
  const came: number[] = [] // the trail: taking the last ones back undoes a purchase
  const mark = int32s(size)
  let stamp = 0
  const bought: number[] = []
  const stuck: number[][] = []

  // An edge leads to a need, and components are numbered along edges: the last ones need nothing.
  for (let group = count - 1; group >= 0; group--) {
    const [start, end] = [inArea.offsets[group] as number, inArea.offsets[group + 1] as number]
    // most are of one node that comes by itself
    if (end - start > 1 || !comesAtOnce(inArea.targets[start] as number)) solve(inArea.targets.subarray(start, end))
  }
  return { bought, rank, stuck }

  function solve(group: Int32Array): void {
    for (const node of group) comesAtOnce(node)
    if (done(group)) return
    const tokens = onSale(group)
    const base = came.length
    buy(tokens, group)
    if (!done(group)) {
      const cause = cycleFrom(group.find(waits) as number, none)
      undo(base)
      if (cause) stuck.push(cause.nodes)
      return
    }
    undo(base)
    let best = pruned(group, greedy(group))
    if (tokens.length <= maxExact && best.length > 1) best = cheapest(group, best)
    buy(best, group)
    bought.push(...best)
  }

  function comesAtOnce(node: number): boolean {
    if (rank[node] === -1 && ready(node)) come(node, area[node])
    return !waits(node)
  }

  function greedy(group: Int32Array): number[] {
    const base = came.length
    const chosen: number[] = []
    for (const node of group)
      while (waits(node)) {
        const ways = cycleFrom(node, none)?.tokens ?? []
        const token = ways.reduce((a, b) => (cheaper(b, a) ? b : a))
        chosen.push(token)
        buy([token], group)
      }
    undo(base)
    return chosen
  }

  /** Gives back each purchase without which everything still comes, the dearest first. */
  function pruned(group: Int32Array, chosen: number[]): number[] {
    let kept = chosen
    let visited = 0
    for (const token of [...chosen].sort((a, b) => (cost[b] as number) - (cost[a] as number) || b - a)) {
      if (kept.length === 1 || visited > pruneBudget) break
      const fewer = kept.filter((one) => one !== token)
      const base = came.length
      buy(fewer, group)
      visited += came.length - base
      if (done(group)) kept = fewer
      undo(base)
    }
    return kept
  }

  function cheapest(group: Int32Array, known: readonly number[]): number[] {
    let best = [...known]
    let bestCost = priceOf(best)
    const chosen: number[] = []
    const refused = new Set<number>()

    const search = (spent: number): void => {
      const ways = waysOut(group, refused)
      if (!ways) {
        ;[best, bestCost] = [[...chosen], spent]
        return
      }
      const tried: number[] = []
      for (const token of ways.sort((a, b) => (cheaper(a, b) ? -1 : 1))) {
        const price = spent + (cost[token] as number)
        if (price >= bestCost) break
        const base = came.length
        chosen.push(token)
        buy([token], group)
        search(price)
        undo(base)
        chosen.pop()
        refused.add(token) // all sets with it have been seen
        tried.push(token)
      }
      for (const token of tried) refused.delete(token)
    }
    search(0)
    return best
  }

  /** The purchases of which one has to be made next; `undefined` when everything comes already. */
  function waysOut(group: Int32Array, refused: ReadonlySet<number>): number[] | undefined {
    let fewest: number[] | undefined
    let starts = 0
    for (const node of group) {
      if (!waits(node)) continue
      const ways = cycleFrom(node, refused)?.tokens ?? []
      if (fewest === undefined || ways.length < fewest.length) fewest = ways
      if (fewest.length <= 1 || ++starts >= maxStarts) break
    }
    return fewest
  }

  /**
   * Nodes that wait for themselves, found by going from a waiting node to what it waits for: to one need of a node that needs all, to all needs of one
   * that needs any. None of them comes unless one of `tokens` is bought. `undefined`: it waits for a stuck group before this one.
   */
  function cycleFrom(start: number, refused: ReadonlySet<number>): { nodes: number[]; tokens: number[] } | undefined {
    const group = area[start]
    stamp++
    let entry = start
    while (mark[entry] !== stamp) {
      mark[entry] = stamp
      const next = firstWaiting(entry, group)
      if (next === undefined || way[next] === 1) break
      entry = next
    }
    stamp++
    mark[entry] = stamp
    const nodes = [entry]
    const tokens: number[] = []
    for (const node of nodes) {
      if (any[node] === 0) {
        if (findNeed(node, (need) => rank[need] === -1 && mark[need] === stamp) !== undefined) continue
        const next = firstWaiting(node, group)
        if (next !== undefined) take(next)
        else {
          const token = findNeed(node, isForSale)
          if (token === undefined) return undefined
          take(token)
        }
      } else
        eachNeed(node, (need) => {
          if (area[need] === group || (cost[need] as number) > 0) take(need)
        })
    }
    return { nodes, tokens }

    function take(node: number): void {
      if (mark[node] === stamp) return
      mark[node] = stamp
      if ((cost[node] as number) === 0) nodes.push(node)
      else if (!refused.has(node)) tokens.push(node)
    }
  }

  function firstWaiting(node: number, group: number | undefined): number | undefined {
    return findNeed(node, (need) => rank[need] === -1 && area[need] === group)
  }

  function isForSale(need: number): boolean {
    return rank[need] === -1 && (cost[need] as number) > 0
  }

  function onSale(group: Int32Array): number[] {
    const tokens = new Set<number>()
    for (const node of group)
      eachNeed(node, (need) => {
        if (isForSale(need)) tokens.add(need)
      })
    return [...tokens].sort((a, b) => a - b)
  }

  function eachNeed(node: number, visit: (need: number) => void): void {
    const end = needs.offsets[node + 1] as number
    for (let slot = needs.offsets[node] as number; slot < end; slot++) visit(needs.targets[slot] as number)
  }

  function findNeed(node: number, test: (need: number) => boolean): number | undefined {
    const end = needs.offsets[node + 1] as number
    for (let slot = needs.offsets[node] as number; slot < end; slot++) {
      const need = needs.targets[slot] as number
      if (test(need)) return need
    }
    return undefined
  }

  function ready(node: number): boolean {
    if ((cost[node] as number) > 0) return false
    if (any[node] === 1) return (hits[node] as number) > 0
    return hits[node] === (needs.offsets[node + 1] as number) - (needs.offsets[node] as number)
  }

  function buy(tokens: readonly number[], group: Int32Array): void {
    for (const token of tokens) if (rank[token] === -1) come(token, area[group[0] as number])
  }

  /** And everything of the group that follows from it; the other groups find it when it is their turn. */
  function come(start: number, group: number | undefined): void {
    let next = came.length
    rank[start] = next
    came.push(start)
    for (; next < came.length; next++) {
      const node = came[next] as number
      for (let slot = users.offsets[node] as number; slot < (users.offsets[node + 1] as number); slot++) {
        const user = users.targets[slot] as number
        hits[user] = (hits[user] as number) + 1
        if (rank[user] !== -1 || area[user] !== group || !ready(user)) continue
        rank[user] = came.length
        came.push(user)
      }
    }
  }

  function undo(length: number): void {
    while (came.length > length) {
      const node = came.pop() as number
      rank[node] = -1
      for (let slot = users.offsets[node] as number; slot < (users.offsets[node + 1] as number); slot++)
        (hits[users.targets[slot] as number] as number)--
    }
  }

  function done(group: Int32Array): boolean {
    return !group.some(waits)
  }

  function waits(node: number): boolean {
    return rank[node] === -1 && way[node] === 0 && cost[node] === 0
  }

  /** Of equal prices the one that stands later, so that there is one answer. */
  function cheaper(a: number, b: number): boolean {
    return (cost[a] as number) < (cost[b] as number) || (cost[a] === cost[b] && a > b)
  }

  function priceOf(tokens: readonly number[]): number {
    return tokens.reduce((sum, token) => sum + (cost[token] as number), 0)
  }
}

const none: ReadonlySet<number> = new Set()
