import { type Entity, findsOrder, isUnserved, mayBeReleased, type RandomWorld, standsFor } from './random-world.ts'

/** Which ways out may be taken; everything that is permitted, unless told. */
export interface Ways {
  /** Links that are cut. */
  readonly cuts?: ReadonlySet<string>
  /** Parts that go ahead of a whole that goes. */
  readonly ahead?: ReadonlySet<string>
  /** Writers that go and are silenced first. */
  readonly silenced?: ReadonlySet<string>
  /** What goes without its server. */
  readonly direct?: ReadonlySet<string>
  /** `user used`: orders that leak. */
  readonly broken?: ReadonlySet<string>
}

/**
 * The truth, found by trying: a removal only ever enables others, so trying until nothing moves gives the one greatest set. Knows nothing of moments,
 * carriers or cycles.
 */
export function whatCouldGo(world: RandomWorld, ways: Ways = {}): Set<string> {
  const all = [...world.entities.values()]
  const users = groupBy(all, ({ uses }) => uses)
  const leakers = groupBy(all, ({ leaks }) => leaks)
  const served = groupBy(all, ({ servedBy }) => servedBy)
  const parts = groupBy(all, ({ wholes }) => wholes.map(({ id }) => id))
  const wished = wishes(world)
  const mayNotGo = ({ id, may }: Entity): boolean => may !== 'yes' || wished.has(id)
  /** A person kept it, or has to decide: it is not touched, and what would leak into it waits. */
  const settledByPerson = ({ id, may }: Entity): boolean => may === 'no' || may === 'kept' || wished.has(id)
  const waitsForServer = new Set<string>()

  for (;;) {
    const { live, without } = trial()
    const wrong = [...without].filter((id) => live.has(id))
    if (wrong.length === 0) return new Set(all.map(({ id }) => id).filter((id) => !live.has(id)))
    for (const id of wrong) waitsForServer.add(id) // it stays after all: so does its server
  }

  function trial(): { live: Set<string>; without: Set<string> } {
    const live = new Set(all.map(({ id }) => id))
    const without = new Set<string>()
    for (let moved = true; moved; ) {
      moved = false
      for (const entity of all) {
        if (!live.has(entity.id) || !mayBeAsked(entity, live)) continue
        const along = takenAlong(entity, live)
        const left = [...along].map((id) => world.entities.get(id) as Entity)
        const hung = left.flatMap(({ id }) =>
          (served.get(id) ?? []).filter((one) => live.has(one.id) && !along.has(one.id)),
        )
        if (!left.every((one) => mayBeTaken(one, along, live)) || !hung.every(({ id }) => mayGoWithout(id))) continue
        if (!findsOrder(world, entity, along)) continue
        for (const { id } of hung) without.add(id)
        for (const id of along) live.delete(id)
        moved = true
      }
    }
    return { live, without }
  }

  function mayBeAsked({ id, what, wholes }: Entity, live: ReadonlySet<string>): boolean {
    if (what === 'part' || wholes.some(({ alone }) => !alone)) return false
    if (what === 'link') return !ways.cuts || ways.cuts.has(id)
    const above = wholes.map((whole) => world.entities.get(whole.id) as Entity)
    if (above.some((whole) => live.has(whole.id) && settledByPerson(whole))) return false
    return above.length === 0 || !ways.ahead || ways.ahead.has(id)
  }

  function takenAlong(entity: Entity, live: ReadonlySet<string>): Set<string> {
    const along = new Set([entity.id])
    for (const id of along) for (const part of parts.get(id) ?? []) if (live.has(part.id)) along.add(part.id)
    return along
  }

  function mayBeTaken(one: Entity, along: ReadonlySet<string>, live: ReadonlySet<string>): boolean {
    const outside = (others: readonly Entity[] | undefined): Entity[] =>
      (others ?? []).filter(({ id }) => live.has(id) && !along.has(id))
    if (mayNotGo(one) || outside(users.get(one.id)).length > 0) return false
    // its finalizer is released once all that it stands for is gone
    if (
      isUnserved(world, one) &&
      !(mayBeReleased(world, one) && standsFor(world, one).every(({ id }) => !live.has(id)))
    )
      return false
    if (outside(leakers.get(one.id)).some((user) => settledByPerson(user) || !mayLeak(user, one))) return false
    return one.restoredBy.every((id) => !live.has(id) || along.has(id) || maySilence(world.entities.get(id) as Entity))
  }

  function mayLeak(user: Entity, used: Entity): boolean {
    return !ways.broken || ways.broken.has(`${user.id} ${used.id}`)
  }

  function maySilence(writer: Entity): boolean {
    if (writer.writes === 'silent') return true
    if (writer.writes !== 'can be silenced' || settledByPerson(writer)) return false
    return !ways.silenced || ways.silenced.has(writer.id)
  }

  function mayGoWithout(id: string): boolean {
    const one = world.entities.get(id) as Entity
    if (one.held && !(isUnserved(world, one) && mayBeReleased(world, one))) return false
    return !waitsForServer.has(id) && (!ways.direct || ways.direct.has(id))
  }
}

/** What a person keeps, and everything that stays for its sake. */
function wishes(world: RandomWorld): Set<string> {
  const { entities } = world
  const all = [...entities.values()]
  const wished = new Set(all.filter(({ may }) => may === 'kept').map(({ id }) => id))
  const wish = (id: string): void => {
    const one = entities.get(id) as Entity
    // the rest stays for reasons of its own
    if (one.may === 'yes' && (!isUnserved(world, one) || mayBeReleased(world, one))) wished.add(id)
  }
  for (const id of wished) {
    const { uses, leaks, wholes, servedBy } = entities.get(id) as Entity
    const parts = all.filter((one) => one.wholes.some((whole) => whole.id === id))
    // a link is cut out of what is kept, unless it belongs to a stack
    const held = parts.filter(
      (part) => part.what !== 'link' || part.wholes.some((whole) => whole.id === id && !whole.alone),
    )
    for (const other of [...uses, ...leaks, ...servedBy, ...wholes.map((whole) => whole.id)]) wish(other)
    for (const part of held) wish(part.id)
  }
  return wished
}

function groupBy(all: readonly Entity[], namesOf: (one: Entity) => readonly string[]): Map<string, Entity[]> {
  const groups = new Map<string, Entity[]>()
  for (const one of all) for (const name of namesOf(one)) groups.set(name, [...(groups.get(name) ?? []), one])
  return groups
}
