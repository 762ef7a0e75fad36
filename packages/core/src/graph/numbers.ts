/**
 * Arrays of zeros for graphs and whoever computes on them. Large ones lie in shared memory, although nobody shares them: V8 takes ordinary buffers
 * for pressure on its heap and marks the whole of it anew for every 64 MB of them (`kExternalAllocationSoftLimit` in its src/heap/heap.h). Over a
 * million resources that takes longer than to plan them; shared memory is not counted.
 */
export const int32s = (length: number): Int32Array => new Int32Array(memory(4 * length))
export const float64s = (length: number): Float64Array => new Float64Array(memory(8 * length))
export const bytes = (length: number): Uint8Array => new Uint8Array(memory(length))

const largeBytes = 1 << 18

const memory = (size: number): ArrayBufferLike =>
  size < largeBytes ? new ArrayBuffer(size) : new SharedArrayBuffer(size)
