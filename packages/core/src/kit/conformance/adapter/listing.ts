import type { Kind } from '../../../adapter/kind.ts'
import { gather } from '../case.ts'
import { drain, endlessCount, labelOf, nameOf, needed, type Seen, type Stage } from './stage.ts'
import type { AdapterCase } from './suite.ts'

/** What is there, whole, once, and no more. */
export const listing: readonly AdapterCase[] = [
  {
    name: 'lists every sample, and as ours',
    check: (stage) =>
      gather(async (problem) => {
        const { account } = stage.session.identity
        const all = await stage.everything()
        for (const sample of stage.bench.samples) {
          const facts = all.find((seen) => isIt(seen, sample.kind, stage.placeOf(sample), sample.id))?.facts
          if (facts === undefined) problem(`${nameOf(sample)} is not listed`)
          else if ((facts.account ?? account) !== account)
            problem(`${nameOf(sample)} is said to be of the account ${facts.account}`)
        }
      }),
  },
  {
    name: 'ends every listing',
    check: (stage) =>
      gather(async (problem) => {
        for (const { kind, ids } of await listings(stage))
          if (ids.length > endlessCount) problem(`${kind.name}: went on after ${endlessCount} rows`)
      }),
  },
  {
    name: 'lists nothing twice',
    check: (stage) =>
      gather(async (problem) => {
        for (const { kind, place, ids } of await listings(stage)) {
          const twice = ids.length > endlessCount ? undefined : ids.find((id, index) => ids.indexOf(id) !== index)
          if (twice !== undefined) problem(`${nameOf({ kind: kind.name, id: twice })} is listed twice in ${place}`)
        }
        const placeOf = new Map<string, string>()
        for (const seen of await stage.everything()) {
          const same = `${labelOf(seen)} ${seen.facts.incarnation}`
          const before = placeOf.get(same)
          if (before !== undefined)
            problem(`${labelOf(seen)} of the same incarnation is listed in ${before} and in ${seen.place}`)
          placeOf.set(same, seen.place)
        }
      }),
  },
  {
    name: 'gives a thing the same id and incarnation each time',
    check: (stage) =>
      gather(async (problem) => {
        const again = await stage.everything()
        for (const { kind, place, facts } of await stage.everythingNow()) {
          const before = again.find((one) => isIt(one, kind.name, place, facts.id))?.facts
          if (before === undefined)
            problem(`${nameOf({ kind: kind.name, id: facts.id })} was not listed a moment before`)
          else if (before.incarnation !== facts.incarnation)
            problem(
              `${nameOf({ kind: kind.name, id: facts.id })} was ${before.incarnation} a moment before and is ${facts.incarnation} now`,
            )
        }
      }),
  },
  {
    name: 'goes through more than one page',
    check: (stage) =>
      gather(async (problem) => {
        const many = await needed(stage.bench.many, 'many')()
        for (const { kind: name, ids, place, pageSize } of many) {
          const kind = stage.kindOf(name)
          const all = await idsOf(stage, kind, place ?? stage.placesOf(kind)[0] ?? '')
          const listed = new Set(all)
          if (listed.size < all.length)
            problem(`${name}: ${all.length - listed.size} things are listed twice over pages`)
          const missing = ids.filter((id) => !listed.has(id))
          if (ids.length <= pageSize) problem(`${name}: ${ids.length} things are no two pages of ${pageSize}`)
          if (missing.length > 0)
            problem(`${name}: ${missing.length} of ${ids.length} are not listed, ${missing[0]} first`)
        }
      }),
  },
  {
    name: 'lists with a call per page, not with a call per thing',
    check: (stage) =>
      gather(async (problem) => {
        const many = await needed(stage.bench.many, 'many')()
        for (const { kind: name, place, pageSize } of many) {
          const kind = stage.kindOf(name)
          const before = stage.sent.length
          const { length } = await idsOf(stage, kind, place ?? stage.placesOf(kind)[0] ?? '')
          const calls = stage.sent.length - before
          const most = Math.ceil(length / pageSize) + 1 // a last page may be empty
          if (calls > most)
            problem(
              `${name}: ${calls} calls for ${length} things; with ${pageSize} on a page it should be ${most} at most`,
            )
        }
      }),
  },
  {
    name: 'finds by id what is there and leaves out what is not',
    check: (stage) =>
      gather(async (problem) => {
        if (!stage.kinds.some(({ find }) => find.ids)) problem('no kind has find.ids: skip this case with that reason')
        for (const { kind, place, facts } of await stage.samples()) {
          if (kind.find.ids === undefined) continue
          const absent = stage.bench.absent(kind.name)
          const found = await rowsOf(kind, kind.find.ids(stage.io(place), [absent, facts.id]))
          if (!found.includes(facts.id)) problem(`${kind.name}: find.ids does not find ${facts.id}`)
          if (found.includes(absent)) problem(`${kind.name}: find.ids finds ${absent}, which is not there`)
        }
      }),
  },
  {
    name: 'finds by tag what carries exactly that',
    check: (stage) =>
      gather(async (problem) => {
        if (!stage.kinds.some(({ find }) => find.tags))
          problem('no kind has find.tags: skip this case with that reason')
        for (const { kind, place, facts } of await stage.samples()) {
          const [tag] = Object.entries(facts.tags ?? {})
          if (kind.find.tags === undefined || tag === undefined) continue
          const [key, value] = tag
          const found = await rowsOf(kind, kind.find.tags(stage.io(place), [`${key}=${value}`]))
          if (!found.includes(facts.id)) problem(`${kind.name}: find.tags does not find ${facts.id} by ${key}=${value}`)
          const others = await rowsOf(kind, kind.find.tags(stage.io(place), [`${key}=${value}0`]))
          if (others.includes(facts.id))
            problem(`${kind.name}: find.tags finds ${facts.id} by ${key}=${value}0, and its tag is ${key}=${value}`)
        }
      }),
  },
  {
    name: 'finds by what is used',
    check: (stage) =>
      gather(async (problem) => {
        if (!stage.kinds.some(({ find }) => find.using))
          problem('no kind has find.using: skip this case with that reason')
        const all = await stage.everything()
        const asked = new Set<string>()
        for (const { kind, place, facts } of all)
          for (const relation of facts.relations) {
            if (!('to' in relation) || !('kind' in relation.to)) continue
            const { kind: used, id } = relation.to
            const using = kind.find.using?.[used]
            const pair = `${kind.name} ${used} ${relation.because}`
            if (!using || asked.has(pair)) continue
            if (!all.some((one) => one.kind.name === used && one.facts.id === id)) continue
            asked.add(pair)
            if (!(await rowsOf(kind, using(stage.io(place), [id]))).includes(facts.id))
              problem(
                `${kind.name}: find.using["${used}"] does not find ${facts.id} by ${id}, which it ${relation.type} (${relation.because})`,
              )
            const ids = all.flatMap((one) => (one.kind.name === used && one.place === place ? [one.facts.id] : []))
            if (ids.includes(id) && !(await rowsOf(kind, using(stage.io(place), ids))).includes(facts.id))
              problem(
                `${kind.name}: find.using["${used}"] finds ${facts.id} by ${id} alone, and not when it is asked for all ${ids.length} at once`,
              )
          }
      }),
  },
  {
    name: 'tells what belongs to another account',
    check: (stage) =>
      gather(async (problem) => {
        const { account } = stage.session.identity
        const all = await stage.everything()
        for (const sample of needed(stage.bench.foreign, 'foreign'))
          for (const { facts } of all.filter((seen) => isIt(seen, sample.kind, stage.placeOf(sample), sample.id)))
            if (facts.account === undefined || facts.account === account)
              problem(`${nameOf(sample)} is another account's, and its facts.account is ${facts.account ?? 'absent'}`)
      }),
  },
]

const isIt = (seen: Seen, kind: string, place: string, id: string): boolean =>
  seen.kind.name === kind && seen.place === place && seen.facts.id === id

/** Ids of rows, as they come; tombstones left out. */
async function rowsOf(kind: Kind, rows: AsyncIterable<unknown>): Promise<string[]> {
  const facts = (await drain(rows)).map((raw) => kind.facts(raw))
  return facts.flatMap(({ id, phase }) => (phase === 'gone' ? [] : [id]))
}

const idsOf = (stage: Stage, kind: Kind, place: string): Promise<string[]> =>
  rowsOf(kind, kind.find.all(stage.io(place)))

async function listings(stage: Stage): Promise<{ kind: Kind; place: string; ids: readonly string[] }[]> {
  const all: { kind: Kind; place: string; ids: readonly string[] }[] = []
  for (const kind of stage.kinds)
    for (const place of stage.placesOf(kind)) all.push({ kind, place, ids: await idsOf(stage, kind, place) })
  return all
}
