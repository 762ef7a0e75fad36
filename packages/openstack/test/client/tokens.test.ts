import { MisuseError } from '@cleardown/core'
import { describe, expect, it } from 'vitest'
import { HttpError, NotJsonError } from '../../src/client.ts'
import { connect, errorOf } from './connect.ts'
import { type Asked, isLogin, type Reply, row, tokenReply } from './play.ts'

const tokenOf = ({ headers }: Asked): unknown => headers['x-auth-token']
const logins = (asked: readonly Asked[]): number => asked.filter(isLogin).length
const minutes = 60_000
const urlOf = ({ headers }: Asked): string => `http://${headers.host}/network/v2.0`

describe('logging in', () => {
  it('tells who we are and where', async () => {
    const { connected, played, way } = await connect(() => undefined)
    expect(connected).toMatchObject({
      project: { id: 'p1', name: 'alpha', domain: 'Default' },
      user: { id: 'u1', name: 'ci', domain: 'Default' },
      roles: ['member'],
      isAdmin: false,
      region: 'RegionOne',
      regions: ['RegionOne'],
      expiresAt: '2026-01-01T01:00:00.000000Z',
    })
    expect(connected.client).toMatchObject({ project: 'p1', user: 'u1' })
    expect(connected.client.applicationCredential).toBeUndefined()
    expect(played.asked.map(({ path }) => path)).toEqual(['/v3/auth/tokens'])
    expect(way.calls).toEqual(['read POST /auth/tokens'])
  })

  it.each(['', '/', '/v3', '/v3/', '/v2.0', '/identity', '/identity/v3'])(
    'works with auth_url ending in "%s"',
    async (end) => {
      const { played } = await connect(() => undefined)
      const root = end.startsWith('/identity') ? '/identity' : ''
      const { played: own } = await connect(() => undefined, { auth: { auth_url: played.url + end } })
      expect(own.asked).toEqual([])
      expect(played.asked.at(-1)?.path).toBe(`${root}/v3/auth/tokens`)
    },
  )

  it('tells the role admin and the application credential', async () => {
    const { connected } = await connect((asked) =>
      isLogin(asked) ? tokenReply('t', { roles: ['Admin'], application_credential: { id: 'ac' } }) : undefined,
    )
    expect(connected.isAdmin).toBe(true)
    expect(connected.client.applicationCredential).toBe('ac')
  })

  it('refuses a token without a project, an unknown region, and to choose among several', async () => {
    const none = connect((asked) => (isLogin(asked) ? tokenReply('t', { project: undefined }) : undefined))
    expect((await errorOf(none, MisuseError)).code).toBe('no-project')
    const catalogue = (url: string): object[] => [row('network', url, ['one', 'two'])]
    const several = await errorOf(
      connect(() => undefined, { catalogue }),
      MisuseError,
    )
    expect(several).toMatchObject({ code: 'which-region', message: expect.stringContaining('known are one, two') })
    const unknown = await errorOf(
      connect(() => undefined, { catalogue, region: 'three' }),
      MisuseError,
    )
    expect(unknown).toMatchObject({ code: 'unknown-region', message: expect.stringContaining('known are one, two') })
    expect((await connect(() => undefined, { catalogue, region: 'two' })).connected.region).toBe('two')
  })

  it('lets the refusal through, without the password that it quotes', async () => {
    const error = await errorOf(
      connect(() => ({
        status: 401,
        headers: { 'x-openstack-request-id': 'req-1' },
        body: { error: { code: 401, message: 'The password secret is wrong', title: 'Unauthorized' } },
      })),
      HttpError,
    )
    expect(error).toMatchObject({ status: 401, service: 'identity', method: 'POST', path: '/auth/tokens' })
    expect(error.message).toBe('identity answered 401 to POST /auth/tokens: The password *** is wrong (req-1)')
    expect(JSON.stringify(error.body)).not.toContain('secret')
  })

  it('says that a page is no Keystone', async () => {
    const error = await errorOf(
      connect(() => ({ body: '<html>\n  <title>Welcome</title></html>' })),
      NotJsonError,
    )
    expect(error.message).toMatch(
      /^identity answered text\/html instead of JSON at http:\/\/127\.0\.0\.1:\d+\/v3\/auth\/tokens; it begins: <html> <title>Welcome/,
    )
  })
})

describe('a token that is no longer accepted', () => {
  /** Accepts only the newest token. */
  const strict = (): ((asked: Asked, url: string) => Reply | undefined) => {
    let valid = 't2'
    return (asked) => {
      if (isLogin(asked)) return undefined
      if (tokenOf(asked) !== valid) return { status: 401, body: { error: { message: 'expired' } } }
      if (asked.query.get('revoke') === 'now') valid = 't3'
      return { body: { ports: [], extensions: [] } }
    }
  }

  it('is renewed once, and the request is sent again', async () => {
    const { connected, played, way } = await connect(strict())
    await connected.client.get(way, 'network', '/ports')
    expect(logins(played.asked)).toBe(2)
    expect(played.asked.map(tokenOf)).toEqual([undefined, 't1', undefined, 't2'])
  })

  it('is renewed once for all requests that met it at the same time', async () => {
    const { connected, played, way } = await connect(strict())
    await Promise.all([1, 2, 3, 4, 5].map((n) => connected.client.get(way, 'network', '/ports', { n })))
    expect(logins(played.asked)).toBe(2)
    await connected.client.get(way, 'network', '/ports', { revoke: 'now' })
    await connected.client.send(way, 'network', 'DELETE', '/ports/x')
    expect(logins(played.asked)).toBe(3)
  })

  it('ends in the refusal when the new one is not accepted either', async () => {
    const { connected, played, way } = await connect((asked) =>
      isLogin(asked) ? undefined : { status: 401, body: { error: { message: 'no' } } },
    )
    const error = await errorOf(connected.client.send(way, 'network', 'DELETE', '/ports/x'), HttpError)
    expect(error).toMatchObject({ status: 401, service: 'network' })
    expect(error.message).not.toMatch(/t1|t2/)
    expect(played.asked.filter(({ method }) => method === 'DELETE')).toHaveLength(2)
    expect(logins(played.asked)).toBe(2)
  })

  it('ends in the refusal of the login when that fails', async () => {
    let first = true
    const { connected, way } = await connect((asked) => {
      if (isLogin(asked) && first) {
        first = false
        return undefined
      }
      return { status: 401, body: { error: { message: 'no' } } }
    })
    const error = await errorOf(connected.client.get(way, 'network', '/ports'), HttpError)
    expect(error).toMatchObject({ status: 401, service: 'identity', path: '/auth/tokens' })
  })

  it('is renewed by the next one when the one that renewed it was stopped', async () => {
    const stop = new AbortController()
    let tries = 0
    const { connected, played, way } = await connect((asked) => {
      if (isLogin(asked)) {
        if (++tries === 2) stop.abort(new Error('stopped'))
        return undefined
      }
      return tokenOf(asked) === 't1' ? { status: 401 } : { body: { ports: [] } }
    })
    const { signal } = stop
    const other = {
      ...way,
      signal,
      request: <T>(_: unknown, send: (signal: AbortSignal) => Promise<T>) => send(signal),
    }
    const stopped = connected.client.get(other, 'network', '/a')
    const served = connected.client.get(way, 'network', '/b')
    expect((await errorOf(stopped, Error)).message).toBe('stopped')
    expect(await served).toEqual({ ports: [] })
    expect(logins(played.asked)).toBeGreaterThanOrEqual(2)
  })
})

describe('a token that is about to end', () => {
  it('is renewed before it does, by the lifetime that Keystone gave it', async () => {
    const { connected, played, way } = await connect((asked) => (isLogin(asked) ? undefined : { body: {} }))
    way.time += 57 * minutes
    await connected.client.get(way, 'network', '/ports')
    expect(logins(played.asked)).toBe(1)
    way.time += 2 * minutes
    await Promise.all([connected.client.get(way, 'network', '/a'), connected.client.get(way, 'network', '/b')])
    expect(logins(played.asked)).toBe(2)
  })

  it('is used for half of a short life', async () => {
    const { connected, played, way } = await connect((asked) =>
      isLogin(asked)
        ? tokenReply('short', { expires_at: '2026-01-01T00:01:00Z', catalog: [row('network', urlOf(asked))] })
        : { body: {} },
    )
    way.time += 20_000
    await connected.client.get(way, 'network', '/a')
    expect(logins(played.asked)).toBe(1)
    way.time += 20_000
    await connected.client.get(way, 'network', '/a')
    expect(logins(played.asked)).toBe(2)
  })
})

describe('a token that is handed in', () => {
  it('is asked what it is, and asked for again when it is refused', async () => {
    let made = 0
    const { connected, played, way } = await connect(
      (asked, url) => {
        if (asked.path === '/v3/auth/tokens') {
          const { body } = tokenReply('', { catalog: [row('network', `${url}/network/v2.0`)] })
          return { body }
        }
        return tokenOf(asked) === 'made2' ? { body: { ports: [] } } : { status: 401 }
      },
      { token: () => `made${++made}` },
    )
    await connected.client.get(way, 'network', '/ports')
    expect(played.asked.map((asked) => [asked.method, asked.headers['x-subject-token'], tokenOf(asked)])).toEqual([
      ['GET', 'made1', 'made1'],
      ['GET', undefined, 'made1'],
      ['GET', 'made2', 'made2'],
      ['GET', undefined, 'made2'],
    ])
    expect(played.asked.map(({ body }) => body)).toEqual([undefined, undefined, undefined, undefined])
  })

  it('may not lead to another project', async () => {
    let logged = 0
    const { connected, way } = await connect((asked, url) => {
      if (!isLogin(asked)) return { status: 401 }
      return tokenReply('t', {
        project: { id: `p${++logged}`, name: 'x' },
        catalog: [row('network', `${url}/network/v2.0`)],
      })
    })
    const error = await errorOf(connected.client.send(way, 'network', 'DELETE', '/ports/x'), Error)
    expect(error.message).toBe('the new token of cloud "options" is for project p2, the one before was for p1')
  })
})
