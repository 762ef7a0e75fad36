import type { CatalogueRows } from './catalogue.ts'
import type { Way } from './client.ts'
import type { ResolvedCloud } from './cloud-config.ts'
import { HttpError } from './errors.ts'
import { exchange, type Fetch } from './http.ts'
import { createSharing } from './sharing.ts'

/** What Keystone says of a token, without the token (https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization). */
interface TokenFacts {
  readonly expires_at: string
  readonly issued_at?: string
  readonly user: Named
  readonly project?: Named
  readonly roles?: readonly { readonly name: string }[]
  readonly catalog?: CatalogueRows
  readonly application_credential?: { readonly id: string }
}

interface Named {
  readonly id: string
  readonly name: string
  readonly domain?: { readonly name?: string }
}

interface Token {
  readonly id: string
  readonly facts: TokenFacts
  /** On the clock of `way.now()`. */
  readonly renewAt: number
}

/** The one token of a client. */
export interface Tokens {
  /** What the first one told. */
  readonly facts: TokenFacts
  /** Runs a request with a token; after a 401 once more with a new one. */
  use<T>(way: Way, send: (token: string) => Promise<T>): Promise<T>
}

/** So long before it expires a token is renewed, so that a long call does not outlive it (keystoneauth takes 120 s too). */
const renewAheadMs = 120_000

/**
 * Logs in. Concurrent requests share one renewal. A renewed token must be for the same project: with one that is handed in, it might not be, and
 * everything that was planned would be looked for in another project.
 */
export async function createTokens(cloud: ResolvedCloud, fetch: Fetch, first: Way): Promise<Tokens> {
  let current = await issue(cloud, fetch, first)
  const { facts } = current
  const renewals = createSharing<Token>(false)

  const renewed = async (way: Way, old: Token): Promise<Token> =>
    current === old ? renewals.ask('renewal', way.signal, () => renew(way)) : current
  const renew = async (way: Way): Promise<Token> => {
    const token = await issue(cloud, fetch, way)
    if (token.facts.project?.id !== facts.project?.id)
      throw new Error(
        `the new token of cloud "${cloud.name}" is for project ${token.facts.project?.id ?? 'none'}, the one before was for ${facts.project?.id ?? 'none'}`,
      )
    current = token
    return token
  }

  return {
    facts,
    async use(way, send) {
      const token = way.now() >= current.renewAt ? await renewed(way, current) : current
      try {
        return await send(token.id)
      } catch (error) {
        if (!(error instanceof HttpError) || error.status !== 401) throw error
        return send((await renewed(way, token)).id)
      }
    },
  }
}

/** Asks for a token, or asks what a token that was handed in is. Both change nothing, so core may repeat them. */
function issue(cloud: ResolvedCloud, fetch: Fetch, way: Way): Promise<Token> {
  const { login } = cloud
  const given = login.type === 'given'
  const origin = { service: 'identity', method: given ? 'GET' : 'POST', path: '/auth/tokens' } as const
  const url = `${cloud.authUrl}/v3/auth/tokens`
  return way.request(
    { service: 'identity', place: way.place, call: `${origin.method} ${origin.path}`, effect: 'read' },
    async (signal) => {
      const base = { origin, url, signal, now: way.now() }
      let id: string | undefined
      let answer: Awaited<ReturnType<typeof exchange>>
      if ('token' in login) {
        id = await login.token()
        answer = await exchange(fetch, {
          ...base,
          headers: { 'x-auth-token': id, 'x-subject-token': id },
          secrets: [id],
        })
      } else {
        answer = await exchange(fetch, { ...base, body: login.body(), secrets: login.secrets() })
        id = answer.headers.get('x-subject-token')
      }
      const facts = (answer.body as { token?: TokenFacts } | undefined)?.token
      if (!id || !facts) throw new Error(`${url} answered without a token: is it Keystone's version 3?`)
      return { id, facts, renewAt: renewAt(facts, way.now()) }
    },
  )
}

/** Both times are Keystone's own, so its clock may differ from ours. A short life is used to its half. */
function renewAt({ issued_at, expires_at }: TokenFacts, now: number): number {
  const lifeMs = Date.parse(expires_at) - (issued_at === undefined ? now : Date.parse(issued_at))
  return Number.isNaN(lifeMs) ? Number.POSITIVE_INFINITY : now + lifeMs - Math.min(renewAheadMs, lifeMs / 2)
}
