import type { Graph } from './graph.ts'

/**
 * Nodes that come once what they need has come. A node with `any` needs one of its needs, the others all; so a node without needs comes at once,
 * one with `any` and no needs never. A node with a cost has no needs and comes only if it is bought. A node that needs all, something with a cost
 * among them, has one user and is a way for that one: it need not come itself.
 */
export interface Puzzle {
  /** Node → needs. */
  readonly needs: Graph
  readonly any: Uint8Array
  readonly cost: Float64Array
}

export interface Unlocked {
  /** What was bought so that everything comes that can. */
  readonly bought: readonly number[]
  /** When a node comes, counted; −1: never. */
  readonly rank: Int32Array
  /** Groups of nodes that wait for each other whatever is bought: the causes only, not what waits for them. */
  readonly stuck: readonly (readonly number[])[]
}

/** Marks the ways: nodes that need all, something with a cost among them. */
export function waysOf({ size, offsets, targets }: Graph, any: Uint8Array, cost: Float64Array): Uint8Array {
  const way = new Uint8Array(size)
  for (let node = 0; node < size; node++)
    for (let slot = offsets[node] as number; any[node] === 0 && slot < (offsets[node + 1] as number); slot++)
      if ((cost[targets[slot] as number] as number) > 0) way[node] = 1
  return way
}
