import type { KindName } from '@cleardown/core'
import { type AdapterBench, adapterConformance, type SampleRefusal } from '@cleardown/core/conformance'
import { type AwsBed, type AwsClients, awsClients, startAwsBed } from '@cleardown/testbed-aws'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { refusalOf } from '../src/client.ts'
import { type AwsOptions, aws } from '../src/index.ts'
import { refusals } from '../src/refusals.ts'
import { type Made, makeOneOfEach, removalOrder } from './one-of-each.ts'

const startLimitMs = 120_000
const caseLimitMs = 120_000
/** Rows on a page of DescribeLogGroups, at most. */
const logGroupsPerPage = 50

let bed: AwsBed
let clients: AwsClients
let samples: readonly Made[] = []
let bench: AdapterBench | undefined

beforeAll(async () => {
  bed = await startAwsBed()
  clients = awsClients(bed.endpoint)
}, startLimitMs)
afterAll(() => bed?.stop())

async function stage(): Promise<void> {
  await bed.reset()
  samples = await makeOneOfEach(clients)
  await protectAll()
  const free = await makeFree()
  samples = removalOrder.flatMap((kind) => [...samples, ...free].filter((one) => one.kind === kind))
  await bed.settle()
  await bed.clearJournal()
}

const idOf = (kind: KindName): string => samples.find((one) => one.kind === kind)?.id ?? ''

/** Marks and protections on whatever can have them. */
async function protectAll(): Promise<void> {
  const { cloudformation, ec2, eks, elbv2 } = clients
  const Tags = [
    { Key: 'kubernetes.io/cluster/one', Value: 'shared' },
    { Key: 'team', Value: 'a' },
    { Key: 'alpha.eksctl.io/cluster-name', Value: 'one' },
  ]
  await ec2.createTags({ Resources: [idOf('aws:vpc'), idOf('aws:subnet'), idOf('aws:security-group')], Tags })
  await elbv2.addTags({
    ResourceArns: [idOf('aws:target-group')],
    Tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: 'one' }],
  })
  await ec2.modifyInstanceAttribute({ InstanceId: idOf('aws:instance'), DisableApiTermination: { Value: true } })
  await eks.updateClusterConfig({ name: idOf('aws:eks-cluster'), deletionProtection: true })
  await cloudformation.updateTerminationProtection({ StackName: idOf('aws:stack'), EnableTerminationProtection: true })
}

/** What the network of the others has no room for: a gateway that can be cut off, a load balancer that nothing else holds. */
async function makeFree(): Promise<readonly Made[]> {
  const { ec2, elbv2 } = clients
  const vpc = (await ec2.createVpc({ CidrBlock: '10.17.0.0/16' })).Vpc?.VpcId ?? ''
  const gateway = (await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId ?? ''
  await ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpc })
  const { LoadBalancers = [] } = await elbv2.createLoadBalancer({
    Name: 'two',
    Type: 'network',
    Scheme: 'internal',
    Subnets: [idOf('aws:subnet')],
  })
  const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? ''
  await elbv2.modifyLoadBalancerAttributes({
    LoadBalancerArn,
    Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }],
  })
  return [
    { kind: 'aws:load-balancer', id: LoadBalancerArn },
    { kind: 'aws:internet-gateway-attachment', id: `IGW|${vpc}` },
    { kind: 'aws:internet-gateway', id: gateway },
    { kind: 'aws:vpc', id: vpc },
  ]
}

const adapter = (options: Partial<AwsOptions>): ReturnType<typeof aws> =>
  aws({
    regions: ['us-east-1'],
    endpoint: bed.endpoint,
    credentials: { accessKeyId: 'cleardown', secretAccessKey: 'none' },
    ...options,
  })

const sampleRefusals = refusals
  .map(({ service, says: [code, message, op], gives }): SampleRefusal => {
    const [first = 'ec2'] = typeof service === 'string' ? [service] : (service ?? [])
    return {
      error: refusalOf({ service: first, op: op ?? 'Any' }, code, message),
      kind: 'aws:vpc',
      call: 'remove',
      code: gives,
    }
  })
  .concat({
    error: refusalOf({ service: 'ec2', op: 'Any' }, 'NobodyKnows', 'no'),
    kind: 'aws:vpc',
    call: 'remove',
    code: 'unknown',
  })

/** The world is made anew only when somebody has written into it. */
async function setup(): Promise<AdapterBench> {
  if (bench && !(await bed.journal()).some(({ write }) => write)) return bench
  await stage()
  bench = describeBench()
  return bench
}

function describeBench(): AdapterBench {
  const sample = (kind: KindName): Made => ({ kind, id: idOf(kind) })
  return {
    adapter: adapter({ expectedAccount: bed.account }),
    mistaken: adapter({ expectedAccount: '999999999999' }),
    samples: samples.map(({ kind, id }) => ({ kind, id })),
    unable: {
      'aws:log-group unprotect': 'the bed knows no PutLogGroupDeletionProtection',
      'aws:auto-scaling-group unprotect': 'the bed keeps no DeletionProtection of a group',
      'aws:address-association restore': 'the bed forgets the instance of an address that is mapped by interface',
    },
    held: [
      { held: sample('aws:vpc'), by: sample('aws:subnet') },
      { held: sample('aws:role'), by: sample('aws:role-in-profile') },
      { held: sample('aws:target-group'), by: sample('aws:listener') },
      { held: sample('aws:internet-gateway'), by: sample('aws:internet-gateway-attachment') },
      { held: sample('aws:elastic-ip'), by: sample('aws:nat-gateway') },
    ],
    marked: [
      {
        word: 'cluster',
        value: 'one',
        samples: [
          'aws:vpc',
          'aws:subnet',
          'aws:security-group',
          'aws:target-group', // its tags are no part of the listing
          'aws:eks-cluster',
          'aws:log-group',
        ].map((kind) => sample(kind as KindName)),
      },
    ],
    lingering: [sample('aws:nodegroup'), sample('aws:nat-gateway')],
    again: [
      {
        sample: sample('aws:log-group'),
        make: async () => void (await clients.logs.createLogGroup({ logGroupName: idOf('aws:log-group') })),
      },
    ],
    absent: (kind) => absentOf(idOf(kind)),
    refusals: sampleRefusals,
    async many() {
      const ids = Array.from({ length: 3 * logGroupsPerPage - 20 }, (_, index) => `/many/${index}`)
      await Promise.all(ids.map((logGroupName) => clients.logs.createLogGroup({ logGroupName })))
      return [{ kind: 'aws:log-group', ids, pageSize: logGroupsPerPage }]
    },
    requests: async () => (await bed.journal()).length,
    settle: () => bed.settle(),
  }
}

/** The same id with another last character that an id may have. */
const absentOf = (id: string): string => `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`

describe('the AWS adapter, on the bed', () => {
  const cases = adapterConformance({
    setup,
    skip: {
      'tells what belongs to another account': 'the bed has one account; ownership.test.ts has the shared subnet',
      'releases one finalizer and no other': 'nothing in AWS has a finalizer',
    },
  })
  for (const { name, skip, run } of cases)
    test(name, { timeout: caseLimitMs }, async (context) => {
      context.skip(skip !== undefined, skip)
      await run()
    })
})
