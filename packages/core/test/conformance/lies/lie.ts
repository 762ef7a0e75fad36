import type { Adapter, Facts, Kind, Session } from '../../../src/index.ts'

/** An adapter that says something untrue or does something wrong, and the one case that has to see it. */
export interface Lie {
  readonly lie: string
  readonly seenBy: string
  tell(adapter: Adapter): Adapter
}

type Tell = Lie['tell']

export const inSession =
  (change: (session: Session) => Partial<Session>): Tell =>
  (adapter) => ({
    ...adapter,
    async connect(io) {
      const session = await adapter.connect(io)
      return { ...session, ...change(session) }
    },
  })

/** Another kind in the place of the one of this name. */
export const inKind = (name: Kind['name'], change: (kind: Kind) => Kind): Tell =>
  inSession(({ kinds }) => ({ kinds: kinds.map((kind) => (kind.name === name ? change(kind) : kind)) }))

export const inFind = (name: Kind['name'], change: (kind: Kind) => Partial<Kind['find']>): Tell =>
  inKind(name, (kind) => ({ ...kind, find: { ...kind.find, ...change(kind) } }))

export const inFacts = (name: Kind['name'], change: (facts: Facts) => Partial<Facts>): Tell =>
  inKind(name, (kind) => ({
    ...kind,
    facts(raw) {
      const told: Facts = kind.facts(raw)
      return { ...told, ...change(told) }
    },
  }))
