import { readFileSync } from 'node:fs'
import type { Facts, Io, Json, Kind, Live, Relation } from '@cleardown/core'
import type { Aws } from '../src/client.ts'
import { kinds } from '../src/kinds/index.ts'

export function kindOf(name: string): Kind<Aws> {
  const kind = kinds.find((one) => one.name === name)
  if (!kind) throw new Error(`there is no kind ${name}`)
  return kind
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Raw answers as the SDK gives them: times are dates, tag values stay text. Frozen, so that facts cannot change them. */
export function fixture(name: string): readonly unknown[] {
  const text = readFileSync(new URL(`fixtures/${name.replace('aws:', '')}.json`, import.meta.url), 'utf8')
  return frozen(
    JSON.parse(text, (key, value: unknown) =>
      typeof value === 'string' && key !== 'Value' && time.test(value) ? new Date(value) : value,
    ),
  ) as readonly unknown[]
}

export function factsOf(name: string, index = 0): Facts {
  return kindOf(name).facts(fixture(name)[index])
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const one of Object.values(value)) frozen(one)
    Object.freeze(value)
  }
  return value
}

export function live(facts: Facts): Live {
  return { ...facts, key: `test/111122223333/us-east-1/${facts.id}` }
}

export interface Call {
  readonly place: string
  readonly service: string
  readonly op: string
  readonly input: Readonly<Record<string, unknown>>
}

/** An answer, or what gives (or throws) it for an input. */
type Answer = Json | object | ((input: Readonly<Record<string, unknown>>) => unknown)

/** A port that answers from a table by the name of the call and remembers what it was asked. */
export function fakeAws(
  answers: Readonly<Record<string, Answer>> = {},
  place = 'us-east-1',
): { io: Io<Aws>; calls: Call[] } {
  const calls: Call[] = []
  const client: Aws = {
    async send(way, service, op, input) {
      calls.push({ place: way.place, service, op, input: input as Call['input'] })
      const answer = answers[op]
      if (answer === undefined) return {}
      return typeof answer === 'function' ? (answer as (given: object) => unknown)(input) : answer
    },
  }
  return {
    io: {
      client,
      place,
      signal: new AbortController().signal,
      now: () => 0,
      request: (_, sendIt) => sendIt(new AbortController().signal),
    },
    calls,
  }
}

/** An error as the SDK throws it. */
export function refusal(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 }, ...more })
}

/** One line for each relation, as a person would draw it. */
export function picture({ id, relations }: Facts): string[] {
  return relations.map((relation) => line(short(id), relation)).sort()
}

function line(self: string, relation: Relation): string {
  const other = 'to' in relation ? relation.to : relation.from
  const name = 'alias' in other ? `"${short(other.alias)}"` : `${other.kind.replace('aws:', '')} ${short(other.id)}`
  const [from, to] = 'to' in relation ? ['this', name] : [name, 'this']
  const extra =
    relation.type === 'dependsOn' && relation.ifBroken === 'leaks'
      ? ', leaks'
      : relation.type === 'partOf' && relation.alone
        ? ', alone'
        : ''
  return `${from} ${relation.type} ${to} (${relation.because}${extra})`.replaceAll(self, short(self))
}

const short = (text: string): string => text.replace(/^arn:aws:[\w-]+:[\w-]*:\d*:/, '').replaceAll('0a1b2c3d4e5f6', '')
