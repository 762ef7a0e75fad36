import * as http from 'node:http'
import * as https from 'node:https'
import type { Fetch } from './http.ts'

/** Contents, not paths. */
export interface Tls {
  readonly verify: boolean
  /** PEM of the authorities that are trusted, instead of Node's own. */
  readonly ca?: string
  /** PEM of the client's certificate, and of its key where that is not in the same file. */
  readonly cert?: string
  readonly key?: string
}

/**
 * A fetch with its own trust. The global one takes such options only through a dispatcher, which Node does not export; so this goes by node:https.
 */
export function createTlsFetch(tls: Tls): Fetch {
  const agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({
      keepAlive: true,
      rejectUnauthorized: tls.verify,
      ...(tls.ca ? { ca: tls.ca } : {}),
      ...(tls.cert ? { cert: tls.cert, key: tls.key ?? tls.cert } : {}),
    }),
  }
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const secure = new URL(url).protocol === 'https:'
      const options = { method, headers, signal, agent: agents[secure ? 'https:' : 'http:'] }
      const request = (secure ? https : http).request(url, options, (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => resolve(toResponse(incoming, Buffer.concat(chunks))))
      })
      request.on('error', reject)
      request.end(body)
    })
}

function toResponse(incoming: http.IncomingMessage, content: Buffer<ArrayBuffer>): Response {
  const headers = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  return new Response(content.length > 0 ? content : null, { status: incoming.statusCode ?? 500, headers })
}
