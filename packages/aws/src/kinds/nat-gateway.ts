import type { NatGateway } from '@aws-sdk/client-ec2'
import { dependsOn, type Phase, ref, whole } from '@cleardown/core'
import { type AwsKind, attachmentRef, awsKind, cli, createdAt, iso, marksOf, type Sure } from '../aws-kind.ts'
import { send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

/** A failed one stays listed for an hour; it can be deleted like any other. */
const phases: Readonly<Record<string, Phase>> = { pending: 'changing', deleting: 'going', deleted: 'gone' }

export const natGateway: AwsKind = awsKind({
  name: 'aws:nat-gateway',
  service: 'ec2',
  uses: ['aws:subnet', 'aws:internet-gateway-attachment', 'aws:elastic-ip', 'aws:address-association'],
  ...ec2Ways<Sure<NatGateway, 'NatGatewayId' | 'SubnetId' | 'VpcId'>>({
    op: 'DescribeNatGateways',
    field: 'NatGateways',
    ids: 'NatGatewayIds',
    filter: 'nat-gateway-id',
    using: { 'aws:subnet': 'subnet-id', 'aws:vpc': 'vpc-id' },
  }),
  facts: (raw) => {
    const addresses = raw.NatGatewayAddresses ?? []
    const state = raw.State ?? 'available'
    const since = iso(raw.DeleteTime)
    return {
      id: raw.NatGatewayId,
      ...marksOf(raw.Tags),
      incarnation: raw.NatGatewayId,
      phase: phases[state] ?? 'steady',
      state,
      ...createdAt(raw.CreateTime),
      ...(since ? { since } : {}),
      relations: [
        dependsOn(ref('aws:subnet', raw.SubnetId), 'SubnetId'),
        ...(addresses.some((one) => one.PublicIp)
          ? [dependsOn(attachmentRef(raw.VpcId), 'NatGatewayAddresses.PublicIp')]
          : []),
        ...addresses.flatMap(({ AllocationId }) =>
          AllocationId ? [dependsOn(ref('aws:elastic-ip', AllocationId), 'NatGatewayAddresses.AllocationId')] : [],
        ),
        ...addresses.flatMap(({ AssociationId }) =>
          AssociationId
            ? [whole(ref('aws:address-association', AssociationId), 'NatGatewayAddresses.AssociationId')]
            : [],
        ),
      ],
      data: { region: raw.Region, vpc: raw.VpcId, reason: raw.FailureMessage ?? null },
    }
  },
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteNatGateway', { NatGatewayId: it.id })
  },
  manual: (it) => cli('ec2', 'delete-nat-gateway', { 'nat-gateway-id': it.id }, it.data.region),
  latency: { typicalMs: 60_000, worstMs: 300_000 }, // 0.5 to 2 min; kops and openshift-install wait up to 5
})
