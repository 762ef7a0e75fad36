import { describe, expect, it } from 'vitest'
import { buildGraph } from '../../src/graph/graph.ts'
import type { Puzzle } from '../../src/graph/puzzle.ts'
import { maxExact, unlock } from '../../src/graph/unlock.ts'
import { seededRandom } from '../../src/kit/testing/random.ts'

/** `{ a: 'b & c' }`, `{ a: 'b | c' }`; `$3` costs 3. Names in the order in which they appear. */
function puzzle(rules: Record<string, string>): { puzzle: Puzzle; node: (name: string) => number } {
  const names = new Map<string, number>()
  const node = (name: string): number => {
    if (!names.has(name)) names.set(name, names.size)
    return names.get(name) as number
  }
  const [from, to]: number[][] = [[], []] as number[][]
  const any = new Set<number>()
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.includes('|')) any.add(node(name))
    for (const need of rule.split(/[&|]/).map((one) => one.trim())) {
      if (need === '') continue
      from?.push(node(name))
      to?.push(node(need))
    }
  }
  const all = [...names.keys()]
  return {
    node,
    puzzle: {
      needs: buildGraph(all.length, from ?? [], to ?? []),
      any: Uint8Array.from(all, (_, at) => Number(any.has(at))),
      cost: Float64Array.from(all, (name) => (name.startsWith('$') ? Number(name.slice(1).split(' ')[0]) : 0)),
    },
  }
}

describe('unlock', () => {
  it('buys nothing where everything comes by itself', () => {
    const { puzzle: easy, node } = puzzle({ a: 'b & c', b: 'c', c: '' })
    const { bought, rank, stuck } = unlock(easy)
    expect(bought).toEqual([])
    expect(stuck).toEqual([])
    expect([...rank].every((at) => at >= 0)).toBe(true)
    expect(rank[node('c')]).toBeLessThan(rank[node('b')] as number)
    expect(rank[node('b')]).toBeLessThan(rank[node('a')] as number)
  })

  it('takes the free way out of two before it buys one', () => {
    const { puzzle: either } = puzzle({ a: 'either', either: 'a | free', free: '' })
    expect(unlock(either)).toMatchObject({ bought: [], stuck: [] })
  })

  it('buys the cheaper of two ways out of a cycle', () => {
    const { puzzle: cycle, node } = puzzle({ a: 'x', x: 'b | $5', b: 'y', y: 'a | $2' })
    expect(unlock(cycle).bought).toEqual([node('$2')])
  })

  it('buys one way that opens two cycles rather than two that open one each', () => {
    const { puzzle: eight, node } = puzzle({
      hub: 'x & y',
      x: 'left | $2 x',
      y: 'right | $2 y',
      left: 'z',
      right: 'z',
      z: 'hub | $3 z',
    })
    expect(unlock(eight).bought).toEqual([node('$3 z')])
  })

  it('names the cause where nothing can be bought, and not what waits for it', () => {
    const { puzzle: hopeless, node } = puzzle({ a: 'b', b: 'a', behind: 'a', other: 'x', x: 'other | $1' })
    const { stuck, rank, bought } = unlock(hopeless)
    expect(stuck.map((group) => [...group].sort((a, b) => a - b))).toEqual([[node('a'), node('b')]])
    expect(rank[node('behind')]).toBe(-1)
    expect(rank[node('other')]).toBeGreaterThanOrEqual(0)
    expect(bought).toEqual([node('$1')])
  })

  it('finds the cheapest set, as trying all of them does', () => {
    for (let seed = 1; seed <= 1500; seed++) {
      const one = randomPuzzle(seed, 10, 8)
      const { bought, stuck } = unlock(one)
      const cheapest = tryAll(one)
      if (cheapest === undefined) expect(stuck.length, `seed ${seed}`).toBeGreaterThan(0)
      else {
        expect(stuck, `seed ${seed}`).toEqual([])
        expect(priceOf(one, bought), `seed ${seed}`).toBe(cheapest)
      }
    }
  })

  it('buys nothing needless in a group that is too large to be tried out', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const one = randomPuzzle(seed, 60, 3 * maxExact)
      const { bought, stuck } = unlock(one)
      if (stuck.length > 0) continue
      expect(comes(one, new Set(bought)), `seed ${seed}`).toBe(true)
      for (const token of bought)
        expect(comes(one, new Set(bought.filter((other) => other !== token))), `seed ${seed}`).toBe(false)
    }
  })

  it('solves 20 links between 5 that all name each other within a moment', () => {
    const rules: Record<string, string> = {}
    for (let a = 0; a < 5; a++) {
      rules[`n${a}`] = [0, 1, 2, 3, 4]
        .filter((b) => b !== a)
        .map((b) => `l${b}${a}`)
        .join(' & ')
      for (let b = 0; b < 5; b++) if (a !== b) rules[`l${a}${b}`] = `n${a} | $1 ${a}${b}`
    }
    const startedAt = performance.now()
    expect(unlock(puzzle(rules).puzzle).bought).toHaveLength(10)
    expect(performance.now() - startedAt).toBeLessThan(30_000)
  })
})

/** Nodes that need all of some others; each need may be bought off with some chance. */
function randomPuzzle(seed: number, nodes: number, tokens: number): Puzzle {
  const random = seededRandom(seed)
  const [from, to, any, cost]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let node = 0; node < nodes; node++) {
    any.push(0)
    cost.push(0)
  }
  const add = (isAny: number, price: number): number => {
    any.push(isAny)
    return cost.push(price) - 1
  }
  let left = tokens
  for (let edge = 0; edge < 1.6 * nodes; edge++) {
    const [a, b] = [random.below(nodes), random.below(nodes)]
    if (a === b) continue
    if (left > 0 && random.below(10) < 7) {
      left--
      const either = add(1, 0)
      from.push(a, either, either)
      to.push(either, b, add(0, 1 + random.below(4)))
    } else if (a > b) {
      from.push(a)
      to.push(b)
    }
  }
  return {
    needs: buildGraph(any.length, from, to),
    any: Uint8Array.from(any),
    cost: Float64Array.from(cost),
  }
}

function comes({ needs, any, cost }: Puzzle, bought: ReadonlySet<number>): boolean {
  const here = new Set(bought)
  for (let before = -1; before < here.size; ) {
    before = here.size
    for (let node = 0; node < needs.size; node++) {
      if ((cost[node] as number) > 0) continue
      const wanted = [...needs.targets.subarray(needs.offsets[node], needs.offsets[node + 1])]
      if (any[node] === 1 ? wanted.some((need) => here.has(need)) : wanted.every((need) => here.has(need)))
        here.add(node)
    }
  }
  return [...cost].every((price, node) => price > 0 || here.has(node))
}

function tryAll(one: Puzzle): number | undefined {
  const tokens = [...one.cost.keys()].filter((node) => (one.cost[node] as number) > 0)
  let cheapest: number | undefined
  for (let set = 0; set < 2 ** tokens.length; set++) {
    const bought = tokens.filter((_, at) => (set >> at) & 1)
    const price = priceOf(one, bought)
    if ((cheapest === undefined || price < cheapest) && comes(one, new Set(bought))) cheapest = price
  }
  return cheapest
}

const priceOf = ({ cost }: Puzzle, tokens: readonly number[]): number =>
  tokens.reduce((sum, token) => sum + (cost[token] as number), 0)
