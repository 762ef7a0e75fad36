import type { Context } from '../../adapter/context.ts'
import {
  type Adapter,
  type Kind,
  type Limit,
  type OwnershipRule,
  RefusedError,
  type Session,
} from '../../adapter/kind.ts'
import type { KindName } from '../../model/key.ts'
import type { Ref } from '../../model/relation.ts'
import { createClient, type MemoryClient } from './client.ts'
import { nameFailure } from './errors.ts'
import { kindOf } from './kind.ts'
import { seededRandom } from './random.ts'
import type { Inside } from './world.ts'

/** One provider of the memory cloud: the part of its kinds' names before the colon. */
export interface MemoryProvider {
  readonly name: string
  /** Default `111122223333`. */
  readonly account?: string
  /** Default `['here']`. */
  readonly places?: readonly string[]
  /** Connecting to another account than this is refused. */
  readonly expectedAccount?: string
  readonly principal?: string
  /** What the adapter tells core about its limits, per service. */
  readonly limits?: Readonly<Record<string, Limit>>
  /** What the provider really allows, per service; default: everything. */
  readonly enforces?: Readonly<Record<string, Limit>>
  /** What cleardown itself works through there. */
  readonly needs?: readonly Ref[]
}

export interface ProviderOptions extends MemoryProvider {
  readonly inside: Inside
  readonly context: Context
  readonly seed: number | string
  readonly callMs: number
  readonly listLagMs: number
  readonly pageSize: number
  readonly shuffle: boolean
}

export const defaultAccount = '111122223333'
export const defaultPlaces: readonly string[] = ['here']

/** Speaks to one provider of the memory cloud, in the same shape as an adapter for a real one. */
export function memoryAdapter(options: ProviderOptions): Adapter {
  const {
    name,
    inside,
    context,
    account = defaultAccount,
    places = defaultPlaces,
    principal = `${name}-user`,
  } = options
  const client = createClient({
    inside,
    provider: name,
    account,
    context,
    random: seededRandom(`${options.seed} ${name} ${account} lists`),
    callMs: options.callMs,
    listLagMs: options.listLagMs,
    pageSize: options.pageSize,
    shuffle: options.shuffle,
    enforces: options.enforces ?? {},
  })
  /** The kinds as they are now, each made again only once its resources point at other kinds than before. */
  const made = new Map<KindName, Kind>()
  const kindsNow = (): Kind[] => {
    const used = usedKinds(inside)
    return [...inside.store.kinds.values()]
      .filter((rules) => rules.name.startsWith(`${name}:`))
      .map((rules) => {
        const uses = rules.uses ?? [...(used.get(rules.name) ?? [])].sort()
        const before = made.get(rules.name)
        if (before?.uses.length === uses.length && uses.every((one, at) => one === before.uses[at])) return before
        const kind = kindOf(rules, uses)
        made.set(rules.name, kind)
        return kind
      })
  }
  return {
    name,
    version: '1.0.0',
    failure: (error) => nameFailure(error, principal),
    async connect(io): Promise<Session<MemoryClient>> {
      try {
        await client.hello(io)
      } catch (cause) {
        io.signal.throwIfAborted()
        const { code, message } = nameFailure(cause, principal)
        const unknown = code === 'unauthenticated' || code === 'denied'
        throw new RefusedError(unknown ? 'no-credentials' : 'unreachable', `${name}: ${message}`, { cause })
      }
      if (options.expectedAccount !== undefined && options.expectedAccount !== account)
        throw new RefusedError(
          'wrong-account',
          `${name}: this is account ${account}, expected was ${options.expectedAccount}; check the credentials`,
        )
      return {
        identity: { account, principal, places, needs: options.needs ?? [] },
        client,
        ownership: ownershipRules(name),
        kinds: kindsNow(),
        ...(options.limits ? { limits: options.limits } : {}),
        failure: (error) => nameFailure(error, principal),
      }
    },
  }
}

/** What the resources of each kind have ever pointed at. */
function usedKinds({ store }: Inside): ReadonlyMap<KindName, ReadonlySet<KindName>> {
  const used = new Map<KindName, Set<KindName>>()
  for (const state of store.all) {
    const uses = used.get(state.kind) ?? new Set()
    used.set(state.kind, uses)
    for (const ref of state.refs) {
      const kind = 'kind' in ref ? ref.kind : store.resolve(ref, state)?.kind
      if (kind) uses.add(kind)
    }
  }
  return used
}

/** Marks: `cluster=<name>` proves, `cluster-shared=<name>` says shared, `cleardown.run=<id>` proves for a run; a cluster is known by its name. */
function ownershipRules(provider: string): OwnershipRule[] {
  const source = 'memory cloud, version 1'
  const tag = (
    rule: string,
    word: 'cluster' | 'run' | 'stack',
    key: string,
    says: 'ours' | 'shared',
  ): OwnershipRule => ({
    rule,
    source,
    on: 'tag',
    says,
    strength: 'proof',
    mark: (asked, value) => (asked === word ? `${key}=${value}` : undefined),
    other: (mark) => (mark.startsWith(`${key}=`) ? mark.slice(key.length + 1) : undefined),
  })
  return [
    tag('cluster-tag', 'cluster', 'cluster', 'ours'),
    tag('cluster-shared-tag', 'cluster', 'cluster-shared', 'shared'),
    tag('run-tag', 'run', 'cleardown.run', 'ours'),
    tag('stack-tag', 'stack', 'stack', 'ours'),
    {
      rule: 'cluster-name',
      source,
      on: 'name',
      kinds: [`${provider}:cluster`],
      says: 'ours',
      strength: 'proof',
      mark: (word, value) => (word === 'cluster' ? value : undefined),
    },
  ]
}
