import { AdapterLiesError } from '../adapter/checked-kind.ts'
import { placesUsing } from '../adapter/connection.ts'
import type { Facts, Kind } from '../adapter/kind.ts'
import type { Ref } from '../model/relation.ts'
import type { Known } from './reader.ts'

/** So many holders are told at most. */
const maxHolders = 20

/** Who holds it? The provider's own answer where it names somebody; else everything of the kinds that use this kind, listed once. */
export async function findHolders(known: Known, facts: Facts, named: readonly Ref[] = []): Promise<string[]> {
  const { connection, kind, place, id } = known
  const holders = new Set<string>()
  const listed = new Set<string>()
  const users = [...connection.kinds.values()].filter((other) => other.uses.includes(kind.name))
  const points = (ref: Ref): boolean =>
    'alias' in ref ? (facts.aliases?.includes(ref.alias) ?? false) : ref.kind === kind.name && ref.id === id
  await Promise.all(
    users.map(async (user) => {
      const how = user.find.using?.[kind.name] ? ({ using: kind.name, ids: [id] } as const) : ({ all: true } as const)
      for (const where of placesUsing(connection, user, kind, place)) {
        const { found } = await connection.list(user, where, how)
        const rows = user.late?.includes(kind.name) ? await closer(known, user, where, found) : found
        for (const raw of rows) {
          const it = understood(user, raw)
          if (
            it &&
            it.phase !== 'gone' &&
            it.relations.some((relation) => relation.type === 'dependsOn' && 'to' in relation && points(relation.to))
          ) {
            listed.add(it.id)
            holders.add(`${user.name} ${it.id}`)
          }
        }
      }
    }),
  )
  // a provider's words may name the kind only roughly (Neutron calls a router's interface a port): what was listed says it better
  for (const ref of named)
    if ('alias' in ref) holders.add(ref.alias)
    else if (!listed.has(ref.id)) holders.add(`${ref.kind} ${ref.id}`)
  return [...holders].sort().slice(0, maxHolders)
}

/** A row that cannot be understood names nobody. */
function understood(kind: Kind, raw: unknown): Facts | undefined {
  try {
    return kind.facts(raw)
  } catch (error) {
    if (error instanceof AdapterLiesError) return undefined
    throw error
  }
}

/** Users that name what they use only on a second look. */
async function closer(
  { connection }: Known,
  user: Kind,
  place: string,
  found: readonly unknown[],
): Promise<readonly unknown[]> {
  const { more } = user
  if (!more || found.length === 0) return found
  const answer = await connection.attempt({ kind: user, call: 'more', place }, (io) => more.call(user, io, found))
  return 'value' in answer ? answer.value : found
}
