import { int32s } from '../graph/numbers.ts'
import type { Step } from '../model/plan.ts'
import type { Edge } from '../model/relation.ts'
import { noRelation } from './carry.ts'
import { types } from './intern.ts'
import { nameOf, type World } from './world.ts'
import type { Ordering } from './write-steps.ts'

/** So many reasons are written out per step; the needs themselves are all there. */
const maxReasons = 12

/**
 * Reads which steps come before a moment, and why. A reason is told of the target of the needed step and of the step's own: "uses it (vpcId)"; parts
 * that are meant instead are named. Short texts are shared: a plan of a million resources has three million needs.
 */
export function needsReader(
  { world, before }: Pick<Ordering, 'world' | 'before'>,
  stepAt: Int32Array,
): (moment: number) => Pick<Step, 'needs' | 'because'> {
  const slotOf = int32s(before.size).fill(-1) // step → the edge for which it was last needed
  const found = int32s(before.size)
  const told: string[] = []
  let lastTold: readonly string[] = []
  const tell = reasons(world)

  return (moment) => {
    const [start, end] = [before.offsets[moment] as number, before.offsets[moment + 1] as number]
    let count = 0
    for (let slot = start; slot < end; slot++) {
      const step = stepAt[before.targets[slot] as number] as number
      if (step < 0) continue
      const known = slotOf[step] as number
      if (known >= start && known < end) continue
      slotOf[step] = slot
      found[count++] = step
    }
    sortFirst(found, count)
    const needs = new Array<number>(count)
    for (let at = 0; at < count; at++) needs[at] = found[at] as number
    return { needs, because: because(moment, needs) }
  }

  /** Two steps with the same reasons share the list of them. */
  function because(moment: number, needs: readonly number[]): readonly string[] {
    const count = Math.min(needs.length, maxReasons)
    for (let at = 0; at < count; at++) {
      const slot = slotOf[needs[at] as number] as number
      told[at] = reason(before.edgeIds[slot] as number, before.targets[slot] as number, moment)
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

/** A call of the engine's own sort costs more than to put three needs in order. */
function sortFirst(numbers: Int32Array, count: number): void {
  if (count > 16) {
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
