import type { Step } from '../model/plan.ts'
import { via } from './carry.ts'
import { nameOf, type World } from './world.ts'
import type { Ordering } from './write-steps.ts'

/** So many reasons are written out per step; the needs themselves are all there. */
const maxReasons = 12

/**
 * Reads which steps come before a moment, and why. A reason is told of the target of the needed step and of the step's own: "uses it (vpcId)"; parts
 * that are meant instead are named. Short texts are shared: a plan of a million resources has three million needs.
 */
export function needsReader(
  { world, moments, before }: Pick<Ordering, 'world' | 'moments' | 'before'>,
  stepAt: Int32Array,
): (moment: number) => Pick<Step, 'needs' | 'because'> {
  const seen = new Int32Array(before.size).fill(-1) // step → the moment it was last needed for
  const tell = reasons(world)

  return (moment) => {
    const start = before.offsets[moment] as number
    const end = before.offsets[moment + 1] as number
    const needs: number[] = []
    for (let slot = start; slot < end; slot++) {
      const step = stepAt[before.targets[slot] as number] as number
      if (step < 0 || seen[step] === moment) continue
      seen[step] = moment
      needs.push(step)
    }
    if (needs.length > 1) needs.sort((a, b) => a - b)
    return { needs, because: because(moment, needs) }
  }

  function because(moment: number, needs: readonly number[]): string[] {
    const count = Math.min(needs.length, maxReasons)
    const texts = new Array<string>(count).fill('')
    let left = count
    for (let slot = before.offsets[moment] as number; left > 0; slot++) {
      const earlier = before.targets[slot] as number
      const step = stepAt[earlier] as number
      if (step < 0 || step > (needs[count - 1] as number)) continue
      const at = needs.indexOf(step)
      if (texts[at] !== '') continue
      texts[at] = reason(before.edgeIds[slot] as number, earlier, moment)
      left--
    }
    if (needs.length > count) texts.push(`and ${needs.length - count} more`)
    return texts
  }

  function reason(edge: number, earlier: number, moment: number): string {
    if (edge >= moments.via.length) return 'comes last before the removal that it frees'
    return tell(moments.via[edge] as number, moments.id[edge] as number, earlier >> 1, moment >> 1)
  }
}

function reasons(world: World): (why: number, edge: number, first: number, second: number) => string {
  const shared: string[][] = []
  return (why, edge, first, second) => {
    const [user, used] = [world.from[edge] as number, world.to[edge] as number]
    // a writer goes before what it makes, against the direction of the relation
    const [early, late] = why === via.writer ? [used, user] : [user, used]
    const because = world.because[edge] as number
    const field = (): string => `(${world.reasons[because]})`
    if (early !== first || late !== second)
      return `${nameOf(world, early)} ${verbs[why]} ${nameOf(world, late)} ${field()}`
    shared[why] ??= []
    const known = shared[why][because] ?? `${verbs[why]} it ${field()}`
    shared[why][because] = known
    return known
  }
}

const verbs: Readonly<Record<number, string>> = {
  [via.uses]: 'uses',
  [via.writer]: 'would make again',
  [via.server]: 'is finished by',
}
