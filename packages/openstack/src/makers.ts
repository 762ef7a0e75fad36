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
      'cloud-provider-openstack v1.14 to v1.36, pkg/openstack/loadbalancer.go and loadbalancer_sg.go: names and tags, descriptions of floating IP and security group',
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
    // the name since v1.15; the load balancer's description gets the version of the Ingress once it is in place
    source:
      'cloud-provider-openstack v1.14 to v1.36, pkg/ingress: utils/utils.go GetResourceName, controller/controller.go ensureIngress, controller/openstack/octavia.go',
    domain: 'octavia-ingress-controller',
    mark: 'octavia-ingress-controller',
    serves: true,
    read: ({ name, description }) => [
      ...found(/^kube_ingress_(.+)_([a-z0-9-]+)_([a-z0-9.-]+)$/.exec(name ?? ''), 'ingress'),
      ...inNamespace(
        /^(?:Kubernetes [Ii]ngress|Floating IP for Kubernetes ingress) (\S+) in namespace (\S+) from cluster (.+?)(?:, version: \S*)?$/.exec(
          description ?? '',
        ),
      ),
      ...found(
        /^Security group created for Ingress ([a-z0-9-]+)\/([a-z0-9.-]+) from cluster (.+)$/.exec(description ?? ''),
        'ingress',
        true,
      ),
    ],
    leaves: 'load balancers, floating IPs, security groups',
  },
  {
    maker: 'Cluster API Provider OpenStack',
    source: 'cluster-api-provider-openstack v0.3.2 to v0.14, pkg/utils/names/names.go: GetDescription',
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
    maker: 'Cluster API Provider OpenStack, by name',
    // networks and security groups have nothing but their names to say it
    source:
      'cluster-api-provider-openstack v0.2 to v0.14, pkg/cloud/services: networking/network.go, router.go and securitygroups.go, loadbalancer/loadbalancer.go',
    domain: 'cluster-api-provider-openstack-names',
    mark: 'cluster-api-name',
    serves: false,
    read: ({ name }) =>
      ofClusters(
        /^k8s-clusterapi-cluster-(.+?)(?:-kubeapi)?$/.exec(name ?? '') ??
          /^k8s-cluster-(.+)-secgroup-(?:controlplane|worker|bastion)$/.exec(name ?? ''),
      ),
    leaves: 'networks, routers and security groups that something else still uses',
  },
  {
    maker: 'Kubespray’s Terraform',
    source:
      'kubespray v2.5 to v2.31, contrib/terraform/openstack/modules: compute/main.tf, network/main.tf, loadbalancer/main.tf; names only',
    domain: 'kubespray',
    mark: 'kubespray',
    serves: false,
    // a name of two readings (`a-k8s-k8s-1`, `kubernetes-a-k8s`) gives both: they are hints
    read: ({ name }) =>
      [
        ...waysToCut(name ?? '', /-k8s(?=-|$)/g),
        ...ofClusters(
          /^(.+)-(?:etcd-\d+|bastion(?:-\d+)?|router|internal-network|gfs-node-nf-\d+|glusterfs_volume-\d+|api-loadbalancer)$/.exec(
            name ?? '',
          ),
        ),
        ...ofClusters(/^kubernetes-(.+)$/.exec(name ?? '')),
      ].filter(({ cluster }) => cluster !== ''),
    leaves: 'all of a job that was killed (kubernetes-sigs/kubespray#11263, #11505)',
  },
]

function found(match: RegExpExecArray | null, word: 'service' | 'ingress', clusterLast = false): MadeFor[] {
  if (!match) return []
  const [, first = '', second = '', third = ''] = match
  const [cluster, namespace, name] = clusterLast ? [third, first, second] : [first, second, third]
  return [{ cluster, ...(namespace && name ? { object: { word, namespace, name } } : {}) }]
}

/** What stands before each match. */
const waysToCut = (name: string, at: RegExp): MadeFor[] =>
  [...name.matchAll(at)].map(({ index }) => ({ cluster: name.slice(0, index) }))

const ofClusters = (match: RegExpExecArray | null): MadeFor[] =>
  match?.[1] === undefined ? [] : [{ cluster: match[1] }]

/** `<name> in namespace <namespace> from cluster <cluster>` */
function inNamespace(match: RegExpExecArray | null): MadeFor[] {
  if (!match) return []
  const [, name = '', namespace = '', cluster = ''] = match
  return [{ cluster, object: { word: 'ingress', namespace, name } }]
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
