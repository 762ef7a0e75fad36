import { gather } from '../case.ts'
import { labelOf, nameOf, needed } from './stage.ts'
import type { AdapterCase } from './suite.ts'
import { remove } from './take-down.ts'

/** What a removal does, and what it must not. */
export const removing: readonly AdapterCase[] = [
  {
    name: 'answers each removal',
    check: (_, removals) =>
      gather(async (problem) => {
        for (const { seen, answer } of await removals()) {
          if (answer === 'no-answer') problem(`${labelOf(seen)}: remove did not answer`)
          else if ('failure' in answer && answer.failure.code !== 'gone')
            problem(`${labelOf(seen)}: remove ends with ${answer.failure.code}: ${answer.failure.message}`)
        }
      }),
  },
  {
    name: 'removes for good',
    check: (_, removals) =>
      gather(async (problem) => {
        for (const { seen, gone } of await removals())
          if (!gone)
            problem(
              `${labelOf(seen)} was refused, or is still there after ${seen.kind.latency.worstMs} ms, its worst time`,
            )
      }),
  },
  {
    name: 'removes nothing beside it',
    check: (_, removals) =>
      gather(async (problem) => {
        for (const { seen, harmed } of await removals())
          for (const name of harmed) problem(`the removal of ${labelOf(seen)} also took ${name}`)
      }),
  },
  {
    name: 'takes a second removal as done or says gone, and touches nothing else',
    check: (_, removals) =>
      gather(async (problem) => {
        for (const { seen, gone, again, harmedAgain } of await removals()) {
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
        for (const { held, by } of needed(stage.bench.held, 'held')) {
          const seen = await stage.must(held)
          const answer = await remove(stage, seen)
          const name = `${nameOf(held)}, which ${nameOf(by)} uses`
          if (answer === 'no-answer') problem(`${name}: remove did not answer`)
          else if ('value' in answer) problem(`${name}: remove was accepted`)
          else if (answer.failure.code !== 'blocked')
            problem(`${name}: remove ends with ${answer.failure.code} (${answer.failure.message}), not with blocked`)
          else
            for (const blocker of answer.failure.blockers ?? [])
              if ('kind' in blocker && blocker.kind === held.kind && blocker.id === held.id)
                problem(`${name}: is told to block itself`)
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
