import { expect, test } from 'vitest'
import { kubeServiceOf, kubeTags, madeForService, withoutCluster } from '../../src/kube-service.ts'

test.each([
  ['kube_service_ci-1_default_web', 'ci-1 default web'],
  ['kube_service_my_cluster_kube-system_dns', 'my_cluster kube-system dns'],
  ['listener_0_kube_service_ci-1_default_web', 'ci-1 default web'],
  ['pool_12_kube_service_ci-1_default_web', 'ci-1 default web'],
])('%s names a Service', (word, service) => {
  expect(Object.values(kubeServiceOf(word) ?? {}).join(' ')).toBe(service)
})

test.each([
  '',
  'team-lb',
  'kube_service_',
  'kube_service_ci-1_web',
  'kube_ingress_ci-1_default_web',
  'mykube_service_a_b_c',
])('“%s” names none', (word) => {
  expect(kubeServiceOf(word)).toBeUndefined()
})

test('`ci-1` and `ci-10` are two clusters', () => {
  expect(kubeTags({ name: 'kube_service_ci-10_default_web' })).toEqual({ 'kube_service/ci-10': 'owned' })
})

test('several Services of one cluster own their load balancer together and take it along with none of them', () => {
  const row = {
    name: 'kube_service_ci-1_default_web',
    tags: ['kube_service_ci-1_default_web', 'kube_service_ci-1_ops_x'],
  }
  expect(kubeTags(row)).toEqual({ 'kube_service/ci-1': 'owned' })
  expect(madeForService(row)).toEqual([])
})

test('what a person made is only shared, however many tags are on it', () => {
  const row = { name: 'team-lb', tags: ['kube_service_ci-1_default_web'] }
  expect(kubeTags(row)).toEqual({ 'kube_service/ci-1': 'shared' })
  expect(madeForService(row)).toEqual([])
})

test('a mark is taken off with all Services of its cluster', () => {
  const tags = ['kube_service_ci-1_default_web', 'kube_service_ci-1_ops_x', 'kube_service_ci-10_default_web', 'x']
  expect(withoutCluster(tags, 'ci-1')).toEqual(['kube_service_ci-10_default_web', 'x'])
})
