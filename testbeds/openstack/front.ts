// In front of each service: an address for clients, with journal and disturbances, and one for the services among
// themselves and for the bed's own client, with neither. Both stay when the service behind them is started again.
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Disturbances, type StandIn, standIn, unavailable } from './disturb.ts'
import type { JournalEntry } from './journal.ts'
import type { ServiceName } from './services.ts'

/** How long a service's call to another one, which is just starting, is held back. */
const START_PATIENCE_MS = 60_000
const LOOPBACK = '127.0.0.1'
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length']

export interface Front {
  /** For clients. */
  outside: string
  /** For services and oracles. */
  inside: string
  /**
   * The port behind, once it is known; undefined while there is none. Until then calls of other services are held back and
   * clients get the 503 of a load balancer without servers.
   */
  behind(port: Promise<number | undefined>): void
  /** A second address for clients, over TLS. */
  listenTls(identity: { key: string; cert: string }): Promise<string>
  close(): Promise<void>
}

/** Whose a token is, by its text. */
type Tokens = Map<string, { project?: string; user: string }>

export interface Watch {
  journal: JournalEntry[]
  disturbances: Disturbances
  tokens: Tokens
}

export async function openFront(service: ServiceName, watch: Watch): Promise<Front> {
  const agent = new Agent({ keepAlive: true })
  let up = Promise.resolve<number | undefined>(undefined)
  let port: number | undefined

  const ask = async (incoming: IncomingMessage, body: Buffer, at: number | undefined): Promise<StandIn | Passed> => {
    if (at === undefined) return unavailable(503)
    return pass(incoming, body, at, agent).then((answer) => {
      if (service === 'keystone') learn(watch.tokens, incoming, answer)
      return answer
    })
  }

  const fromInside = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming)
    const at = await Promise.race([up, sleep(START_PATIENCE_MS, undefined, { ref: false })])
    reply(response, await ask(incoming, body, at))
  }

  const fromOutside = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const entry = note(watch, service, incoming)
    const disturbance = watch.disturbances.meet(entry)
    if (disturbance) entry.disturbed = disturbance.kind
    const body = await buffer(incoming)
    const answer = disturbance && standIn(disturbance)
    if (answer) {
      reply(response, answer)
    } else if (disturbance?.kind === 'drop-before') {
      incoming.socket.destroy()
    } else {
      if (disturbance?.kind === 'slow') await sleep((disturbance.seconds ?? 1) * 1000, undefined, { ref: false })
      const answered = await ask(incoming, body, port)
      entry.status = answered.status
      if (disturbance?.kind === 'drop-after') incoming.socket.destroy()
      else reply(response, answered)
    }
    entry.tookMs = Date.now() - entry.atMs
  }

  const servers: (Server | TlsServer)[] = [createServer(handler(fromOutside)), createServer(handler(fromInside))]
  const [outside = '', inside = ''] = await Promise.all(servers.map((server) => listen(server, 'http')))
  return {
    outside,
    inside,
    behind(next) {
      agent.destroy() // its connections lead to the process before
      port = undefined
      up = next
      const known = (found: number | undefined): void => {
        if (up === next) port = found
      }
      next.then(known, () => {}) // whoever started the process tells why it did not come up
    },
    async listenTls(identity) {
      const server = createTlsServer(identity, handler(fromOutside))
      servers.push(server)
      return listen(server, 'https')
    },
    async close() {
      agent.destroy()
      await Promise.all(servers.map(closed))
    },
  }
}

type Handler = (incoming: IncomingMessage, response: ServerResponse) => Promise<void>

/** A service that dies in the middle of a call takes the connection with it. */
function handler(answer: Handler): (incoming: IncomingMessage, response: ServerResponse) => void {
  return (incoming, response) => void answer(incoming, response).catch(() => incoming.socket.destroy())
}

async function listen(server: Server | TlsServer, scheme: string): Promise<string> {
  server.keepAliveTimeout = 0 // a client never finds its connection closed under it
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  server.unref()
  return `${scheme}://${LOOPBACK}:${(server.address() as AddressInfo).port}`
}

async function closed(server: Server | TlsServer): Promise<void> {
  const end = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await end
}

function note({ journal, tokens }: Watch, service: ServiceName, incoming: IncomingMessage): JournalEntry {
  const { method = '', url = '', headers } = incoming
  const who = tokens.get(String(headers['x-auth-token']))
  const agent = headers['user-agent']
  const entry: JournalEntry = {
    n: (journal.at(-1)?.n ?? 0) + 1,
    atMs: Date.now(),
    service,
    method,
    path: url,
    ...who,
    ...(agent === undefined ? {} : { agent }),
  }
  journal.push(entry)
  return entry
}

interface Passed {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** The Host header goes along as it is: services write their links from it. */
async function pass(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  port: number,
  agent: Agent,
): Promise<Passed> {
  const outgoing = request({ host: LOOPBACK, port, method, path: url, agent, headers: endToEnd(headers, body) })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject).end(body)
  })
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) }
}

function endToEnd(headers: IncomingHttpHeaders, body: Buffer): IncomingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name))
  const length =
    body.length > 0 || headers['content-length'] !== undefined ? { 'content-length': `${body.length}` } : {}
  return { ...Object.fromEntries(kept), ...length }
}

function reply(response: ServerResponse, { status, headers, body }: StandIn | Passed): void {
  const kept = Object.entries(headers).filter(([name, value]) => !HOP_BY_HOP.includes(name) && value !== undefined)
  const length = status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { ...Object.fromEntries(kept), ...length })
  response.end(body)
}

function learn(tokens: Tokens, { method, url }: IncomingMessage, { status, headers, body }: Passed): void {
  const text = headers['x-subject-token']
  if (method !== 'POST' || !url?.startsWith('/v3/auth/tokens') || status !== 201 || typeof text !== 'string') return
  const { token } = JSON.parse(body.toString()) as { token: { project?: { name: string }; user: { name: string } } }
  tokens.set(text, { user: token.user.name, ...(token.project ? { project: token.project.name } : {}) })
}
