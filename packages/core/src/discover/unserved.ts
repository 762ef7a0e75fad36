import type { ResourceKey } from '../model/key.ts'
import type { Discovery } from '../model/resource.ts'
import type { Resolved } from './resolve.ts'
import type { Store } from './store.ts'

/** What nobody finishes: its controller is not there, is not spoken to, or is there and does not serve (`facts.serves`). */
export function unserved(
  store: Store,
  { resolved, inPlay }: { readonly resolved: Resolved; readonly inPlay: ReadonlySet<ResourceKey> },
): Discovery['unserved'] {
  const absent = resolved.dangling.flatMap(({ seen, ref, relation, why }) =>
    relation.type === 'servedBy' && inPlay.has(seen.key) && why !== 'unseen'
      ? [
          {
            key: seen.key,
            controller: 'alias' in ref ? ref.alias : `${ref.kind} ${ref.id}`,
            because: relation.because,
            ...(relation.finalizer ? { finalizer: relation.finalizer } : {}),
          },
        ]
      : [],
  )
  const idle = resolved.edges.flatMap((edge) => {
    const server = edge.type === 'servedBy' && inPlay.has(edge.from) ? store.seen.get(edge.to) : undefined
    if (edge.type !== 'servedBy' || server?.facts.serves !== false) return []
    const { facts, kind } = server
    return [
      {
        key: edge.from,
        controller: facts.aliases?.find((alias) => alias.startsWith('controller:')) ?? `${kind.name} ${facts.id}`,
        because: edge.because,
        ...(edge.finalizer ? { finalizer: edge.finalizer } : {}),
      },
    ]
  })
  return [...absent, ...idle]
}
