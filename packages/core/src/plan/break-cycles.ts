import { behindCycles } from '../graph/behind-cycles.ts'
import { reverseGraph } from '../graph/graph.ts'
import { unlock } from '../graph/unlock.ts'
import type { Policy } from '../model/policy.ts'
import { type Choices, carry, type Moments, noChoices } from './carry.ts'
import { cutsInside } from './cut-inside.ts'
import { go } from './decide.ts'
import { type CyclePuzzle, puzzleOf } from './puzzle.ts'
import { asReleased, type Release } from './release.ts'
import type { Settled } from './settle.ts'
import { type Tops, topsOf } from './tops.ts'
import { each, nameOf, type World } from './world.ts'

/** How everything goes so that nothing waits for itself. */
export interface WithoutCycles {
  /** The world as it is for what is released without its server. */
  readonly direct: World
  readonly moments: Moments
  readonly choices: Choices
}

/**
 * Where moments wait for each other the cheapest way out is taken (docs/ordering.md): another whole, then our links, parts ahead of their whole, writers
 * silenced, route `direct`, `leaks` edges; else the members of the cycle are blocked. Settles and tries again until nothing waits for itself; each
 * round adds to what stays.
 */
export function breakCycles(
  world: World,
  settled: Settled,
  policy: Policy,
  releases: ReadonlyMap<number, Release>,
): WithoutCycles {
  const direct = asReleased(world, releases)
  for (;;) {
    const tops = topsOf(direct, settled)
    const moments = carry(direct, settled, noChoices, tops)
    if (moments.lastFirst) return insideStacks(direct, settled, tops, moments, noChoices)
    const behind = behindCycles(reverseGraph(moments.before))
    const puzzle = puzzleOf(direct, settled, tops, moments, behind, policy)
    const { bought, rank, stuck } = unlock(puzzle)
    if (stuck.length === 0) {
      const choices = choicesOf(direct, settled, moments, puzzle, bought, rank)
      return insideStacks(direct, settled, tops, carry(direct, settled, choices, tops), choices)
    }
    for (const group of stuck)
      blockAll(
        world,
        settled,
        group.flatMap((node) => puzzle.heads.get(node) ?? []),
      )
  }
}

/** Where a stack would fail over links that are not its own, these are cut first. */
function insideStacks(direct: World, settled: Settled, tops: Tops, moments: Moments, choices: Choices): WithoutCycles {
  const cuts = cutsInside(direct, moments)
  if (cuts.length === 0) return { direct, moments, choices }
  const carrier = new Map(choices.carrier)
  for (const link of cuts) carrier.set(link, -1)
  const cut = { ...choices, carrier }
  return { direct, moments: carry(direct, settled, cut, tops), choices: cut }
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
