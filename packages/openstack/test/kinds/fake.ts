import { readFileSync } from 'node:fs'
import type { Facts, Io, Kind, Live, Relation } from '@cleardown/core'
import { HttpError, type OpenStack, type Query, type Service } from '../../src/client.ts'
import { kinds } from '../../src/kinds/index.ts'

export const project = '9d2c1f0e5b7a4c3d8e6f1a2b3c4d5e6f'

export function kindOf(name: string): Kind<OpenStack> {
  const kind = kinds.find((one) => one.name === `openstack:${name}`)
  if (!kind) throw new Error(`there is no kind ${name}`)
  return kind
}

/** Rows as the services send them, with what a kind's own listing adds to them. */
export const fixture = (name: string): readonly Readonly<Record<string, unknown>>[] =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

/** Facts of a row of the fixture, with fields of it changed. */
export const factsOf = (name: string, index = 0, change: object = {}): Facts =>
  kindOf(name).facts({ ...fixture(name)[index], ...change })

export const live = (facts: Facts): Live => ({ ...facts, key: `test/${project}/RegionOne/${facts.id}` })

/** What answers to a call: a value, or what a function gives or throws for its query. */
type Answer = object | ((query: Query) => unknown)

export interface Fake {
  readonly io: Io<OpenStack>
  /** `DELETE compute /servers/1`, with body and query where there are any. */
  readonly calls: unknown[][]
}

/** A port that answers from a table by method, service and path, and remembers what it was asked. A path that the table lacks gives 404. */
export function fakeOpenStack(answers: Readonly<Record<string, Answer>> = {}, more: Partial<OpenStack> = {}): Fake {
  const calls: unknown[][] = []
  const answer = (method: string, service: Service, path: string, query: Query = {}, body?: unknown): unknown => {
    const name = `${method} ${service} ${path}`
    const asked = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
    calls.push([name, ...(Object.keys(asked).length > 0 ? [asked] : []), ...(body === undefined ? [] : [body])])
    const given = answers[name]
    if (typeof given === 'function') return (given as (query: Query) => unknown)(query)
    if (given === undefined && method === 'GET') throw refusal(404, service, method, path)
    return given
  }
  const client: OpenStack = {
    project,
    user: 'u-1',
    has: () => true,
    async *list(_, service, path, query, field) {
      const given = answer('GET', service, path, query) as Readonly<Record<string, readonly never[]>>
      yield* field === '' ? (given as unknown as readonly never[]) : (given[field] ?? [])
    },
    get: async (_, service, path, query) => answer('GET', service, path, query) as never,
    send: async (_, service, method, path, options = {}) =>
      answer(method, service, path, options.query, options.body) as never,
    extensions: async () => new Set(),
    version: async () => undefined,
    ...more,
  }
  const signal = new AbortController().signal
  return { io: { client, place: 'RegionOne', signal, now: () => 0, request: (_, send) => send(signal) }, calls }
}

export const refusal = (status: number, service: Service, method: string, path: string): HttpError =>
  new HttpError({ service, method, path }, { status, body: {}, headers: new Map() })

/** One line for each relation, as a person would draw it. */
export function drawn(name: string, index = 0, change: object = {}): string {
  return factsOf(name, index, change).relations.map(line).sort().join('\n')
}

function line(relation: Relation): string {
  const other = 'to' in relation ? relation.to : relation.from
  const word = short('alias' in other ? `"${other.alias}"` : `${other.kind.replace('openstack:', '')} ${other.id}`)
  const [from, to] = 'to' in relation ? ['this', word] : [word, 'this']
  const extra =
    relation.type === 'dependsOn' && relation.ifBroken === 'leaks'
      ? ', leaks'
      : relation.type === 'partOf' && relation.alone
        ? ', alone'
        : ''
  return `${from} ${relation.type} ${to} (${relation.because}${extra})`
}

const short = (text: string): string => text.replaceAll(/0a1b2c3d-0000-4000-8000-0*/g, '')
