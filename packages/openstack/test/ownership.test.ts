import { describe, expect, test } from 'vitest'
import { marksOf } from '../src/openstack-kind.ts'
import { ownershipRules } from '../src/ownership.ts'

type Word = 'cluster' | 'run' | 'stack' | 'prefix'

/** What each row says of a mark, for a target. Core compares marks whole; so does this. */
function judged(on: 'tag' | 'name', mark: string, value: string, word: Word = 'cluster'): string[] {
  return ownershipRules
    .filter((rule) => rule.on === on)
    .flatMap((rule) => {
      if (rule.mark(word, value) === mark) return [`${rule.rule}: ${rule.says}, ${rule.strength}`]
      const owner = rule.other?.(mark)
      return owner === undefined ? [] : [`${rule.rule}: of ${owner}`]
    })
}
const judgedTags = (row: object, value: string, word: Word = 'cluster'): string[] =>
  Object.entries(marksOf(row as never).tags).flatMap(([key, text]) => judged('tag', `${key}=${text}`, value, word))

/** One real mark for each vocabulary, with the cluster's name in place of `%`. */
const rows = [
  ['cloud-provider', { description: 'Floating IP for Kubernetes external service default/web from cluster %' }],
  ['cloud-provider', { description: 'Security Group for default/web Service LoadBalancer in cluster %' }],
  ['octavia-ingress', { name: 'kube_ingress_%_default_site' }],
  ['octavia-ingress', { description: 'Kubernetes ingress site in namespace default from cluster %' }],
  ['octavia-ingress', { description: 'Kubernetes Ingress site in namespace default from cluster %, version: 817' }],
  ['octavia-ingress', { description: 'Floating IP for Kubernetes ingress site in namespace default from cluster %' }],
  ['octavia-ingress', { description: 'Security group created for Ingress default/site from cluster %' }],
  ['cinder-csi', { tags: ['cinder.csi.openstack.org/cluster=%'] }],
  ['manila-csi', { tags: ['manila.csi.openstack.org/cluster=%'] }],
  ['legacy-cluster', { tags: ['KubernetesCluster=%'] }],
  ['cluster-api', { description: 'Created by cluster-api-provider-openstack cluster %' }],
] as const

describe.each(rows.map(([rule, row]) => [rule, JSON.stringify(row)] as const))('%s: %s', (rule, form) => {
  const of = (cluster: string): object => JSON.parse(form.replace('%', cluster)) as object

  test('proves what is the cluster’s', () => {
    expect(judgedTags(of('ci-1'), 'ci-1')).toEqual([`${rule}: ours, proof`])
  })

  test.each(['ci-10', 'ci', 'ci-1-b', 'xci-1', 'CI-1'])('proves that %s is another cluster', (other) => {
    expect(judgedTags(of(other), 'ci-1')).toEqual([`${rule}: of ${other}`])
    expect(judgedTags(of('ci-1'), other)).toEqual([`${rule}: of ci-1`])
  })

  test('proves nothing by the name that every cluster has by default', () => {
    expect(judgedTags(of('kubernetes'), 'kubernetes')).toEqual([`${rule}-unnamed: ours, hint`])
    expect(judgedTags(of('kubernetes'), 'ci-1')).toEqual([])
  })
})

test('a cluster of Cluster API in the default namespace is suspected by its bare name', () => {
  const description = 'Created by cluster-api-provider-openstack cluster default-ci-1'
  expect(judgedTags({ description }, 'ci-1')).toContain('cluster-api-default: ours, hint')
  expect(judgedTags({ description }, 'ci-1').join()).not.toContain('proof')
})

test.each([
  ['ci-1-k8s-master-1', 'ci-1'],
  ['ci-1-k8s-node-nf-2', 'ci-1'],
  ['ci-1-k8s', 'ci-1'],
  ['ci-1-k8s-worker', 'ci-1'],
  ['ci-1-etcd-1', 'ci-1'],
  ['ci-1-bastion-1', 'ci-1'],
  ['ci-1-bastion', 'ci-1'],
  ['ci-1-router', 'ci-1'],
  ['ci-1-internal-network', 'ci-1'],
  ['ci-1-k8s-a', 'ci-1'],
  ['ci-1-api-loadbalancer', 'ci-1'],
  ['ci-1-glusterfs_volume-1', 'ci-1'],
  ['ci-1-gfs-node-nf-1', 'ci-1'],
  ['kubernetes-ci-1', 'ci-1'],
])('Kubespray’s name %s makes it suspected to be of %s, and of no other', (name, cluster) => {
  expect(judgedTags({ name }, cluster)).toEqual(['kubespray-name: ours, hint'])
  for (const other of ['ci', 'ci-10', 'i-1', 'ci-1-k8s']) expect(judgedTags({ name }, other)).toEqual([])
})

test('a bare tag is a hint only where it is the full DNS name that clusters of kops have', () => {
  expect(judgedTags({ tags: ['ci.example.org'] }, 'ci.example.org')).toEqual(['kops-word: ours, hint'])
  expect(judgedTags({ tags: ['ci'] }, 'ci')).toEqual([])
})

test.each(['a', 'a-k8s'])('a name of two readings makes it suspected to be of %s', (cluster) => {
  expect(judgedTags({ name: 'a-k8s-k8s-master-1' }, cluster)).toEqual(['kubespray-name: ours, hint'])
})

test.each([
  'k8s-clusterapi-cluster-default-ci-1',
  'k8s-clusterapi-cluster-default-ci-1-kubeapi',
  'k8s-cluster-default-ci-1-secgroup-controlplane',
  'k8s-cluster-default-ci-1-secgroup-worker',
])('the name %s, which says no more, makes it suspected to be of Cluster API’s cluster', (name) => {
  expect(judgedTags({ name }, 'default-ci-1')).toEqual(['cluster-api-name: ours, hint'])
  expect(judgedTags({ name }, 'ci-1')).toEqual(['cluster-api-name-default: ours, hint'])
  for (const other of ['ci', 'ci-10', 'default-ci', '1']) expect(judgedTags({ name }, other)).toEqual([])
})

test('names that a prefix is put into begin with it after their own word', () => {
  const marks = ownershipRules.flatMap((rule) => rule.mark('prefix', 'tf-r77') ?? [])
  expect(marks.sort()).toEqual(['kube_ingress_tf-r77', 'kube_service_tf-r77', 'kubernetes-tf-r77'])
})

test.each(['ci-10-k8s-master-1', 'xci-1-router', 'ci-1', 'ci-1x-k8s', 'k8s-node-srvgrp', 'lb-sg-ci-1'])(
  'the name %s says nothing of ci-1',
  (name) => {
    expect(judgedTags({ name }, 'ci-1')).toEqual([])
  },
)

test('a run’s mark proves in a tag and as a word of the description; a bare description is a hint', () => {
  expect(judgedTags({ tags: ['cleardown.run=r-77'] }, 'r-77', 'run')).toEqual(['run: ours, proof'])
  expect(judgedTags({ description: 'made by CI, cleardown.run=r-77; web' }, 'r-77', 'run')).toEqual([
    'run: ours, proof',
  ])
  expect(judgedTags({ description: 'r-77' }, 'r-77', 'run')).toEqual(['run-description: ours, hint'])
  expect(judgedTags({ description: 'cleardown.run=r-770' }, 'r-77', 'run')).toEqual(['run: of r-770'])
  expect(judgedTags({ description: 'not.cleardown.run=r-77' }, 'r-77', 'run')).toEqual([])
  expect(judgedTags({ description: 'r-770' }, 'r-77', 'run')).toEqual([])
})

test('a tag wins over what the description says', () => {
  expect(marksOf({ id: '1', description: 'cleardown.run=r-1', tags: ['cleardown.run=r-2'] }).tags).toMatchObject({
    'cleardown.run': 'r-2',
  })
})

test('a load balancer of several clusters is shared', () => {
  expect(judged('tag', 'kube_service/ci-1=owned', 'ci-1')).toEqual(['cloud-provider: ours, proof'])
  expect(judged('tag', 'kube_service/ci-1=shared', 'ci-1')).toEqual(['cloud-provider-shared: shared, proof'])
  expect(judged('tag', 'kube_service/ci-10=shared', 'ci-1')).toEqual(['cloud-provider-shared: of ci-10'])
})

test.each([
  'Name=ci-1',
  'cluster=ci-1',
  'kube_service/ci-1=yes',
  'kube_service/=owned',
  'ci-1=',
  'x-KubernetesCluster=ci-1',
])('%s proves nothing', (mark) => {
  expect(judged('tag', mark, 'ci-1')).toEqual([])
})

test('a stack’s name proves nothing for a cluster, and all for itself', () => {
  expect(judged('name', 'k8s-r77', 'k8s-r77', 'stack')).toEqual(['stack-name: ours, proof'])
  expect(judged('name', 'k8s-r77', 'k8s-r77')).toEqual([])
})

test('names belong to named kinds, and every row says where it was read', () => {
  for (const rule of ownershipRules) {
    expect(rule.source.length).toBeGreaterThan(10)
    if (rule.on !== 'tag') expect(rule.kinds?.length).toBeGreaterThan(0)
  }
  expect(new Set(ownershipRules.map(({ rule }) => rule)).size).toBe(ownershipRules.length)
})
