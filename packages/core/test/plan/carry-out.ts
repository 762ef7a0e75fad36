import type { Plan } from '../../src/model/plan.ts'
import { type Entity, findsOrder, generator, isUnserved, type RandomWorld, standsFor } from './random-world.ts'

/** Parts are still there for so many ticks after their whole was removed. */
const lingerTicks = 3

/**
 * A provider that refuses while a live user is there, makes again what a writer asks for, and leaves hanging what has lost its server. Steps run in a
 * random order that waits for nothing but what the plan tells; the answer is everything that went wrong.
 */
export function carryOut(world: RandomWorld, plan: Plan, seed: number): string[] {
  const random = generator(seed)
  const all = [...world.entities.values()]
  const idOf = new Map(plan.resources.map(({ key, id }) => [key, id]))
  const entityOf = (key: Plan['resources'][number]['key']): Entity => world.entities.get(idOf.get(key) ?? '') as Entity
  const wrong: string[] = []
  const live = new Set(all.map(({ id }) => id))
  const lingering = new Map<string, number>() // removed with its whole, gone at this tick
  const silenced = new Set<string>()
  const released = new Set<string>()
  const broken = new Set(
    plan.findings
      .filter(({ code }) => code === 'broken-order')
      .map(({ keys }) => keys.map((key) => idOf.get(key)).join(' ')),
  )
  const goes = new Set(plan.resources.filter(({ step }) => step !== undefined).map(({ id }) => id))
  const direct = withoutServer(plan)
  const done = new Set<number>()
  let tick = 0

  while (done.size < plan.steps.length) {
    tick++
    for (const [id, at] of lingering) if (at <= tick) live.delete(id)
    const ready = plan.steps.flatMap((step, index) =>
      !done.has(index) && step.needs.every((need) => done.has(need)) ? [index] : [],
    )
    const next = ready[Math.floor(random() * ready.length)] as number
    const step = plan.steps[next] as Plan['steps'][number]
    const entity = entityOf(step.target)
    if (step.action === 'await') {
      if (!lingering.has(entity.id) && live.has(entity.id)) wrong.push(`${entity.id} is awaited and nobody removes it`)
      if (live.has(entity.id)) continue
    } else if (step.action === 'quiesce') silenced.add(entity.id)
    else if (step.action === 'sever') cut(entity)
    else if (step.action === 'remove') remove(entity)
    else if (step.action === 'release')
      release(
        entity,
        step.proof.map((key) => entityOf(key).id),
      )
    done.add(next)
  }
  for (const id of goes) if (live.has(id) && !lingering.has(id)) wrong.push(`${id} is still there`)
  return wrong

  function release(entity: Entity, proof: readonly string[]): void {
    const stands = standsFor(world, entity).map(({ id }) => id)
    for (const id of stands) {
      if (live.has(id)) wrong.push(`${entity.id} is released while ${id} is there`)
      if (!proof.includes(id)) wrong.push(`${entity.id} is released, and ${id} is no proof of it`)
    }
    if (stands.length === 0 || !isUnserved(world, entity) || !world.policy.releaseFinalizers)
      wrong.push(`${entity.id} may not be released`)
    if (!live.has(entity.id)) wrong.push(`${entity.id} is released although it is gone`)
    released.add(entity.id)
  }

  function cut(link: Entity): void {
    if (link.wholes.some(({ alone }) => !alone)) wrong.push(`${link.id} is cut out of a stack`)
    if (!live.has(link.id)) wrong.push(`${link.id} is cut although it is gone`)
    if (!link.uses.some((id) => live.has(id) && goes.has(id))) wrong.push(`${link.id} is cut for nothing`)
    live.delete(link.id)
  }

  function remove(entity: Entity): void {
    if (!live.has(entity.id)) wrong.push(`${entity.id} is removed although it is gone`)
    const along = new Set([entity.id])
    for (const id of along)
      for (const part of all)
        if (live.has(part.id) && !lingering.has(part.id) && part.wholes.some((whole) => whole.id === id))
          along.add(part.id)
    for (const id of along) check(world.entities.get(id) as Entity, entity, along)
    if (!findsOrder(world, entity, along)) wrong.push(`${entity.id} fails: its members have no order`)
    for (const id of along) {
      if (world.entities.get(id)?.what === 'part') lingering.set(id, tick + lingerTicks)
      else live.delete(id)
    }
  }

  function check(one: Entity, asked: Entity, along: ReadonlySet<string>): void {
    const there = (id: string): boolean => live.has(id) && !along.has(id)
    if (isUnserved(world, one) && !released.has(one.id)) wrong.push(`${one.id} hangs on its finalizer`)
    if (one.may !== 'yes') wrong.push(`${one.id} is removed with ${asked.id} and may not be`)
    for (const user of all) {
      if (!there(user.id)) continue
      if (user.uses.includes(one.id)) wrong.push(`${asked.id} is refused: ${user.id} uses ${one.id}`)
      if (user.leaks.includes(one.id) && goes.has(user.id) && !broken.has(`${user.id} ${one.id}`))
        wrong.push(`${one.id} goes before ${user.id}, which leaks, and no finding says so`)
      if (user.servedBy.includes(one.id) && !direct.has(user.id)) wrong.push(`${user.id} loses its server ${one.id}`)
    }
    for (const writer of one.restoredBy)
      if (there(writer) && !silenced.has(writer) && world.entities.get(writer)?.writes !== 'silent')
        wrong.push(`${one.id} is made again by ${writer}`)
  }
}

/** What goes by route `direct`: it needs no server to finish. */
export function withoutServer(plan: Plan): Set<string> {
  return new Set(
    plan.resources.flatMap(({ id, step }) => {
      const own = plan.steps[step ?? -1]
      return own?.action === 'remove' && own.route === 'direct' ? [id] : []
    }),
  )
}
