import type { Nodegroup } from '@aws-sdk/client-eks'
import { dependsOn, type Phase, ref, whole } from '@cleardown/core'
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

type Raw = Sure<Nodegroup, 'clusterName' | 'nodegroupName' | 'nodegroupArn' | 'status'>

const phases: Readonly<Record<string, Phase>> = {
  CREATING: 'changing',
  UPDATING: 'changing',
  DELETING: 'going',
  DELETE_FAILED: 'failed',
}

export const nodegroup: AwsKind = awsKind({
  name: 'aws:nodegroup',
  service: 'eks',
  within: 'aws:eks-cluster',
  uses: [
    'aws:eks-cluster',
    'aws:subnet',
    'aws:role',
    'aws:launch-template',
    'aws:auto-scaling-group',
    'aws:security-group',
  ],
  ...inClusters<Raw>(
    'ListNodegroups',
    'nodegroups',
    async (io, clusterName, nodegroupName) =>
      (await unlessGone(send(io, 'eks', 'DescribeNodegroup', { clusterName, nodegroupName })))?.nodegroup as
        | Raw
        | undefined,
  ),
  facts: (raw) => {
    const tags = raw.tags ?? {}
    const issues = raw.health?.issues ?? []
    return {
      id: `${raw.clusterName}/${raw.nodegroupName}`,
      name: raw.nodegroupName,
      aliases: [raw.nodegroupArn],
      incarnation: iso(raw.createdAt) ?? raw.nodegroupArn,
      phase: phases[raw.status] ?? 'steady',
      state: raw.status,
      ...createdAt(raw.createdAt),
      tags,
      evidence: stackEvidence(tags),
      relations: [
        dependsOn(ref('aws:eks-cluster', raw.clusterName), 'clusterName'),
        ...(raw.subnets ?? []).map((id) => dependsOn(ref('aws:subnet', id), 'subnets')),
        ...(raw.nodeRole ? [dependsOn(roleRef(raw.nodeRole), 'nodeRole')] : []),
        ...(raw.launchTemplate?.id
          ? [dependsOn(ref('aws:launch-template', raw.launchTemplate.id), 'launchTemplate')]
          : []),
        ...(raw.resources?.autoScalingGroups ?? []).flatMap(({ name }) =>
          name ? [whole(ref('aws:auto-scaling-group', name), 'resources.autoScalingGroups')] : [],
        ),
        ...(raw.resources?.remoteAccessSecurityGroup
          ? [
              whole(
                ref('aws:security-group', raw.resources.remoteAccessSecurityGroup),
                'resources.remoteAccessSecurityGroup',
              ),
            ]
          : []),
      ],
      data: {
        region: regionOf(raw.nodegroupArn),
        issues: issues.map(({ code, message }) => `${code ?? 'unknown'}: ${message ?? ''}`),
      },
    }
  },
  async remove(io, it) {
    const { clusterName, name } = splitId(it.id)
    await send(io, 'eks', 'DeleteNodegroup', { clusterName, nodegroupName: name })
  },
  manual: (it) => {
    const { clusterName, name } = splitId(it.id)
    return cli('eks', 'delete-nodegroup', { 'cluster-name': clusterName, 'nodegroup-name': name }, it.data.region)
  },
  latency: { typicalMs: 600_000, worstMs: 1_800_000 }, // 7 to 15 min: drains, then terminates
})
