import type { LaunchTemplate } from '@aws-sdk/client-ec2'
import { partOf, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, createdAt, marksOf, operated, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

export const launchTemplate: AwsKind = awsKind({
  name: 'aws:launch-template',
  service: 'ec2',
  uses: ['aws:nodegroup', 'aws:eks-cluster'],
  ...ec2Ways<Sure<LaunchTemplate, 'LaunchTemplateId' | 'LaunchTemplateName'>>({
    op: 'DescribeLaunchTemplates',
    field: 'LaunchTemplates',
    ids: 'LaunchTemplateIds',
  }),
  facts: (raw) => {
    const marks = marksOf(raw.Tags)
    const { fixed, relations } = operated(raw, marks.tags)
    const cluster = marks.tags['eks:cluster-name']
    const nodegroup = marks.tags['eks:nodegroup-name']
    return {
      id: raw.LaunchTemplateId,
      ...marks,
      name: raw.LaunchTemplateName,
      incarnation: raw.LaunchTemplateId,
      phase: 'steady',
      state: 'available',
      ...createdAt(raw.CreateTime),
      ...(fixed ? { fixed } : {}),
      // EKS makes one of its own (`eks-…`) for every managed nodegroup, whether the user gave one or not.
      relations: [
        ...relations,
        ...(cluster && nodegroup
          ? [partOf(ref('aws:nodegroup', `${cluster}/${nodegroup}`), 'tag eks:nodegroup-name')]
          : []),
      ],
      data: { region: raw.Region },
    }
  },
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteLaunchTemplate', { LaunchTemplateId: it.id })
  },
  manual: (it) => cli('ec2', 'delete-launch-template', { 'launch-template-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
