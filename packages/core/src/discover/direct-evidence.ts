import type { Kind, OwnershipRule } from '../adapter/kind.ts'
import type { Evidence } from '../model/ownership.ts'
import type { Target } from '../model/target.ts'
import type { Seen } from './store.ts'

/** What the ledger says was created for the run that is torn down: `kind|id` → the places it was made in; undefined: none was written down. */
export type Recorded = ReadonlyMap<string, ReadonlySet<string | undefined>>

interface Named {
  readonly word: 'cluster' | 'run' | 'stack'
  readonly value: string
}

export function namesOf(target: Target): Named[] {
  const names: Named[] = []
  for (const cluster of [target.cluster, target.workloadsOf, target.orphansOf])
    if (cluster) names.push({ word: 'cluster', value: cluster })
  if (target.run) names.push({ word: 'run', value: target.run })
  for (const stack of target.stacks ?? []) names.push({ word: 'stack', value: stack })
  return names
}

/** Everything that the resource itself, the target and the ledger say about whose it is. What passes through others comes later. */
export function directEvidence(
  seen: Seen,
  target: Target,
  recorded: Recorded,
): { evidence: Evidence[]; root: boolean } {
  const { facts, kind, connection } = seen
  const evidence: Evidence[] = []
  const names = namesOf(target)
  const marks = marksOf(seen)
  let root = false
  const ours = (rule: string, strength: Evidence['strength'], field: string, value: string): void => {
    evidence.push({ rule, says: 'ours', strength, field, value })
  }

  if (facts.account !== undefined && facts.account !== connection.identity.account)
    evidence.push({
      rule: 'account',
      says: 'other',
      strength: 'proof',
      field: 'account',
      value: facts.account,
      owner: `account ${facts.account}`,
    })

  for (const rule of connection.session.ownership) {
    if (!appliesTo(rule, kind)) continue
    // a cluster's mark contradicts another cluster, not a run: for a word that the target does not name it is no proof of another
    const strength = contradicts(rule, names) ? rule.strength : 'hint'
    for (const mark of marks[rule.on]) {
      const named = names.find(({ word, value }) => rule.mark(word, value) === mark.mark)
      if (named) {
        evidence.push({
          rule: rule.rule,
          says: rule.says,
          strength: rule.strength,
          field: mark.field,
          value: mark.value,
        })
        root ||= rule.on === 'name' && mark.mark === named.value
      } else {
        const owner = rule.other?.(mark.mark)
        if (owner !== undefined)
          evidence.push({
            rule: rule.rule,
            says: rule.says === 'shared' ? 'shared' : 'other',
            strength,
            field: mark.field,
            value: mark.value,
            owner,
          })
      }
    }
  }

  for (const id of target.resources ?? [])
    if (id === seen.key || id === facts.id || facts.aliases?.includes(id)) {
      ours('named-by-id', 'proof', 'id', id)
      root = true
    }
  if (kind.name.endsWith(':stack'))
    for (const stack of target.stacks ?? [])
      if (stack === facts.id || stack === facts.name) {
        ours('named-by-id', 'proof', 'stack', stack)
        root = true
      }
  for (const [key, value] of Object.entries(target.tags ?? {}))
    if (facts.tags?.[key] === value) ours('target-tag', 'proof', `tag ${key}`, value)
  if (target.names && facts.name) {
    const { prefix } = target.names
    if (atTokenBoundary(facts.name, prefix)) ours('name-prefix', 'hint', 'name', facts.name)
    for (const rule of connection.session.ownership) {
      const made = rule.on === 'name' && appliesTo(rule, kind) ? rule.mark('prefix', prefix) : undefined
      if (made !== undefined && atTokenBoundary(facts.name, made)) ours(rule.rule, 'hint', 'name', facts.name)
    }
  }
  if (target.run && [facts.id, facts.name].some((id) => id !== undefined && isRecorded(recorded, seen, id)))
    ours('ledger', 'proof', 'created', target.run)
  return { evidence, root }
}

const appliesTo = ({ kinds }: OwnershipRule, { name }: Kind): boolean => kinds?.includes(name) ?? true

/** The id may be a name: the same one in another place is another thing. What is global stands in no place of its own. */
function isRecorded(recorded: Recorded, { kind, place }: Seen, id: string): boolean {
  const places = recorded.get(`${kind.name}|${id}`)
  return places !== undefined && (kind.place !== undefined || places.has(undefined) || places.has(place))
}

/** Does the vocabulary of the rule speak of what the target names? */
function contradicts(rule: OwnershipRule, names: readonly Named[]): boolean {
  return names.some(({ word, value }) => rule.mark(word, value) !== undefined)
}

/** `ci-1` begins `ci-1-web` and `ci-1_a`, not `ci-10`. */
function atTokenBoundary(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false
  const next = name.at(prefix.length)
  return next === undefined || !/[A-Za-z0-9]/.test(next) || !/[A-Za-z0-9]/.test(prefix.at(-1) ?? '')
}

/** A name that begins like the target's and goes on within the same token: left out, but told. */
export function looksAlike(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && !atTokenBoundary(name, prefix)
}

interface Mark {
  readonly mark: string
  readonly field: string
  readonly value: string
}

function marksOf({ facts: { tags = {}, name, aliases = [] } }: Seen): Readonly<Record<OwnershipRule['on'], Mark[]>> {
  return {
    tag: Object.entries(tags).map(([key, value]) => ({ mark: `${key}=${value}`, field: `tag ${key}`, value })),
    name: name === undefined ? [] : [{ mark: name, field: 'name', value: name }],
    alias: aliases.map((alias) => ({ mark: alias, field: 'alias', value: alias })),
  }
}
