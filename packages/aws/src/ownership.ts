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
    'eksctl v1alpha5, pkg/apis/eksctl.io/v1alpha5/types.go: ClusterNameTag',
  ),
  clusterTag(
    'eksctl-cluster-v1alpha1',
    'eksctl.cluster.k8s.io/v1alpha1/cluster-name',
    'eksctl v1alpha1, still written; same file: OldClusterNameTag',
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
    'EKS Auto Mode, and Karpenter v1, pkg/apis/v1/labels.go: EKSClusterNameTagKey',
  ),
  clusterKey(
    'cluster-owned',
    'kubernetes.io/cluster/',
    'owned',
    'ours',
    'cloud-provider-aws, pkg/providers/v1/tags.go: ResourceLifecycleOwned; also written by Karpenter, EBS CSI, Cluster API',
  ),
  clusterKey(
    'cluster-shared',
    'kubernetes.io/cluster/',
    'shared',
    'shared',
    'cloud-provider-aws, pkg/providers/v1/tags.go: ResourceLifecycleShared',
  ),
  clusterTag(
    'legacy-cluster',
    'KubernetesCluster',
    'Kubernetes before 1.6, same file: TagNameKubernetesClusterLegacy; EBS CSI still writes it (kubernetes-sigs/aws-ebs-csi-driver#932)',
  ),
  clusterTag(
    'load-balancer-controller',
    'elbv2.k8s.aws/cluster',
    'AWS Load Balancer Controller v2 and later, pkg/deploy/tracking/provider.go: clusterNameTagKey',
  ),
  clusterTag(
    'ingress-controller-v1',
    'ingress.k8s.aws/cluster',
    'AWS ALB Ingress Controller v1.1.3 and later, same file: clusterNameTagKeyLegacy',
  ),
  clusterTag('vpc-cni', 'cluster.k8s.amazonaws.com/name', 'Amazon VPC CNI, pkg/awsutils/awsutils.go: eniClusterTagKey'),
  clusterTag(
    'ebs-csi',
    'ebs.csi.aws.com/cluster-name',
    'AWS managed policy AmazonEBSCSIDriverEKSClusterScopedPolicy, which requires it',
  ),
  clusterTag(
    'karpenter-launch-template',
    'karpenter.k8s.aws/cluster',
    'Karpenter v0, upgrade guide: launch templates; v1 does not write it any more',
  ),
  clusterTag(
    'karpenter-managed-by',
    'karpenter.sh/managed-by',
    'Karpenter v0, upgrade guide to v1: replaced by eks:eks-cluster-name',
  ),
  clusterKey(
    'cluster-api',
    'sigs.k8s.io/cluster-api-provider-aws/cluster/',
    'owned',
    'ours',
    'Cluster API Provider AWS, api tags.go: NameAWSProviderOwned',
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
