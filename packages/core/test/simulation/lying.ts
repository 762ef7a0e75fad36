import type { Adapter, Kind, Session } from '../../src/adapter/kind.ts'
import type { Lie } from './scenario.ts'

/** The adapter, breaking its contract as the scenario says. */
export function lying(adapter: Adapter, lies: readonly Lie[]): Adapter {
  if (lies.length === 0) return adapter
  return {
    ...adapter,
    async connect(io): Promise<Session> {
      const session = await adapter.connect(io)
      const kinds = session.kinds.map((kind) => lies.reduce((honest, lie) => tell(honest, lie), kind))
      return { ...session, kinds }
    },
  }
}

function tell(kind: Kind, { what, id }: Lie): Kind {
  const [name, own] = [id.slice(0, id.indexOf(' ')), id.slice(id.indexOf(' ') + 1)]
  if (kind.name !== name) return kind
  const wrong = (): never => {
    throw new TypeError(`Cannot read properties of undefined (a bug in the adapter, on ${id})`)
  }
  const isIt = (raw: { readonly id: string }): boolean => raw.id === own
  const remove = kind.remove?.bind(kind)
  /** Its removal goes otherwise; that of the others as it should. */
  const removal = (work: (...given: Removal) => Promise<void>): Kind =>
    remove ? { ...kind, remove: (...given) => (isIt(given[1]) ? work(...given) : remove(...given)) } : kind
  switch (what) {
    case 'remove-hangs':
      return removal(() => new Promise(() => undefined))
    case 'remove-throws':
      return removal(wrong)
    case 'facts-throw':
      return { ...kind, facts: (raw) => (isIt(raw) ? wrong() : kind.facts(raw)) }
    case 'listing-throws':
      return { ...kind, find: { ...kind.find, all: wrong } }
    case 'listing-never-ends':
      return { ...kind, find: { ...kind.find, all: (io) => withoutEnd(kind.find.all(io)) } }
    case 'removes-twice':
      return removal(async (...given) => {
        await remove?.(...given)
        await remove?.(...given)
      })
    case 'removes-another':
      return remove ? { ...kind, remove: (io, it, how) => remove(io, { ...it, id: own }, how) } : kind
    case 'hides':
      return withoutIt(kind, isIt)
    case 'says-gone':
      return goneAtOnce(
        removal(() => Promise.resolve()),
        isIt,
      )
  }
}

type Removal = Parameters<NonNullable<Kind['remove']>>

/** The next page never comes. (One that goes on for ever costs a second of real time: lying-adapters.test.ts.) */
async function* withoutEnd(rows: AsyncIterable<unknown>): AsyncIterable<unknown> {
  yield* rows
  await new Promise(() => undefined)
}

/** Nobody who asks is shown it. */
function withoutIt(kind: Kind, isIt: (raw: { readonly id: string }) => boolean): Kind {
  const { read, find } = kind
  async function* others(source: AsyncIterable<{ readonly id: string }>): AsyncIterable<unknown> {
    for await (const raw of source) if (!isIt(raw)) yield raw
  }
  return {
    ...kind,
    find: { all: (io) => others(find.all(io)) },
    ...(read ? { read: async (io, id) => (isIt({ id }) ? undefined : read(io, id)) } : {}),
  }
}

/** Once it was asked to go, nobody is shown it any more. */
function goneAtOnce(kind: Kind, isIt: (raw: { readonly id: string }) => boolean): Kind {
  let asked = false
  const remove = kind.remove
  const hidden = withoutIt(kind, (raw) => asked && isIt(raw))
  return {
    ...hidden,
    ...(remove
      ? {
          remove: (io, it, how) => {
            asked ||= isIt(it)
            return remove(io, it, how)
          },
        }
      : {}),
  }
}
