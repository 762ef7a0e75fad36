import { describe, expect, test } from 'vitest'
import { classifyInterface } from '../src/classify-interface.ts'
import { factsOf, picture } from './support.ts'

type Raw = Parameters<typeof classifyInterface>[0]

const own = '111122223333'
const base: Raw = { Region: 'us-east-1', OwnerId: own, NetworkInterfaceId: 'eni-1', Status: 'in-use', Description: '' }
const byService = { AttachmentId: 'ela-attach-1', InstanceOwnerId: 'amazon-aws', Status: 'attached' } as const
const classify = (raw: Partial<Raw>, tags: Record<string, string> = {}): ReturnType<typeof classifyInterface> =>
  classifyInterface({ ...base, ...raw }, tags)

describe('goes with the service that made it', () => {
  const arn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer'
  test.each([
    ['ELB net/k8s-default-web-0a1b/50dc', 'aws:load-balancer', `${arn}/net/k8s-default-web-0a1b/50dc`],
    ['ELB app/k8s-default-site-0a1b/60dc', 'aws:load-balancer', `${arn}/app/k8s-default-site-0a1b/60dc`],
    ['ELB gwy/inspection/70dc', 'aws:load-balancer', `${arn}/gwy/inspection/70dc`],
    ['ELB a0a1b2c3d4e5', 'aws:classic-load-balancer', 'a0a1b2c3d4e5'],
    ['Interface for NAT Gateway nat-0a1b', 'aws:nat-gateway', 'nat-0a1b'],
    ['VPC Endpoint Interface vpce-0a1b', 'aws:vpc-endpoint', 'vpce-0a1b'],
    ['Amazon EKS ci-1', 'aws:eks-cluster', 'ci-1'],
  ])('%s', (Description, kind, id) => {
    expect(classify({ Description, RequesterManaged: true, Attachment: byService })).toMatchObject({
      is: 'service',
      whole: { kind, id },
    })
  })
})

describe('is a service’s that has no kind here, and names it', () => {
  test.each([
    ['Network Interface for Transit Gateway Attachment tgw-attach-0a1b', 'transit gateway attachment tgw-attach-0a1b'],
    ['AWS Lambda VPC ENI-thumbs-0a1b', 'Lambda function thumbs-0a1b'],
    ['EFS mount target for fs-0a1b (fsmt-0a1b)', 'EFS file system fs-0a1b'],
    ['RDSNetworkInterface', 'an RDS database'],
    ['ElastiCache sessions-001', 'ElastiCache sessions-001'],
    ['AWS created network interface for directory d-0a1b', 'directory d-0a1b'],
    ['arn:aws:ecs:us-east-1:111122223333:attachment/0a1b', 'ECS task attachment 0a1b'],
    ['something new', 'requester 123456789012, something new'],
  ])('%s', (Description, by) => {
    const use = classify({ Description, RequesterManaged: true, RequesterId: '123456789012', Attachment: byService })
    expect(use).toMatchObject({ is: 'service', by: expect.stringContaining(by) })
    expect(use).not.toHaveProperty('whole')
  })
})

test('control plane interfaces are told by the account that attached them', () => {
  const Attachment = { InstanceOwnerId: '444455556666', Status: 'attached' } as const
  expect(classify({ Description: 'Amazon EKS ci-10', Attachment })).toMatchObject({ whole: { id: 'ci-10' } })
})

test('a description alone proves nothing: anybody may write one', () => {
  const Attachment = { InstanceId: 'i-1', InstanceOwnerId: own, DeviceIndex: 1, DeleteOnTermination: false } as const
  expect(classify({ Description: 'ELB net/mine/50dc', Attachment })).toMatchObject({ is: 'instance' })
  expect(classify({ Description: 'Amazon EKS ci-1', Status: 'available' })).toMatchObject({ is: 'free' })
})

test('the first interface, and one marked so, goes with its machine; another one is waited for', () => {
  const attached = (DeviceIndex: number, DeleteOnTermination: boolean): ReturnType<typeof classify> =>
    classify({ Attachment: { InstanceId: 'i-1', InstanceOwnerId: own, DeviceIndex, DeleteOnTermination } })
  expect(attached(0, false)).toMatchObject({ is: 'instance', goesWith: true })
  expect(attached(1, true)).toMatchObject({ is: 'instance', goesWith: true })
  expect(attached(1, false)).toMatchObject({ is: 'instance', goesWith: false, instance: { id: 'i-1' } })
})

test('a branch goes with its trunk', () => {
  const trunk = { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-2' }
  expect(classify({ InterfaceType: 'branch' }, trunk)).toMatchObject({ is: 'service', whole: { id: 'eni-2' } })
})

test('a Lambda interface is free once it is detached, a load balancer’s never', () => {
  const left = { Status: 'available', RequesterManaged: true } as const
  expect(classify({ ...left, InterfaceType: 'lambda', Description: 'AWS Lambda VPC ENI-thumbs' })).toMatchObject({
    is: 'free',
  })
  expect(classify({ ...left, Description: 'ELB net/web/50dc' })).toMatchObject({ is: 'service' })
})

test('one that nobody has is free', () => {
  expect(classify({ Status: 'available' })).toEqual({ is: 'free', because: 'Status available' })
})

test('what the network add-on left is free, but only after its machine is gone', () => {
  expect(picture(factsOf('aws:network-interface', 1)).join('\n')).toMatchInlineSnapshot(`
    "instance i-9999 dependsOn this (tag node.k8s.amazonaws.com/instance_id, leaks)
    this dependsOn security-group sg-0002 (Groups)
    this dependsOn subnet subnet-0001 (SubnetId)"
  `)
  expect(factsOf('aws:network-interface', 1).fixed).toBeUndefined()
})

test('a load balancer’s holds subnet, group and gateway attachment, and is never removed by us', () => {
  const facts = factsOf('aws:network-interface', 2)
  expect(picture(facts).join('\n')).toMatchInlineSnapshot(`
    "this dependsOn internet-gateway-attachment IGW|vpc-0001 (Association.PublicIp)
    this dependsOn security-group sg-0002 (Groups)
    this dependsOn subnet subnet-0001 (SubnetId)
    this partOf load-balancer loadbalancer/net/k8s-default-web-0a1b2c3d4e/50dc6c495c0c9188 (Description)"
  `)
  expect(facts.fixed).toMatchInlineSnapshot(
    `"managed by load balancer net/k8s-default-web-0a1b2c3d4e/50dc6c495c0c9188"`,
  )
})

test('without a public address nothing holds the gateway', () => {
  expect(picture(factsOf('aws:network-interface', 4)).join('\n')).not.toContain('internet-gateway-attachment')
})
