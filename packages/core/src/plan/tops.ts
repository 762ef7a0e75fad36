import { int32s } from '../graph/numbers.ts'
import { go } from './decide.ts'
import type { Settled } from './settle.ts'
import { each, type World } from './world.ts'

/** The topmost wholes that go and whose removal would remove the resource; `undefined`: none but itself. */
export type Tops = (node: number) => readonly number[] | undefined

/** Wholes before their parts, so that each way up is walked once; the parts of one whole share one list. */
export function topsOf({ size, wholes }: World, settled: Settled): Tops {
  if (wholes.out.targets.length === 0) return () => undefined
  const goes = (node: number): boolean => settled.stay[node] === go
  const tops = new Array<readonly number[] | undefined>(size)
  const open = int32s(size)
  const ready: number[] = []
  for (let node = 0; node < size; node++) {
    if (!goes(node)) continue
    each(wholes.out, node, (whole) => {
      if (goes(whole)) open[node] = (open[node] as number) + 1
    })
    if (open[node] === 0) ready.push(node)
  }
  while (ready.length > 0) {
    const node = ready.pop() as number
    const own = tops[node] ?? [node]
    each(wholes.in, node, (part) => {
      if (!goes(part)) return
      const known = tops[part]
      tops[part] = known === undefined || known === own ? own : [...new Set([...known, ...own])].sort((a, b) => a - b)
      open[part] = (open[part] as number) - 1
      if (open[part] === 0) ready.push(part)
    })
  }
  return (node) => tops[node]
}
