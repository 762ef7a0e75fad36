import type { KindName, OwnershipRule } from '@cleardown/core'

/** A tag `key=<cluster>`. */
const clusterTag = (rule: string, key: string, source: string): OwnershipRule => ({
  rule,
  source,
  on: 'tag',
  says: 'ours',
  strength: 'proof',
  mark: (word, value) => (word === 'cluster' ? `${key}=${value}` : undefined),
  other: (mark) => after(`${key}=`, mark),
})

/** A tag `<prefix><cluster>=<value>`. */
const clusterKey = (
  rule: string,
  prefix: string,
  value: string,
  says: 'ours' | 'shared',
  source: string,
): OwnershipRule => ({
  rule,
  source,
  on: 'tag',
  says,
  strength: 'proof',
  mark: (word, cluster) => (word === 'cluster' ? `${prefix}${cluster}=${value}` : undefined),
  other: (mark) => between(prefix, mark, `=${value}`),
})

/** A name that only AWS gives, for something of the cluster. */
const givenName = (rule: string, kind: KindName, prefix: string, suffix: string, source: string): OwnershipRule => ({
  rule,
  source,
  on: 'name',
  kinds: [kind],
  says: 'ours',
  strength: 'proof',
  mark: (word, cluster) => (word === 'cluster' ? `${prefix}${cluster}${suffix}` : undefined),
  other: (mark) => between(prefix, mark, suffix),
})

/**
 * Who marks what, and with which words. Marks are compared whole, never by prefix: `ci-1` is not `ci-10`.
 *
 * Not in the table, because they prove nothing: `karpenter.sh/discovery` (subnets and groups of others carry it, it only says where Karpenter
 * may launch), stack names `eksctl-<cluster>-…` (`a` and `a-nodegroup-b` are both names of clusters), `Name`.
 * Membership of a stack is no mark either: the stack names its members.
 */
export const ownershipRules: readonly OwnershipRule[] = [
  clusterTag(
    'eksctl-cluster',
    'alpha.eksctl.io/cluster-name',
    'eksctl 0.1 and later, pkg/apis/eksctl.io/v1alpha5/types.go: ClusterNameTag',
  ),
  clusterTag(
    'eksctl-cluster-v1alpha1',
    'eksctl.cluster.k8s.io/v1alpha1/cluster-name',
    'eksctl before 0.1 and still written, same file: OldClusterNameTag',
  ),
  clusterTag(
    'eks-cluster',
    'aws:eks:cluster-name',
    'Amazon EKS User Guide, security group requirements: tag of the cluster security group; `aws:` tags cannot be set by users',
  ),
  clusterTag(
    'eks-nodegroup',
    'eks:cluster-name',
    'Amazon EKS User Guide, managed node groups: tags of instances, groups and launch templates',
  ),
  clusterTag(
    'eks-eks-cluster',
    'eks:eks-cluster-name',
    'EKS Auto Mode and Karpenter v1, pkg/apis/v1/labels.go: EKSClusterNameTagKey',
  ),
  clusterKey(
    'cluster-owned',
    'kubernetes.io/cluster/',
    'owned',
    'ours',
    'cloud-provider-aws v1.20 and later, pkg/providers/v1/tags.go: ResourceLifecycleOwned; also Karpenter, EBS CSI, Cluster API',
  ),
  clusterKey(
    'cluster-shared',
    'kubernetes.io/cluster/',
    'shared',
    'shared',
    'cloud-provider-aws v1.20 and later, pkg/providers/v1/tags.go: ResourceLifecycleShared',
  ),
  clusterTag(
    'legacy-cluster',
    'KubernetesCluster',
    'cloud-provider-aws, pkg/providers/v1/tags.go: TagNameKubernetesClusterLegacy, before v1.6',
  ),
  clusterTag(
    'load-balancer-controller',
    'elbv2.k8s.aws/cluster',
    'AWS Load Balancer Controller v2.0 and later, pkg/deploy/tracking/provider.go: clusterNameTagKey',
  ),
  clusterTag(
    'ingress-controller-v1',
    'ingress.k8s.aws/cluster',
    'AWS ALB Ingress Controller v1, read by v2 in the same file: clusterNameTagKeyLegacy',
  ),
  clusterTag(
    'vpc-cni',
    'cluster.k8s.amazonaws.com/name',
    'Amazon VPC CNI v1.5 and later, pkg/awsutils/awsutils.go: clusterNameTagKey',
  ),
  clusterTag('ebs-csi', 'ebs.csi.aws.com/cluster-name', 'AWS EBS CSI driver v1, docs/options.md: --k8s-tag-cluster-id'),
  clusterTag(
    'karpenter-launch-template',
    'karpenter.k8s.aws/cluster',
    'Karpenter v0.32 to v0.37, launch templates; later ones carry eks:eks-cluster-name',
  ),
  clusterKey(
    'cluster-api',
    'sigs.k8s.io/cluster-api-provider-aws/cluster/',
    'owned',
    'ours',
    'Cluster API Provider AWS v1beta1 and later, api/v1beta2/tags.go: NameAWSProviderOwned',
  ),
  {
    rule: 'run',
    source: 'cleardown, runMarks',
    on: 'tag',
    says: 'ours',
    strength: 'proof',
    mark: (word, run) => (word === 'run' ? `cleardown.run=${run}` : undefined),
    other: (mark) => after('cleardown.run=', mark),
  },
  {
    rule: 'cluster-name',
    source: 'the name of the cluster is the target',
    on: 'name',
    kinds: ['aws:eks-cluster'],
    says: 'ours',
    strength: 'proof',
    mark: (word, cluster) => (word === 'cluster' ? cluster : undefined),
  },
  givenName(
    'control-plane-logs',
    'aws:log-group',
    '/aws/eks/',
    '/cluster',
    'Amazon EKS User Guide, control plane logs: the log group is named /aws/eks/<cluster>/cluster',
  ),
  {
    rule: 'stack-name',
    source: 'the name of the stack is the target',
    on: 'name',
    kinds: ['aws:stack'],
    says: 'ours',
    strength: 'proof',
    mark: (word, stack) => (word === 'stack' && !stack.startsWith('arn:') ? stack : undefined),
  },
  {
    rule: 'stack-id',
    source: 'the id of the stack is the target',
    on: 'alias',
    kinds: ['aws:stack'],
    says: 'ours',
    strength: 'proof',
    mark: (word, stack) => (word === 'stack' && stack.startsWith('arn:') ? stack : undefined),
  },
]

function after(prefix: string, mark: string): string | undefined {
  return mark.startsWith(prefix) && mark.length > prefix.length ? mark.slice(prefix.length) : undefined
}

function between(prefix: string, mark: string, suffix: string): string | undefined {
  const inner = after(prefix, mark)
  return inner?.endsWith(suffix) && inner.length > suffix.length ? inner.slice(0, -suffix.length) : undefined
}
