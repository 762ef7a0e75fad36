import type { LoadBalancerDescription, Tag } from '@aws-sdk/client-elastic-load-balancing'
import { dependsOn, type Io, ref } from '@cleardown/core'
import {
  type AwsKind,
  attachmentRef,
  awsKind,
  cli,
  createdAt,
  iso,
  marksOf,
  type Placed,
  type Sure,
  slices,
  unlessGone,
} from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'
import { madeFor } from '../makers.ts'

type Raw = Sure<LoadBalancerDescription, 'LoadBalancerName'> & Placed & { readonly tags?: readonly Tag[] }

/** ELB API Reference (2012), DescribeTags: up to 20 names. */
const atOnce = 20

async function* all(io: Io<Aws>): AsyncGenerator<Raw, void, undefined> {
  for await (const raw of pages<Raw>(io, 'elb', 'DescribeLoadBalancers', {}, 'LoadBalancerDescriptions'))
    yield { ...raw, Region: io.place }
}

async function tagged(io: Io<Aws>, some: readonly Raw[]): Promise<Raw[]> {
  const answer = await unlessGone(
    send(io, 'elb', 'DescribeTags', { LoadBalancerNames: some.map((raw) => raw.LoadBalancerName) }),
  )
  if (!answer) return some.length > 1 ? (await Promise.all(some.map((raw) => tagged(io, [raw])))).flat() : [...some]
  const tags = new Map(answer.TagDescriptions?.map((one) => [one.LoadBalancerName, one.Tags ?? []]))
  return some.map((raw) => ({ ...raw, tags: tags.get(raw.LoadBalancerName) ?? [] }))
}

export const classicLoadBalancer: AwsKind = awsKind({
  name: 'aws:classic-load-balancer',
  service: 'elb',
  uses: ['aws:subnet', 'aws:security-group', 'aws:internet-gateway-attachment'],
  find: { all },
  labels: async (io, found) => (await Promise.all([...slices(found, atOnce)].map((some) => tagged(io, some)))).flat(),
  async read(io, name) {
    const answer = await unlessGone(send(io, 'elb', 'DescribeLoadBalancers', { LoadBalancerNames: [name] }))
    const raw = answer?.LoadBalancerDescriptions?.[0] as Raw | undefined
    return raw ? { ...raw, Region: io.place } : undefined
  },
  facts: (raw) => {
    const marks = marksOf(raw.tags)
    return {
      id: raw.LoadBalancerName,
      ...marks,
      name: raw.LoadBalancerName,
      aliases: raw.DNSName ? [raw.DNSName.toLowerCase()] : [],
      incarnation: iso(raw.CreatedTime) ?? raw.LoadBalancerName,
      phase: 'steady',
      state: 'active',
      ...createdAt(raw.CreatedTime),
      relations: [
        ...madeFor(marks.tags),
        ...(raw.Subnets ?? []).map((id) => dependsOn(ref('aws:subnet', id), 'Subnets')),
        ...(raw.SecurityGroups ?? []).map((id) => dependsOn(ref('aws:security-group', id), 'SecurityGroups')),
        ...(raw.Scheme === 'internet-facing' && raw.VPCId
          ? [dependsOn(attachmentRef(raw.VPCId), 'Scheme internet-facing')]
          : []),
      ],
      data: { region: raw.Region, vpc: raw.VPCId ?? null, dnsName: raw.DNSName ?? '' },
    }
  },
  async remove(io, it) {
    await send(io, 'elb', 'DeleteLoadBalancer', { LoadBalancerName: it.id })
  },
  manual: (it) => cli('elb', 'delete-load-balancer', { 'load-balancer-name': it.id }, it.data.region),
  latency: { typicalMs: 5_000, worstMs: 60_000 }, // at once; its interfaces live on for 1 to 5 min
})
