import type { Resource } from '../model/resource.ts'

/**
 * Looking at what a list holds, one after the other but waiting for none: what a million objects consist of lies scattered in memory, and the processor then fetches
 * many pieces side by side. Whoever works on a block of them right afterwards finds them at hand.
 */
export const blockLength = 128

/** How many are objects (or null). */
export function countObjects(list: readonly unknown[], start: number, end: number): number {
  let objects = 0
  for (let at = start; at < end; at++) objects += Number(typeof list[at] === 'object')
  return objects
}

/** Of each text the end, which is what differs in most keys. */
export function fetchTexts(list: readonly unknown[], start: number, end: number): number {
  let sum = 0
  for (let at = start; at < end; at++) {
    const text = list[at]
    if (typeof text === 'string' && text.length > 0) sum += text.charCodeAt(text.length - 1)
  }
  return sum
}

/** A block of resources: what each consists of. */
export function fetchParts(resources: readonly Resource[], start: number): number {
  const end = Math.min(start + blockLength, resources.length)
  let found = 0
  for (let at = start; at < end; at++) {
    const { facts, abilities, ownership } = resources[at] as Resource
    found += Number(facts.phase !== undefined) + Number(abilities.remove) + Number(ownership.level !== undefined)
  }
  return found
}
