import { partOf, type Relation, servedBy } from '@cleardown/core'

/** What a row says that its maker may have written: name, description, tags. */
export interface Written {
  readonly name?: string | null | undefined
  readonly description?: string | null | undefined
  readonly tags?: readonly string[] | undefined
}

/** The cluster that it was made for, and the object in it where that is told. */
export interface MadeFor {
  readonly cluster: string
  readonly object?: {
    readonly word: 'service' | 'ingress'
    readonly namespace: string
    readonly name: string
  }
}

/** A program that makes resources for a cluster, and how its marks name the cluster. */
export interface Maker {
  readonly maker: string
  /** Version of the vocabulary and where it is published. */
  readonly source: string
  /** Its alias is `controller:<cluster>/<domain>`. */
  readonly domain: string
  /** Its mark is the tag `<mark>/<cluster>=owned`. */
  readonly mark: string
  /** Whether it must live to finish what it began: its absence is then told. */
  readonly serves: boolean
  /** All that the row says; a shared load balancer says it of several clusters. */
  read(row: Written): readonly MadeFor[]
  /** What it leaves behind when it is gone before its objects are. */
  readonly leaves: string
}

export const makers: readonly Maker[] = [
  {
    maker: 'OpenStack cloud controller manager',
    source:
      'cloud-provider-openstack v1.20 to v1.32, pkg/openstack/loadbalancer.go: GetLoadBalancerName, descriptions of floating IP and security group',
    domain: 'cloud-provider-openstack',
    mark: 'kube_service',
    serves: true,
    // what names and tags of load balancers say is taken apart in kube-service.ts
    read: ({ description }) => [
      ...found(
        /^Floating IP for Kubernetes external service ([a-z0-9-]+)\/([a-z0-9.-]+) from cluster (.+)$/.exec(
          description ?? '',
        ),
        'service',
        true,
      ),
      ...found(
        /^Security Group for ([a-z0-9-]+)\/([a-z0-9.-]+) Service LoadBalancer in cluster (.+)$/.exec(description ?? ''),
        'service',
        true,
      ),
    ],
    leaves:
      'load balancers, floating IPs, security groups lb-sg-* (kubernetes/cloud-provider-openstack#432, kubernetes/kubernetes#69026)',
  },
  {
    maker: 'Octavia ingress controller',
    source: 'cloud-provider-openstack v1.20 to v1.32, pkg/ingress/controller/controller.go',
    domain: 'octavia-ingress-controller',
    mark: 'octavia-ingress-controller',
    serves: true,
    read: ({ name, description }) => [
      ...found(/^kube_ingress_(.+)_([a-z0-9-]+)_([a-z0-9.-]+)$/.exec(name ?? ''), 'ingress'),
      ...found(
        /^(?:Kubernetes ingress|Floating IP for Kubernetes ingress) ([a-z0-9-]+)\/?([a-z0-9.-]*) (?:in namespace [a-z0-9-]+ )?from cluster (.+)$/.exec(
          description ?? '',
        ),
        'ingress',
        true,
      ),
    ],
    leaves: 'load balancers, floating IPs, security groups',
  },
  {
    maker: 'Cluster API Provider OpenStack',
    source: 'cluster-api-provider-openstack v0.3 to v0.13, pkg/utils/names: GetDescription',
    domain: 'cluster-api-provider-openstack',
    mark: 'cluster-api-provider-openstack',
    serves: false,
    read: ({ description }) => {
      const cluster = /^Created by cluster-api-provider-openstack cluster (\S+)$/.exec(description ?? '')?.[1]
      return cluster === undefined ? [] : [{ cluster }]
    },
    leaves:
      'ports and trunks of servers that failed to build (kubernetes-sigs/cluster-api-provider-openstack#723, #1404)',
  },
  {
    maker: 'Kubespray’s Terraform',
    source: 'kubespray v2.10 to v2.28, contrib/terraform/openstack/modules: names only',
    domain: 'kubespray',
    mark: 'kubespray',
    serves: false,
    read: ({ name }) => {
      const cluster =
        /^(.+?)-(?:k8s(?:-(?:master|node|worker|ne|nf|no)\b.*)?|etcd(?:-\d+)?|bastion(?:-\d+)?|router|internal-network|gfs-node-.+)$/.exec(
          name ?? '',
        )?.[1] ?? /^kubernetes-(.+)$/.exec(name ?? '')?.[1]
      return cluster === undefined ? [] : [{ cluster }]
    },
    leaves: 'all of a job that was killed (kubernetes-sigs/kubespray#11263, #11505)',
  },
]

function found(match: RegExpExecArray | null, word: 'service' | 'ingress', clusterLast = false): MadeFor[] {
  if (!match) return []
  const [, first = '', second = '', third = ''] = match
  const [cluster, namespace, name] = clusterLast ? [third, first, second] : [first, second, third]
  return [{ cluster, ...(namespace && name ? { object: { word, namespace, name } } : {}) }]
}

/** The makers' marks in one form: `kube_service/ci-1` → `owned`. */
export function makersTags(row: Written): Record<string, string> {
  return Object.fromEntries(
    makers.flatMap(({ mark, read }) => read(row).map(({ cluster }) => [`${mark}/${cluster}`, 'owned'] as const)),
  )
}

/**
 * It goes with the object that it was made for, and its maker is the process that takes it away. What several objects share has no such
 * relation: the last of them decides.
 */
export function madeFor(row: Written): Relation[] {
  for (const { domain, serves, read } of makers) {
    if (!serves) continue
    const all = new Map(
      read(row).flatMap(({ cluster, object }) =>
        object ? [[`${object.word}:${cluster}/${object.namespace}/${object.name}`, cluster] as const] : [],
      ),
    )
    const [only, ...more] = all
    if (!only || more.length > 0) continue
    const [alias, cluster] = only
    return [
      partOf({ alias }, `${domain} made it`, true),
      servedBy({ alias: `controller:${cluster}/${domain}` }, `${domain} made it`),
    ]
  }
  return []
}
