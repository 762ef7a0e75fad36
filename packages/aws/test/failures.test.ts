import { describe, expect, test } from 'vitest'
import { refusalOf } from '../src/client.ts'
import { failureOf, rowOf } from '../src/failures.ts'
import { refusals } from '../src/refusals.ts'
import type { Service } from '../src/services.ts'
import { refusal } from './support.ts'

const first = (service: Service | readonly Service[] | undefined): Service | undefined =>
  typeof service === 'string' ? service : service?.[0]

describe('every row is reached by what AWS says', () => {
  test.each(refusals.map((row) => [`${row.says[0]}: ${row.says[1]}`, row] as const))('%s', (_, row) => {
    const [code, message, op] = row.says
    expect(rowOf(code, message, { service: first(row.service), op })).toBe(row)
    expect(failureOf(refusal(code, message), { service: first(row.service), op }).code).toBe(row.gives)
  })
})

test('one code means different things for different calls', () => {
  const auth = refusal('AuthFailure', 'You do not have permission to access the specified resource.')
  const of = (op: string): string => failureOf(auth, { service: 'ec2', op }).code
  expect(of('ReleaseAddress')).toBe('blocked')
  expect(of('DisassociateAddress')).toBe('blocked')
  expect(of('DeleteVolume')).toBe('denied')
})

test('the call is known from the error itself, whatever core calls it', () => {
  const error = refusalOf({ service: 'ec2', op: 'ReleaseAddress' }, 'AuthFailure', 'You do not have permission')
  expect(failureOf(error, { service: 'ec2', op: 'remove' }).code).toBe('blocked')
})

test('one code means different things in different services', () => {
  const gone = refusal('ResourceNotFoundException', 'The specified log group does not exist.')
  expect(failureOf(gone, { service: 'logs' }).code).toBe('gone')
  const message = 'Cluster has nodegroups attached'
  expect(failureOf(refusal('ResourceInUseException', message), { service: 'eks' }).code).toBe('blocked')
})

test.each([
  'InvalidVpcID.NotFound',
  'InvalidGroup.NotFound',
  'InvalidNetworkInterfaceID.NotFound',
  'InvalidAllocationID.NotFound',
  'InvalidLaunchTemplateId.NotFoundException',
  'InvalidVpcEndpointServiceId.NotFound',
  'InvalidRoute.NotFound',
  'InvalidPermission.NotFound',
])('%s is gone', (code) => {
  expect(failureOf(refusal(code, 'does not exist')).code).toBe('gone')
})

test('a denial says what right is missing, and to whom', () => {
  const principal = 'arn:aws:sts::111122223333:assumed-role/ci/run'
  const message = `You are not authorized to perform this operation. User: ${principal} is not authorized to perform: ec2:DeleteVolume on resource: arn:aws:ec2:us-east-1:111122223333:volume/vol-1 with an explicit deny in an identity-based policy`
  expect(failureOf(refusal('UnauthorizedOperation', message)).missing).toEqual({
    principal,
    permission: 'ec2:DeleteVolume',
    explicit: true,
  })
  const short = refusal('AccessDenied', 'Access denied')
  expect(failureOf(short, { service: 'elbv2', op: 'DeleteLoadBalancer', principal }).missing).toEqual({
    principal,
    permission: 'elasticloadbalancing:DeleteLoadBalancer',
    explicit: false,
  })
})

test('who holds it is told where AWS says so', () => {
  const volume = refusal('VolumeInUse', 'Volume vol-0a1b2c3d4e5f60001 is currently attached to i-0a1b2c3d4e5f60001')
  expect(failureOf(volume, { service: 'ec2', id: 'vol-0a1b2c3d4e5f60001' }).blockers).toEqual([
    { kind: 'aws:instance', id: 'i-0a1b2c3d4e5f60001' },
  ])
  const attached = { clusterName: 'ci-1', nodegroupName: 'a' }
  const cluster = refusal('ResourceInUseException', 'Cluster has nodegroups attached', attached)
  expect(failureOf(cluster, { service: 'eks' }).blockers).toEqual([{ kind: 'aws:nodegroup', id: 'ci-1/a' }])
  const stack = refusal('ValidationError', 'Export a::VPC cannot be deleted as it is in use by b, c and d')
  const id = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/a/0a1b'
  expect(failureOf(stack, { service: 'cloudformation', id }).blockers).toEqual([
    { alias: 'stack:eu-west-1/b' },
    { alias: 'stack:eu-west-1/c' },
    { alias: 'stack:eu-west-1/d' },
  ])
  expect(
    failureOf(refusal('DependencyViolation', 'resource sg-0a1b2c3d has a dependent object'), { id: 'sg-0a1b2c3d' }),
  ).not.toHaveProperty('blockers')
})

test('what the runtime says of the network is transient', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })
  expect(failureOf(refused).code).toBe('transient')
  expect(failureOf(new AggregateError([refused], ''))).toMatchObject({
    code: 'transient',
    providerCode: 'ECONNREFUSED',
  })
})

test('an unknown answer is judged by its status, and else unknown', () => {
  const of = (httpStatusCode: number): string =>
    failureOf(refusal('Strange', '?', { $metadata: { httpStatusCode } })).code
  expect([of(429), of(503), of(400)]).toEqual(['throttled', 'transient', 'unknown'])
})

test('it tells how long to wait where AWS does', () => {
  const error = refusal('ThrottlingException', 'Rate exceeded', { $response: { headers: { 'retry-after': '3' } } })
  expect(failureOf(error)).toMatchObject({ code: 'throttled', retryAfterMs: 3000 })
})

test.each([undefined, null, 'text', 7, {}, new Error('')])('never throws: %o', (thrown) => {
  expect(failureOf(thrown).code).toBe('unknown')
})
