import { type ResourceKey, splitKey } from '../model/key.ts'
import type { Blocker, PlannedResource } from '../model/plan.ts'
import type { Target } from '../model/target.ts'

/** `aws:subnet subnet-0a1`, `aws:security-group web (sg-0a1)`: what a person needs to find it. Long ids (ARNs) give way to the name. */
export function nameOf(key: ResourceKey, resources?: ReadonlyMap<ResourceKey, PlannedResource>): string {
  const { kind, id } = splitKey(key)
  const name = resources?.get(key)?.name
  if (isArn(id)) return `${kind} ${name ?? id.split(':').slice(5).join(':')}`
  return name && name !== id ? `${kind} ${name} (${id})` : `${kind} ${id}`
}

const isArn = (id: string): boolean => id.startsWith('arn:')

/** `held by A ← B ← C`, from what is held to what a person can decide about. */
export function chainText(chain: readonly Blocker[], resources?: ReadonlyMap<ResourceKey, PlannedResource>): string {
  return chain.map((blocker) => nameOf(blocker.key, resources)).join(' ← ')
}

export function targetText(target: Target): string {
  return Object.entries(target)
    .map(([field, value]) => `${field} ${typeof value === 'string' ? `"${value}"` : JSON.stringify(value)}`)
    .join(', ')
}

export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`
}

export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** So many lines of one list are shown; the data has them all. */
const maxLines = 60

export function shorten(lines: readonly string[], what: string): string[] {
  return lines.length <= maxLines
    ? [...lines]
    : [...lines.slice(0, maxLines), `  … and ${lines.length - maxLines} more ${what}`]
}
