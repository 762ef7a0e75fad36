import type { Facts, Io } from '../../../src/index.ts'
import { MemoryCloudError } from '../../../src/kit/testing/index.ts'
import { inFind, inKind, inSession, type Lie } from './lie.ts'

let turn = 0

/** About who it is and what is there. */
export const lookingLies: readonly Lie[] = [
  {
    lie: 'another principal at each connect',
    seenBy: 'says who it is, and the same each time',
    tell: inSession(({ identity }) => ({ identity: { ...identity, principal: `user-${++turn}` } })),
  },
  {
    lie: 'the wrong account is an ordinary error',
    seenBy: 'refuses another account than the expected one',
    tell: (adapter) => ({
      ...adapter,
      connect: (io) =>
        adapter.connect(io).catch((cause: unknown) => {
          throw new Error('something is wrong', { cause })
        }),
    }),
  },
  {
    lie: 'the worst time is shorter than the typical',
    seenBy: 'has kinds of the right form',
    tell: inKind('cloud:role', (kind) => ({ ...kind, latency: { typicalMs: 90_000, worstMs: 60_000 } })),
  },
  {
    lie: 'relations that are told late, and nobody can be asked for them',
    seenBy: 'has kinds of the right form',
    tell: inKind('cloud:role', (kind) => ({ ...kind, late: ['cloud:ghost'] })),
  },
  {
    lie: 'a kind that nobody has made one of',
    seenBy: 'has a sample of each kind',
    tell: inSession(({ kinds }) => ({
      kinds: [
        ...kinds,
        {
          name: 'cloud:ghost',
          service: 'api',
          uses: [],
          find: { all: () => asyncEmpty() },
          facts: () => {
            throw new Error('there is none')
          },
          latency: { typicalMs: 1, worstMs: 1 },
        },
      ],
    })),
  },
  {
    lie: 'marks by prefix',
    seenBy: 'has marks that belong to one name only',
    tell: inSession(({ ownership }) => ({
      ownership: ownership.map((rule) => ({ ...rule, mark: (word, value) => rule.mark(word, value.slice(0, 4)) })),
    })),
  },
  {
    lie: 'another name in its own mark',
    seenBy: 'has marks that belong to one name only',
    tell: inSession(({ ownership }) => ({
      ownership: ownership.map((rule) => ({ ...rule, other: (mark) => rule.other?.(mark)?.split('-')[0] })),
    })),
  },
  {
    lie: 'marks that come with the second look',
    seenBy: 'proves by its marks whose a sample is, before any second look',
    tell: inKind('cloud:balancer', (kind) => ({
      ...kind,
      labels: async (_, found) => found,
      more: async (io, found) => (await kind.more?.(io, (await kind.labels?.(io, found)) ?? found)) ?? found,
    })),
  },
  {
    lie: 'marks that are a hint',
    seenBy: 'proves by its marks whose a sample is, before any second look',
    tell: inSession(({ ownership }) => ({ ownership: ownership.map((rule) => ({ ...rule, strength: 'hint' })) })),
  },
  {
    lie: 'a listing without its last row',
    seenBy: 'lists every sample, and as ours',
    tell: inFind('cloud:machine', (kind) => ({
      async *all(io) {
        yield* (await Array.fromAsync(kind.find.all(io))).slice(0, -1)
      },
    })),
  },
  {
    lie: 'a listing that never ends',
    seenBy: 'ends every listing',
    tell: inFind('cloud:group', (kind) => ({
      async *all(io) {
        let last: unknown
        for await (const raw of kind.find.all(io)) {
          last = raw
          yield raw
        }
        while (last !== undefined) yield last
      },
    })),
  },
  {
    lie: 'everything twice',
    seenBy: 'lists nothing twice',
    tell: inFind('cloud:group', (kind) => ({
      async *all(io) {
        for await (const raw of kind.find.all(io)) yield* [raw, raw]
      },
    })),
  },
  {
    lie: 'an incarnation of its own in each listing',
    seenBy: 'gives a thing the same id and incarnation each time',
    tell: inKind('cloud:listener', ({ read: _, ...kind }) => ({
      ...kind,
      find: {
        async *all(io) {
          const incarnation = `seen-${++turn}`
          for await (const raw of kind.find.all(io)) yield { ...raw, incarnation }
        },
        using: kind.find.using ?? {},
      },
    })),
  },
  {
    lie: 'the first page only',
    seenBy: 'goes through more than one page',
    tell: inFind('cloud:network', (kind) => ({
      async *all(io) {
        let count = 0
        for await (const raw of kind.find.all(io)) {
          if (++count > 20) return
          yield raw
        }
      },
    })),
  },
  {
    lie: 'the end of a page again on the next',
    seenBy: 'goes through more than one page',
    tell: inFind('cloud:network', (kind) => ({
      async *all(io) {
        let count = 0
        for await (const raw of kind.find.all(io)) yield* ++count % 20 === 0 ? [raw, raw] : [raw]
      },
    })),
  },
  {
    lie: 'a look at each row',
    seenBy: 'lists with a call per page, not with a call per thing',
    tell: inFind('cloud:network', (kind) => ({
      async *all(io) {
        for await (const raw of kind.find.all(io)) yield (await kind.read?.(io, kind.facts(raw).id)) ?? raw
      },
    })),
  },
  {
    lie: 'whatever is asked for by its id is there',
    seenBy: 'finds by id what is there and leaves out what is not',
    tell: inFind('cloud:group', (kind) => ({
      async *ids(io, ids) {
        yield* kind.find.ids?.(io, ids) ?? []
        const [some] = await Array.fromAsync(kind.find.all(io))
        if (ids.includes('group-absent')) yield { ...some, id: 'group-absent' }
      },
    })),
  },
  {
    lie: 'tags by prefix',
    seenBy: 'finds by tag what carries exactly that',
    tell: inFind('cloud:group', (kind) => ({
      tags: (io, marks) =>
        kind.find.tags?.(
          io,
          marks.map((mark) => mark.slice(0, 'cluster=ci-1'.length)),
        ) ?? kind.find.all(io),
    })),
  },
  {
    lie: 'nothing uses anything',
    seenBy: 'finds by what is used',
    tell: inFind('cloud:group', () => ({ using: { 'cloud:network': () => asyncEmpty() } })),
  },
  {
    lie: 'whoever uses the first that is asked for',
    seenBy: 'finds by what is used',
    tell: inFind('cloud:group', (kind) => ({
      using: {
        'cloud:network': (io, ids) => kind.find.using?.['cloud:network']?.(io, ids.slice(0, 1)) ?? asyncEmpty(),
      },
    })),
  },
  {
    lie: 'what others share with us is ours',
    seenBy: 'tells what belongs to another account',
    tell: inKind('cloud:network', (kind) => ({
      ...kind,
      facts(raw) {
        const { account: _, ...told }: Facts = kind.facts(raw)
        return told
      },
    })),
  },
  {
    lie: 'a read that gives another incarnation than the listing',
    seenBy: 'reads a sample by its id',
    tell: inKind('cloud:controller', (kind) => ({
      ...kind,
      async read(io, id) {
        const raw = await kind.read?.(io, id)
        return raw && { ...raw, incarnation: `${raw.incarnation}, read` }
      },
    })),
  },
  {
    lie: 'a read without tags',
    seenBy: 'reads a sample by its id',
    tell: inKind('cloud:controller', (kind) => ({
      ...kind,
      async read(io, id) {
        const raw = await kind.read?.(io, id)
        return raw && { ...raw, tags: {} }
      },
    })),
  },
  {
    lie: 'a read that throws for the absent',
    seenBy: 'reads undefined for what is absent',
    tell: inKind('cloud:group', (kind) => ({
      ...kind,
      async read(io: Io<unknown>, id: string) {
        const raw: unknown = await kind.read?.(io, id)
        if (raw === undefined) throw new MemoryCloudError('NotFound', `${id} does not exist`)
        return raw
      },
    })),
  },
  {
    lie: 'a read that looks its answer up in an object',
    seenBy: 'is not misled by odd ids',
    tell: inKind('cloud:role', (kind) => {
      const words = {} as Record<string, string>
      return {
        ...kind,
        async read(io, id) {
          if (words[id] !== undefined) throw new TypeError(`${words[id]} is no answer`)
          return await kind.read?.(io, id)
        },
      }
    }),
  },
]

async function* asyncEmpty(): AsyncGenerator<never, void, undefined> {}
