import type { NetworkInterface } from '@aws-sdk/client-ec2'
import { dependsOn, partOf, type Relation, ref, usedBy } from '@cleardown/core'
import {
  type AwsKind,
  attachmentRef,
  awsKind,
  cli,
  createdAt,
  marksOf,
  operated,
  type Placed,
  type Sure,
} from '../aws-kind.ts'
import { classifyInterface } from '../classify-interface.ts'
import { send } from '../client.ts'
import { ec2Ways } from '../ec2.ts'

type Raw = Sure<NetworkInterface, 'NetworkInterfaceId' | 'SubnetId' | 'VpcId'> & Placed

export const networkInterface: AwsKind = awsKind({
  name: 'aws:network-interface',
  service: 'ec2',
  uses: [
    'aws:subnet',
    'aws:security-group',
    'aws:internet-gateway-attachment',
    'aws:network-interface',
    'aws:instance',
    'aws:load-balancer',
    'aws:classic-load-balancer',
    'aws:nat-gateway',
    'aws:vpc-endpoint',
    'aws:eks-cluster',
  ],
  ...ec2Ways<Raw>({
    op: 'DescribeNetworkInterfaces',
    field: 'NetworkInterfaces',
    ids: 'NetworkInterfaceIds',
    filter: 'network-interface-id',
    using: { 'aws:subnet': 'subnet-id', 'aws:security-group': 'group-id' },
  }),
  facts: (raw) => {
    const marks = marksOf(raw.TagSet)
    const use = classifyInterface(raw, marks.tags)
    const { fixed, relations } = operated(raw, marks.tags)
    const why = use.is === 'service' ? `managed by ${use.by}` : fixed
    return {
      id: raw.NetworkInterfaceId,
      ...marks,
      ...(raw.OwnerId ? { account: raw.OwnerId } : {}),
      incarnation: raw.NetworkInterfaceId,
      phase: raw.Status === 'detaching' || raw.Status === 'attaching' ? 'changing' : 'steady',
      state: raw.Status ?? 'available',
      ...createdAt(marks.tags['node.k8s.amazonaws.com/createdAt'] ?? raw.Attachment?.AttachTime),
      ...(why ? { fixed: why } : {}),
      relations: [...relations, ...usesOf(raw), ...holderOf(use)],
      data: {
        region: raw.Region,
        vpc: raw.VpcId,
        use: use.is,
        by: 'by' in use ? use.by : null,
        description: raw.Description ?? '',
      },
    }
  },
  async remove(io, it) {
    await send(io, 'ec2', 'DeleteNetworkInterface', { NetworkInterfaceId: it.id })
  },
  manual: (it) =>
    it.data.use === 'service'
      ? `# ${it.id} goes with ${it.data.by}; AWS does not let anybody else remove it`
      : cli('ec2', 'delete-network-interface', { 'network-interface-id': it.id }, it.data.region),
  latency: { typicalMs: 30_000, worstMs: 300_000 }, // a load balancer's: 1 to 5 min after it, by the Terraform provider's experience
})

function usesOf(raw: Raw): Relation[] {
  const publicAddress = raw.Association?.PublicIp
  return [
    dependsOn(ref('aws:subnet', raw.SubnetId), 'SubnetId'),
    ...(raw.Groups ?? []).flatMap(({ GroupId }) =>
      GroupId ? [dependsOn(ref('aws:security-group', GroupId), 'Groups')] : [],
    ),
    // "some mapped public address(es)": the gateway cannot be detached (eksctl-io/eksctl#253)
    ...(publicAddress ? [dependsOn(attachmentRef(raw.VpcId), 'Association.PublicIp')] : []),
  ]
}

function holderOf(use: ReturnType<typeof classifyInterface>): Relation[] {
  if (use.is === 'service') return use.whole ? [partOf(use.whole, use.because)] : []
  if (use.is === 'instance')
    return use.goesWith ? [partOf(use.instance, use.because)] : [usedBy(use.instance, use.because)]
  // Free just now. A CNI takes its interfaces again within seconds (aws/amazon-vpc-cni-k8s#69): its instance goes first where it still lives.
  return use.instance ? [usedBy(use.instance, use.because, 'leaks')] : []
}
