// The bed's own client: stages, and asks what is true. It goes in by the internal addresses, so that it stands in no
// journal and meets no disturbance; and it shares no code with any client under test.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Addresses, CATALOGUE, PASSWORD, type ServiceName } from './services.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of eight services, read by tests that know what they asked
export type Json = any

export interface Account {
  user: string
  /** Name of the project. */
  project: string
  password?: string
}

export interface Answer {
  status: number
  /** Parsed where it is JSON. */
  body: Json
  headers: Headers
}

interface CallOptions {
  body?: Json
  headers?: Record<string, string>
}

export interface Client {
  readonly account: Required<Account>
  readonly userId: string
  readonly projectId: string
  /** One request, whatever the answer. `path` is below the service's root, e.g. `/servers/…`. */
  ask(method: string, service: ServiceName, path: string, options?: CallOptions): Promise<Answer>
  /** The body of an answer below 300; throws on any other. */
  call(method: string, service: ServiceName, path: string, body?: Json): Promise<Json>
  /** Creates one thing: `{ [kind]: attributes }` both ways. */
  make(service: ServiceName, path: string, kind: string, attributes: Json): Promise<Json>
  /** Reads `body[kind][field]` until it is one of `wanted`; `GONE` stands for 404. */
  until(service: ServiceName, path: string, kind: string, field: string, ...wanted: string[]): Promise<Json>
  gone(service: ServiceName, path: string): Promise<void>
}

const ANSWER_LIMIT_MS = 120_000
const WAIT_LIMIT_MS = 120_000
const POLL_MS = 200

/** What is asked for where a service has microversions. */
const MICROVERSIONS: Partial<Record<ServiceName, string>> = {
  nova: 'compute 2.96',
  cinder: 'volume 3.70',
  placement: 'placement 1.39',
}

export async function signIn(addresses: Addresses, account: Account): Promise<Client> {
  const { user, project, password = PASSWORD } = account
  const body = {
    auth: {
      identity: { methods: ['password'], password: { user: { name: user, domain: { id: 'default' }, password } } },
      scope: { project: { name: project, domain: { id: 'default' } } },
    },
  }
  const granted = await send(`${addresses.keystone}/v3/auth/tokens`, 'POST', { body })
  if (granted.status !== 201) throw refused('POST keystone /auth/tokens', granted)
  const token = granted.headers.get('x-subject-token') ?? ''
  const projectId: string = granted.body.token.project.id

  const ask: Client['ask'] = (method, service, path, options = {}) => {
    const version = MICROVERSIONS[service]
    const headers = {
      'x-auth-token': token,
      ...(version === undefined ? {} : { 'openstack-api-version': version }),
      ...options.headers,
    }
    const root = CATALOGUE[service].root.replace(':project', projectId)
    return send(`${addresses[service]}${root}${path}`, method, { ...options, headers })
  }
  const call: Client['call'] = async (method, service, path, body) => {
    const answer = await ask(method, service, path, { body })
    if (answer.status >= 300) throw refused(`${method} ${service} ${path}`, answer)
    return answer.body
  }
  const until: Client['until'] = async (service, path, kind, field, ...wanted) => {
    const endAt = Date.now() + WAIT_LIMIT_MS
    for (;;) {
      const answer = await ask('GET', service, path)
      const seen: string = answer.status === 404 ? 'GONE' : answer.body[kind][field]
      if (wanted.includes(seen)) return answer.body?.[kind]
      if (Date.now() > endAt || (/error/i.test(seen) && !wanted.includes(seen))) {
        throw refused(`${service} ${path} is ${seen}, not ${wanted.join(' or ')}`, answer)
      }
      await sleep(POLL_MS)
    }
  }
  return {
    account: { user, project, password },
    userId: granted.body.token.user.id,
    projectId,
    ask,
    call,
    make: async (service, path, kind, attributes) => (await call('POST', service, path, { [kind]: attributes }))[kind],
    until,
    async gone(service, path) {
      const endAt = Date.now() + WAIT_LIMIT_MS
      for (;;) {
        const answer = await ask('GET', service, path)
        if (answer.status === 404) return
        if (Date.now() > endAt) throw refused(`${service} ${path} is still there`, answer)
        await sleep(POLL_MS)
      }
    },
  }
}

async function send(url: string, method: string, { body, headers }: CallOptions): Promise<Answer> {
  const raw = body instanceof Uint8Array
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json', // Glance answers with HTML otherwise
      'content-type': raw ? 'application/octet-stream' : 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    redirect: 'manual',
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parsed(text) }
}

function parsed(text: string): Json {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

function refused(what: string, answer: Answer): Error {
  return new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`)
}
