import { isDeepStrictEqual } from 'node:util'
import { gather } from '../case.ts'
import { drain, nameOf } from './stage.ts'
import type { AdapterCase } from './suite.ts'

/** Ids that are words of JavaScript, of a path or of a URL. */
const oddIds = ['__proto__', '../..', 'it\'s "größe"']

/** What a run decides by right before a call. Relations are for plans, which are made of what was listed. */
const decisive = ['account', 'tags', 'protections', 'fixed', 'holdsData'] as const

/** By id. */
export const reading: readonly AdapterCase[] = [
  {
    name: 'reads a sample by its id',
    check: (stage) =>
      gather(async (problem) => {
        for (const { kind, place, facts } of await stage.samples()) {
          if (kind.read === undefined) continue
          const raw: unknown = await kind.read(stage.io(place), facts.id)
          const read = raw === undefined ? undefined : kind.facts(raw)
          const name = nameOf({ kind: kind.name, id: facts.id })
          if (read === undefined) problem(`${name} is listed, and read gives undefined`)
          else if (read.id !== facts.id || read.incarnation !== facts.incarnation)
            problem(`${name} is listed as ${facts.incarnation} and read as ${read.id} ${read.incarnation}`)
          else {
            const full = (await stage.closer(kind, place, raw)).facts
            for (const field of decisive)
              if (!isDeepStrictEqual(full[field], facts[field]))
                problem(
                  `${name}: ${field} is ${JSON.stringify(facts[field])} when listed and ${JSON.stringify(full[field])} when read`,
                )
          }
        }
      }),
  },
  {
    name: 'reads undefined for what is absent',
    check: (stage) =>
      gather(async (problem) => {
        for (const kind of stage.kinds) {
          if (kind.read === undefined) continue
          const id = stage.bench.absent(kind.name)
          try {
            const raw: unknown = await kind.read(stage.io(stage.placesOf(kind)[0] ?? ''), id)
            if (raw !== undefined) problem(`${kind.name}: read gives something for ${id}, which is not there`)
          } catch (error) {
            problem(
              `${kind.name}: read of ${id}, which is not there, throws ${String(error)}; it has to give undefined`,
            )
          }
        }
      }),
  },
  {
    name: 'is not misled by odd ids',
    check: (stage) =>
      gather(async (problem) => {
        for (const kind of stage.kinds)
          for (const id of oddIds) {
            const place = stage.placesOf(kind)[0] ?? ''
            if (stage.bench.samples.some((sample) => sample.kind === kind.name && sample.id === id)) continue
            try {
              const io = stage.io(place)
              const raw: unknown = await kind.read?.(io, id)
              if (raw !== undefined) problem(`${kind.name}: read gives something for "${id}"`)
              const rows = kind.find.ids ? await drain(kind.find.ids(io, [id])) : []
              if (rows.some((row) => kind.facts(row).id === id)) problem(`${kind.name}: find.ids finds "${id}"`)
            } catch (error) {
              if (isBug(error)) problem(`${kind.name}: for "${id}" it throws ${String(error)}`)
            }
          }
      }),
  },
]

const isBug = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
