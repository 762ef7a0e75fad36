import { BrokenInvariantError } from '../model/errors.ts'
import { int32s } from './numbers.ts'

/** A priority is sorted by its bytes. */
const digits = 8
const values = 256

/**
 * The numbers 0 … n − 1 in the order of falling priority, of equal ones the smaller first. Where each node of a graph has a higher priority than all
 * that follow it, that is a topological order, and of all nodes that are free the most urgent one always comes next. O(n): sorts by
 * one digit of the priority after the other, the last one first.
 *
 * Throws a `BrokenInvariantError` for a priority that is below 0 or not a number.
 */
export function highestFirst(priority: Float64Array): Int32Array {
  const bad = priority.findIndex((one) => !(one >= 0))
  if (bad !== -1) throw new BrokenInvariantError(`the priority of node ${bad} is ${priority[bad]}; it is 0 or more`)
  // of numbers that are not negative the larger one also has the larger bits
  const bits = new Uint8Array(priority.buffer, priority.byteOffset, digits * priority.length)
  let order = int32s(priority.length)
  for (let node = 0; node < order.length; node++) order[node] = node
  let sorted = int32s(priority.length)
  const starts = new Int32Array(values + 1)
  for (let digit = 0; digit < digits; digit++) {
    const place = digitPlace(digit)
    starts.fill(0)
    for (let node = 0; node < order.length; node++) count(starts, falling(bits, node, place) + 1)
    if (starts.includes(order.length)) continue // all have the same digit
    for (let value = 0; value < values; value++)
      starts[value + 1] = (starts[value + 1] as number) + (starts[value] as number)
    for (let at = 0; at < order.length; at++) {
      const node = order[at] as number
      sorted[count(starts, falling(bits, node, place))] = node
    }
    ;[order, sorted] = [sorted, order]
  }
  return order
}

const falling = (bits: Uint8Array, node: number, place: number): number =>
  values - 1 - (bits[digits * node + place] as number)

/** The last digit stands first in memory, or last: as the machine has it. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
const digitPlace = (digit: number): number => (littleEndian ? digit : digits - 1 - digit)

/** Adds one, and says what it was before. */
function count(counts: Int32Array, at: number): number {
  const before = counts[at] as number
  counts[at] = before + 1
  return before
}
