import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { State } from './findings.ts'
import type { Seen, Store } from './store.ts'

/** So many owners and so many things are told by name; the rest is counted. */
const most = 10

/** What lies beside the target and is not touched, where a reader may ask why: another's by its marks, nobody's and idle, not to be seen. */
export function beyond(store: Store, { inPlay, levels }: State): Finding[] {
  const strangers = new Map<string, Set<ResourceKey>>()
  const idle: Seen[] = []
  const hidden: Finding[] = []
  for (const seen of store.seen.values()) {
    const { key, facts } = seen
    if (inPlay.has(key)) {
      for (const message of facts.hidden ?? [])
        hidden.push({ code: 'not-visible', severity: 'info', message, keys: [key] })
      continue
    }
    const ownership = levels.get(key)
    const others = ownership?.level === 'foreign' ? ownership.evidence : []
    for (const { rule, owner } of others)
      if (owner !== undefined && rule !== 'account' && rule !== 'part-of')
        strangers.set(owner, (strangers.get(owner) ?? new Set()).add(key))
    if (facts.idle !== undefined && (ownership?.level ?? 'unknown') === 'unknown') idle.push(seen)
  }
  return [...leftOut(strangers), ...costsOfNobody(idle), ...hidden]
}

function leftOut(strangers: ReadonlyMap<string, ReadonlySet<ResourceKey>>): Finding[] {
  if (strangers.size === 0) return []
  const owners = [...strangers].sort(([a], [b]) => (a < b ? -1 : 1))
  const words = owners.slice(0, most).map(([owner, keys]) => `${owner} (${keys.size})`)
  const keys = owners.flatMap(([, own]) => [...own].sort().slice(0, most)).slice(0, most * most)
  return [
    {
      code: 'left-out',
      severity: 'info',
      message: `left out, whatever its age: what is marked as belonging to ${words.join(', ')}${more(owners.length)}`,
      keys,
    },
  ]
}

function costsOfNobody(idle: readonly Seen[]): Finding[] {
  const byKind = new Map<string, Seen[]>()
  for (const seen of idle) {
    const all = byKind.get(seen.kind.name)
    if (all) all.push(seen)
    else byKind.set(seen.kind.name, [seen])
  }
  return [...byKind].map(([kind, all]): Finding => {
    all.sort((a, b) => (a.key < b.key ? -1 : 1))
    const words = all.slice(0, most).map(({ facts }) => {
      const { id, name, since = facts.createdAt, idle: why } = facts
      return `${name ?? id}${name === undefined || name === id ? '' : ` (${id})`}, ${why}${since ? `, since ${since}` : ''}`
    })
    return {
      code: 'idle',
      severity: 'info',
      message: `${all.length} ${kind} ${all.length === 1 ? 'costs' : 'cost'} and nobody is known to own ${all.length === 1 ? 'it' : 'them'}: ${words.join('; ')}${more(all.length)}. Not ours, not touched`,
      keys: all.slice(0, most * most).map(({ key }) => key),
    }
  })
}

const more = (count: number): string => (count > most ? ` and ${count - most} more` : '')
