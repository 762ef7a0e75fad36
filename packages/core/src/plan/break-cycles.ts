import { behindCycles } from '../graph/behind-cycles.ts'
import { unlock } from '../graph/unlock.ts'
import type { Policy } from '../model/policy.ts'
import { type Choices, carry, type Moments, noChoices } from './carry.ts'
import { go } from './decide.ts'
import { type CyclePuzzle, puzzleOf } from './puzzle.ts'
import type { Settled } from './settle.ts'
import { topsOf } from './tops.ts'
import { each, nameOf, type World } from './world.ts'

/**
 * Where moments wait for each other the cheapest way out is taken (docs/ordering.md): another whole, then our links, parts ahead of their whole, writers
 * silenced, route `direct`, `leaks` edges; else the members of the cycle are blocked. Settles and tries again until nothing waits for itself; each
 * round adds to what stays.
 */
export function breakCycles(world: World, settled: Settled, policy: Policy): { moments: Moments; choices: Choices } {
  for (;;) {
    const tops = topsOf(world, settled)
    const moments = carry(world, settled, noChoices, tops)
    const behind = behindCycles(moments.graph)
    if (!behind) return { moments, choices: noChoices }
    const puzzle = puzzleOf(world, settled, tops, moments, behind, policy)
    const { bought, rank, stuck } = unlock(puzzle)
    if (stuck.length === 0) {
      const choices = choicesOf(world, settled, moments, puzzle, bought, rank)
      return { moments: carry(world, settled, choices, tops), choices }
    }
    for (const group of stuck)
      blockAll(
        world,
        settled,
        group.flatMap((node) => puzzle.heads.get(node) ?? []),
      )
  }
}

function blockAll(world: World, settled: Settled, heads: readonly number[]): void {
  const names = [...heads].sort((a, b) => a - b).map((head) => nameOf(world, head))
  settled.block(
    heads,
    'cycle',
    `${heads.length} resources wait for each other and nothing may be cut: ${names.slice(0, 6).join(', ')}`,
  )
}

/** Everything goes the way that came first. */
function choicesOf(
  world: World,
  settled: Settled,
  moments: Moments,
  { gone, asked, relations }: CyclePuzzle,
  bought: readonly number[],
  rank: Int32Array,
): Choices {
  const carrier = new Map<number, number>()
  for (let node = 0; node < world.size; node++) {
    if ((gone[node] as number) < 0 || (moments.carrier[node] as number) < 0) continue
    const own = rank[asked.get(node) ?? -1] ?? -1
    let [best, first] = [-1, own >= 0 ? own : Number.POSITIVE_INFINITY]
    each(world.wholes.out, node, (whole) => {
      if (settled.stay[whole] !== go || (moments.head[whole] as number) < 0) return
      const place = gone[whole] as number
      const at = place < 0 ? -1 : (rank[place] as number)
      if (at < first) [best, first] = [whole, at]
    })
    if (best !== moments.carrier[node]) carrier.set(node, best)
  }
  return { carrier, dropped: new Set(bought.flatMap((token) => relations.get(token) ?? [])) }
}
