import { partOf, type Relation, servedBy } from '@cleardown/core'

/** A controller inside a cluster that makes resources here, and how its marks name the object that it made them for. */
export interface Maker {
  readonly maker: string
  /** Version of the vocabulary and where it is published. */
  readonly source: string
  /** Its alias is `controller:<cluster>/<domain>`. */
  readonly domain: string
  /** The cluster that a tag names, or undefined where the tag is not this maker's. */
  cluster(key: string, value: string): string | undefined
  /** Tags that name the object, and the word its alias begins with: `service:<cluster>/<namespace>/<name>`. */
  readonly owners: readonly { readonly tag: string; readonly word: 'service' | 'ingress' | 'gateway' }[]
  /** What it leaves behind when it is gone before its objects are. */
  readonly leaves: string
}

export const makers: readonly Maker[] = [
  {
    maker: 'AWS Load Balancer Controller',
    source: 'v2 and later, pkg/deploy/tracking/provider.go; the gateway.k8s.aws marks since it speaks Gateway API',
    domain: 'elbv2.k8s.aws',
    cluster: (key, value) => (key === 'elbv2.k8s.aws/cluster' ? value : undefined),
    owners: [
      { tag: 'service.k8s.aws/stack', word: 'service' },
      { tag: 'ingress.k8s.aws/stack', word: 'ingress' },
      { tag: 'gateway.k8s.aws.nlb/stack', word: 'gateway' },
      { tag: 'gateway.k8s.aws.alb/stack', word: 'gateway' },
    ],
    leaves:
      'load balancers, target groups, security groups, rules in the nodes’ groups (kubernetes-sigs/aws-load-balancer-controller#3841)',
  },
  {
    maker: 'AWS cloud controller manager',
    source: 'pkg/providers/v1/tags.go and aws.go: TagNameKubernetesService',
    domain: 'cloud-provider-aws',
    cluster: (key, value) =>
      value === 'owned' && key.startsWith('kubernetes.io/cluster/')
        ? key.slice('kubernetes.io/cluster/'.length)
        : undefined,
    owners: [{ tag: 'kubernetes.io/service-name', word: 'service' }],
    leaves:
      'load balancers, security groups k8s-elb-*, rules in the nodes’ groups (kubernetes/kubernetes#53451, #78124)',
  },
]

/**
 * A load balancer or target group goes with the object it was made for, and its maker is the process that takes it away. Without an owner's
 * mark there is no relation: the cluster's mark alone decides whose it is.
 */
export function madeFor(tags: Readonly<Record<string, string>>): Relation[] {
  for (const { domain, cluster: clusterOf, owners } of makers) {
    const owner = owners.find(({ tag }) => tags[tag] !== undefined)
    if (!owner) continue
    for (const [key, value] of Object.entries(tags)) {
      const cluster = clusterOf(key, value)
      if (cluster === undefined) continue
      return [
        partOf({ alias: `${owner.word}:${cluster}/${tags[owner.tag]}` }, `tag ${owner.tag}`, true),
        servedBy({ alias: `controller:${cluster}/${domain}` }, `tag ${key}`),
      ]
    }
  }
  return []
}
