import type { Connection } from '../adapter/connection.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Evidence, OwnershipLevel } from '../model/ownership.ts'
import type { Policy, Selector } from '../model/policy.ts'
import type { Edge, Ref } from '../model/relation.ts'
import type { Discovery, Resource, Unseen } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { directEvidence, type Recorded } from './direct-evidence.ts'
import { type Earlier, narrowed, proofFromEarlier, replacedRoot } from './earlier.ts'
import { findingsOf, type State, tooDeep } from './findings.ts'
import { labelAll, listKinds, listLate, listWithin, lookCloser } from './list-kinds.ts'
import { type Resolved, resolveRelations } from './resolve.ts'
import { describeAbilities } from './resource.ts'
import { spreadOwnership } from './spread-ownership.ts'
import { createStore, type Seen, type Store } from './store.ts'
import { unserved } from './unserved.ts'

/** The closure ends after this many rounds at the latest; each round sees deeper into what the round before found. */
const maxRounds = 64

export interface DiscoverOptions {
  readonly connections: readonly Connection[]
  readonly target: Target
  /** What a person named by id is part of the answer, also where nothing says that it is ours: the approved in play, the kept as a neighbour. */
  readonly policy: Pick<Policy, 'approve' | 'keep'>
  readonly ledger?: Ledger | undefined
  /** Told in `Discovery.watched` where they still are, also when nothing says any more that they are ours. */
  readonly watch?: ReadonlySet<ResourceKey>
  /** What the plans before in this run knew. */
  readonly earlier?: Earlier | undefined
}

/**
 * Everything of the target and what matters to it: roots by direct evidence, then whatever uses them, is part of them or is referred to,
 * until nothing new appears. Each kind is listed once; a second look goes only to what is in play.
 */
export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const { connections, target } = options
  const store = createStore()
  const { recorded, open } = await recordedCreations(options.ledger, target)
  store.findings.push(...open)
  const known: Known = { ...options, recorded }

  await listKinds(store, connections)
  await labelAll(store, store.seen.values())

  let state = judge(store, known)
  // not the same as `looked`: what uses something of ours is looked at closer too, and may turn out to be in play only then
  const met = new Set<ResourceKey>()
  for (let round = 0; ; round++) {
    const fresh = [...state.inPlay].flatMap((key) => (met.has(key) ? [] : (store.seen.get(key) ?? [])))
    for (const { key } of fresh) met.add(key)
    if (fresh.length === 0) break
    if (round === maxRounds) {
      store.findings.push(tooDeep(fresh, maxRounds))
      break
    }
    fresh.sort((a, b) => (a.key < b.key ? -1 : 1))
    const [read, inside, late] = await Promise.all([
      lookCloser(store, fresh),
      listWithin(store, fresh),
      listLate(store, fresh),
    ])
    if (!read && inside.length === 0 && !late) break // nothing new to judge by
    await labelAll(store, inside)
    state = judge(store, known)
  }
  return { ...conclude(store, known, state), watched: watched(store, options.watch) }
}

const inPlayLevels: ReadonlySet<OwnershipLevel> = new Set(['owned', 'suspected', 'disputed'])

type Known = DiscoverOptions & { readonly recorded: Recorded }

function judge(store: Store, { connections, target, policy, recorded, earlier }: Known): State {
  const resolved = resolveRelations(store, connections)
  /** Another thing under the key of the whole knows nothing of the parts of the one before, unless they are its parts now. */
  const mayBeAsked = (part: ResourceKey, whole: ResourceKey): boolean => {
    const there = store.seen.get(whole)?.facts.incarnation
    if (there === undefined || there === earlier?.incarnations.get(whole)) return there !== undefined
    return resolved.edges.some(({ type, from, to }) => type === 'partOf' && from === part && to === whole)
  }
  const direct = new Map<ResourceKey, Evidence[]>()
  const roots = new Set<ResourceKey>()
  const newRoot = replacedRoot(earlier, (key) => store.seen.get(key)?.facts.incarnation)
  for (const seen of store.seen.values()) {
    const { key, facts } = seen
    const { evidence: said, root } = directEvidence(seen, target, recorded)
    said.push(...(facts.evidence ?? []).filter((one) => !one.through))
    const evidence = earlier ? narrowed(said, earlier, seen, newRoot && store.seen.get(newRoot)) : said
    const proof = proofFromEarlier(earlier, key, facts.incarnation, (one) =>
      one.through
        ? throughKey(store, resolved, seen, one.through) !== undefined
        : mayBeAsked(key, one.value as ResourceKey),
    )
    if (proof) evidence.push(proof)
    if (evidence.length > 0) direct.set(key, evidence)
    if (root) roots.add(seen.key)
  }
  const levels = spreadOwnership(store, direct, resolved, (seen, evidence) =>
    throughKey(store, resolved, seen, evidence.through),
  )
  const inPlay = new Set<ResourceKey>()
  for (const [key, { level, evidence }] of levels)
    if (
      inPlayLevels.has(level) ||
      (level === 'shared' && evidence.some((one) => one.says === 'shared' && one.owner === undefined))
    )
      inPlay.add(key)
  for (const { key } of named(store, policy.approve)) inPlay.add(key)
  return { levels, roots, inPlay, resolved, newRoot }
}

/** From everything that was listed to what matters, in the order of keys. */
function conclude(store: Store, { connections, target, policy }: Known, state: State): Omit<Discovery, 'watched'> {
  const { inPlay, resolved, levels, roots } = state
  const matters = new Set(inPlay)
  for (const edge of resolved.edges) {
    if (inPlay.has(edge.to)) matters.add(edge.from) // users, parts, what it makes again, what it serves
    if (inPlay.has(edge.from) && edge.type !== 'dependsOn') matters.add(edge.to) // wholes, writers, servers
  }
  for (const { key } of named(store, policy.keep)) matters.add(key)
  const resources = [...matters]
    .sort()
    .map((key) => store.seen.get(key))
    .filter((seen) => seen !== undefined)
    .map(
      (seen): Resource => ({
        key: seen.key,
        kind: seen.kind.name,
        adapter: seen.connection.adapter.name,
        account: seen.connection.identity.account,
        place: seen.place,
        link: seen.kind.link === true,
        facts: seen.facts,
        ownership: levels.get(seen.key) ?? { level: 'unknown', evidence: [] },
        abilities: describeAbilities(seen, target),
      }),
    )
  const edges = resolved.edges
    .filter((edge) => matters.has(edge.from) && matters.has(edge.to) && (inPlay.has(edge.from) || inPlay.has(edge.to)))
    .sort(byEnds)
  const coverage = [...store.coverage.values()]
    .map(({ connection: _, ...one }) => one)
    .sort((a, b) => (`${a.kind} ${a.place}` < `${b.kind} ${b.place}` ? -1 : 1))

  return {
    resources,
    edges,
    roots: [...roots].sort().flatMap((key) => {
      const seen = store.seen.get(key)
      return seen ? [{ key, incarnation: seen.facts.incarnation }] : []
    }),
    coverage,
    unseen: unseenKinds(store),
    findings: findingsOf(store, connections, target, state),
    identities: connections.map((connection) => connection.identity),
    adapters: connections.map(({ adapter }) => ({ name: adapter.name, version: adapter.version })),
    needed: connections.flatMap((connection) =>
      connection.session.identity.needs.flatMap((ref) => keysOf(store, resolved, connection, ref)),
    ),
    unserved: unserved(store, state),
    behindUnseen: behindUnseen(state),
  }
}

function behindUnseen({ resolved, inPlay }: State): Discovery['behindUnseen'] {
  const words = { partOf: 'its whole', restoredBy: 'what makes it again', servedBy: 'what finishes its removal' }
  return resolved.dangling.flatMap(({ seen, ref, relation, why }) => {
    if (why !== 'unseen' || relation.type === 'dependsOn' || !('to' in relation) || !inPlay.has(seen.key)) return []
    const name = 'alias' in ref ? ref.alias : `${ref.kind} ${ref.id}`
    return [{ key: seen.key, because: `${words[relation.type]}, ${name}, could not be listed (${relation.because})` }]
  })
}

function unseenKinds(store: Store): Unseen[] {
  return [...store.coverage.values()]
    .filter((one) => one.seen === 'denied' || one.seen === 'failed')
    .map(({ kind, place, connection }) => ({
      kind,
      place,
      account: connection.identity.account,
      uses: connection.kinds.get(kind)?.uses ?? [],
    }))
}

function watched(store: Store, watch: ReadonlySet<ResourceKey> = new Set()): Discovery['watched'] {
  return [...watch].flatMap((key) => {
    const seen = store.seen.get(key)
    return seen ? [{ key, incarnation: seen.facts.incarnation }] : []
  })
}

async function recordedCreations(
  ledger: Ledger | undefined,
  { run }: Target,
): Promise<{ recorded: Recorded; open: readonly Finding[] }> {
  const recorded = new Map<string, Set<string | undefined>>()
  const open = new Map<string, Finding>()
  if (!ledger || run === undefined) return { recorded, open: [] }
  for await (const entry of ledger.read()) {
    if (entry.type === 'creating' && entry.run === run) {
      const { kind, parents, at, creation } = entry
      const where = parents.length > 0 ? ` in ${parents.join(', ')}` : ''
      const message = `${kind}${where} may exist: its creation for ${run} began at ${at} and no id was written down (${creation}). Its marks find it, if it has any; else look for it`
      open.set(creation, { code: 'may-exist', severity: 'warning', message, keys: [] })
    } else if (entry.type === 'created' && entry.run === run) {
      const name = `${entry.kind}|${entry.id}`
      recorded.set(name, (recorded.get(name) ?? new Set()).add(entry.place))
      open.delete(entry.creation)
    }
  }
  return { recorded, open: [...open.values()] }
}

function throughKey(store: Store, resolved: Resolved, seen: Seen, through: Ref | undefined): ResourceKey | undefined {
  if (!through) return undefined
  return keysOf(store, resolved, seen.connection, through, seen.place)[0]
}

function keysOf(store: Store, resolved: Resolved, connection: Connection, ref: Ref, place?: string): ResourceKey[] {
  if ('alias' in ref) return [resolved.byAlias(ref.alias)?.key].filter((key) => key !== undefined)
  const kind = connection.kinds.get(ref.kind)
  if (!kind) return []
  const places = ref.place ? [ref.place] : place ? [place, ...connection.placesOf(kind)] : connection.placesOf(kind)
  return places
    .map((one) => connection.keyOf(kind, one, ref.id))
    .filter((key) => store.seen.has(key))
    .slice(0, 1)
}

function named(store: Store, selectors: readonly Selector[] = []): Seen[] {
  const names = new Set(selectors.filter((one) => typeof one === 'string'))
  if (names.size === 0) return []
  return [...store.seen.values()].filter(
    ({ key, facts }) => names.has(key) || names.has(facts.id) || facts.aliases?.some((alias) => names.has(alias)),
  )
}

function byEnds(a: Edge, b: Edge): number {
  if (a.from !== b.from) return a.from < b.from ? -1 : 1
  if (a.to !== b.to) return a.to < b.to ? -1 : 1
  return a.type < b.type ? -1 : a.type > b.type ? 1 : 0
}
