import { gather } from '../case.ts'
import { labelOf, nameOf, needed, type Seen, type Send, type Stage } from './stage.ts'
import type { AdapterCase } from './suite.ts'
import { isPartOf, relationsOf, remove } from './take-down.ts'

/** What a removal does, and what it must not. */
export const removing: readonly AdapterCase[] = [
  {
    name: 'answers each removal',
    check: (_, takenDown) =>
      gather(async (problem) => {
        for (const { seen, answer, waited } of (await takenDown()).removals) {
          if (waited > 0)
            problem(
              `${labelOf(seen)}: remove goes on to look ${waited} times after its last write; waiting is for core`,
            )
          if (answer === 'no-answer') problem(`${labelOf(seen)}: remove did not answer`)
          else if ('failure' in answer && answer.failure.code !== 'gone')
            problem(`${labelOf(seen)}: remove ends with ${answer.failure.code}: ${answer.failure.message}`)
        }
      }),
  },
  {
    name: 'removes for good',
    check: (_, takenDown) =>
      gather(async (problem) => {
        for (const { seen, gone } of (await takenDown()).removals)
          if (!gone)
            problem(
              `${labelOf(seen)} was refused, or is still there after ${seen.kind.latency.worstMs} ms, its worst time`,
            )
      }),
  },
  {
    name: 'removes nothing beside it',
    check: (_, takenDown) =>
      gather(async (problem) => {
        for (const { seen, harmed } of (await takenDown()).removals)
          for (const name of harmed) problem(`the removal of ${labelOf(seen)} also took ${name}`)
      }),
  },
  {
    name: 'says of what goes with another that it is a part of it',
    check: (_, takenDown) =>
      gather(async (problem) => {
        const { removals, wentAlong } = await takenDown()
        const gone = removals.map(({ seen }) => seen)
        for (const seen of wentAlong)
          if (![...gone, ...wentAlong].some((whole) => isPartOf(seen, whole)))
            problem(
              `${labelOf(seen)} went without being asked for, and is part of nothing (${wordsOf(seen)}): what takes it along?`,
            )
      }),
  },
  {
    name: 'points from the user to the used, never the other way round',
    check: (_, takenDown) =>
      gather(async (problem) => {
        const { removals } = await takenDown()
        for (const [index, { seen: used, gone }] of removals.entries())
          for (const { seen: user } of gone ? removals.slice(index + 1) : [])
            for (const one of relationsOf(user, used))
              if (one.type === 'dependsOn' && one.ifBroken !== 'leaks' && !isPartOf(user, used))
                problem(
                  `${labelOf(user)} dependsOn ${labelOf(used)} (${one.because}), and that went while ${labelOf(user)} lived: turn the relation round, or say that the provider lets it happen (leaks)`,
                )
      }),
  },
  {
    name: 'takes a second removal as done or says gone, and touches nothing else',
    check: (_, takenDown) =>
      gather(async (problem) => {
        for (const { seen, gone, again, harmedAgain } of (await takenDown()).removals) {
          if (gone && again !== 'no-answer' && 'failure' in again && again.failure.code !== 'gone')
            problem(`${labelOf(seen)}: a second removal ends with ${again.failure.code}: ${again.failure.message}`)
          for (const name of harmedAgain) problem(`a second removal of ${labelOf(seen)} took ${name}`)
        }
      }),
  },
  {
    name: 'says blocked where something that lives uses it',
    check: (stage) =>
      gather(async (problem) => {
        const all = await stage.everything()
        for (const { held, by } of needed(stage.bench.held, 'held')) {
          const seen = await stage.must(held)
          const user = await stage.must(by)
          const name = `${nameOf(held)}, which ${nameOf(by)} uses`
          if (relationsOf(user, seen).length === 0)
            problem(`${name}: no relation says so (${wordsOf(user)}): nobody would wait for the one before the other`)
          const { request, repeated } = watchRefusals(stage, seen)
          const answer = await remove(stage, seen, request)
          for (const call of repeated)
            problem(`${name}: remove sends ${call} again after it was refused; that is for core`)
          if (answer === 'no-answer') problem(`${name}: remove did not answer`)
          else if ('value' in answer) problem(`${name}: remove was accepted`)
          else if (answer.failure.code !== 'blocked')
            problem(`${name}: remove ends with ${answer.failure.code} (${answer.failure.message}), not with blocked`)
          else
            for (const blocker of answer.failure.blockers ?? []) {
              if (!('kind' in blocker)) continue
              if (blocker.kind === held.kind && blocker.id === held.id) problem(`${name}: is told to block itself`)
              else if (!all.some(({ facts }) => facts.id === blocker.id))
                problem(`${name}: ${nameOf(blocker)} is told to block it, and is not listed`)
            }
          if ((await stage.find(held)) === undefined) problem(`${name}: is gone`)
        }
      }),
  },
  {
    name: 'says protected where a protection stands on it',
    check: (stage) =>
      gather(async (problem) => {
        const all = (await stage.everything()).filter(({ facts }) => (facts.protections ?? []).length > 0)
        if (all.length === 0) problem('no sample has a protection')
        for (const seen of all) {
          if (seen.kind.remove === undefined || seen.facts.fixed !== undefined) continue
          const answer = await remove(stage, seen)
          if (answer === 'no-answer') problem(`${labelOf(seen)}: remove did not answer`)
          else if ('value' in answer) problem(`${labelOf(seen)}: remove was accepted`)
          else if (answer.failure.code !== 'protected')
            problem(
              `${labelOf(seen)}: remove ends with ${answer.failure.code} (${answer.failure.message}), not with protected`,
            )
        }
      }),
  },
]

const wordsOf = ({ facts: { relations } }: Seen): string =>
  relations
    .map((one) => {
      const other = 'to' in one ? one.to : one.from
      return `${one.type} ${'alias' in other ? other.alias : nameOf(other)}`
    })
    .join(', ') || 'it has no relations'

/** Sends as always, and notes which calls were sent again after the provider had refused them. */
function watchRefusals(
  stage: Stage,
  { place }: Seen,
): { readonly request: Send; readonly repeated: ReadonlySet<string> } {
  const refused = new Set<string>()
  const repeated = new Set<string>()
  const plain = stage.io(place)
  const request: Send = (what, send) => {
    if (refused.has(what.call)) repeated.add(what.call)
    return plain.request(what, send).catch((error: unknown) => {
      refused.add(what.call)
      throw error
    })
  }
  return { request, repeated }
}
