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
  switch (what) {
    case 'remove-hangs':
      return {
        ...kind,
        remove: (io, it, how) =>
          it.id === own ? new Promise<void>(() => undefined) : (kind.remove?.(io, it, how) ?? Promise.resolve()),
      }
    case 'remove-throws':
      return {
        ...kind,
        remove: (io, it, how) => (it.id === own ? wrong() : (kind.remove?.(io, it, how) ?? Promise.resolve())),
      }
    case 'facts-throw':
      return { ...kind, facts: (raw) => (raw.id === own ? wrong() : kind.facts(raw)) }
    case 'listing-throws':
      return { ...kind, find: { ...kind.find, all: () => wrong() } }
    case 'listing-endless':
      return { ...kind, find: { ...kind.find, all: (io) => repeat(kind.find.all(io)) } }
  }
}

async function* repeat<T>(source: AsyncIterable<T>): AsyncIterable<T> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  while (all.length > 0) yield* all
}
