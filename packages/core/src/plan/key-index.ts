import { int32s } from '../graph/numbers.ts'
import { blockLength, fetchTexts } from './fetch.ts'

/** Where each of many keys stands in their list. */
export interface KeyIndex {
  /** −1: it is not there. Of a key that stands there twice, the first place. */
  find(key: unknown): number
  /** The same for each; `places[start]` is that of the first. */
  findAll(keys: readonly unknown[], places: Int32Array, start: number): void
}

/** Other names collide in each process: nobody who names resources can make a plan slow. */
const seed = Math.floor(Math.random() * 2 ** 32)

/**
 * A table of hashes and places in one array, twice as large as it is full at most. `Map` does the same, but grows by moving all that it holds, and for a million
 * keys takes twice as long. What is no text is not found.
 */
export function indexKeys(keys: readonly unknown[]): KeyIndex {
  const slots = 2 ** Math.ceil(Math.log2(2 * keys.length + 1))
  const table = int32s(2 * slots) // of each slot the hash, and the place plus one
  const hashes = int32s(blockLength)
  for (let start = 0; start < keys.length; start += blockLength) {
    const end = Math.min(start + blockLength, keys.length)
    fetchTexts(keys, start, end)
    for (let at = start; at < end; at++) hashes[at - start] = hashOf(keys[at])
    for (let at = start; at < end; at++) {
      const hash = hashes[at - start] as number
      let slot = hash & (slots - 1)
      while (table[2 * slot + 1] !== 0) slot = (slot + 1) & (slots - 1)
      table[2 * slot] = hash
      table[2 * slot + 1] = at + 1
    }
  }

  function placeOf(key: unknown, hash: number): number {
    for (let slot = hash & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const place = (table[2 * slot + 1] as number) - 1
      if (place < 0 || (table[2 * slot] === hash && keys[place] === key)) return place
    }
  }

  return {
    find: (key) => (typeof key === 'string' ? placeOf(key, hashOf(key)) : -1),
    findAll(wanted, places, start) {
      for (let from = 0; from < wanted.length; from += blockLength) {
        const to = Math.min(from + blockLength, wanted.length)
        fetchTexts(wanted, from, to)
        for (let at = from; at < to; at++) hashes[at - from] = hashOf(wanted[at])
        for (let at = from; at < to; at++) {
          const key = wanted[at]
          places[start + at] = typeof key === 'string' ? placeOf(key, hashes[at - from] as number) : -1
        }
      }
    },
  }
}

/** FNV-1a, then mixed: the lowest bits are the slot. */
function hashOf(key: unknown): number {
  if (typeof key !== 'string') return 0
  let hash = seed
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01_00_01_93)
  return hash ^ (hash >>> 15)
}
