import type { LoadBalancer, Tag } from '@aws-sdk/client-elastic-load-balancing-v2'
import { dependsOn, type Io, ref } from '@cleardown/core'
import {
  type AwsKind,
  attachmentRef,
  awsKind,
  cli,
  createdAt,
  iso,
  marksOf,
  regionOf,
  type Sure,
  unlessGone,
} from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'
import { elbTags } from '../elb-tags.ts'
import { madeFor } from '../makers.ts'

type Raw = Sure<LoadBalancer, 'LoadBalancerArn' | 'LoadBalancerName'> & {
  readonly tags?: readonly Tag[]
  readonly protected?: boolean
}

const protection = 'deletion_protection.enabled'
const setProtection = (io: Io<Aws>, arn: string, on: boolean): Promise<unknown> =>
  send(io, 'elbv2', 'ModifyLoadBalancerAttributes', {
    LoadBalancerArn: arn,
    Attributes: [{ Key: protection, Value: String(on) }],
  })

export const loadBalancer: AwsKind = awsKind({
  name: 'aws:load-balancer',
  service: 'elbv2',
  uses: ['aws:subnet', 'aws:security-group', 'aws:elastic-ip', 'aws:internet-gateway-attachment'],
  find: { all: (io) => pages<Raw>(io, 'elbv2', 'DescribeLoadBalancers', {}, 'LoadBalancers') }, // no filter by VPC or tag; one absent ARN fails a whole question
  labels: (io, found) => elbTags(io, found, (raw) => raw.LoadBalancerArn),
  more: (io, found) =>
    Promise.all(
      found.map(async (raw) => {
        const answer = await unlessGone(
          send(io, 'elbv2', 'DescribeLoadBalancerAttributes', { LoadBalancerArn: raw.LoadBalancerArn }),
        )
        return {
          ...raw,
          protected: answer?.Attributes?.some(({ Key, Value }) => Key === protection && Value === 'true') ?? false,
        }
      }),
    ),
  read: async (io, arn) =>
    (await unlessGone(send(io, 'elbv2', 'DescribeLoadBalancers', { LoadBalancerArns: [arn] })))?.LoadBalancers?.[0] as
      | Raw
      | undefined,
  facts: (raw) => {
    const marks = marksOf(raw.tags)
    const zones = raw.AvailabilityZones ?? []
    const addresses = zones
      .flatMap((zone) => zone.LoadBalancerAddresses ?? [])
      .flatMap(({ AllocationId }) => AllocationId ?? [])
    const state = raw.State?.Code ?? 'active'
    return {
      id: raw.LoadBalancerArn,
      ...marks,
      name: raw.LoadBalancerName,
      aliases: [raw.LoadBalancerArn, ...(raw.DNSName ? [raw.DNSName.toLowerCase()] : [])],
      incarnation: raw.LoadBalancerArn,
      phase: state === 'provisioning' ? 'changing' : 'steady',
      state,
      ...createdAt(iso(raw.CreatedTime)),
      relations: [
        ...madeFor(marks.tags),
        ...zones.flatMap(({ SubnetId }) =>
          SubnetId ? [dependsOn(ref('aws:subnet', SubnetId), 'AvailabilityZones')] : [],
        ),
        ...(raw.SecurityGroups ?? []).map((id) => dependsOn(ref('aws:security-group', id), 'SecurityGroups')),
        ...addresses.map((id) => dependsOn(ref('aws:elastic-ip', id), 'LoadBalancerAddresses.AllocationId')),
        ...(raw.Scheme === 'internet-facing' && raw.VpcId
          ? [dependsOn(attachmentRef(raw.VpcId), 'Scheme internet-facing')]
          : []),
      ],
      protections: raw.protected
        ? [{ id: protection, liftable: true, says: 'deletion protection of the load balancer' }]
        : [],
      data: {
        region: regionOf(raw.LoadBalancerArn),
        protected: raw.protected ?? false,
        type: raw.Type ?? '',
        vpc: raw.VpcId ?? null,
        dnsName: raw.DNSName ?? '',
      },
    }
  },
  async remove(io, it) {
    await send(io, 'elbv2', 'DeleteLoadBalancer', { LoadBalancerArn: it.id })
  },
  unprotect: {
    before: (it) => (it.data.protected ? 'true' : undefined),
    apply: async (io, it) => void (await setProtection(io, it.id, false)),
    undo: async (io, it) => void (await setProtection(io, it.id, true)),
  },
  manual: (it) => cli('elbv2', 'delete-load-balancer', { 'load-balancer-arn': it.id }, it.data.region),
  latency: { typicalMs: 5_000, worstMs: 60_000 }, // at once; its interfaces live on for 1 to 5 min
})
