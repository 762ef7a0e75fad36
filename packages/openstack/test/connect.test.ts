import { RefusedError } from '@cleardown/core'
import { describe, expect, test } from 'vitest'
import { createAdapter } from '../src/adapter.ts'
import type { Environment } from '../src/environment.ts'
import type { OpenStackOptions } from '../src/options.ts'

type Io = Parameters<ReturnType<typeof createAdapter>['connect']>[0]
const io = (signal = new AbortController().signal): Io => ({ signal, now: () => 0, request: (_, send) => send(signal) })

const auth = {
  auth_url: 'http://keystone.test:5000/v3',
  username: 'ci',
  password: 'hidden',
  project_name: 'ci',
  user_domain_id: 'default',
  project_domain_id: 'default',
}
const nowhere: Environment = { variables: {}, cwd: '/', home: '/', platform: 'linux', read: () => undefined }

const endpoint = (type: string, url: string): object => ({
  type,
  name: type,
  endpoints: [{ interface: 'public', region: 'RegionOne', region_id: 'RegionOne', url }],
})
const token = (more: object = {}): object => ({
  token: {
    methods: ['password'],
    expires_at: '2030-01-01T00:00:00.000000Z',
    issued_at: '2026-11-21T00:00:00.000000Z',
    user: { id: 'u1', name: 'ci', domain: { id: 'default', name: 'Default' } },
    project: { id: 'p1', name: 'ci', domain: { id: 'default', name: 'Default' } },
    roles: [{ id: 'r1', name: 'member' }],
    catalog: [endpoint('identity', 'http://keystone.test:5000/v3'), endpoint('network', 'http://neutron.test')],
    ...more,
  },
})

/** Answers every login with one status and body; other requests are version documents that are not there. */
const keystone =
  (status: number, body: unknown, type = 'application/json'): typeof fetch =>
  async (input) =>
    String(input instanceof Request ? input.url : input).includes('/auth/tokens')
      ? new Response(typeof body === 'string' ? body : JSON.stringify(body), {
          status,
          headers: { 'content-type': type, 'x-subject-token': 'hidden-token' },
        })
      : new Response('{}', { status: 404, headers: { 'content-type': 'application/json' } })

const connect = (options: OpenStackOptions, fetch: typeof globalThis.fetch) =>
  createAdapter({ auth, fetch, ...options }, () => nowhere).connect(io())

async function refused(work: Promise<unknown>): Promise<RefusedError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(RefusedError)
  expect((error as Error).message).not.toContain('hidden')
  return error as RefusedError
}

test('says who we are: the project, the user, the region', async () => {
  const { identity } = await connect({ expectedProject: 'ci' }, keystone(201, token()))
  expect(identity).toEqual({ account: 'p1', principal: 'ci (u1)', places: ['RegionOne'], needs: [] })
})

test('the application credential that we speak through is needed', async () => {
  const { identity } = await connect(
    {},
    keystone(201, token({ application_credential: { id: 'ac1', restricted: true } })),
  )
  expect(identity.needs).toEqual([{ kind: 'openstack:application-credential', id: 'ac1' }])
})

describe('the expected project is known by its id and by its name', () => {
  test.each(['p1', 'ci'])('%s', async (expectedProject) => {
    expect((await connect({ expectedProject }, keystone(201, token()))).identity.account).toBe('p1')
  })
  test.each(['p10', 'CI', 'default'])('%s is another', async (expectedProject) => {
    const error = await refused(connect({ expectedProject }, keystone(201, token())))
    expect(error.code).toBe('wrong-account')
    for (const word of ['ci (p1)', 'ci (u1)', expectedProject]) expect(error.message).toContain(word)
  })
})

test('an admin is refused, because everybody’s resources would be shown, unless that is wanted', async () => {
  const fetch = keystone(
    201,
    token({
      roles: [
        { id: 'r1', name: 'member' },
        { id: 'r2', name: 'admin' },
      ],
    }),
  )
  const error = await refused(connect({}, fetch))
  expect(error.code).toBe('wrong-account')
  expect(error.message).toMatch(/role "admin".*allowAdmin: true/)
  expect((await connect({ allowAdmin: true }, fetch)).identity.account).toBe('p1')
})

test('a token of no project is refused', async () => {
  const error = await refused(connect({}, keystone(201, token({ project: undefined, domain: { id: 'default' } }))))
  expect(error.code).toBe('wrong-account')
  expect(error.message).toContain('bound to no project')
})

test('credentials that are not accepted are named by cloud and address, never shown', async () => {
  const body = {
    error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' },
  }
  const error = await refused(connect({}, keystone(401, body)))
  expect(error.code).toBe('no-credentials')
  expect(error.message).toMatch(/keystone\.test:5000.*cloud "options".*requires authentication/)
})

describe('a cloud that does not answer as such is unreachable, and the advice fits', () => {
  const failing =
    (code: string): typeof fetch =>
    () =>
      Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }))
  test.each<[string, typeof fetch, RegExp]>([
    ['nobody listens', failing('ECONNREFUSED'), /ECONNREFUSED.*auth_url/],
    ['a self-signed certificate', failing('DEPTH_ZERO_SELF_SIGNED_CERT'), /not trusted.*cacert/],
    ['a proxy’s page', keystone(200, '<html><h1>Welcome</h1></html>', 'text/html'), /text\/html|proxy/],
    ['a 503', keystone(503, '<html>503 Service Unavailable</html>', 'text/html'), /503/],
  ])('%s', async (_, fetch, says) => {
    const error = await refused(connect({}, fetch))
    expect(error.code).toBe('unreachable')
    expect(error.message).toMatch(says)
  })
})

test('names errors before there is a session', () => {
  const adapter = createAdapter({ auth }, () => nowhere)
  expect(adapter.failure?.(new Error('x'), { kind: 'openstack:request', call: 'POST /auth/tokens' }).code).toBe(
    'unknown',
  )
})

test('an aborted run is no refusal', async () => {
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  const adapter = createAdapter({ auth, fetch: () => Promise.reject(new Error('never')) }, () => nowhere)
  await expect(adapter.connect(io(stop.signal))).rejects.toThrow('stopped')
})

test('no cloud at all is misuse, and says what to set', async () => {
  await expect(createAdapter({}, () => nowhere).connect(io())).rejects.toThrow(/set `cloud` or OS_CLOUD/)
})
