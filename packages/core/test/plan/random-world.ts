import type { KindName } from '../../src/model/key.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { Discovery } from '../../src/model/resource.ts'
import { keyOf, type Sketch } from '../support/discovery.ts'

// Small random worlds: resources with uses, stacks, links that sit in one and name another, parts that outlive their whole, parts that may go ahead of
// theirs, writers, servers, orders that only leak, kinds that could not be listed, data. Grown from the probe with which the planner was chosen.

export interface Entity {
  readonly id: string
  readonly what: 'thing' | 'link' | 'part' | 'stack'
  /** Whether a person has decided that it goes: `no` is foreign, suspected, or holds data that nobody spoke of. */
  readonly may: 'yes' | 'no' | 'unseen' | 'kept'
  readonly level: 'owned' | 'suspected' | 'foreign'
  readonly holdsData?: 'unknown'
  readonly uses: readonly string[]
  readonly leaks: readonly string[]
  readonly wholes: readonly { readonly id: string; readonly alone: boolean }[]
  readonly restoredBy: readonly string[]
  readonly servedBy: readonly string[]
  /** As a writer. */
  readonly writes?: 'loud' | 'can be silenced' | 'silent'
  /** A finalizer holds it until its server has done its work; the server is the first of `servedBy`, or is not there. */
  readonly held?: true
  /** As a server: it does not serve. */
  readonly idle?: true
  /** Of another provider than the rest. */
  readonly elsewhere?: true
}

export interface RandomWorld {
  readonly entities: ReadonlyMap<string, Entity>
  readonly policy: Policy
}

const finalizer = 'test/finalizer'

type Draft = { -readonly [field in keyof Entity]: Entity[field] extends readonly (infer T)[] ? T[] : Entity[field] }

export function randomWorld(seed: number): RandomWorld {
  const random = generator(seed)
  const chance = (part: number): boolean => random() < part
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
  const entities = new Map<string, Draft>()
  const add = (id: string, what: Entity['what'], more: Partial<Draft> = {}): Draft => {
    const draft: Draft = {
      id,
      what,
      may: 'yes',
      level: 'owned',
      uses: [],
      leaks: [],
      wholes: [],
      restoredBy: [],
      servedBy: [],
      ...more,
    }
    entities.set(id, draft)
    return draft
  }
  const ties = chance(0.5) // half of the worlds have nothing but uses, stacks, links and parts
  const tangled = chance(0.15) // and some are full of links that name each other

  const stacks = chance(0.7) ? ['S1', 'S2'].slice(0, chance(0.5) ? 1 : 2) : []
  const things = Array.from({ length: 5 + Math.floor(random() * 4) }, (_, index) => {
    const level = chance(tangled ? 0.95 : 0.84) ? 'owned' : chance(0.5) ? 'foreign' : 'suspected'
    return add(`r${index}`, 'thing', { level, may: level === 'owned' ? 'yes' : 'no' })
  })
  for (const thing of things)
    if (stacks.length > 0 && thing.level === 'owned' && chance(tangled ? 0.2 : 0.5))
      thing.wholes.push({ id: pick(stacks), alone: false })
  for (const stack of stacks)
    if (things.some(({ wholes }) => wholes.some(({ id }) => id === stack))) add(stack, 'stack')

  for (const [a, thing] of things.entries())
    for (const other of things.slice(a + 1)) if (chance(tangled ? 0.05 : 0.22)) thing.uses.push(other.id)
  addLinks()
  addLingeringParts()
  if (ties) addTies()
  if (chance(0.06)) {
    const blind = pick(things)
    if (blind.may === 'yes') blind.may = 'unseen'
  }
  if (chance(0.3)) addHeld()
  const kept = chance(0.08) ? things.find(({ may }) => may === 'yes') : undefined
  if (kept) kept.may = 'kept'
  const released = chance(0.75) ? { releaseFinalizers: [finalizer] } : {}
  return { entities, policy: { maxRemovals: 10_000, ...released, ...(kept ? { keep: [kept.id] } : {}) } }

  function addLinks(): void {
    for (let left = Math.floor(random() * (tangled ? 9 : 5)); left > 0; left--) {
      const [holder, names] = [pick(things), pick(things)]
      if (holder === names) continue
      const member = (one: Draft): string | undefined => one.wholes.find(({ alone }) => !alone)?.id
      const within = member(holder) !== undefined && member(holder) === member(names)
      const stack = chance(0.35) && member(names) ? member(names) : member(holder)
      const ours = stack !== undefined || holder.level === 'owned' || chance(0.3)
      add(`l${left}`, 'link', {
        level: ours ? 'owned' : 'foreign',
        may: ours ? 'yes' : 'no',
        uses: [names.id],
        wholes: [
          { id: holder.id, alone: true },
          ...(stack && !(within && chance(0.5)) ? [{ id: stack, alone: false }] : []),
        ],
      })
    }
  }

  function addLingeringParts(): void {
    for (const thing of things)
      if (thing.wholes.length === 0 && thing.level === 'owned' && chance(0.3))
        add(`eni-${thing.id}`, 'part', { uses: [...thing.uses], wholes: [{ id: thing.id, alone: false }] })
  }

  /** Things that a finalizer holds, each with what it stands for elsewhere. */
  function addHeld(): void {
    for (const thing of things) {
      if (thing.wholes.length > 0 || thing.servedBy.length > 0 || !chance(0.4)) continue
      thing.held = true
      const server = chance(0.5) ? pick(things.filter((one) => one !== thing)) : undefined
      if (server) {
        thing.servedBy.push(server.id)
        if (chance(0.5)) server.idle = true
      }
      for (let left = Math.floor(random() * 3); left > 0; left--) {
        const used = things.filter((one) => one !== thing && chance(0.2)).map(({ id }) => id)
        const made = add(`made-${thing.id}-${left}`, 'thing', {
          elsewhere: true,
          wholes: [{ id: thing.id, alone: chance(0.9) }],
          uses: used,
          ...(chance(0.1) ? { level: 'suspected', may: 'no' } : {}),
        })
        if (chance(0.4))
          add(`eni-${made.id}`, 'part', { elsewhere: true, uses: [...used], wholes: [{ id: made.id, alone: false }] })
        const user = pick(things)
        if (chance(0.2) && !used.includes(user.id)) user.uses.push(made.id)
      }
    }
  }

  function addTies(): void {
    for (const [index, thing] of things.entries()) {
      const others = things.filter((one) => one !== thing)
      if (thing.wholes.length === 0 && chance(0.12)) {
        const whole = things[index + 1]
        if (whole?.level === 'owned' && thing.level === 'owned' && !thing.uses.includes(whole.id))
          thing.wholes.push({ id: whole.id, alone: true })
      }
      const leaksInto = pick(others).id
      if (chance(0.12) && !thing.uses.includes(leaksInto)) thing.leaks.push(leaksInto)
      if (chance(0.12)) {
        const writer = pick(others)
        writer.writes ??= pick(['loud', 'can be silenced', 'can be silenced', 'silent'])
        thing.restoredBy.push(writer.id)
      }
      const server = pick(others).id
      if (chance(0.12) && thing.wholes.length === 0) thing.servedBy.push(server) // so that its own step tells the route
      if (chance(0.05) && thing.may === 'yes') {
        thing.holdsData = 'unknown'
        thing.may = 'no'
      }
    }
  }
}

/** Of a thing that a finalizer holds: nobody will do the work that it stands for. */
export function isUnserved({ entities }: RandomWorld, { held, servedBy }: Entity): boolean {
  const [server] = servedBy
  return held === true && (server === undefined || entities.get(server)?.idle === true)
}

/** What a finalizer stands for: everything of another provider under it. */
export function standsFor({ entities }: RandomWorld, { id }: Entity): Entity[] {
  const under = new Set([id])
  for (const one of under)
    for (const part of entities.values()) if (part.wholes.some((whole) => whole.id === one)) under.add(part.id)
  return [...under].flatMap((one) => entities.get(one) ?? []).filter(({ elsewhere }) => elsewhere)
}

/** May it ever go without its server? */
export function mayBeReleased(world: RandomWorld, held: Entity): boolean {
  const proof = standsFor(world, held)
  const direct = proof.filter(({ wholes }) => wholes.some((whole) => whole.id === held.id))
  const ahead = direct.every(({ wholes }) => wholes.every(({ id, alone }) => id !== held.id || alone))
  return world.policy.releaseFinalizers !== undefined && proof.length > 0 && ahead
}

/**
 * A stack removes its members one after the other, each with what is part of it, links of its own by themselves: is there an order in which nobody is used
 * by what is still there? `along`: all that it takes along.
 */
export function findsOrder({ entities }: RandomWorld, stack: Entity, along: ReadonlySet<string>): boolean {
  if (stack.what !== 'stack') return true
  const left = new Set([...along].filter((id) => id !== stack.id))
  const isMember = ({ wholes }: Entity): boolean => wholes.some(({ id, alone }) => id === stack.id && !alone)
  for (let moved = true; moved; ) {
    moved = false
    for (const id of left) {
      if (!isMember(entities.get(id) as Entity)) continue
      const going = new Set([id])
      for (const one of going)
        for (const part of left)
          if (!isMember(entities.get(part) as Entity) && entities.get(part)?.wholes.some((whole) => whole.id === one))
            going.add(part)
      const users = [...left].filter((user) => !going.has(user)).flatMap((user) => entities.get(user)?.uses ?? [])
      if (users.some((used) => going.has(used))) continue
      for (const one of going) left.delete(one)
      moved = true
    }
  }
  return left.size === 0
}

export function sketchesOf(world: RandomWorld): { sketches: Sketch[]; more: Partial<Discovery> } {
  const unseen = [...world.entities.values()].some(({ may }) => may === 'unseen')
  const sketches = [...world.entities.values()].map((entity): Sketch => {
    const kind: KindName =
      entity.what === 'stack'
        ? 'test:stack'
        : entity.elsewhere
          ? 'cloud:thing'
          : entity.may === 'unseen'
            ? 'test:hidden'
            : 'test:thing'
    return {
      id: entity.id,
      kind,
      owned: entity.level,
      link: entity.what === 'link',
      uses: [...entity.uses, ...entity.leaks.map((to) => ({ to, leaks: true as const }))],
      partOf: entity.wholes.map(({ id, alone }) => (alone ? { whole: id, alone } : id)),
      restoredBy: entity.restoredBy,
      servedBy: entity.servedBy.map((by, at) => (entity.held && at === 0 ? { by, finalizer } : by)),
      facts: {
        ...(entity.holdsData ? { holdsData: entity.holdsData } : {}),
        ...(entity.what === 'part' ? { fixed: 'goes with its whole' } : {}),
        ...(entity.idle ? { serves: false } : {}),
      },
      abilities: {
        remove: entity.what !== 'part',
        silent: entity.writes === 'silent',
        finalizers: entity.held ? [finalizer] : [],
        ...(entity.writes === 'can be silenced' ? { quiesce: { size: 1 } } : {}),
      },
    }
  })
  const unserved = [...world.entities.values()]
    .filter((entity) => isUnserved(world, entity))
    .map(({ id, may }) => ({
      key: keyOf(id, may === 'unseen' ? 'test:hidden' : 'test:thing'),
      controller: 'c',
      because: `finalizer ${finalizer}`,
      finalizer,
    }))
  return {
    sketches,
    more: {
      unserved,
      ...(unseen ? { unseen: [{ kind: 'test:ghost', place: 'p', account: 'a', uses: ['test:hidden'] }] } : {}),
    },
  }
}

export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
