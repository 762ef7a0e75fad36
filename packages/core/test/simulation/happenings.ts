import type { MemoryCloud, World } from '../../src/kit/testing/index.ts'
import type { State } from '../../src/kit/testing/resource.ts'
import type { Happening } from './scenario.ts'
import type { Watch } from './watch.ts'

/** So long after somebody removed it, its id is another's. */
const reuseMs = 6_000

/** Puts on the world's agenda what somebody else does. */
export function schedule({ world, context }: MemoryCloud, watch: Watch, happening: Happening): void {
  world.after(happening.atMs, () => {
    if (happening.what === 'clock') context.shiftWallClock(happening.byMs)
    else if (happening.what === 'appears') {
      const { spec } = happening.planted
      const used = spec.uses?.[0]?.to
      const there = used && 'id' in used ? find(world, `${used.kind} ${used.id}`) !== undefined : true
      if (there) watch.excuse(world.add(spec) as State)
    } else {
      const state = find(world, happening.id)
      if (state) befall(world, watch, state, happening.what, happening.id)
    }
  })
}

function befall(
  world: World,
  watch: Watch,
  state: State,
  what: Exclude<Happening['what'], 'clock' | 'appears'>,
  id: string,
): void {
  watch.excuse(state)
  switch (what) {
    case 'unmarked':
      world.change(state, { tags: {} })
      break
    case 'protected':
      world.change(state, { protections: ['termination'] })
      break
    case 'stops-serving':
      world.change(state, { serves: false })
      break
    case 'removed':
    case 'replaced':
      for (const part of partsOf(world, state)) watch.excuse(part)
      world.remove(state)
      if (what === 'replaced') world.after(reuseMs, () => reuse(world, state, id))
  }
}

function reuse(world: World, { spec }: State, id: string): void {
  if (find(world, id)) return
  const { uses: _, partOf: __, servedBy: ___, restoredBy: ____, aliases: _____, inside: ______, ...plain } = spec
  world.add({ ...plain, tags: { cluster: 'prod' }, data: { owner: 'theirs' } })
}

const find = (world: World, id: string): State | undefined =>
  world.alive().find((state) => `${state.kind} ${state.id}` === id) as State | undefined

/** Its parts, and theirs. */
function partsOf(world: World, whole: State): ReadonlySet<State> {
  const parts = new Set<State>()
  const add = (one: State): void => {
    for (const part of world.alive() as readonly State[]) if (goesWith(part, one)) parts.add(part)
  }
  add(whole)
  for (const part of parts) add(part) // grows while it is walked
  return parts
}

const goesWith = (part: State, whole: State): boolean =>
  [...(part.spec.partOf ?? []).map(({ of }) => of), part.spec.inside].some(
    (of) => of !== undefined && 'id' in of && of.id === whole.id && of.kind === whole.kind,
  )
