import { gather } from '../case.ts'
import { nameOf, needed } from './stage.ts'
import type { AdapterCase } from './suite.ts'
import { isGone, remove, unprotected } from './take-down.ts'

/** What is on its way out, and what comes after it. */
export const leaving: readonly AdapterCase[] = [
  {
    name: 'shows what is being removed for as long as it is there',
    check: (stage) =>
      gather(async (problem) => {
        for (const sample of needed(stage.bench.lingering, 'lingering')) {
          const seen = await unprotected(stage, await stage.must(sample))
          const { kind, place, facts } = seen
          const answer = await remove(stage, seen)
          if (answer === 'no-answer' || 'failure' in answer) {
            problem(
              `${nameOf(sample)}: its removal was not accepted: ${answer === 'no-answer' ? answer : answer.failure.message}`,
            )
            continue
          }
          const after =
            'a moment after its removal was accepted; it has to be shown as going until the provider has let it go'
          const listed = (await stage.find(sample))?.facts
          if (listed === undefined) problem(`${nameOf(sample)} is not listed any more, or as gone, ${after}`)
          else if (listed.phase !== 'going')
            problem(`${nameOf(sample)} stands as ${listed.phase} (${listed.state}) ${after}`)
          if (listed && listed.incarnation !== facts.incarnation)
            problem(`${nameOf(sample)} was ${facts.incarnation} and is ${listed.incarnation} ${after}`)
          if (kind.read === undefined) continue
          const raw: unknown = await kind.read(stage.io(place), facts.id)
          if (raw === undefined || kind.facts(raw).phase === 'gone')
            problem(`${nameOf(sample)} is read as gone ${after}`)
        }
      }),
  },
  {
    name: 'tells what took an id again from what had it before',
    check: (stage) =>
      gather(async (problem) => {
        for (const { sample, make } of needed(stage.bench.again, 'again')) {
          const before = await unprotected(stage, await stage.must(sample))
          await remove(stage, before)
          if (!(await isGone(stage, before))) {
            problem(`${nameOf(sample)} does not go, so nothing can take its id`)
            continue
          }
          await make()
          await stage.bench.settle?.()
          const { facts } = await stage.must(sample)
          if (facts.incarnation === before.facts.incarnation)
            problem(
              `${nameOf(sample)}: the one that was made after it has the same incarnation ${facts.incarnation}; take what the provider never gives twice, such as its own unique id or the time of creation`,
            )
        }
      }),
  },
]
