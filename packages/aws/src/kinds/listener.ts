import type { Action, Listener } from '@aws-sdk/client-elastic-load-balancing-v2'
import { dependsOn, type Io, partOf, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, regionOf, type Sure, unlessGone } from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'

type Raw = Sure<Listener, 'ListenerArn' | 'LoadBalancerArn'>

async function* listenersOf(io: Io<Aws>, arns: readonly string[]): AsyncGenerator<Raw, void, undefined> {
  for (const arn of arns)
    yield* (await unlessGone(
      Array.fromAsync(pages<Raw>(io, 'elbv2', 'DescribeListeners', { LoadBalancerArn: arn }, 'Listeners')),
    )) ?? []
}

const targetsOf = (actions: readonly Action[]): string[] => [
  ...new Set(
    actions
      .flatMap((one) => [
        one.TargetGroupArn,
        ...(one.ForwardConfig?.TargetGroups ?? []).map((group) => group.TargetGroupArn),
      ])
      .flatMap((arn) => arn ?? []),
  ),
]

/** Goes with its load balancer; a target group is in use while a listener forwards to it. */
export const listener: AwsKind = awsKind({
  name: 'aws:listener',
  service: 'elbv2',
  within: 'aws:load-balancer',
  uses: ['aws:load-balancer', 'aws:target-group'],
  find: {
    async *all(io) {
      for await (const one of pages<{ LoadBalancerArn: string }>(
        io,
        'elbv2',
        'DescribeLoadBalancers',
        {},
        'LoadBalancers',
      ))
        yield* listenersOf(io, [one.LoadBalancerArn])
    },
    using: { 'aws:load-balancer': listenersOf },
  },
  read: async (io, arn) =>
    (await unlessGone(send(io, 'elbv2', 'DescribeListeners', { ListenerArns: [arn] })))?.Listeners?.[0] as
      | Raw
      | undefined,
  facts: (raw) => ({
    id: raw.ListenerArn,
    aliases: [raw.ListenerArn],
    incarnation: raw.ListenerArn,
    phase: 'steady',
    state: `${raw.Protocol ?? ''}:${raw.Port ?? ''}`,
    relations: [
      partOf(ref('aws:load-balancer', raw.LoadBalancerArn), 'LoadBalancerArn'),
      ...targetsOf(raw.DefaultActions ?? []).map((arn) => dependsOn(ref('aws:target-group', arn), 'DefaultActions')),
    ],
    data: { region: regionOf(raw.ListenerArn), port: raw.Port ?? null },
  }),
  async remove(io, it) {
    await send(io, 'elbv2', 'DeleteListener', { ListenerArn: it.id })
  },
  manual: (it) => cli('elbv2', 'delete-listener', { 'listener-arn': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
