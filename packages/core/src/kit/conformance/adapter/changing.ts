import { isDeepStrictEqual } from 'node:util'
import type { Kind } from '../../../adapter/kind.ts'
import { canonicalJson, type Json } from '../../../model/json.ts'
import { gather } from '../case.ts'
import { labelOf, type Seen, type Stage } from './stage.ts'
import type { AdapterCase } from './suite.ts'
import { isGone, remove } from './take-down.ts'

/** What a run changes on the way, and has to be able to put back. */
export const changing: readonly AdapterCase[] = [
  {
    name: 'lifts a protection and puts it back as it was',
    check: (stage) =>
      gather(async (problem) => {
        for (const { kind, seen } of await withAbility(stage, 'unprotect', protectionsOf, problem))
          for (const id of protectionsOf(seen)) {
            const at = { kind: kind.name, id: seen.facts.id, place: seen.place }
            const before = kind.unprotect?.before(seen.facts, id) as Json
            await kind.unprotect?.apply(stage.io(seen.place), stage.live(seen), id)
            await stage.bench.settle?.()
            const lifted = await stage.must(at)
            if (protectionsOf(lifted).includes(id)) problem(`${labelOf(seen)}: ${id} still stands after apply`)
            else if (kind.unprotect?.before(lifted.facts, id) !== undefined)
              problem(`${labelOf(seen)}: there is still something to lift of ${id} after apply`)
            await kind.unprotect?.undo(stage.io(seen.place), stage.live(lifted), before)
            await stage.bench.settle?.()
            const after = await stage.must(at)
            if (!isDeepStrictEqual(after.facts.protections, seen.facts.protections))
              problem(
                `${labelOf(seen)}: undo of ${id} leaves ${JSON.stringify(after.facts.protections)}, it was ${JSON.stringify(seen.facts.protections)}`,
              )
            else if (!isDeepStrictEqual(kind.unprotect?.before(after.facts, id), before))
              problem(`${labelOf(seen)}: the value of ${id} is another after undo`)
          }
      }),
  },
  {
    name: 'silences a writer and lets it write again',
    check: (stage) =>
      gather(async (problem) => {
        for (const { kind, seen } of await withAbility(stage, 'quiesce', loud, problem)) {
          const { id } = seen.facts
          const before = kind.quiesce?.before(seen.facts, id) as Json
          await kind.quiesce?.apply(stage.io(seen.place), stage.live(seen), id)
          await stage.bench.settle?.()
          const silent = await stage.must({ kind: kind.name, id, place: seen.place })
          if (loud(silent).length > 0) problem(`${labelOf(seen)}: there is still something to silence after apply`)
          await kind.quiesce?.undo(stage.io(seen.place), stage.live(silent), before)
          await stage.bench.settle?.()
          const after = await stage.must({ kind: kind.name, id, place: seen.place })
          if (!isDeepStrictEqual(kind.quiesce?.before(after.facts, id), before))
            problem(`${labelOf(seen)}: the value to put back is another after undo`)
        }
      }),
  },
  {
    name: 'keeps the incarnation of what it changes',
    check: (stage) =>
      gather(async (problem) => {
        const changed = new Set<string>()
        for (const seen of await stage.samples()) {
          const { kind, place, facts } = seen
          if (changed.has(kind.name) || protectionsOf(seen).length + loud(seen).length === 0) continue
          const at = { kind: kind.name, id: facts.id, place }
          const before = (await stage.must(at)).facts.incarnation
          if (before !== facts.incarnation) continue // it differs whenever one looks: that is a case of its own
          changed.add(kind.name)
          for (const id of protectionsOf(seen)) await kind.unprotect?.apply(stage.io(place), stage.live(seen), id)
          for (const id of loud(seen)) await kind.quiesce?.apply(stage.io(place), stage.live(seen), id)
          await stage.bench.settle?.()
          const after = (await stage.must(at)).facts.incarnation
          if (after !== before)
            problem(
              `${labelOf(seen)}: its incarnation is ${before} before and ${after} after a change: that is a revision, and a run takes it for another thing`,
            )
        }
      }),
  },
  {
    name: 'cuts links and puts them back as they were',
    check: (stage) =>
      gather(async (problem) => {
        const uncut = new Set(
          stage.kinds.filter((kind) => kind.link && !isUnable(stage, kind, 'restore')).map(({ name }) => name),
        )
        if (uncut.size === 0) problem('no kind is a link: skip this case with that reason')
        const cut: Seen[] = []
        for (const sample of stage.bench.samples) {
          if (!uncut.has(sample.kind)) continue
          const seen = await stage.must(sample)
          const answer = await remove(stage, seen)
          if (answer === 'no-answer' || 'failure' in answer || !(await isGone(stage, seen))) continue // held by another link: that one is tried as well
          cut.push(seen)
          uncut.delete(seen.kind.name)
        }
        for (const name of uncut) problem(`${name}: no sample of it could be cut`)
        for (const seen of cut.reverse()) {
          const like = async (): Promise<number> =>
            (await stage.list(seen.kind, seen.place)).filter(({ facts }) =>
              sameRelations(facts.relations, seen.facts.relations),
            ).length
          const before = await like()
          await seen.kind.restore?.(stage.io(seen.place), seen.facts)
          await stage.bench.settle?.()
          if ((await like()) !== before + 1)
            problem(`${labelOf(seen)}: restore does not bring one with its relations back`)
          await stage.ask(seen, 'restore', async () => await seen.kind.restore?.(stage.io(seen.place), seen.facts))
          await stage.bench.settle?.()
          if ((await like()) > before + 1)
            problem(
              `${labelOf(seen)}: restore, asked for once more, makes another one; after a crash it is asked for again`,
            )
        }
      }),
  },
  {
    name: 'takes off one mark and no other',
    check: (stage) =>
      gather(async (problem) => {
        const marks = ({ facts }: Seen): string[] =>
          Object.entries(facts.tags ?? {}).map(([key, value]) => `${key}=${value}`)
        for (const { kind, seen } of await withAbility(stage, 'unmark', marks, problem)) {
          const at = { kind: kind.name, id: seen.facts.id, place: seen.place }
          const [mark = '', ...others] = marks(seen)
          await kind.unmark?.(stage.io(seen.place), stage.live(seen), `${mark}0`)
          if (!marks(await stage.must(at)).includes(mark))
            problem(`${labelOf(seen)}: unmark of ${mark}0 takes off ${mark}`)
          await kind.unmark?.(stage.io(seen.place), stage.live(await stage.must(at)), mark)
          const left = marks(await stage.must(at))
          if (left.includes(mark)) problem(`${labelOf(seen)}: ${mark} is still there after unmark`)
          for (const other of others)
            if (!left.includes(other)) problem(`${labelOf(seen)}: unmark of ${mark} takes off ${other} as well`)
        }
      }),
  },
  {
    name: 'releases one finalizer and no other',
    check: (stage) =>
      gather(async (problem) => {
        const all = (await stage.everything()).filter((seen) => seen.kind.release && finalizersOf(seen).length > 0)
        if (!stage.kinds.some((kind) => kind.release)) problem('no kind has release: skip this case with that reason')
        else if (all.length === 0) problem('no sample has a finalizer that its kind can release')
        for (const seen of all) {
          const { kind, place, facts } = seen
          const [first = '', ...others] = finalizersOf(seen)
          await kind.release?.(stage.io(place), stage.live(seen), first)
          const left = finalizersOf(await stage.must({ kind: kind.name, id: facts.id, place }))
          if (left.includes(first)) problem(`${labelOf(seen)}: ${first} still stands after release`)
          for (const other of others)
            if (!left.includes(other)) problem(`${labelOf(seen)}: release of ${first} releases ${other} as well`)
        }
      }),
  },
]

const loud = ({ kind, facts }: Seen): string[] =>
  kind.quiesce?.before(facts, facts.id) === undefined ? [] : [facts.id]
const protectionsOf = ({ kind, facts }: Seen): string[] =>
  (facts.protections ?? []).map(({ id }) => id).filter((id) => kind.unprotect?.before(facts, id) !== undefined)
const finalizersOf = ({ facts }: Seen): string[] =>
  facts.relations.flatMap((one) => (one.type === 'servedBy' && one.finalizer !== undefined ? [one.finalizer] : []))

/** The first thing of each kind with the ability on which it can be shown; a kind without one is a problem of the bench. */
async function withAbility(
  stage: Stage,
  ability: 'unprotect' | 'quiesce' | 'unmark',
  has: (seen: Seen) => readonly string[],
  problem: (text: string) => void,
): Promise<{ kind: Kind; seen: Seen }[]> {
  const able = stage.kinds.filter((kind) => kind[ability] !== undefined && !isUnable(stage, kind, ability))
  if (able.length === 0) problem(`no kind has ${ability}: skip this case with that reason`)
  const samples = await stage.samples()
  return able.flatMap((kind) => {
    const seen = samples.find((one) => one.kind.name === kind.name && has(one).length > 0)
    if (seen === undefined) problem(`${kind.name} has ${ability}, and no sample on which it could be shown`)
    return seen === undefined ? [] : [{ kind, seen }]
  })
}

/** The bench says that its provider cannot show this. */
function isUnable(stage: Stage, kind: Kind, ability: keyof Kind): boolean {
  const unable = stage.bench.unable ?? {}
  const name = `${kind.name} ${ability}`
  return Object.hasOwn(unable, name) && unable[name] !== ''
}

const sameRelations = (some: readonly object[], others: readonly object[]): boolean =>
  isDeepStrictEqual(some.map(canonicalJson).sort(), others.map(canonicalJson).sort())
