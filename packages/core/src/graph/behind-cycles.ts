import type { Graph } from './graph.ts'
import { bytes, int32s } from './numbers.ts'

/** Marks the nodes that lie on a cycle or behind one: whoever waits for all that leads to it waits there for ever. */
export function behindCycles({ size, offsets, targets }: Graph): Uint8Array {
  const waitsFor = int32s(size)
  for (let slot = 0; slot < targets.length; slot++) (waitsFor[targets[slot] as number] as number)++
  const free = int32s(size)
  let found = 0
  for (let node = 0; node < size; node++) if (waitsFor[node] === 0) free[found++] = node
  for (let done = 0; done < found; done++) {
    const node = free[done] as number
    for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++) {
      const target = targets[slot] as number
      waitsFor[target] = (waitsFor[target] as number) - 1
      if (waitsFor[target] === 0) free[found++] = target
    }
  }
  const behind = bytes(size)
  for (let node = 0; node < size; node++) behind[node] = Number((waitsFor[node] as number) > 0)
  return behind
}
