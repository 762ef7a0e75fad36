import type { Cluster } from '@aws-sdk/client-eks'
import { dependsOn, type Io, type Phase, ref, restores, whole } from '@cleardown/core'
import {
  type AwsKind,
  awsKind,
  cli,
  createdAt,
  iso,
  regionOf,
  roleRef,
  type Sure,
  stackEvidence,
  unlessGone,
} from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'

type Raw = Sure<Cluster, 'name' | 'arn' | 'status'> & { readonly updating?: string }

const phases: Readonly<Record<string, Phase>> = {
  CREATING: 'changing',
  PENDING: 'changing',
  UPDATING: 'changing',
  DELETING: 'going',
}

async function* described(
  io: Io<Aws>,
  names: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<Raw, void, undefined> {
  for await (const name of names) {
    const raw = await readCluster(io, name)
    if (raw) yield raw
  }
}

const readCluster = async (io: Io<Aws>, name: string): Promise<Raw | undefined> =>
  (await unlessGone(send(io, 'eks', 'DescribeCluster', { name })))?.cluster as Raw | undefined

/** An update that runs makes DeleteCluster fail; the status does not always show it (eksctl-io/eksctl#4979). Newest first. */
async function updateOf(io: Io<Aws>, name: string): Promise<string | undefined> {
  const ids = await unlessGone(
    Array.fromAsync(pages<string>(io, 'eks', 'ListUpdates', { name, maxResults: 100 }, 'updateIds')),
  )
  for (const updateId of (ids ?? []).slice(0, updatesLooked)) {
    const update = (await unlessGone(send(io, 'eks', 'DescribeUpdate', { name, updateId })))?.update
    if (update?.status === 'InProgress') return `${update.type} ${updateId}`
  }
  return undefined
}
const updatesLooked = 3

const protection = 'deletionProtection'

export const eksCluster: AwsKind = awsKind({
  name: 'aws:eks-cluster',
  service: 'eks',
  uses: ['aws:subnet', 'aws:security-group', 'aws:role', 'aws:oidc-provider', 'aws:log-group'],
  find: {
    all: (io) => described(io, pages<string>(io, 'eks', 'ListClusters', { maxResults: 100 }, 'clusters')),
    ids: described,
  },
  read: readCluster,
  more: (io, found) =>
    Promise.all(
      found.map(async (raw) => {
        const updating = await updateOf(io, raw.name)
        return updating ? { ...raw, updating } : raw
      }),
    ),
  facts: (raw) => {
    const network = raw.resourcesVpcConfig
    const issuer = raw.identity?.oidc?.issuer
    const tags = raw.tags ?? {}
    return {
      id: raw.name,
      name: raw.name,
      aliases: [
        raw.arn,
        ...(raw.endpoint ? [withoutScheme(raw.endpoint).toLowerCase()] : []),
        ...(issuer ? [issuer] : []),
      ],
      incarnation: iso(raw.createdAt) ?? raw.arn,
      phase: raw.updating ? 'changing' : (phases[raw.status] ?? 'steady'),
      state: raw.updating ? `${raw.status} (${raw.updating})` : raw.status,
      ...createdAt(raw.createdAt),
      tags,
      evidence: stackEvidence(tags),
      relations: [
        ...(network?.subnetIds ?? []).map((id) => dependsOn(ref('aws:subnet', id), 'resourcesVpcConfig.subnetIds')),
        ...(network?.securityGroupIds ?? []).map((id) =>
          dependsOn(ref('aws:security-group', id), 'resourcesVpcConfig.securityGroupIds'),
        ),
        ...(network?.clusterSecurityGroupId
          ? [
              whole(
                ref('aws:security-group', network.clusterSecurityGroupId),
                'resourcesVpcConfig.clusterSecurityGroupId',
              ),
            ]
          : []),
        ...(raw.roleArn ? [dependsOn(roleRef(raw.roleArn), 'roleArn')] : []),
        // Roles of pods are assumed through it: controllers still need it while the cluster is taken down.
        ...(issuer ? [dependsOn({ alias: withoutScheme(issuer) }, 'identity.oidc.issuer', 'leaks')] : []),
        restores(ref('aws:log-group', `/aws/eks/${raw.name}/cluster`), 'the control plane writes its log group anew'),
      ],
      protections: raw.deletionProtection
        ? [{ id: protection, liftable: true, says: 'deletion protection of the cluster' }]
        : [],
      data: {
        region: regionOf(raw.arn),
        issuer: issuer ?? null,
        endpoint: raw.endpoint ?? null,
        certificateAuthority: raw.certificateAuthority?.data ?? null,
        vpc: network?.vpcId ?? null,
        version: raw.version ?? null,
      },
    }
  },
  async remove(io, it) {
    await send(io, 'eks', 'DeleteCluster', { name: it.id })
  },
  unprotect: {
    before: (it) => (it.protections?.length ? true : undefined),
    apply: async (io, it) =>
      void (await send(io, 'eks', 'UpdateClusterConfig', { name: it.id, deletionProtection: false })),
    undo: async (io, it) =>
      void (await send(io, 'eks', 'UpdateClusterConfig', { name: it.id, deletionProtection: true })),
  },
  manual: (it) => cli('eks', 'delete-cluster', { name: it.id }, it.data.region),
  latency: { typicalMs: 600_000, worstMs: 1_800_000 }, // 5 to 15 min (eksctl-io/eksctl#1651)
})

/** IAM names a provider by its issuer's host and path. */
const withoutScheme = (url: string): string => url.replace(/^https?:\/\//, '').replace(/\/$/, '')
