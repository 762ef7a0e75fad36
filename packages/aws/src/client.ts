import type { Io, Request } from '@cleardown/core'
import {
  type Credentials,
  type Input,
  type Loaded,
  loadService,
  type Operation,
  type Output,
  type Service,
} from './services.ts'

/** A listing of more pages than this never ends; at 1000 rows a page that is five million. */
export const maxPages = 5_000

/** What a call needs of core: the place it goes to, the run's abort, and the way through the bucket. */
type Way = Pick<Io<unknown>, 'place' | 'signal' | 'request'>

/** The port: the one way in which this adapter speaks to AWS. A test puts its own in this place. */
export interface Aws {
  send(way: Way, service: Service, op: string, input: object): Promise<unknown>
}

export interface ClientOptions {
  readonly credentials?: Credentials
  readonly endpoint?: string
  /** Where global services (IAM) are spoken to. */
  readonly globalRegion: string
}

/** Which call an error came from. The SDK's errors do not say, and one code means different things for different calls. */
export interface Origin {
  readonly service: Service
  readonly op: string
}

const origins = new WeakMap<object, Origin>()
export const originOf = (error: unknown): Origin | undefined =>
  typeof error === 'object' && error !== null ? origins.get(error) : undefined

/** Some calls answer 200 and list what they refused; this makes the refusal an error like any other. */
export function refusalOf(origin: Origin, code: string, message: string): Error {
  const error = Object.assign(new Error(message), { name: code })
  origins.set(error, origin)
  return error
}

export const effectOf = (op: string): Request['effect'] => (/^(Describe|List|Get)/.test(op) ? 'read' : 'write')

/**
 * Clients are made per service and region on first use; the SDK's default agent keeps their connections open, and all draw their credentials
 * from one provider. Retries are core's (`maxAttempts: 1`). Identical reads in flight at the same moment share one answer; nothing is kept
 * after it has come, and a write ends all sharing, so that no read begun before a write answers for one begun after it.
 */
export function createClient(options: ClientOptions): Aws {
  const clients = new Map<string, Promise<Loaded>>()
  const inFlight = new Map<string, { readonly answer: Promise<unknown>; readonly signal: AbortSignal }>()

  const { endpoint, globalRegion } = options
  let chain: Promise<Credentials> | undefined
  /** Given, or found once by the SDK's own chain: a role is assumed once, not once for each service and region. */
  const credentialsOf = (): Promise<Credentials> => {
    if (options.credentials) return Promise.resolve(options.credentials)
    chain ??= loadService('sts', { region: globalRegion }).then((sts) => sts.credentials)
    return chain
  }
  const load = async (service: Service, region: string): Promise<Loaded> =>
    loadService(service, { region, credentials: await credentialsOf(), ...(endpoint ? { endpoint } : {}) })

  const clientOf = (service: Service, place: string): Promise<Loaded> => {
    const region = place === 'global' ? options.globalRegion : place
    const name = `${service}/${region}`
    const known = clients.get(name)
    if (known) return known
    const made = load(service, region)
    clients.set(name, made)
    return made
  }

  const dispatch = (way: Way, service: Service, op: string, input: object): Promise<unknown> =>
    way.request({ service, place: way.place, call: op, effect: effectOf(op) }, async (signal) => {
      try {
        const client = await clientOf(service, way.place)
        return await client.send(op, input, signal)
      } catch (error) {
        if (typeof error === 'object' && error !== null) origins.set(error, { service, op })
        throw error
      }
    })

  return {
    async send(way, service, op, input) {
      if (effectOf(op) === 'write') {
        inFlight.clear()
        try {
          return await dispatch(way, service, op, input)
        } finally {
          inFlight.clear()
        }
      }
      const name = `${way.place}/${service}/${op}/${JSON.stringify(input)}`
      const running = inFlight.get(name)
      if (running)
        try {
          return await running.answer
        } catch (error) {
          if (!running.signal.aborted || way.signal.aborted) throw error // only the other one was stopped: ask for ourselves
        }
      const answer = dispatch(way, service, op, input)
      const own = { answer, signal: way.signal }
      inFlight.set(name, own)
      try {
        return await answer
      } finally {
        if (inFlight.get(name) === own) inFlight.delete(name)
      }
    },
  }
}

/** One request. */
export function send<S extends Service, const O extends string>(
  io: Io<Aws>,
  service: S,
  op: O & Operation<S>,
  input: Input<S, O>,
): Promise<Output<S, O>> {
  return io.client.send(io, service, op, input as object) as Promise<Output<S, O>>
}

/** How each service goes on with a listing: the name of the token in the question, and in the answer. */
const tokens: Readonly<Record<Service, readonly [ask: string, next: string]>> = {
  autoscaling: ['NextToken', 'NextToken'],
  cloudformation: ['NextToken', 'NextToken'],
  ec2: ['NextToken', 'NextToken'],
  eks: ['nextToken', 'nextToken'],
  elb: ['Marker', 'NextMarker'],
  elbv2: ['Marker', 'NextMarker'],
  iam: ['Marker', 'Marker'],
  logs: ['nextToken', 'nextToken'],
  sts: ['NextToken', 'NextToken'],
}

/** Every row of a listing, page by page. An empty token ends it; a token that comes back twice is an error, never a short listing. */
export async function* pages<R>(
  io: Io<Aws>,
  service: Service,
  op: string,
  input: object,
  field: string,
): AsyncGenerator<R, void, undefined> {
  const [ask, next] = tokens[service]
  let token: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const answer = (await io.client.send(io, service, op, token ? { ...input, [ask]: token } : input)) as Record<
      string,
      unknown
    >
    yield* (answer[field] as readonly R[] | undefined) ?? []
    const following = answer[next]
    if (typeof following !== 'string' || following === '') return
    if (following === token) throw new Error(`${service} ${op} in ${io.place} gave the same page token twice`)
    token = following
  }
  throw new Error(`${service} ${op} in ${io.place} went on for more than ${maxPages} pages`)
}
