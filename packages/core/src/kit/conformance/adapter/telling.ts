import { isDeepStrictEqual } from 'node:util'
import type { Facts, Phase } from '../../../adapter/kind.ts'
import type { Ref, Relation } from '../../../model/relation.ts'
import { gather } from '../case.ts'
import { frozenCopy, notJson, withoutWorld } from './purity.ts'
import { labelOf, type Seen } from './stage.ts'
import type { AdapterCase } from './suite.ts'

const phases: readonly Phase[] = ['steady', 'changing', 'going', 'failed', 'stuck', 'gone']

/** Facts and relations. */
export const telling: readonly AdapterCase[] = [
  {
    name: 'makes facts without looking anywhere else, the same each time',
    check: (stage) =>
      gather(async (problem) => {
        for (const seen of await stage.everything())
          for (const [call, work] of pureCalls(seen))
            try {
              const first = withoutWorld(work)
              if (!isDeepStrictEqual(withoutWorld(work), first))
                problem(`${labelOf(seen)}: ${call} gives something else for the same input`)
            } catch (error) {
              problem(`${labelOf(seen)}: ${call} is not pure: ${String(error)}`)
            }
      }),
  },
  {
    name: 'makes facts that survive as JSON',
    check: (stage) =>
      gather(async (problem) => {
        for (const seen of await stage.everything()) {
          const lost = notJson(seen.facts, 'facts')
          if (lost !== undefined) problem(`${labelOf(seen)}: ${lost}`)
        }
      }),
  },
  {
    name: 'makes facts of the right form',
    check: (stage) =>
      gather(async (problem) => {
        for (const seen of await stage.everything())
          for (const what of wrongFacts(seen.facts)) problem(`${labelOf(seen)}: ${what}`)
      }),
  },
  {
    name: 'points only at kinds that it uses, never at itself, and says by which field',
    check: (stage) =>
      gather(async (problem) => {
        const names = stage.kinds.map(({ name }) => name)
        for (const seen of await stage.everything())
          for (const relation of seen.facts.relations)
            for (const what of wrongRelation(relation, seen, names))
              problem(`${labelOf(seen)} ${relation.type} ${whom(other(relation))}: ${what}`)
      }),
  },
  {
    name: 'points at nothing that is not there',
    check: (stage) =>
      gather(async (problem) => {
        const all = await stage.everything()
        const there = new Set(all.map(({ kind, place, facts }) => `${kind.name} ${place} ${facts.id}`))
        for (const seen of all)
          for (const relation of seen.facts.relations) {
            const to = other(relation)
            if (!('kind' in to)) continue
            const known = stage.kinds.find(({ name }) => name === to.kind)
            if (known === undefined) continue
            if (!there.has(`${to.kind} ${known.place ?? to.place ?? seen.place} ${to.id}`))
              problem(`${labelOf(seen)} ${relation.type} ${whom(to)} (${relation.because}), which is not listed`)
          }
      }),
  },
]

/** Every call of a kind that must be pure, on what cannot be changed. */
function pureCalls({ kind, raw, facts }: Seen): [string, () => unknown][] {
  const given: unknown = frozenCopy(raw)
  const it = frozenCopy(facts)
  const calls: [string, () => unknown][] = [['facts', () => kind.facts(given)]]
  if (kind.revision) calls.push(['revision', () => kind.revision?.(given)])
  if (kind.manual) calls.push(['manual', () => kind.manual?.(it)])
  if (kind.oneAtATime) calls.push(['oneAtATime', () => kind.oneAtATime?.(it)])
  for (const { id } of it.protections ?? [])
    if (kind.unprotect) calls.push(['unprotect.before', () => kind.unprotect?.before(it, id)])
  if (kind.quiesce) calls.push(['quiesce.before', () => kind.quiesce?.before(it, it.id)])
  return calls
}

function wrongFacts(facts: Facts): string[] {
  const wrong: string[] = []
  if (facts.id === '') wrong.push('id is empty')
  if (facts.incarnation === '') wrong.push('incarnation is empty')
  if (facts.name === '') wrong.push('name is empty: leave it out')
  if (!phases.includes(facts.phase)) wrong.push(`phase is "${facts.phase}"`)
  if (typeof facts.state !== 'string') wrong.push('state is no text')
  for (const field of ['since', 'createdAt'] as const)
    if (facts[field] !== undefined && !isIsoTime(facts[field])) wrong.push(`${field} is "${facts[field]}", no ISO time`)
  for (const [key, value] of Object.entries(facts.tags ?? {}))
    if (typeof value !== 'string') wrong.push(`tag ${key} is no text`)
  for (const alias of facts.aliases ?? []) {
    if (alias === '' || /undefined|\[object/.test(alias)) wrong.push(`alias "${alias}"`)
    if (/^[^:/]+\.[A-Za-z.]+$/.test(alias) && alias !== alias.toLowerCase())
      wrong.push(`alias ${alias}: DNS names are told in lower case`)
  }
  const protections = (facts.protections ?? []).map(({ id }) => id)
  if (new Set(protections).size < protections.length) wrong.push(`has a protection twice: ${protections.join(', ')}`)
  for (const { id, says } of facts.protections ?? [])
    if (id === '' || says === '') wrong.push('a protection needs an id and words for people')
  return wrong
}

const isIsoTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))

function wrongRelation(relation: Relation, { kind, facts }: Seen, names: readonly string[]): string[] {
  const to = other(relation)
  const wrong: string[] = []
  if (relation.because.trim() === '') wrong.push('because is empty: name the field that proves it')
  if ('alias' in to) {
    if (to.alias === '' || /undefined|\[object/.test(to.alias)) wrong.push('the alias is none')
    if (facts.aliases?.includes(to.alias)) wrong.push('that is itself')
    return wrong
  }
  if (to.kind === kind.name && to.id === facts.id && to.place === undefined) wrong.push('that is itself')
  if (to.id === '' || /^undefined$|\[object/.test(to.id)) wrong.push('the id is none')
  if (!names.includes(to.kind)) wrong.push('there is no such kind')
  else if ('to' in relation && !kind.uses.includes(to.kind))
    wrong.push(`the kind is not in uses (${kind.uses.join(', ') || 'empty'})`)
  return wrong
}

const other = (relation: Relation): Ref => ('to' in relation ? relation.to : relation.from)
const whom = (ref: Ref): string => ('alias' in ref ? `"${ref.alias}"` : `${ref.kind} ${ref.id}`)
