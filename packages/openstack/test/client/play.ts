import * as http from 'node:http'
import * as https from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Way } from '../../src/client.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: http.IncomingHttpHeaders
  readonly body: unknown
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown
}

export interface Played {
  readonly url: string
  readonly asked: readonly Asked[]
}

/** A server of the test's own on the loopback; closed when the test is finished. What `answer` does not know is a 404. */
export async function play(
  answer: (asked: Asked, url: string) => Reply | undefined | Promise<Reply | undefined>,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Played> {
  const asked: Asked[] = []
  let url = ''
  const listener: http.RequestListener = async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const { pathname, searchParams } = new URL(request.url ?? '/', url)
    const question: Asked = {
      method: request.method ?? '',
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
    asked.push(question)
    const { status = 200, headers = {}, body } = (await answer(question, url)) ?? { status: 404, body: { error: 'no' } }
    const json = typeof body !== 'string'
    response.writeHead(status, { 'content-type': json ? 'application/json' : 'text/html', ...headers })
    response.end(json ? (body === undefined ? '' : JSON.stringify(body)) : body)
  }
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return { url, asked }
}

/** Straight through, on a clock of the test's own; `calls` is what core would count. */
export function wayOf(place = 'RegionOne'): Way & { readonly calls: string[]; time: number } {
  const calls: string[] = []
  const way = {
    calls,
    time: Date.parse('2026-01-01T00:00:00Z'),
    place,
    signal: new AbortController().signal,
    now: (): number => way.time,
    request: <T>(what: { call: string; effect: string }, send: (signal: AbortSignal) => Promise<T>): Promise<T> => {
      calls.push(`${what.effect} ${what.call}`)
      return send(way.signal)
    },
  }
  return way
}

interface TokenShape {
  readonly project?: { id: string; name: string; domain?: { name: string } } | undefined
  readonly roles?: readonly string[]
  readonly catalog?: readonly unknown[]
  readonly issued_at?: string
  readonly expires_at?: string
  readonly application_credential?: { id: string }
}

/** Keystone's answer to a login. */
export function tokenReply(id: string, shape: TokenShape = {}): Reply {
  const { roles = ['member'], ...rest } = shape
  return {
    status: 201,
    headers: { 'x-subject-token': id },
    body: {
      token: {
        issued_at: '2026-01-01T00:00:00.000000Z',
        expires_at: '2026-01-01T01:00:00.000000Z',
        user: { id: 'u1', name: 'ci', domain: { id: 'default', name: 'Default' } },
        project: { id: 'p1', name: 'alpha', domain: { id: 'default', name: 'Default' } },
        catalog: [],
        roles: roles.map((name) => ({ id: `id-${name}`, name })),
        ...rest,
      },
    },
  }
}

/** One service of a catalogue, in one region or several. */
export const row = (
  type: string,
  url: string,
  regions: readonly string[] = ['RegionOne'],
  face = 'public',
): object => ({
  type,
  endpoints: regions.map((region) => ({ interface: face, region, region_id: region, url })),
})

export const isLogin = (asked: Asked): boolean => asked.method === 'POST' && asked.path.endsWith('/v3/auth/tokens')
