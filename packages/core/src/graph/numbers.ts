/**
 * Arrays of zeros for graphs and whoever computes on them. Large ones lie in shared memory, although nobody shares them: V8 takes ordinary buffers
 * for pressure on its heap and marks the whole of it anew for every 64 MB of them (`kExternalAllocationSoftLimit` in its src/heap/heap.h). Over a
 * million resources that takes longer than to plan them; shared memory is not counted.
 */
export const int32s = (length: number): Int32Array =>
  isLarge(4 * length) ? new Int32Array(shared(4 * length)) : new Int32Array(length)
export const float64s = (length: number): Float64Array =>
  isLarge(8 * length) ? new Float64Array(shared(8 * length)) : new Float64Array(length)
export const bytes = (length: number): Uint8Array =>
  isLarge(length) ? new Uint8Array(shared(length)) : new Uint8Array(length)

const isLarge = (size: number): boolean => size >= 1 << 18
const shared = (size: number): SharedArrayBuffer => new SharedArrayBuffer(size)

/** The same numbers, with room for as many again. */
export function larger(list: Int32Array): Int32Array {
  const copy = int32s(2 * list.length + 16)
  copy.set(list)
  return copy
}
