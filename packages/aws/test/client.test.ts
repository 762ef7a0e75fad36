import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Io, Request } from '@cleardown/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Aws, createClient, effectOf, maxPages, originOf, pages } from '../src/client.ts'
import type { Service } from '../src/services.ts'
import { fakeAws } from './support.ts'

describe('pages', () => {
  const styles: readonly (readonly [Service, string, string])[] = [
    ['ec2', 'NextToken', 'NextToken'],
    ['eks', 'nextToken', 'nextToken'],
    ['cloudformation', 'NextToken', 'NextToken'],
    ['elbv2', 'Marker', 'NextMarker'],
    ['elb', 'Marker', 'NextMarker'],
    ['autoscaling', 'NextToken', 'NextToken'],
    ['iam', 'Marker', 'Marker'],
    ['logs', 'nextToken', 'nextToken'],
  ]

  test.each(styles)('%s goes on with %s', async (service, ask, next) => {
    const { io, calls } = fakeAws({
      ListThings: (input: Readonly<Record<string, unknown>>) =>
        input[ask] === undefined
          ? { things: [1, 2], [next]: 'p2' }
          : input[ask] === 'p2'
            ? { things: [], [next]: 'p3' }
            : { things: [3] },
    })
    expect(await Array.fromAsync(pages(io, service, 'ListThings', { size: 2 }, 'things'))).toEqual([1, 2, 3])
    expect(calls.map(({ input }) => input)).toEqual([{ size: 2 }, { size: 2, [ask]: 'p2' }, { size: 2, [ask]: 'p3' }])
  })

  test('an empty token is the end', async () => {
    const { io } = fakeAws({ DescribeThings: { Things: [1], NextToken: '' } })
    expect(await Array.fromAsync(pages(io, 'ec2', 'DescribeThings', {}, 'Things'))).toEqual([1])
  })

  test('a token that comes back is an error, never a short listing', async () => {
    const { io } = fakeAws({ DescribeThings: { Things: [1], NextToken: 'p2' } })
    await expect(Array.fromAsync(pages(io, 'ec2', 'DescribeThings', {}, 'Things'))).rejects.toThrow(
      'same page token twice',
    )
  })

  test('a listing without end is an error', async () => {
    let page = 0
    const { io, calls } = fakeAws({ DescribeThings: () => ({ Things: [], NextToken: `p${page++}` }) })
    await expect(Array.fromAsync(pages(io, 'ec2', 'DescribeThings', {}, 'Things'))).rejects.toThrow(
      `more than ${maxPages} pages`,
    )
    expect(calls).toHaveLength(maxPages)
  })
})

test.each([
  ['DescribeSubnets', 'read'],
  ['ListStackResources', 'read'],
  ['GetTemplate', 'read'],
  ['DeleteSubnet', 'write'],
  ['DetachInternetGateway', 'write'],
  ['RevokeSecurityGroupIngress', 'write'],
  ['ModifyInstanceAttribute', 'write'],
  ['SuspendProcesses', 'write'],
] as const)('%s is a %s', (op, effect) => {
  expect(effectOf(op)).toBe(effect)
})

describe('createClient', () => {
  let server: Server
  let aws: Aws
  const asked: string[] = []
  const waiting: (() => void)[] = []
  let status = 200

  beforeAll(async () => {
    server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        asked.push(`${new URLSearchParams(body).get('Action')}`)
        waiting.push(() => {
          response.statusCode = status
          response.setHeader('content-type', 'text/xml')
          response.end(status === 200 ? described : refusedXml)
        })
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    aws = createClient({
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      endpoint: `http://127.0.0.1:${port}`,
      globalRegion: 'us-east-1',
    })
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    asked.length = 0
    waiting.length = 0
    status = 200
  })

  const sent: Request[] = []
  const way = (
    place = 'us-east-1',
    stop = new AbortController(),
  ): Pick<Io<unknown>, 'place' | 'signal' | 'request'> => ({
    place,
    signal: stop.signal,
    request: (what, send) => {
      sent.push(what)
      return send(stop.signal)
    },
  })
  const arrived = async (count: number): Promise<void> => {
    await expect.poll(() => waiting.length).toBe(count)
  }
  const answer = (): void => {
    for (const one of waiting.splice(0)) one()
  }

  test('sends every request through core, with its place, name and effect', async () => {
    sent.length = 0
    const reading = aws.send(way('eu-west-1'), 'ec2', 'DescribeVpcs', {})
    await arrived(1)
    answer()
    expect(await reading).toMatchObject({ Vpcs: [{ VpcId: 'vpc-1' }] })
    expect(sent).toEqual([{ service: 'ec2', place: 'eu-west-1', call: 'DescribeVpcs', effect: 'read' }])
  })

  test('identical reads in flight share one answer; other ones do not', async () => {
    const same = [
      aws.send(way(), 'ec2', 'DescribeVpcs', { MaxResults: 5 }),
      aws.send(way(), 'ec2', 'DescribeVpcs', { MaxResults: 5 }),
    ]
    const other = [
      aws.send(way(), 'ec2', 'DescribeVpcs', { MaxResults: 6 }),
      aws.send(way('eu-west-1'), 'ec2', 'DescribeVpcs', { MaxResults: 5 }),
    ]
    await arrived(3)
    answer()
    const [first, second] = await Promise.all(same)
    expect(first).toBe(second)
    await Promise.all(other)
  })

  test('nothing is kept after an answer has come', async () => {
    for (const _ of [1, 2]) {
      const reading = aws.send(way(), 'ec2', 'DescribeVpcs', {})
      await arrived(1)
      answer()
      await reading
    }
    expect(asked).toEqual(['DescribeVpcs', 'DescribeVpcs'])
  })

  test('a read begun before a write answers for none begun after it', async () => {
    const before = aws.send(way(), 'ec2', 'DescribeVpcs', {})
    await arrived(1)
    const write = aws.send(way(), 'ec2', 'DeleteVpc', { VpcId: 'vpc-1' })
    await arrived(2)
    const after = aws.send(way(), 'ec2', 'DescribeVpcs', {})
    await arrived(3)
    answer()
    await Promise.all([before, write, after])
  })

  test('one who stops does not stop the others', async () => {
    const stop = new AbortController()
    const stopped = aws.send(way('us-east-1', stop), 'ec2', 'DescribeVpcs', {})
    await arrived(1)
    const other = aws.send(way(), 'ec2', 'DescribeVpcs', {})
    stop.abort()
    await expect(stopped).rejects.toThrow()
    await arrived(2)
    answer()
    expect(await other).toMatchObject({ Vpcs: [{ VpcId: 'vpc-1' }] })
  })

  test('sends a refused call once, and remembers which it was', async () => {
    status = 503
    const writing = aws.send(way(), 'ec2', 'DeleteVpc', { VpcId: 'vpc-1' }).catch((error: unknown) => error)
    await arrived(1)
    answer()
    const error = await writing
    expect(error).toMatchObject({ name: 'RequestLimitExceeded' })
    expect(originOf(error)).toEqual({ service: 'ec2', op: 'DeleteVpc' })
    expect(asked).toEqual(['DeleteVpc'])
  })

  test('a call that a service does not have is an error', async () => {
    await expect(aws.send(way(), 'ec2', 'DescribeNothing', {})).rejects.toThrow('ec2 has no call DescribeNothing')
  })
})

const described = `<?xml version="1.0" encoding="UTF-8"?><DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet><return>true</return></DescribeVpcsResponse>`
const refusedXml = `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors><RequestID>r</RequestID></Response>`

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
