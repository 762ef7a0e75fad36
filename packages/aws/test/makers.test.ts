import { describe, expect, test } from 'vitest'
import { madeFor, makers } from '../src/makers.ts'

const related = (tags: Record<string, string>): string[] =>
  madeFor(tags).map((one) => `${one.type} ${'to' in one && 'alias' in one.to ? one.to.alias : '?'}`)

const lbc = { 'elbv2.k8s.aws/cluster': 'ci-1' }
const ccm = { 'kubernetes.io/cluster/ci-1': 'owned' }

describe('what a controller made goes with the object that it made it for', () => {
  test.each([
    [{ ...lbc, 'service.k8s.aws/stack': 'default/web' }, 'service:ci-1/default/web', 'elbv2.k8s.aws'],
    [{ ...lbc, 'ingress.k8s.aws/stack': 'default/site' }, 'ingress:ci-1/default/site', 'elbv2.k8s.aws'],
    [{ ...lbc, 'ingress.k8s.aws/stack': 'group' }, 'ingress:ci-1/group', 'elbv2.k8s.aws'],
    [{ ...lbc, 'gateway.k8s.aws.nlb/stack': 'edge/eg' }, 'gateway:ci-1/edge/eg', 'elbv2.k8s.aws'],
    [{ ...lbc, 'gateway.k8s.aws.alb/stack': 'edge/eg' }, 'gateway:ci-1/edge/eg', 'elbv2.k8s.aws'],
    [{ ...ccm, 'kubernetes.io/service-name': 'default/web' }, 'service:ci-1/default/web', 'cloud-provider-aws'],
  ])('%o', (tags, object, controller) => {
    expect(related(tags)).toEqual([`partOf ${object}`, `servedBy controller:ci-1/${controller}`])
  })
})

test.each([
  [lbc], // a backend group is the cluster's, no Service's
  [{ 'service.k8s.aws/stack': 'default/web' }], // of no cluster
  [{ 'kubernetes.io/cluster/ci-1': 'shared', 'kubernetes.io/service-name': 'default/web' }],
  [{}],
])('%o says nothing of an owner', (tags) => {
  expect(related(tags)).toEqual([])
})

test('every maker says what it leaves and where its marks are published', () => {
  for (const { maker, source, leaves } of makers)
    for (const text of [maker, source, leaves]) expect(text.length).toBeGreaterThan(10)
})
