import { readFileSync } from 'node:fs'
import type { Facts, Io, Kind, Live, Relation } from '@cleardown/core'
import { HttpError, type OpenStack, type Query, type Service } from '../src/client.ts'
import { kinds } from '../src/kinds/index.ts'

export const project = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'

export function kindOf(name: string): Kind<OpenStack> {
  const kind = kinds.find((one) => one.name === name)
  if (!kind) throw new Error(`there is no kind ${name}`)
  return kind
}

/** Raw answers as the services give them. Frozen, so that facts cannot change them. */
export function fixture(name: string): readonly unknown[] {
  const text = readFileSync(new URL(`fixtures/${name.replace('openstack:', '')}.json`, import.meta.url), 'utf8')
  return frozen(JSON.parse(text)) as readonly unknown[]
}

export function factsOf(name: string, index = 0): Facts {
  return kindOf(name).facts(fixture(name)[index])
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) frozen(one)
    Object.freeze(value)
  }
  return value
}

export function live(facts: Facts, revision?: string): Live {
  return { ...facts, key: `test/${project}/RegionOne/${facts.id}`, ...(revision ? { revision } : {}) }
}

/** One request as it went out: `DELETE /ports/p1`, with what it carried. */
export interface Call {
  readonly service: Service
  readonly call: string
  readonly query?: Query
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers by `METHOD path`: rows for a listing, the body for anything else. A function gets the query. */
type Answer = unknown | ((query: Query) => unknown)

export interface FakeOpenStack {
  readonly io: Io<OpenStack>
  readonly calls: Call[]
}

/** A port that answers from a table and remembers what it was asked. What the table lacks is not found. */
export function fakeOpenStack(
  answers: Readonly<Record<string, Answer>> = {},
  extensions: readonly string[] = [],
): FakeOpenStack {
  const calls: Call[] = []
  const answer = (service: Service, method: string, path: string, more: Omit<Call, 'service' | 'call'>): unknown => {
    calls.push({ service, call: `${method} ${path}`, ...more })
    const found = answers[`${method} ${path}`]
    return typeof found === 'function' ? (found as (query: Query) => unknown)(more.query ?? {}) : found
  }
  const client: OpenStack = {
    project,
    user: 'u1',
    has: () => true,
    async *list(_, service, path, query) {
      const rows = answer(service, 'GET', path, { query }) ?? []
      yield* rows as never[]
    },
    async get(_, service, path, query) {
      const body = answer(service, 'GET', path, query ? { query } : {})
      if (body === undefined) throw refusal(service, 404, { NeutronError: { type: 'NotFound', message: '' } })
      return body as never
    },
    async send(_, service, method, path, options = {}) {
      return answer(service, method, path, options) as never
    },
    extensions: async () => new Set(extensions),
    version: async () => undefined,
  }
  return {
    io: {
      client,
      place: 'RegionOne',
      signal: new AbortController().signal,
      now: () => 0,
      request: (_, sendIt) => sendIt(new AbortController().signal),
    },
    calls,
  }
}

/** A refusal as the client throws it. */
export function refusal(
  service: Service,
  status: number,
  body: unknown,
  { method = 'DELETE', path = '/things/1', headers = {} }: { method?: string; path?: string; headers?: object } = {},
): HttpError {
  return new HttpError(
    { service, method, path },
    { status, body, headers: new Map(Object.entries(headers) as [string, string][]) },
  )
}

/** One line for each relation, as a person would draw it. */
export function picture({ id, relations }: Facts): string[] {
  return relations.map((relation) => line(id, relation)).sort()
}

function line(self: string, relation: Relation): string {
  const other = 'to' in relation ? relation.to : relation.from
  const name = 'alias' in other ? `"${other.alias}"` : `${other.kind.replace('openstack:', '')} ${other.id}`
  const [from, to] = 'to' in relation ? ['this', name] : [name, 'this']
  const extra =
    relation.type === 'dependsOn' && relation.ifBroken === 'leaks'
      ? ', leaks'
      : relation.type === 'partOf' && relation.alone
        ? ', alone'
        : ''
  return `${from} ${relation.type} ${to} (${relation.because}${extra})`.replaceAll(self, 'this')
}
