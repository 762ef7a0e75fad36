import type { Addon } from '@aws-sdk/client-eks'
import { dependsOn, type Phase, partOf, ref } from '@cleardown/core'
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

type Raw = Sure<Addon, 'clusterName' | 'addonName' | 'addonArn' | 'status'>

const phases: Readonly<Record<string, Phase>> = {
  CREATING: 'changing',
  UPDATING: 'changing',
  DELETING: 'going',
  DELETE_FAILED: 'failed',
}

/** Goes with its cluster: taking the network add-on away first would keep controllers from starting again (eksctl-io/eksctl#7548). */
export const addon: AwsKind = awsKind({
  name: 'aws:addon',
  service: 'eks',
  within: 'aws:eks-cluster',
  uses: ['aws:eks-cluster', 'aws:role'],
  ...inClusters<Raw>(
    'ListAddons',
    'addons',
    async (io, clusterName, addonName) =>
      (await unlessGone(send(io, 'eks', 'DescribeAddon', { clusterName, addonName })))?.addon as Raw | undefined,
  ),
  facts: (raw) => {
    const tags = raw.tags ?? {}
    return {
      id: `${raw.clusterName}/${raw.addonName}`,
      name: raw.addonName,
      aliases: [raw.addonArn],
      incarnation: iso(raw.createdAt) ?? raw.addonArn,
      phase: phases[raw.status] ?? 'steady',
      state: raw.status,
      ...createdAt(raw.createdAt),
      tags,
      evidence: stackEvidence(tags),
      relations: [
        partOf(ref('aws:eks-cluster', raw.clusterName), 'clusterName', true),
        ...(raw.serviceAccountRoleArn
          ? [dependsOn(roleRef(raw.serviceAccountRoleArn), 'serviceAccountRoleArn', 'leaks')]
          : []),
      ],
      data: { region: regionOf(raw.addonArn), version: raw.addonVersion ?? '' },
    }
  },
  async remove(io, it) {
    const { clusterName, name } = splitId(it.id)
    await send(io, 'eks', 'DeleteAddon', { clusterName, addonName: name })
  },
  manual: (it) => {
    const { clusterName, name } = splitId(it.id)
    return cli('eks', 'delete-addon', { 'cluster-name': clusterName, 'addon-name': name }, it.data.region)
  },
  latency: { typicalMs: 60_000, worstMs: 300_000 }, // 0.5 to 2 min
})
