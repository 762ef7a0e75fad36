import type { ServiceConfiguration } from '@aws-sdk/client-ec2'
import { dependsOn, type Phase, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, marksOf, type Sure } from '../aws-kind.ts'
import { refusalOf, send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

const phases: Readonly<Record<string, Phase>> = {
  pending: 'changing',
  deleting: 'going',
  deleted: 'gone',
  failed: 'steady',
}

/** Holds its load balancers: they cannot be deleted while it lives (openshift/installer; cloud-custodian/cloud-custodian#9921). */
export const vpcEndpointService: AwsKind = awsKind({
  name: 'aws:vpc-endpoint-service',
  service: 'ec2',
  uses: ['aws:load-balancer'],
  ...ec2Ways<Sure<ServiceConfiguration, 'ServiceId'>>({
    op: 'DescribeVpcEndpointServiceConfigurations',
    field: 'ServiceConfigurations',
    ids: 'ServiceIds',
    filter: 'service-id',
  }),
  facts: (raw) => {
    const state = (raw.ServiceState ?? 'available').toLowerCase()
    return {
      id: raw.ServiceId,
      ...marksOf(raw.Tags),
      ...(raw.ServiceName ? { aliases: [raw.ServiceName] } : {}),
      incarnation: raw.ServiceId,
      phase: phases[state] ?? 'steady',
      state,
      relations: [
        ...(raw.NetworkLoadBalancerArns ?? []).map((arn) =>
          dependsOn(ref('aws:load-balancer', arn), 'NetworkLoadBalancerArns'),
        ),
        ...(raw.GatewayLoadBalancerArns ?? []).map((arn) =>
          dependsOn(ref('aws:load-balancer', arn), 'GatewayLoadBalancerArns'),
        ),
      ],
      data: { region: raw.Region, service: raw.ServiceName ?? '' },
    }
  },
  /** Answers 200 and lists what it refused. */
  async remove(io, it) {
    const op = 'DeleteVpcEndpointServiceConfigurations'
    const { Unsuccessful } = await send(io, 'ec2', op, { ServiceIds: [it.id] })
    const refused = Unsuccessful?.[0]?.Error
    if (refused)
      throw refusalOf({ service: 'ec2', op }, refused.Code ?? 'unknown', refused.Message ?? 'refused without a word')
  },
  manual: (it) => cli('ec2', 'delete-vpc-endpoint-service-configurations', { 'service-ids': it.id }, it.data.region),
  latency: { typicalMs: 5_000, worstMs: 120_000 }, // seconds to minutes
})
