import { isJson, type Json } from '../model/json.ts'
import type { KindName } from '../model/key.ts'
import type { Ref, Relation } from '../model/relation.ts'
import type { Facts, Kind, Phase } from './kind.ts'

/**
 * An adapter broke its contract: facts that cannot be, a pure function that throws. Caught where the row or the call is used, and told as the finding
 * `adapter-lies`; what it concerns counts as not seen. Never the end of a run.
 */
export class AdapterLiesError extends Error {
  override readonly name: string = 'AdapterLiesError'
  constructor(adapter: string, kind: KindName, what: string, cause?: unknown) {
    super(`adapter ${adapter} breaks its contract: ${kind} ${what}`, cause === undefined ? {} : { cause })
  }
}

/** The same kind; what its pure functions give is checked before anybody relies on it. */
export function checkedKind(adapter: string, kind: Kind): Kind {
  const lies = (what: string, cause?: unknown): never => {
    throw new AdapterLiesError(adapter, kind.name, what, cause)
  }
  const guarded = <A extends unknown[], T>(name: string, work: (...args: A) => T): ((...args: A) => T) => {
    return (...args) => {
      try {
        return work(...args)
      } catch (error) {
        return lies(`${name}() threw: ${error instanceof Error ? error.message : String(error)}`, error)
      }
    }
  }
  const facts = guarded('facts', kind.facts.bind(kind))
  const { revision, manual, oneAtATime } = kind
  return {
    ...kind,
    facts(raw) {
      const made = facts(raw)
      const wrong = wrongWith(kind, made)
      return wrong === undefined ? made : lies(`gives ${wrong}`)
    },
    ...(revision ? { revision: guarded('revision', (raw: unknown) => String(revision.call(kind, raw))) } : {}),
    ...(manual ? { manual: guarded('manual', (it: Facts) => String(manual.call(kind, it))) } : {}),
    ...(oneAtATime ? { oneAtATime: guarded('oneAtATime', (it: Facts) => String(oneAtATime.call(kind, it))) } : {}),
    ...(kind.unprotect ? { unprotect: reversible('unprotect', kind.unprotect) } : {}),
    ...(kind.quiesce ? { quiesce: reversible('quiesce', kind.quiesce) } : {}),
  }

  function reversible(name: string, change: NonNullable<Kind['unprotect']>): NonNullable<Kind['unprotect']> {
    const before = guarded(`${name}.before`, change.before.bind(change))
    return {
      before(it, id) {
        const value = before(it, id)
        return value === undefined || isJson(value)
          ? value
          : lies(`${it.id}: ${name}.before gives what JSON cannot hold`)
      },
      apply: change.apply.bind(change),
      undo: change.undo.bind(change),
    }
  }
}

const phases: ReadonlySet<Phase> = new Set(['steady', 'changing', 'going', 'failed', 'stuck', 'gone'])
const relationTypes: ReadonlySet<Relation['type']> = new Set(['dependsOn', 'partOf', 'restoredBy', 'servedBy'])

/** What cannot be in facts, or undefined. Only what core relies on. */
function wrongWith(kind: Kind, facts: Facts): string | undefined {
  if (typeof facts !== 'object' || facts === null) return `${String(facts)} as facts`
  const { id, incarnation, phase, relations, tags, aliases } = facts
  if (typeof id !== 'string' || id === '') return `the id ${show(id)}; an id is text and not empty`
  if (typeof incarnation !== 'string' || incarnation === '')
    return `${id} the incarnation ${show(incarnation)}; it is text and not empty`
  if (!phases.has(phase)) return `${id} the phase ${show(phase)}; known: ${[...phases].join(', ')}`
  if (!Array.isArray(relations)) return `${id} no list of relations: ${show(relations)}`
  const relation = relations.find((one) => !isRelation(one))
  if (relation !== undefined) return `${id} the relation ${show(relation)}`
  if (aliases !== undefined && !(Array.isArray(aliases) && aliases.every((one) => typeof one === 'string')))
    return `${id} the aliases ${show(aliases)}; they are a list of texts`
  if (tags !== undefined && (typeof tags !== 'object' || tags === null)) return `${id} the tags ${show(tags)}`
  if (kind.link && !isJson(facts.data)) return `${id} data that JSON cannot hold; a link's data goes into the ledger`
  return undefined
}

function isRelation(one: unknown): boolean {
  if (typeof one !== 'object' || one === null) return false
  const { type, because, to, from } = one as {
    type?: Relation['type']
    because?: unknown
    to?: unknown
    from?: unknown
  }
  return type !== undefined && relationTypes.has(type) && typeof because === 'string' && isRef(to ?? from)
}

function isRef(one: unknown): one is Ref {
  if (typeof one !== 'object' || one === null) return false
  const { alias, kind, id } = one as { alias?: unknown; kind?: unknown; id?: unknown }
  return typeof alias === 'string' || (typeof kind === 'string' && kind.includes(':') && typeof id === 'string')
}

function show(value: unknown): string {
  try {
    return (JSON.stringify(value as Json) ?? String(value)).slice(0, 120)
  } catch {
    return String(value)
  }
}
