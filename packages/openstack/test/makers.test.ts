import { describe, expect, test } from 'vitest'
import { madeFor, makers, makersTags, type Written } from '../src/makers.ts'

const related = (row: Written): string[] =>
  madeFor(row).map((one) => `${one.type} ${'to' in one && 'alias' in one.to ? one.to.alias : '?'}`)

describe('what a controller made goes with the object that it made it for', () => {
  test.each<[Written, string, string]>([
    [
      { description: 'Floating IP for Kubernetes external service default/web from cluster ci-1' },
      'service:ci-1/default/web',
      'cloud-provider-openstack',
    ],
    [
      { description: 'Security Group for ops/api Service LoadBalancer in cluster ci_1' },
      'service:ci_1/ops/api',
      'cloud-provider-openstack',
    ],
    [{ name: 'kube_ingress_ci_1_default_site' }, 'ingress:ci_1/default/site', 'octavia-ingress-controller'],
    [
      { description: 'Floating IP for Kubernetes ingress site in namespace default from cluster ci_1' },
      'ingress:ci_1/default/site',
      'octavia-ingress-controller',
    ],
    [
      {
        name: 'kube_ingress_ci_1_default_site',
        description: 'Kubernetes Ingress site in namespace default from cluster ci_1, version: 817',
      },
      'ingress:ci_1/default/site',
      'octavia-ingress-controller',
    ],
  ])('%o', (row, object, controller) => {
    expect(related(row)).toEqual([`partOf ${object}`, `servedBy controller:${object.split(/[:/]/)[1]}/${controller}`])
  })
})

test.each<[Written]>([
  [{ description: 'Floating IP for Kubernetes external service web from cluster ci-1' }],
  [{ description: 'Created by cluster-api-provider-openstack cluster default-ci-1' }],
  [{ name: 'ci-1-k8s-master-1' }],
  [{ name: 'kube_ingress_default_site' }],
  [{}],
])('%o says nothing of an owner', (row) => {
  expect(related(row)).toEqual([])
})

test('the cluster is taken from its place in the words, whatever it is called', () => {
  expect(makersTags({ name: 'kube_ingress_a_b_c_default_site' })).toEqual({
    'octavia-ingress-controller/a_b_c': 'owned',
  })
  expect(makersTags({ description: 'Security Group for a/b Service LoadBalancer in cluster from cluster x' })).toEqual({
    'kube_service/from cluster x': 'owned',
  })
})

test('every maker says what it leaves and where its marks are published', () => {
  for (const { maker, source, leaves } of makers)
    for (const text of [maker, source, leaves]) expect(text.length).toBeGreaterThan(5)
})
