import { float64s } from '../graph/numbers.ts'
import type { Step } from '../model/plan.ts'
import type { Edge } from '../model/relation.ts'
import { noRelation } from './carry.ts'
import { types } from './intern.ts'
import { nameOf, type World } from './world.ts'
import type { Ordering } from './write-steps.ts'

/** So many reasons are written out per step; the needs themselves are all there. */
const maxReasons = 12
/** So many needs are put in order by hand. */
const shortRow = 16

export interface NeedsReader {
  /** Which steps come before a moment, and why. */
  read(moment: number): Pick<Step, 'needs' | 'because'>
  /** Looks at what will be read for these moments. */
  fetch(moments: Int32Array, start: number, end: number): number
}

/**
 * Needs of moments from the steps of earlier ones. A reason is told of the target of the needed step and of the step's own: "uses it (vpcId)"; parts
 * that are meant instead are named. Short texts are shared: a plan of a million resources has three million needs.
 */
export function needsReader({ world, before }: Pick<Ordering, 'world' | 'before'>, stepAt: Int32Array): NeedsReader {
  const { offsets, targets, edgeIds } = before
  // of each edge to a moment that has a step: that step, then the edge's place in the row
  let found = float64s(shortRow)
  const told: string[] = []
  let lastTold: readonly string[] = []
  const tell = reasons(world)

  return {
    fetch(moments, start, end) {
      let sum = 0
      for (let at = start; at < end; at++) sum += offsets[moments[at] as number] as number
      for (let at = start; at < end; at++) {
        const moment = moments[at] as number
        for (let slot = offsets[moment] as number; slot < (offsets[moment + 1] as number); slot++) {
          const edge = Math.max(0, edgeIds[slot] as number)
          sum += (stepAt[targets[slot] as number] as number) + (world.to[edge] ?? 0) + (world.because[edge] ?? 0)
        }
      }
      return sum
    },
    read(moment) {
      const [start, end] = [offsets[moment] as number, offsets[moment + 1] as number]
      const width = end - start
      if (width > found.length) found = float64s(2 * width)
      let count = 0
      for (let slot = start; slot < end; slot++) {
        const step = stepAt[targets[slot] as number] as number
        if (step >= 0) found[count++] = step * width + slot - start
      }
      sortFirst(found, count)
      count = firstOfEach(found, count, width)
      const needs = new Array<number>(count)
      for (let at = 0; at < count; at++) needs[at] = Math.floor((found[at] as number) / width)
      return { needs, because: because(moment, start, needs, width) }
    },
  }

  /** Two steps with the same reasons share the list of them. */
  function because(moment: number, start: number, needs: readonly number[], width: number): readonly string[] {
    const count = Math.min(needs.length, maxReasons)
    for (let at = 0; at < count; at++) {
      const slot = start + (found[at] as number) - (needs[at] as number) * width
      told[at] = reason(edgeIds[slot] as number, targets[slot] as number, moment)
    }
    let length = count
    if (needs.length > count) told[length++] = `and ${needs.length - count} more`
    let same = length === lastTold.length
    for (let at = 0; same && at < length; at++) same = told[at] === lastTold[at]
    if (!same) lastTold = told.slice(0, length)
    return lastTold
  }

  function reason(edge: number, earlier: number, moment: number): string {
    if (edge === noRelation) return 'comes last before the removal that it frees'
    return tell(edge, earlier >> 1, moment >> 1)
  }
}

function reasons(world: World): (edge: number, first: number, second: number) => string {
  const shared: string[][] = types.map(() => [])
  return (edge, first, second) => {
    const type = world.type[edge] as number
    const verb = verbs[types[type] as Edge['type']]
    const because = world.because[edge] as number
    // a writer goes before what it makes, against the direction of the relation
    const meant = (types[type] === 'restoredBy' ? world.from : world.to)[edge] as number
    if (meant !== second) return `${nameOf(world, first)} ${verb} ${nameOf(world, meant)} (${world.reasons[because]})`
    const texts = shared[type] as string[]
    texts[because] ??= `${verb} it (${world.reasons[because]})`
    return texts[because] as string
  }
}

/** Of several edges to one step the first stands for it. Gives how many are left. */
function firstOfEach(found: Float64Array, count: number, width: number): number {
  let [kept, last] = [0, -1]
  for (let at = 0; at < count; at++) {
    const step = Math.floor((found[at] as number) / width)
    if (step === last) continue
    last = step
    found[kept++] = found[at] as number
  }
  return kept
}

/** A call of the engine's own sort costs more than to put three needs in order. */
function sortFirst(numbers: Float64Array, count: number): void {
  if (count > shortRow) {
    numbers.subarray(0, count).sort()
    return
  }
  for (let at = 1; at < count; at++) {
    const one = numbers[at] as number
    let place = at
    for (; place > 0 && (numbers[place - 1] as number) > one; place--) numbers[place] = numbers[place - 1] as number
    numbers[place] = one
  }
}

const verbs: Readonly<Record<Edge['type'], string>> = {
  dependsOn: 'uses',
  partOf: 'is part of',
  restoredBy: 'would make again',
  servedBy: 'is finished by',
}
