import { createServer } from 'node:net'
import { RefusedError } from '@cleardown/core'
import { expect, test } from 'vitest'
import { createAdapter } from '../src/adapter.ts'
import type { Aws } from '../src/client.ts'
import { aws } from '../src/index.ts'
import { refusal } from './support.ts'

const io = (signal = new AbortController().signal): Parameters<ReturnType<typeof aws>['connect']>[0] => ({
  signal,
  now: () => 0,
  request: (_, send) => send(signal),
})

const keys = { accessKeyId: 'x', secretAccessKey: 'x' }
const role = 'arn:aws:sts::111122223333:assumed-role/ci/run-7'

/** Answers the question who we are, by region. */
const sts = (answers: Readonly<Record<string, object>>): Aws => ({
  async send({ place }) {
    const answer = answers[place]
    if (answer instanceof Error) throw answer
    return answer
  },
})
const caller = { Account: '111122223333', Arn: role }

async function refused(work: Promise<unknown>): Promise<RefusedError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(RefusedError)
  return error as RefusedError
}

test('says who we are, and that our own role is needed', async () => {
  const options = { regions: ['us-east-1', 'eu-west-1'], expectedAccount: '111122223333' }
  const { identity } = await createAdapter(options, sts({ 'us-east-1': caller, 'eu-west-1': caller })).connect(io())
  expect(identity).toEqual({
    account: '111122223333',
    principal: role,
    places: ['us-east-1', 'eu-west-1'],
    needs: [{ kind: 'aws:role', id: 'ci', place: 'global' }],
  })
})

test('refuses another account than the expected, and says both', async () => {
  const options = { regions: ['us-east-1'], expectedAccount: '444455556666' }
  const error = await refused(createAdapter(options, sts({ 'us-east-1': caller })).connect(io()))
  expect(error.code).toBe('wrong-account')
  expect(error.message).toContain('111122223333')
  expect(error.message).toContain('444455556666')
  expect(error.message).toContain(role)
})

test('refuses a region that does not take the credentials, and names it', async () => {
  const disabled = refusal('InvalidClientTokenId', 'The security token included in the request is invalid.')
  const client = sts({ 'us-east-1': caller, 'ap-east-1': disabled })
  const error = await refused(createAdapter({ regions: ['us-east-1', 'ap-east-1'] }, client).connect(io()))
  expect(error.code).toBe('no-credentials')
  expect(error.message).toMatch(/ap-east-1.*enabled/)
})

test('refuses to go on without credentials', async () => {
  const none = refusal('CredentialsProviderError', 'Could not load credentials from any providers')
  const error = await refused(createAdapter({ regions: ['us-east-1'] }, sts({ 'us-east-1': none })).connect(io()))
  expect(error).toMatchObject({ code: 'no-credentials', cause: none })
})

test('refuses an endpoint that nobody answers, and names it', async () => {
  const endpoint = 'http://127.0.0.1:1'
  const error = await refused(aws({ regions: ['us-east-1'], credentials: keys, endpoint }).connect(io()))
  expect(error.code).toBe('unreachable')
  expect(error.message).toContain(endpoint)
})

test('does not hang at an endpoint that takes the call and says nothing', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const deadline = AbortSignal.timeout(300)
  const endpoint = `http://127.0.0.1:${port}`
  const bounded: ReturnType<typeof io> = { ...io(), request: (_, send) => send(deadline) }
  const error = await refused(aws({ regions: ['us-east-1'], credentials: keys, endpoint }).connect(bounded))
  expect(error.code).toBe('unreachable')
  silent.close()
})

test('names errors before there is a session', () => {
  const throttled = refusal('Throttling', 'Rate exceeded')
  const during = { kind: 'aws:request', call: 'GetCallerIdentity' } as const
  expect(aws({ regions: ['us-east-1'] }).failure?.(throttled, during).code).toBe('throttled')
})

test('an aborted run is no refusal', async () => {
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  const connecting = aws({ regions: ['us-east-1'], credentials: keys, endpoint: 'http://127.0.0.1:1' }).connect(
    io(stop.signal),
  )
  await expect(connecting).rejects.toThrow('stopped')
})
