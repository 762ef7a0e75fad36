import type { Plan } from '../../src/model/plan.ts'
import { withoutServer } from './carry-out.ts'
import type { RandomWorld } from './random-world.ts'
import { type Ways, whatCouldGo } from './what-could-go.ts'

export const goesIn = (plan: Plan): string[] =>
  plan.resources.flatMap(({ id, step }) => (step === undefined ? [] : [id]))

/** The ways out that the plan takes. */
export function waysOf(world: RandomWorld, plan: Plan): Required<Ways> {
  const idOf = new Map(plan.resources.map(({ key, id }) => [key, id]))
  const ids = (action: Plan['steps'][number]['action']): string[] =>
    plan.steps.flatMap((step) => (step.action === action ? (idOf.get(step.target) ?? []) : []))
  const goes = new Set(goesIn(plan))
  const leaking = [...world.entities.values()].filter(({ id }) => !goes.has(id))
  return {
    cuts: new Set(ids('sever')),
    ahead: new Set(ids('remove').filter((id) => (world.entities.get(id)?.wholes.length ?? 0) > 0)),
    silenced: new Set(ids('quiesce')),
    direct: withoutServer(plan),
    broken: new Set([
      ...plan.findings
        .filter(({ code }) => code === 'broken-order')
        .map(({ keys }) => keys.map((key) => idOf.get(key)).join(' ')),
      ...leaking.flatMap(({ id, leaks }) => leaks.map((used) => `${id} ${used}`)),
    ]),
  }
}

/** A smaller set of links with which all the same would go; trying all sets of one less is enough, for more cuts never hold anything back. */
export function fewerCuts(world: RandomWorld, ways: Required<Ways>, could: readonly string[]): string[] | undefined {
  if (ways.cuts.size === 0) return undefined
  const links = [...world.entities.values()].filter(
    ({ what, wholes }) => what === 'link' && wholes.every(({ alone }) => alone),
  )
  const search = (chosen: string[], from: number): string[] | undefined => {
    if (chosen.length === ways.cuts.size - 1) {
      const goes = whatCouldGo(world, { ...ways, cuts: new Set(chosen) })
      return could.every((id) => goes.has(id)) ? chosen : undefined
    }
    for (let at = from; at < links.length; at++) {
      const found = search([...chosen, links[at]?.id ?? ''], at + 1)
      if (found) return found
    }
    return undefined
  }
  return search([], 0)
}
