/** Seeded randomness: the same seed gives the same numbers on every machine. */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number
  /** 0 ≤ n < below, whole. */
  below(below: number): number
  /** from ≤ n ≤ to, whole. */
  between(from: number, to: number): number
  pick<T>(from: readonly [T, ...T[]]): T
  chance(probability: number): boolean
  shuffled<T>(all: readonly T[]): T[]
}

/** mulberry32: 32 bits of state, good enough to draw worlds and jitter. */
export function seededRandom(seed: number | string): Random {
  let state = typeof seed === 'number' ? seed >>> 0 : hashText(seed)
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    between: (from, to) => from + below(to - from + 1),
    pick: (from) => from[below(from.length)] ?? from[0],
    chance: (probability) => next() < probability,
    shuffled(all) {
      const out = [...all]
      for (let at = out.length - 1; at > 0; at--) {
        const other = below(at + 1)
        const [a, b] = [out[at], out[other]]
        if (a !== undefined && b !== undefined) {
          out[at] = b
          out[other] = a
        }
      }
      return out
    },
  }
}

/** FNV-1a. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
