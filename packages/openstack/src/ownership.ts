import type { KindName, OwnershipRule } from '@cleardown/core'
import { makers } from './makers.ts'

type Words = OwnershipRule['mark']

const rule = (
  name: string,
  on: OwnershipRule['on'],
  strength: OwnershipRule['strength'],
  source: string,
  mark: Words,
  more: Pick<OwnershipRule, 'kinds' | 'other'> = {},
): OwnershipRule => ({ rule: name, source, on, says: 'ours', strength, mark, ...more })

/** The name that a cluster has when nobody gave it one: every other cluster of the project may have it too. */
const unnamed = 'kubernetes'

/** `key=<cluster>` is proof, but not of a cluster that has the default name. */
const clusterKey = (name: string, source: string, before: string, after = ''): OwnershipRule[] => [
  rule(
    name,
    'tag',
    'proof',
    source,
    (word, value) => (word === 'cluster' && value !== unnamed ? `${before}${value}${after}` : undefined),
    {
      other(mark) {
        const cluster = between(before, mark, after)
        return cluster === unnamed ? undefined : cluster
      },
    },
  ),
  rule(`${name}-unnamed`, 'tag', 'hint', `${source}; the default name is shared by many clusters`, (word, value) =>
    word === 'cluster' && value === unnamed ? `${before}${value}${after}` : undefined,
  ),
]

/** Names that are made of a prefix and do not begin with it. */
const madeOf = (name: string, source: string, kinds: readonly KindName[], before: string): OwnershipRule =>
  rule(name, 'name', 'hint', source, (word, value) => (word === 'prefix' ? `${before}${value}` : undefined), { kinds })

const maker = (domain: string): string => makers.find((one) => one.domain === domain)?.source ?? ''
const kubespray = maker('kubespray')
const capo = maker('cluster-api-provider-openstack')
const capoNames = maker('cluster-api-provider-openstack-names')

/**
 * Who marks what, and with which words. Marks are compared whole, never by prefix: `ci-1` is not `ci-10`. What makers write into names and
 * descriptions has been taken apart before (`makers.ts`) and stands here as `<mark>/<cluster>=owned`.
 *
 * Not in the table, because they prove nothing: server groups `k8s-node-srvgrp` of Kubespray (no cluster in the name), `lb-<id>` (a name anybody
 * may give; the port says whose it is), an empty `device_owner`. Membership of a stack is no mark either: the stack names its members.
 */
export const ownershipRules: readonly OwnershipRule[] = [
  rule(
    'run',
    'tag',
    'proof',
    'cleardown, runMarks: tag, metadata, or a word of the description',
    (word, run) => (word === 'run' ? `cleardown.run=${run}` : undefined),
    { other: (mark) => between('cleardown.run=', mark) },
  ),
  rule('run-description', 'tag', 'hint', 'the description is the id of the run', (word, run) =>
    word === 'run' ? `description=${run}` : undefined,
  ),
  ...clusterKey('cloud-provider', maker('cloud-provider-openstack'), 'kube_service/', '=owned'),
  {
    rule: 'cloud-provider-shared',
    source: 'cloud-provider-openstack v1.23 to v1.32, a load balancer for several Services: one tag for each',
    on: 'tag',
    kinds: ['openstack:load-balancer'],
    says: 'shared',
    strength: 'proof',
    mark: (word, value) => (word === 'cluster' ? `kube_service/${value}=shared` : undefined),
    other: (mark) => between('kube_service/', mark, '=shared'),
  },
  ...clusterKey('octavia-ingress', maker('octavia-ingress-controller'), 'octavia-ingress-controller/', '=owned'),
  ...clusterKey(
    'cinder-csi',
    'cloud-provider-openstack v1.14 to v1.36, pkg/csi/cinder/controllerserver.go cinderCSIClusterIDKey: metadata of volumes, snapshots and backups; the value is --cluster',
    'cinder.csi.openstack.org/cluster=',
  ),
  ...clusterKey(
    'manila-csi',
    'cloud-provider-openstack v1.21 to v1.36, pkg/csi/manila/controllerserver.go clusterMetadataKey: metadata of shares, never of their snapshots; the value is --cluster-id',
    'manila.csi.openstack.org/cluster=',
  ),
  ...clusterKey(
    'legacy-cluster',
    'kops since v1.8, upup/pkg/fi/cloudup/openstack/cloud.go TagClusterName: metadata of servers and volumes, tags of ports',
    'KubernetesCluster=',
  ),
  rule(
    'kops-word',
    'tag',
    'hint',
    'kops since v1.8, pkg/model/openstackmodel/network.go: the name of the cluster, a full DNS name, is a tag of network and subnets',
    (word, value) => (word === 'cluster' && value.includes('.') ? `${value}=` : undefined),
    { kinds: ['openstack:network', 'openstack:subnet'] },
  ),
  // a Cluster API cluster is called <namespace>-<name>; in the default namespace people say only the name
  ...clusterKey('cluster-api', capo, 'cluster-api-provider-openstack/', '=owned'),
  rule('cluster-api-default', 'tag', 'hint', `${capo}; namespace default`, (word, value) =>
    word === 'cluster' ? `cluster-api-provider-openstack/default-${value}=owned` : undefined,
  ),
  rule('kubespray-name', 'tag', 'hint', kubespray, (word, value) =>
    word === 'cluster' ? `kubespray/${value}=owned` : undefined,
  ),
  rule('cluster-api-name', 'tag', 'hint', capoNames, (word, value) =>
    word === 'cluster' ? `cluster-api-name/${value}=owned` : undefined,
  ),
  rule('cluster-api-name-default', 'tag', 'hint', `${capoNames}; namespace default`, (word, value) =>
    word === 'cluster' ? `cluster-api-name/default-${value}=owned` : undefined,
  ),
  madeOf('kubespray-keypair', kubespray, ['openstack:keypair'], 'kubernetes-'),
  madeOf('cloud-provider-name', maker('cloud-provider-openstack'), ['openstack:load-balancer'], 'kube_service_'),
  madeOf(
    'octavia-ingress-name',
    maker('octavia-ingress-controller'),
    ['openstack:load-balancer', 'openstack:security-group'],
    'kube_ingress_',
  ),
  rule(
    'magnum-stack',
    'tag',
    'proof',
    'magnum 2015 to 2026.1 (its Heat driver is gone since), drivers/heat/k8s_template_def.py: the parameter cluster_uuid of the stack, as the stack tells it',
    (word, value) => (word === 'cluster' ? `magnum.cluster=${value}` : undefined),
    { kinds: ['openstack:stack'], other: (mark) => between('magnum.cluster=', mark) },
  ),
  rule(
    'stack-name',
    'name',
    'proof',
    'the name of the stack is the target',
    (word, stack) => (word === 'stack' ? stack : undefined),
    { kinds: ['openstack:stack'] },
  ),
]

function between(before: string, mark: string, after = ''): string | undefined {
  if (!mark.startsWith(before) || !mark.endsWith(after)) return undefined
  const inner = mark.slice(before.length, mark.length - after.length)
  return inner === '' ? undefined : inner
}
