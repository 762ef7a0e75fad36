import { type Io, ref } from '../../../src/index.ts'
import { MemoryCloudError } from '../../../src/kit/testing/index.ts'
import { inFind, inKind, inSession, type Lie } from './lie.ts'

let turn = 0

/** About removals, changes, failures and requests. */
export const actingLies: readonly Lie[] = [
  {
    lie: 'a removal that never returns',
    seenBy: 'answers each removal',
    tell: inKind('cloud:group', (kind) => ({
      ...kind,
      async remove(io, it) {
        await kind.remove?.(io, it)
        await new Promise(() => {})
      },
    })),
  },
  {
    lie: 'a removal that waits',
    seenBy: 'answers each removal',
    tell: inKind('cloud:role', (kind) => ({
      ...kind,
      async remove(io, it) {
        await kind.remove?.(io, it)
        await kind.read?.(io, it.id)
      },
    })),
  },
  {
    lie: 'a removal that does nothing',
    seenBy: 'removes for good',
    tell: inKind('cloud:controller', (kind) => ({
      ...kind,
      async remove(io, it) {
        if (it.protections?.length) await kind.remove?.(io, it)
        await kind.read?.({ ...io, request: (what, send) => io.request({ ...what, effect: 'write' }, send) }, it.id)
      },
    })),
  },
  {
    lie: 'a removal that takes a neighbour along',
    seenBy: 'removes nothing beside it',
    tell: inKind('cloud:listener', (kind) => ({
      ...kind,
      async remove(io, it) {
        const before = await Array.fromAsync(kind.find.all(io))
        await kind.remove?.(io, it)
        const other = before.map(kind.facts).find(({ id, protections }) => id !== it.id && !protections?.length)
        if (other && before.length > 2) await kind.remove?.(io, { ...other, key: '' })
      },
    })),
  },
  {
    lie: 'a second removal that takes whatever is there',
    seenBy: 'takes a second removal as done or says gone, and touches nothing else',
    tell: inKind('cloud:machine', (kind) => ({
      ...kind,
      async remove(io, it) {
        const there = (await Array.fromAsync(kind.find.all(io))).map(kind.facts).filter(({ phase }) => phase !== 'gone')
        const target = there.find(({ id }) => id === it.id) ?? there.find(({ phase }) => phase === 'steady')
        const bare = target && { ...target, key: it.key }
        if (bare?.protections?.length && bare.id !== it.id) await kind.unprotect?.apply(io, bare, 'lock')
        await kind.remove?.(io, bare ?? it)
      },
    })),
  },
  {
    lie: 'what is in use is a conflict',
    seenBy: 'says blocked where something that lives uses it',
    tell: inSession(({ failure }) => ({
      failure: (error, during) => {
        const named = failure(error, during)
        return named.code === 'blocked' && during.it ? { ...named, code: 'conflict' } : named
      },
    })),
  },
  {
    lie: 'a holder that nobody can find',
    seenBy: 'says blocked where something that lives uses it',
    tell: inSession(({ failure }) => ({
      failure: (error, during) => {
        const named = failure(error, during)
        return named.code === 'blocked' ? { ...named, blockers: [ref('cloud:group', 'my-group')] } : named
      },
    })),
  },
  {
    lie: 'a removal that asks again when it was refused',
    seenBy: 'says blocked where something that lives uses it',
    tell: inKind('cloud:network', (kind) => ({
      ...kind,
      remove: async (io, it) => await kind.remove?.(io, it).catch(() => kind.remove?.(io, it)),
    })),
  },
  {
    lie: 'what is protected is denied',
    seenBy: 'says protected where a protection stands on it',
    tell: inSession(({ failure }) => ({
      failure: (error, during) => {
        const named = failure(error, during)
        return named.code === 'protected' && during.it ? { ...named, code: 'denied' } : named
      },
    })),
  },
  {
    lie: 'a protection that stands when it does not',
    seenBy: 'lifts a protection and puts it back as it was',
    tell: inKind('cloud:network', (kind) => ({
      ...kind,
      ...(kind.unprotect ? { unprotect: { ...kind.unprotect, before: () => 'on' } } : {}),
    })),
  },
  {
    lie: 'an undo that does nothing',
    seenBy: 'lifts a protection and puts it back as it was',
    tell: inKind('cloud:network', (kind) => ({
      ...kind,
      ...(kind.unprotect ? { unprotect: { ...kind.unprotect, undo: async () => {} } } : {}),
    })),
  },
  {
    lie: 'a writer that stays silent',
    seenBy: 'silences a writer and lets it write again',
    tell: inKind('cloud:machines', (kind) => ({
      ...kind,
      ...(kind.quiesce ? { quiesce: { ...kind.quiesce, undo: async () => {} } } : {}),
    })),
  },
  {
    lie: 'a link that is not put back',
    seenBy: 'cuts links and puts them back as they were',
    tell: inKind('cloud:rule', (kind) => ({ ...kind, restore: async () => {} })),
  },
  {
    lie: 'a link more each time it is put back',
    seenBy: 'cuts links and puts them back as they were',
    tell: inKind('cloud:rule', (kind) => ({
      ...kind,
      restore: async (io, it) => await kind.restore?.(io, { ...it, id: `${it.id}-${++turn}` }),
    })),
  },
  {
    lie: 'all marks at once',
    seenBy: 'takes off one mark and no other',
    tell: inKind('cloud:network', (kind) => ({
      ...kind,
      async unmark(io, it, mark) {
        const all = Object.entries(it.tags ?? {}).map(([key, value]) => `${key}=${value}`)
        for (const one of all.includes(mark) ? all : []) await kind.unmark?.(io, it, one)
      },
    })),
  },
  {
    lie: 'a release that does nothing',
    seenBy: 'releases one finalizer and no other',
    tell: inKind('cloud:object', (kind) => ({ ...kind, release: async () => {} })),
  },
  {
    lie: 'a refusal without a row',
    seenBy: 'names each refusal of its provider',
    tell: inSession(({ failure }) => ({
      failure: (error, during) => {
        const named = failure(error, during)
        return named.providerCode === 'NotLoggedIn' ? { ...named, code: 'unknown' } : named
      },
    })),
  },
  {
    lie: 'seconds where milliseconds are meant',
    seenBy: 'names each refusal of its provider',
    tell: inSession(({ failure }) => ({
      failure: (error, during) => {
        const { retryAfterMs, ...named } = failure(error, during)
        return retryAfterMs === undefined ? named : { ...named, retryAfterMs: retryAfterMs / 1000 }
      },
    })),
  },
  {
    lie: 'what nobody knows means gone',
    seenBy: 'names junk without throwing',
    tell: inSession(({ failure }) => ({
      failure: (error, during) => {
        const named = failure(error, during)
        return error instanceof MemoryCloudError || named.code !== 'unknown' ? named : { ...named, code: 'gone' }
      },
    })),
  },
  {
    lie: 'a failure that throws',
    seenBy: 'names junk without throwing',
    tell: inSession(({ failure }) => ({
      failure: (error, during) =>
        failure(error, { ...during, call: `${during.call} ${(error as { code: string }).code}` }),
    })),
  },
  {
    lie: 'a listing that is empty when it was denied',
    seenBy: 'lets a listing that was refused fail: it never looks empty or short',
    tell: inFind('cloud:role', (kind) => ({
      async *all(io) {
        try {
          yield* kind.find.all(io)
        } catch (error) {
          if (!String(error).includes('AccessDenied')) throw error
        }
      },
    })),
  },
  {
    lie: 'no labels where they were denied',
    seenBy: 'lets labels that were refused fail: what has a mark never looks unmarked',
    tell: inKind('cloud:balancer', (kind) => ({
      ...kind,
      labels: async (io, found) => (await kind.labels?.(io, found).catch(() => found)) ?? found,
    })),
  },
  {
    lie: 'a read that takes every refusal for absence',
    seenBy: 'lets a read that was refused fail: it never looks absent',
    tell: inKind('cloud:role', (kind) => ({
      ...kind,
      read: async (io, id) => await kind.read?.(io, id).catch(() => undefined),
    })),
  },
  {
    lie: 'requests that go round io.request',
    seenBy: 'sends everything through io.request, one request each',
    tell: inKind('cloud:role', (kind) => ({
      ...kind,
      read: async (io, id) => await kind.read?.({ ...io, request: (_, send) => send(io.signal) } as Io<unknown>, id),
    })),
  },
  {
    lie: 'a removal that calls itself a read',
    seenBy: 'says which requests write, and writes nothing when it looks',
    tell: inKind('cloud:role', (kind) => ({
      ...kind,
      remove: async (io, it) =>
        await kind.remove?.({ ...io, request: (what, send) => io.request({ ...what, effect: 'read' }, send) }, it),
    })),
  },
  {
    lie: 'an abort is the end of the listing',
    seenBy: 'asks no more once it is aborted',
    tell: inFind('cloud:network', (kind) => ({
      async *all(io) {
        try {
          yield* kind.find.all(io)
        } catch (error) {
          if (!io.signal.aborted) throw error
        }
      },
    })),
  },
  {
    lie: 'requests without a signal',
    seenBy: 'sends no request whose signal is aborted',
    tell: inFind('cloud:role', (kind) => ({
      all: (io) =>
        kind.find.all({ ...io, request: (what, send) => io.request(what, () => send(new AbortController().signal)) }),
    })),
  },
]
