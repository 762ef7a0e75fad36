import { describe, expect, test } from 'vitest'
import { ownershipRules } from '../src/ownership.ts'

type Word = 'cluster' | 'run' | 'stack'

/** What each row says of a tag, a name or an alias, for a target. Core compares marks whole; so does this. */
function judged(on: 'tag' | 'name' | 'alias', mark: string, value: string, word: Word = 'cluster'): string[] {
  return ownershipRules
    .filter((rule) => rule.on === on)
    .flatMap((rule) => {
      if (rule.mark(word, value) === mark) return [`${rule.rule}: ${rule.says}`]
      const owner = rule.other?.(mark)
      return owner === undefined ? [] : [`${rule.rule}: ${rule.says === 'shared' ? 'shared with' : 'of'} ${owner}`]
    })
}

/** One real mark for each vocabulary, with the cluster's name in place of `%`. */
const tags = [
  ['eksctl-cluster', 'alpha.eksctl.io/cluster-name=%'],
  ['eksctl-cluster-v1alpha1', 'eksctl.cluster.k8s.io/v1alpha1/cluster-name=%'],
  ['eks-cluster', 'aws:eks:cluster-name=%'],
  ['eks-nodegroup', 'eks:cluster-name=%'],
  ['eks-eks-cluster', 'eks:eks-cluster-name=%'],
  ['cluster-owned', 'kubernetes.io/cluster/%=owned'],
  ['legacy-cluster', 'KubernetesCluster=%'],
  ['load-balancer-controller', 'elbv2.k8s.aws/cluster=%'],
  ['ingress-controller-v1', 'ingress.k8s.aws/cluster=%'],
  ['vpc-cni', 'cluster.k8s.amazonaws.com/name=%'],
  ['ebs-csi', 'ebs.csi.aws.com/cluster-name=%'],
  ['karpenter-launch-template', 'karpenter.k8s.aws/cluster=%'],
  ['karpenter-managed-by', 'karpenter.sh/managed-by=%'],
  ['cluster-api', 'sigs.k8s.io/cluster-api-provider-aws/cluster/%=owned'],
] as const

describe.each(tags)('%s', (rule, form) => {
  const of = (cluster: string): string => form.replace('%', cluster)

  test('proves what is the cluster’s', () => {
    expect(judged('tag', of('ci-1'), 'ci-1')).toEqual([`${rule}: ours`])
  })

  test.each(['ci-10', 'ci', 'ci-1-b', 'xci-1', 'CI-1'])('proves that %s is another cluster', (other) => {
    expect(judged('tag', of(other), 'ci-1')).toEqual([`${rule}: of ${other}`])
    expect(judged('tag', of('ci-1'), other)).toEqual([`${rule}: of ci-1`])
  })
})

test('a shared mark says who shares', () => {
  expect(judged('tag', 'kubernetes.io/cluster/ci-1=shared', 'ci-1')).toEqual(['cluster-shared: shared'])
  expect(judged('tag', 'kubernetes.io/cluster/ci-10=shared', 'ci-1')).toEqual(['cluster-shared: shared with ci-10'])
})

test('a run’s mark is its own, and no other word gives it', () => {
  expect(judged('tag', 'cleardown.run=r-77', 'r-77', 'run')).toEqual(['run: ours'])
  expect(judged('tag', 'cleardown.run=r-770', 'r-77', 'run')).toEqual(['run: of r-770'])
  expect(judged('tag', 'cleardown.run=ci-1', 'ci-1', 'cluster')).toEqual(['run: of ci-1'])
})

test.each([
  'karpenter.sh/discovery=ci-1',
  'Name=ci-1',
  'kubernetes.io/cluster/ci-1=yes',
  'kubernetes.io/cluster/=owned',
  'kubernetes.io/role/elb=1',
  'alpha.eksctl.io/cluster-name=',
  'x-alpha.eksctl.io/cluster-name=ci-1',
  'alpha.eksctl.io/cluster-oidc-enabled=true',
  'aws:cloudformation:stack-name=eksctl-ci-1-cluster',
])('%s proves nothing', (mark) => {
  expect(judged('tag', mark, 'ci-1')).toEqual([])
})

test('the log group of the control plane is the cluster’s by its exact name', () => {
  expect(judged('name', '/aws/eks/ci-1/cluster', 'ci-1')).toContain('control-plane-logs: ours')
  expect(judged('name', '/aws/eks/ci-10/cluster', 'ci-1')).toContain('control-plane-logs: of ci-10')
  expect(judged('name', '/aws/eks/ci-1/cluster-audit', 'ci-1')).toEqual([])
  expect(judged('name', '/aws/containerinsights/ci-1/cluster', 'ci-1')).toEqual([])
})

test('a cluster is the target’s by its own name only', () => {
  expect(judged('name', 'ci-1', 'ci-1')).toEqual(['cluster-name: ours'])
  expect(judged('name', 'ci-10', 'ci-1')).toEqual([])
})

test('a stack’s name proves nothing for a cluster, and all for itself', () => {
  expect(judged('name', 'eksctl-ci-1-cluster', 'ci-1')).toEqual([])
  expect(judged('name', 'eksctl-ci-1-cluster', 'eksctl-ci-1-cluster', 'stack')).toEqual(['stack-name: ours'])
  const id = 'arn:aws:cloudformation:us-east-1:111122223333:stack/eksctl-ci-1-cluster/0a1b'
  expect(judged('alias', id, id, 'stack')).toEqual(['stack-id: ours'])
  expect(judged('alias', `${id}c`, id, 'stack')).toEqual([])
})

test('names belong to one kind each, and every row says where it was read', () => {
  for (const rule of ownershipRules) {
    expect(rule.source.length).toBeGreaterThan(10)
    if (rule.on !== 'tag') expect(rule.kinds).toHaveLength(1)
  }
  expect(new Set(ownershipRules.map(({ rule }) => rule)).size).toBe(ownershipRules.length)
})
