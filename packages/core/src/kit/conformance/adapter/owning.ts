import type { Facts, Kind, OwnershipRule } from '../../../adapter/kind.ts'
import { gather } from '../case.ts'
import type { Marked } from './harness.ts'
import { nameOf, needed } from './stage.ts'
import type { AdapterCase } from './suite.ts'

/** Whose a thing is, by its own marks. */
export const owning: readonly AdapterCase[] = [
  {
    name: 'proves by its marks whose a sample is, before any second look',
    check: (stage) =>
      gather(async (problem) => {
        for (const marked of needed(stage.bench.marked, 'marked'))
          for (const sample of marked.samples) {
            const kind = stage.kindOf(sample.kind)
            const place = stage.placeOf(sample)
            const proofs = stage.session.ownership.filter((rule) => isProofFor(rule, kind))
            const name = `${nameOf(sample)} of ${marked.word} ${marked.value}`
            const judged = (await stage.list(kind, place, ['labels'])).find(({ facts }) => facts.id === sample.id)
            if (judged === undefined) problem(`${name} is not listed`)
            else if (!proves(proofs, judged.facts, marked)) {
              const late = (await stage.find(sample))?.facts
              problem(
                late && proves(proofs, late, marked)
                  ? `${name}: its proof shows only after more, and only what is in play already is looked at that closely: bring it with labels`
                  : `${name}: none of its tags, name and aliases (${marksOf(judged.facts).join(', ') || 'none'}) is a proof; proofs are ${proofs.map(({ mark }) => mark(marked.word, marked.value)).join(', ') || 'none'}`,
              )
            }
          }
      }),
  },
]

const isProofFor = ({ says, strength, kinds }: OwnershipRule, { name }: Kind): boolean =>
  says === 'ours' && strength === 'proof' && (kinds?.includes(name) ?? true)

const proves = (rules: readonly OwnershipRule[], facts: Facts, { word, value }: Marked): boolean =>
  rules.some(({ on, mark }) => {
    const proof = mark(word, value)
    return proof !== undefined && marksOf(facts, on).includes(proof)
  })

function marksOf({ tags = {}, name, aliases = [] }: Facts, on?: OwnershipRule['on']): string[] {
  const marks: Readonly<Record<OwnershipRule['on'], readonly string[]>> = {
    tag: Object.entries(tags).map(([key, value]) => `${key}=${value}`),
    name: name === undefined ? [] : [name],
    alias: aliases,
  }
  return on ? [...marks[on]] : Object.values(marks).flat()
}
