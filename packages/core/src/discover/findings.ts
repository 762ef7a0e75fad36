import type { Connection } from '../adapter/connection.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Ownership } from '../model/ownership.ts'
import type { Discovery } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { beyond } from './beyond.ts'
import { looksAlike, namesOf } from './direct-evidence.ts'
import type { Dangling, Resolved } from './resolve.ts'
import type { Seen, Store } from './store.ts'
import { unserved } from './unserved.ts'

/** What discovery concluded from all that it has seen so far. */
export interface State {
  readonly levels: ReadonlyMap<ResourceKey, Ownership>
  readonly roots: ReadonlySet<ResourceKey>
  readonly inPlay: ReadonlySet<ResourceKey>
  readonly resolved: Resolved
  readonly newRoot: ResourceKey | undefined
}

/** Nothing real is that deep: an adapter makes something new at each look. */
export const tooDeep = (fresh: readonly Seen[], rounds: number): Finding => ({
  code: 'not-seen',
  severity: 'warning',
  message: `${fresh.length} resources were not looked at closer: each of ${rounds} rounds found new ones`,
  keys: fresh.map(({ key }) => key),
})

/** What a reader of the plan should know of the world, beside the plan itself. */
export function findingsOf(store: Store, connections: readonly Connection[], target: Target, state: State): Finding[] {
  const { resolved, inPlay, levels, roots, newRoot } = state
  const all: Finding[] = [...store.findings, ...resolved.findings].filter(
    ({ keys }) => keys.length === 0 || keys.some((key) => inPlay.has(key)),
  )
  for (const one of resolved.dangling) if (inPlay.has(one.seen.key)) all.push(...danglingFinding(one))
  all.push(...absentControllers(unserved(store, state)))
  for (const { kind, place, seen, missing } of store.coverage.values())
    if (seen === 'denied' || seen === 'failed')
      all.push({
        code: 'not-seen',
        severity: 'warning',
        message: `${kind} in ${place} could not be listed (${seen}${missing ? `: ${missing}` : ''}); what is there is not known, and what it could use stays`,
        keys: [],
      })
  for (const [key, ownership] of levels)
    if (ownership.level === 'disputed')
      all.push({
        code: 'disputed',
        severity: 'warning',
        message: `${key} carries proof of ours and of ${ownership.evidence.find((one) => one.owner)?.owner ?? 'another owner'}; it is not touched before a person decides`,
        keys: [key],
      })
  const looked = connections
    .map(({ identity }) => `${identity.adapter} ${identity.account} (${identity.places.join(', ')})`)
    .join('; ')
  if (inPlay.size === 0)
    all.push({
      code: 'matched-nothing',
      severity: 'info',
      message: `nothing matches ${JSON.stringify(target)}; searched: ${looked}`,
      keys: [],
    })
  const cluster = target.cluster ?? target.workloadsOf ?? target.orphansOf
  if (cluster && inPlay.size > 0 && ![...roots].some((key) => store.seen.get(key)?.facts.name === cluster))
    all.push({
      code: 'root-gone',
      severity: 'info',
      message: `no cluster "${cluster}" lives any more; its exact marks still prove what is its`,
      keys: [],
    })
  all.push(...beyond(store, state))
  all.push(...notJoined(store, cluster, state), ...silentVocabularies(connections, store, cluster, state))
  if (newRoot)
    all.push({
      code: 'root-replaced',
      severity: 'warning',
      message: `${newRoot} is another one of the same name now; its marks prove only what was there with the one before`,
      keys: [newRoot],
    })
  const words = namesOf(target).map(({ value }) => value)
  const alike = [...store.seen.values()].filter(
    (seen) =>
      !inPlay.has(seen.key) &&
      seen.facts.name !== undefined &&
      words.some((word) => looksAlike(seen.facts.name as string, word)),
  )
  if (alike.length > 0)
    all.push({
      code: 'look-alike',
      severity: 'info',
      message: `left out, only the name looks alike: ${[...new Set(alike.map((seen) => seen.facts.name))].sort().join(', ')}`,
      keys: alike.map((seen) => seen.key).sort(),
    })
  return all.sort((a, b) => (`${a.code} ${a.message}` < `${b.code} ${b.message}` ? -1 : 1))
}

/** One finding for each controller that finishes nothing: it speaks through an adapter that was not given, is not there, or does not serve. */
function absentControllers(missing: Discovery['unserved']): Finding[] {
  const served = new Map<string, Set<ResourceKey>>()
  for (const { key, controller } of missing) served.set(controller, (served.get(controller) ?? new Set()).add(key))
  return [...served].map(([controller, keys]) => ({
    code: 'controller-not-seen',
    severity: 'info',
    message: `${controller} was not seen to serve; the ${keys.size} that it would finish go directly where the policy permits it`,
    keys: [...keys].sort(),
  }))
}

function danglingFinding({ seen, ref, relation, why }: Dangling): Finding[] {
  const to = 'alias' in ref ? ref.alias : `${ref.kind} ${ref.id}`
  if (relation.type === 'dependsOn' && why === 'absent' && 'to' in relation && 'kind' in ref)
    return [
      {
        code: 'already-gone',
        severity: 'info',
        message: `${seen.kind.name} ${seen.facts.id} refers to ${to}, which does not exist (${relation.because})`,
        keys: [seen.key],
      },
    ]
  return []
}

/** Two adapters that answer to one cluster must be joined by a name that both know (its endpoint, its CA): else they may be two clusters. */
function notJoined(store: Store, cluster: string | undefined, { roots, resolved }: State): Finding[] {
  const rootsOf = [...roots].flatMap((key) => {
    const seen = store.seen.get(key)
    return seen && cluster !== undefined && seen.facts.name === cluster ? [seen] : []
  })
  const [first] = rootsOf
  const strangers = rootsOf.filter(
    (one) =>
      one.connection.adapter.name !== first?.connection.adapter.name &&
      !resolved.edges.some(
        ({ from, to }) => (from === one.key && to === first?.key) || (to === one.key && from === first?.key),
      ),
  )
  if (!first || strangers.length === 0) return []
  const keys = [first, ...strangers].map(({ key }) => key)
  return [
    {
      code: 'not-joined',
      severity: 'refusal',
      message: `${keys.join(' and ')} are both called "${cluster}", and nothing shows that they are one cluster; give only the adapters of the one that is meant`,
      keys,
    },
  ]
}

/** The cluster is there, and no exact mark of any vocabulary stands on anything: the vocabulary may be out of date. */
function silentVocabularies(
  connections: readonly Connection[],
  store: Store,
  cluster: string | undefined,
  { roots, levels }: State,
): Finding[] {
  if (cluster === undefined) return []
  return connections.flatMap((connection): Finding[] => {
    const rules = connection.session.ownership.filter(
      (rule) => rule.on === 'tag' && rule.strength === 'proof' && rule.mark('cluster', cluster) !== undefined,
    )
    const own = [...roots].filter((key) => store.seen.get(key)?.connection === connection)
    if (own.length === 0 || rules.length === 0) return []
    const names = new Set(rules.map(({ rule }) => rule))
    for (const [key, { evidence }] of levels)
      if (store.seen.get(key)?.connection === connection && evidence.some(({ rule }) => names.has(rule))) return []
    return [
      {
        code: 'vocabulary-silent',
        severity: 'info',
        message: `${connection.adapter.name} knows ${rules.length} marks of "${cluster}" (${rules.map(({ rule, source }) => `${rule}: ${source}`).join('; ')}), and none stands on anything`,
        keys: own,
      },
    ]
  })
}
