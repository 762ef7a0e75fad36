import { defineKind, type Facts, type Io, type Kind, type Live, type Protection } from '../../adapter/kind.ts'
import type { Json } from '../../model/json.ts'
import type { KindName } from '../../model/key.ts'
import type { Effect, MemoryClient, Query } from './client.ts'
import type { Refusal } from './removal.ts'
import type { MemoryData, MemoryKind, NewResource, State } from './resource.ts'
import type { MemoryRaw } from './view.ts'

type Kinds = Kind<MemoryClient, MemoryRaw, MemoryData>
const memoryKind = defineKind<MemoryClient>()

/** The `Kind` of the adapter contract for one kind of the memory cloud. Call names follow it: `ListSubnets`, `DeleteSubnet`. */
export function kindOf(rules: MemoryKind, uses: readonly KindName[]): Kinds {
  const { name } = rules
  const [one, many] = words(name)
  const list = (io: Io<MemoryClient>, query: Query): AsyncIterable<MemoryRaw> =>
    io.client.list(io, query.by === 'all' ? `List${many}` : `Find${many}`, name, query)
  const write = (io: Io<MemoryClient>, call: string, it: Facts<MemoryData>, work: Effect): Promise<void> =>
    io.client.write(io, `${call}${one}`, name, it.id, (state, inside) => stale(state, it, rules) ?? work(state, inside))
  const has = { ids: true, tags: true, using: true, read: true, ...rules.finds }
  const goingMs = rules.goingMs ?? 0

  return memoryKind<MemoryRaw, MemoryData>({
    name,
    service: rules.service ?? 'api',
    ...(rules.global ? { place: 'global' } : {}),
    ...(rules.link ? { link: true } : {}),
    ...(rules.more ? { late: uses } : {}),
    uses,
    ...(rules.within ? { within: rules.within } : {}),
    find: {
      all: (io) => list(io, { by: 'all' }),
      ...(has.ids ? { ids: (io, values) => list(io, { by: 'ids', values }) } : {}),
      ...(has.tags ? { tags: (io, values) => list(io, { by: 'tags', values }) } : {}),
      ...(has.using
        ? {
            using: Object.fromEntries(
              uses.map((kind) => [
                kind,
                (io: Io<MemoryClient>, values: readonly string[]) => list(io, { by: 'using', kind, values }),
              ]),
            ),
          }
        : {}),
    },
    ...(rules.labels
      ? {
          labels: (io: Io<MemoryClient>, found: readonly MemoryRaw[]) =>
            io.client.fill(io, `Describe${one}Tags`, name, found, { labels: true }),
        }
      : {}),
    ...(rules.more
      ? {
          more: (io: Io<MemoryClient>, found: readonly MemoryRaw[]) =>
            io.client.fill(io, `Describe${many}`, name, found, { more: true }),
        }
      : {}),
    ...(has.read ? { read: (io: Io<MemoryClient>, id: string) => io.client.read(io, `Get${one}`, name, id) } : {}),
    facts: (raw) => factsOf(raw, rules),
    ...(rules.revisions ? { revision: (raw: MemoryRaw) => String(raw.revision) } : {}),
    ...(rules.noRemove
      ? {}
      : {
          remove: (io: Io<MemoryClient>, it: Live<MemoryData>, how?: { readonly except: readonly string[] }) =>
            write(io, 'Delete', it, (state, { removals }) =>
              state ? removals.ask(state, { except: how?.except ?? [] }) : absent(it, one),
            ),
        }),
    ...(rules.link
      ? {
          restore: (io: Io<MemoryClient>, it: Facts<MemoryData>) =>
            io.client.write(io, `Create${one}`, name, it.id, (state, { create, store }) => {
              const spec = it.data.again as unknown as NewResource
              if (!state) create(sameId(store.all, spec))
              return undefined
            }),
        }
      : {}),
    release: (io, it, finalizer) =>
      write(io, 'Release', it, (state, { removals }) => {
        if (!state) return absent(it, one)
        removals.release(state, finalizer)
        return undefined
      }),
    unmark: (io, it, mark) =>
      write(io, 'Untag', it, (state) => {
        if (!state) return absent(it, one)
        const [key, value] = [mark.slice(0, mark.indexOf('=')), mark.slice(mark.indexOf('=') + 1)]
        if (state.tags[key] === value) delete state.tags[key]
        state.revision++
        return undefined
      }),
    unprotect: {
      before: (it, id) =>
        it.protections?.find((one) => one.id === id && one.liftable) as Protection | undefined as Json | undefined,
      apply: (io, it, id) =>
        write(io, 'Unprotect', it, (state, { removals }) => {
          if (!state) return absent(it, one)
          state.protections.delete(id)
          state.revision++
          removals.wake(state)
          return undefined
        }),
      undo: (io, it, before) =>
        write(io, 'Protect', it, (state) => {
          if (!state) return absent(it, one)
          const protection = before as unknown as Protection
          state.protections.set(protection.id, protection)
          state.revision++
          return undefined
        }),
    },
    ...(rules.writer
      ? {
          quiesce: {
            before: (it: Facts<MemoryData>) => (it.data.paused === true ? undefined : { paused: false }),
            apply: (io: Io<MemoryClient>, it: Live<MemoryData>) => pause(io, it, true),
            undo: (io: Io<MemoryClient>, it: Live<MemoryData>) => pause(io, it, false),
          },
        }
      : {}),
    manual: (it) => `${name.slice(0, name.indexOf(':'))} delete ${name.slice(name.indexOf(':') + 1)} ${it.id}`,
    ...(rules.oneAtATime === undefined
      ? {}
      : { oneAtATime: (it: Facts<MemoryData>) => turnOf(it, rules.oneAtATime as string) }),
    latency: rules.latency ?? { typicalMs: Math.max(goingMs, 500), worstMs: Math.max(goingMs * 10, 60_000) },
    ...(rules.attempts === undefined ? {} : { attempts: rules.attempts }),
  })

  function pause(io: Io<MemoryClient>, it: Live<MemoryData>, paused: boolean): Promise<void> {
    return write(io, paused ? 'Pause' : 'Resume', it, (state, { removals }) => {
      if (!state) return absent(it, one)
      removals.pause(state, paused)
      return undefined
    })
  }
}

/** Field by field: where a row costs more than this, listings of many take most of the time of a simulation. */
function factsOf(raw: MemoryRaw, rules: MemoryKind): Facts<MemoryData> {
  const { name, tags, protections, serves, holdsData, managed } = raw
  const facts: { -readonly [Field in keyof Facts]: Facts<MemoryData>[Field] } = {
    id: raw.id,
    aliases: raw.aliases,
    account: raw.account,
    incarnation: raw.incarnation,
    phase: raw.phase,
    state: raw.word,
    since: raw.since,
    createdAt: raw.created,
    relations: raw.relations ?? [],
    evidence: raw.evidence,
    data: raw.data,
  }
  if (name !== undefined) facts.name = name
  if (tags) facts.tags = tags
  if (protections) facts.protections = protections
  if (serves !== undefined) facts.serves = serves
  if (holdsData !== undefined) facts.holdsData = holdsData
  if (managed !== undefined && !rules.noRemove) facts.fixed = `${managed} made it and removes it`
  return facts
}

/** The preconditions that the provider checks: the revision, and the incarnation where an id is only a name. */
function stale(state: State | undefined, it: Facts<MemoryData>, rules: MemoryKind): Refusal | undefined {
  if (!state) return undefined
  const { revision } = it as Partial<Live<MemoryData>>
  if (rules.idIsName && state.incarnation !== it.incarnation)
    return { code: 'Conflict', message: `${it.id} is now ${state.incarnation}, not ${it.incarnation}` }
  if (rules.revisions && revision !== undefined && revision !== String(state.revision))
    return { code: 'Conflict', message: `${it.id} has changed: revision ${state.revision}, not ${revision}` }
  return undefined
}

const absent = (it: Facts<MemoryData>, one: string): Refusal => ({
  code: 'NotFound',
  message: `${one} ${it.id} does not exist`,
})

/** A link that is put back keeps its id unless somebody has taken it. */
function sameId(all: readonly State[], spec: NewResource): NewResource {
  const taken = all.some((state) => state.kind === spec.kind && state.id === spec.id && state.phase !== 'gone')
  if (!taken) return spec
  const { id: _, ...rest } = spec
  return rest
}

function turnOf(it: Facts<MemoryData>, field: string): string {
  const relation = it.relations.find((one) => one.because === field)
  return relation && 'to' in relation ? JSON.stringify(relation.to) : it.id
}

/** `cloud:load-balancer` → `LoadBalancer`, `LoadBalancers`. */
function words(name: KindName): readonly [string, string] {
  const one = name
    .slice(name.indexOf(':') + 1)
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  if (one.endsWith('y')) return [one, `${one.slice(0, -1)}ies`]
  return [one, one.endsWith('s') ? `${one}es` : `${one}s`]
}
