import { partOf, type Relation, servedBy } from '@cleardown/core'

/** The Service of Kubernetes that the cloud provider made a load balancer or a part of one for. */
export interface KubeService {
  readonly cluster: string
  readonly namespace: string
  readonly name: string
}

/** What a name is cut to (cloud-provider-openstack, pkg/util/util.go: CutString255). */
const longest = 255

/**
 * `kube_service_<cluster>_<namespace>_<service>` in a name or tag (cloud-provider-openstack, pkg/openstack/loadbalancer.go: servicePrefix; since
 * 1.13 as tag too); listeners, pools and monitors have it after a prefix of their own. Neither a namespace nor a Service can have an underscore.
 */
export function kubeServiceOf(word: string): KubeService | undefined {
  const [, cluster, namespace, name] = /(?:^|_)kube_service_(.+)_([^_]+)_([^_]+)$/.exec(word.slice(0, longest)) ?? []
  return cluster && namespace && name ? { cluster, namespace, name } : undefined
}

const serviceKey = ({ cluster, namespace, name }: KubeService): string => `${cluster}/${namespace}/${name}`

interface Named {
  readonly name?: string | null
  readonly tags?: readonly string[]
}

/** All Services that a load balancer or a part of one says that it serves, each once. */
export function servicesOf({ name, tags }: Named): KubeService[] {
  const found = [name ?? '', ...(tags ?? [])].flatMap((word) => kubeServiceOf(word) ?? [])
  return [...new Map(found.map((one) => [serviceKey(one), one])).values()]
}

/**
 * Marks that ownership can compare exactly: `kube_service/<cluster>` is `owned`, or `shared` where the Services of several clusters use it, or a
 * person made it and a Service only put its listeners on it (its own name is then not the cloud provider's).
 */
export function kubeTags(row: Named): Record<string, string> {
  const clusters = new Set(servicesOf(row).map(({ cluster }) => cluster))
  const ownName = kubeServiceOf(row.name ?? '') !== undefined
  const word = clusters.size === 1 && ownName ? 'owned' : 'shared'
  return Object.fromEntries([...clusters].map((cluster) => [`kube_service/${cluster}`, word]))
}

/** A row's tags, with the words that name Services said as marks of their clusters. */
export function withKubeTags(row: Named, tags: Readonly<Record<string, string>>): Record<string, string> {
  const plain = Object.entries(tags).filter(([word]) => kubeServiceOf(word) === undefined)
  return { ...Object.fromEntries(plain), ...kubeTags(row) }
}

/** It goes with its only Service, and the cloud provider takes it away. What several Services use goes with none of them. */
export function madeForService(row: Named): Relation[] {
  const [service, ...others] = servicesOf(row)
  if (!service || others.length > 0 || kubeServiceOf(row.name ?? '') === undefined) return []
  return [
    partOf({ alias: `service:${serviceKey(service)}` }, 'kube_service', true),
    servedBy({ alias: `controller:${service.cluster}/cloud-provider-openstack` }, 'kube_service'),
  ]
}

/** The words of a tag list without those of one cluster's Services. */
export const withoutCluster = (tags: readonly string[], cluster: string): string[] =>
  tags.filter((word) => kubeServiceOf(word)?.cluster !== cluster)
