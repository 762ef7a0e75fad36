import type { FargateProfile } from '@aws-sdk/client-eks'
import { dependsOn, type Phase, ref } from '@cleardown/core'
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
import { send } from '../client.ts'
import { inClusters, splitId } from '../within-cluster.ts'

type Raw = Sure<FargateProfile, 'clusterName' | 'fargateProfileName' | 'fargateProfileArn' | 'status'>

const phases: Readonly<Record<string, Phase>> = { CREATING: 'changing', DELETING: 'going', DELETE_FAILED: 'failed' }

export const fargateProfile: AwsKind = awsKind({
  name: 'aws:fargate-profile',
  service: 'eks',
  within: 'aws:eks-cluster',
  uses: ['aws:eks-cluster', 'aws:subnet', 'aws:role'],
  ...inClusters<Raw>(
    'ListFargateProfiles',
    'fargateProfileNames',
    async (io, clusterName, fargateProfileName) =>
      (await unlessGone(send(io, 'eks', 'DescribeFargateProfile', { clusterName, fargateProfileName })))
        ?.fargateProfile as Raw | undefined,
  ),
  facts: (raw) => {
    const tags = raw.tags ?? {}
    return {
      id: `${raw.clusterName}/${raw.fargateProfileName}`,
      name: raw.fargateProfileName,
      aliases: [raw.fargateProfileArn],
      incarnation: iso(raw.createdAt) ?? raw.fargateProfileArn,
      phase: phases[raw.status] ?? 'steady',
      state: raw.status,
      ...createdAt(raw.createdAt),
      tags,
      evidence: stackEvidence(tags),
      relations: [
        dependsOn(ref('aws:eks-cluster', raw.clusterName), 'clusterName'),
        ...(raw.subnets ?? []).map((id) => dependsOn(ref('aws:subnet', id), 'subnets')),
        ...(raw.podExecutionRoleArn ? [dependsOn(roleRef(raw.podExecutionRoleArn), 'podExecutionRoleArn')] : []),
      ],
      data: { region: regionOf(raw.fargateProfileArn) },
    }
  },
  async remove(io, it) {
    const { clusterName, name } = splitId(it.id)
    await send(io, 'eks', 'DeleteFargateProfile', { clusterName, fargateProfileName: name })
  },
  /** EKS API Reference, DeleteFargateProfile: one at a time in a cluster. */
  oneAtATime: (it) => splitId(it.id).clusterName,
  manual: (it) => {
    const { clusterName, name } = splitId(it.id)
    return cli(
      'eks',
      'delete-fargate-profile',
      { 'cluster-name': clusterName, 'fargate-profile-name': name },
      it.data.region,
    )
  },
  latency: { typicalMs: 120_000, worstMs: 600_000 }, // 1 to 5 min each
})
