import type { VpcEndpoint } from '@aws-sdk/client-ec2'
import { dependsOn, type Phase, ref, whole } from '@cleardown/core'
import { type AwsKind, awsKind, cli, createdAt, marksOf, type Sure } from '../aws-kind.ts'
import { refusalOf, send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

const phases: Readonly<Record<string, Phase>> = { pending: 'changing', deleting: 'going', deleted: 'gone' }

export const vpcEndpoint: AwsKind = awsKind({
  name: 'aws:vpc-endpoint',
  service: 'ec2',
  uses: [
    'aws:vpc',
    'aws:subnet',
    'aws:security-group',
    'aws:route-table',
    'aws:network-interface',
    'aws:vpc-endpoint-service',
  ],
  ...ec2Ways<Sure<VpcEndpoint, 'VpcEndpointId' | 'VpcId'>>({
    op: 'DescribeVpcEndpoints',
    field: 'VpcEndpoints',
    ids: 'VpcEndpointIds',
    filter: 'vpc-endpoint-id',
    using: { 'aws:vpc': 'vpc-id' },
  }),
  facts: (raw) => {
    const state = (raw.State ?? 'available').toLowerCase()
    const service = /\b(vpce-svc-[0-9a-f]+)$/.exec(raw.ServiceName ?? '')?.[1]
    return {
      id: raw.VpcEndpointId,
      ...marksOf(raw.Tags),
      ...(raw.OwnerId ? { account: raw.OwnerId } : {}),
      incarnation: raw.VpcEndpointId,
      phase: phases[state] ?? 'steady',
      state,
      ...createdAt(raw.CreationTimestamp),
      // GuardDuty and Network Firewall make endpoints that only they may remove (hashicorp/terraform-provider-aws#46747)
      ...(raw.RequesterManaged
        ? { fixed: `managed by the AWS service that made it for ${raw.ServiceName ?? 'itself'}` }
        : {}),
      relations: [
        dependsOn(ref('aws:vpc', raw.VpcId), 'VpcId'),
        ...(raw.SubnetIds ?? []).map((id) => dependsOn(ref('aws:subnet', id), 'SubnetIds')),
        ...(raw.Groups ?? []).flatMap(({ GroupId }) =>
          GroupId ? [dependsOn(ref('aws:security-group', GroupId), 'Groups')] : [],
        ),
        ...(raw.RouteTableIds ?? []).map((id) => dependsOn(ref('aws:route-table', id), 'RouteTableIds', 'leaks')),
        ...(raw.NetworkInterfaceIds ?? []).map((id) => whole(ref('aws:network-interface', id), 'NetworkInterfaceIds')),
        ...(service ? [dependsOn(ref('aws:vpc-endpoint-service', service), 'ServiceName')] : []),
      ],
      data: { region: raw.Region, service: raw.ServiceName ?? '', type: raw.VpcEndpointType ?? '' },
    }
  },
  /** Answers 200 and lists what it refused. */
  async remove(io, it) {
    const { Unsuccessful } = await send(io, 'ec2', 'DeleteVpcEndpoints', { VpcEndpointIds: [it.id] })
    const refused = Unsuccessful?.[0]?.Error
    if (refused)
      throw refusalOf(
        { service: 'ec2', op: 'DeleteVpcEndpoints' },
        refused.Code ?? 'unknown',
        refused.Message ?? 'refused without a word',
      )
  },
  manual: (it) => cli('ec2', 'delete-vpc-endpoints', { 'vpc-endpoint-ids': it.id }, it.data.region),
  latency: { typicalMs: 90_000, worstMs: 300_000 }, // 1 to 5 min `deleting` (gruntwork-io/cloud-nuke#285, #1030)
})
