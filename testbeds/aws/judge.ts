// Verdicts: a later snapshot against the owners of a world, and a journal against what a careful tool sends.
import type { JournalEntry } from './control.ts'
import type { Row, Snapshot } from './oracle.ts'

/** Whose a thing is. It is decided by when it appeared while the world was staged, never by its tags. */
export type Owner = 'account' | 'ours' | 'guard' | 'foreign' | 'neighbour'

export interface Ownership {
  owners: Record<string, Owner>
  before: Record<string, Row>
}

export interface Change {
  key: string
  owner: Owner
  lostTags: string[]
  addedTags: string[]
  /** Its description before and after, when that differs. */
  was?: string
  is?: string
}

export interface Verdict {
  left: string[]
  gone: string[]
  /** Not ours, still there, and no longer the same. */
  changed: Change[]
  /** There now and unknown to the world. */
  made: Row[]
  /** Not ours and gone. */
  damaged: string[]
  counts: Partial<Record<Owner, { left: number; gone: number }>>
}

export function judge(after: Snapshot, world: Ownership): Verdict {
  const verdict: Verdict = { left: [], gone: [], changed: [], made: [], damaged: [], counts: {} }
  for (const [key, owner] of Object.entries(world.owners)) {
    const is = after.get(key)
    const { left, gone } = verdict.counts[owner] ?? { left: 0, gone: 0 }
    verdict.counts[owner] = is ? { left: left + 1, gone } : { left, gone: gone + 1 }
    if (owner === 'ours') (is ? verdict.left : verdict.gone).push(key)
    else if (!is) verdict.damaged.push(key)
    else verdict.changed.push(...changes(key, owner, world.before[key], is))
  }
  verdict.made = [...after].filter(([key]) => !(key in world.owners)).map(([, made]) => made)
  return verdict
}

function changes(key: string, owner: Owner, was: Row | undefined, is: Row): Change[] {
  if (!was) throw new Error(`The world knows the owner of ${key}, not what it was.`)
  const lostTags = Object.keys(was.tags).filter((tag) => is.tags[tag] !== was.tags[tag])
  const addedTags = Object.keys(is.tags).filter((tag) => !(tag in was.tags))
  const same = was.fingerprint === is.fingerprint
  if (same && lostTags.length === 0 && addedTags.length === 0) return []
  return [{ key, owner, lostTags, addedTags, ...(same ? {} : { was: was.fingerprint, is: is.fingerprint }) }]
}

/** `3 subnet, vpc`: how many of each kind, for a message. */
export function countKinds(keys: Iterable<string>): string {
  const counts = new Map<string, number>()
  for (const key of keys) {
    const kind = key.slice(0, key.indexOf(':'))
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts].map(([kind, count]) => (count > 1 ? `${count} ${kind}` : kind)).join(', ')
}

export const writes = (journal: JournalEntry[]): JournalEntry[] => journal.filter(({ write }) => write)

export const reads = (journal: JournalEntry[]): JournalEntry[] => journal.filter(({ write }) => !write)

/** Writes that AWS turned down: the sharpest single number about an order. Planted faults are not counted. */
export const refusedWrites = (journal: JournalEntry[]): JournalEntry[] =>
  writes(journal).filter(({ status = 0, fault }) => status >= 400 && fault === undefined)

/** Writes that carry the id of something that is not ours. */
export function foreignWrites(journal: JournalEntry[], world: Ownership): JournalEntry[] {
  const foreign = new Set(
    Object.entries(world.owners)
      .filter(([, owner]) => owner !== 'ours')
      .map(([key]) => key.slice(key.indexOf(':') + 1)),
  )
  return writes(journal).filter(({ ids }) => ids.some((id) => foreign.has(id)))
}

/** How many calls it took to remove everything: up to the last accepted write. What follows is verification. */
export function callsUpToLastRemoval(journal: JournalEntry[]): number {
  return journal.findLastIndex(({ write, status = 0 }) => write && status < 400) + 1
}
