import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { NetworkError, NotJsonError, type Service, ServiceMissingError } from '../src/client.ts'
import { failureOf, rowOf, saidIn } from '../src/failures.ts'
import { bodyOf, pathOf, refusals } from './refusal-bodies.ts'
import { refusal } from './support.ts'

interface Recorded {
  readonly case: string
  readonly service: Service
  readonly method: string
  readonly path: string
  readonly status: number
  readonly gives: string
  readonly body: unknown
}
const recorded = JSON.parse(
  readFileSync(new URL('fixtures/recorded/refusals.json', import.meta.url), 'utf8'),
) as readonly Recorded[]
const thrown = ({ service, status, body, method, path }: Recorded) => refusal(service, status, body, { method, path })

describe('what the services of 2026.2 answered is named by what it means', () => {
  test.each(recorded.map((one) => [one.case, one] as const))('%s', (_, one) => {
    const failure = failureOf(thrown(one))
    expect(failure.code).toBe(one.gives)
    expect(failure.message).not.toMatch(/[<>{]|^$/)
    expect(failure.providerCode).not.toBe('')
  })
})

describe('every row is reached by what it says', () => {
  test.each(refusals.map((row) => [`${row.service ?? 'any'} ${String(row.status)} ${row.says[0]}`, row] as const))(
    '%s',
    (_, row) => {
      const [status = 0] = [row.status].flat()
      const call = { service: row.service ?? 'compute', method: row.method ?? 'DELETE', path: pathOf(row) } as const
      const isProtected = row.standing === true
      const error = refusal(call.service, status, bodyOf(row), call)
      expect(rowOf(error, saidIn(error.body).type, isProtected)).toBe(row)
      expect(failureOf(error, { isProtected })).toMatchObject({ code: row.gives, message: row.says[1] })
    },
  )
})

test('the code never hangs on the text', () => {
  for (const one of recorded) {
    const silent = JSON.parse(JSON.stringify(one.body), (key, value: unknown) =>
      key === 'message' || key === 'faultstring' ? 'words' : value,
    )
    expect(failureOf(thrown({ ...one, body: silent })).code, one.case).toBe(one.gives)
  }
})

test('a port that its owner must free is no question of rights, a network of others is', () => {
  const body = { NeutronError: { type: 'PolicyNotAuthorized', message: 'rule:delete_port is disallowed by policy' } }
  const of = (path: string) => failureOf(refusal('network', 403, body, { path }), { principal: 'ci' })
  expect(of('/ports/p1').code).toBe('protected')
  expect(of('/networks/n1')).toMatchObject({
    code: 'denied',
    missing: { principal: 'ci', permission: 'delete_port', explicit: false },
  })
})

test('who holds it is told where the text names ids, and its own id is not among them', () => {
  const of = (name: string) => failureOf(thrown(recorded.find((one) => one.case === name) as Recorded)).blockers
  expect(of('network in use')).toHaveLength(6)
  expect(of('network in use')?.[0]).toEqual({ kind: 'openstack:port', id: '995ed709-e284-4531-b529-448ad6318da3' })
  expect(of('router with interfaces')).toEqual([
    { kind: 'openstack:router-interface', id: '995ed709-e284-4531-b529-448ad6318da3' },
  ])
  expect(of('trunk parent port')).toEqual([{ kind: 'openstack:trunk', id: '6978bfe3-3aec-4619-9f8c-ce814f212451' }])
  expect(of('attachment in use by nova')).toEqual([
    { kind: 'openstack:server', id: '221f282f-cdf8-4d92-b744-890f66cceaa0' },
  ])
  expect(of('SG used by server port')).toBeUndefined()
  expect(of('volume attached')).toBeUndefined()
})

test.each([
  [{ NeutronError: 'words' }, 'NeutronError', 'words'],
  [
    { error: { type: 'StackNotFound', message: 'words', traceback: null }, code: 404, title: 'Not Found' },
    'StackNotFound',
    'words',
  ],
  [{ code: 404, type: 'zone_not_found', message: 'words', request_id: 'req-1' }, 'zone_not_found', 'words'],
  [{ message: 'The resource<br /><br />\n\n', code: '404 Not Found', title: 'Not Found' }, 'Not Found', 'The resource'],
  [{ overLimit: { code: 413, message: 'words', retryAfter: '3' } }, 'overLimit', 'words'],
  ['<html><h1>502 Bad Gateway</h1></html>', 'text', '502 Bad Gateway'],
  [undefined, 'text', ''],
  [{}, 'text', ''],
])('reads the words out of %o', (body, type, message) => {
  expect(saidIn(body)).toEqual({ type, message })
})

test('tells how long to wait where the service does', () => {
  const slow = refusal('compute', 429, {}, {})
  expect(failureOf(Object.assign(slow, { retryAfterMs: 3000 }))).toMatchObject({
    code: 'throttled',
    retryAfterMs: 3000,
  })
})

test('what is not there is unsupported, a page of a proxy may pass, a certificate does not', () => {
  const origin = { service: 'network', method: 'GET', path: '/ports' } as const
  expect(failureOf(new ServiceMissingError('load-balancer', 'load-balancer', 'not there')).code).toBe('unsupported')
  expect(failureOf(new NotJsonError('network', 'http://x', 'text/html', '<html>')).code).toBe('transient')
  expect(failureOf(new NetworkError(origin, 'ECONNREFUSED', 'refused'))).toMatchObject({
    code: 'transient',
    providerCode: 'ECONNREFUSED',
  })
  for (const code of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])
    expect(failureOf(new NetworkError(origin, code, 'no')).code).toBe('denied')
})

test.each([undefined, null, 'text', 7, {}, new Error('')])('never throws: %o', (value) => {
  expect(failureOf(value).code).toBe('unknown')
})
