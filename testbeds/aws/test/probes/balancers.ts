import { must } from '../../clients.ts'
import { type Bench, outcome } from '../bench.ts'
import { type Probe, refusal } from '../probe.ts'

async function classicBalancer({ aws, name }: Bench, subnet: string): Promise<string> {
  const LoadBalancerName = name('classic')
  await aws.elb.createLoadBalancer({
    LoadBalancerName,
    Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 80 }],
    Subnets: [subnet],
  })
  return LoadBalancerName
}

export const balancerProbes: Probe[] = [
  {
    rule: 'CreateLoadBalancer.interfaces',
    fact: 'a network load balancer has an interface with a public address in each of its subnets',
    async observe({ aws, network, balancer }) {
      const { subnet } = await network()
      const arn = await balancer([subnet])
      const { NetworkInterfaces = [] } = await aws.ec2.describeNetworkInterfaces({
        Filters: [{ Name: 'subnet-id', Values: [subnet] }],
      })
      return NetworkInterfaces.map((one) => [
        one.Description === `ELB ${arn.split('loadbalancer/')[1]}`,
        one.InterfaceType,
        one.Attachment?.InstanceOwnerId,
        one.Association?.PublicIp !== undefined,
      ])
    },
    seen: [[true, 'network_load_balancer', 'amazon-elb', true]],
    seenWithout: [],
  },
  {
    rule: 'CreateLoadBalancer.interfaces',
    fact: 'the ARN of a network load balancer says net',
    observe: async ({ network, balancer }) => (await balancer([(await network()).subnet])).split('/')[1],
    seen: 'net',
    seenWithout: 'app',
  },
  {
    rule: 'DeleteLoadBalancer.interfaces-linger',
    fact: 'the interfaces of a load balancer outlive it',
    async observe({ aws, bed, network, balancer, interfacesIn }) {
      const { subnet } = await network()
      await aws.elbv2.deleteLoadBalancer({ LoadBalancerArn: await balancer([subnet]) })
      const first = (await interfacesIn(subnet)).length
      await bed.settle()
      return [first, (await interfacesIn(subnet)).length]
    },
    seen: [1, 0],
    seenWithout: [1, 1],
  },
  {
    rule: 'CreateClassicLoadBalancer.interfaces',
    fact: 'a classic load balancer has an interface with a public address in each of its subnets',
    async observe(bench) {
      const { subnet } = await bench.network()
      const name = await classicBalancer(bench, subnet)
      const { NetworkInterfaces = [] } = await bench.aws.ec2.describeNetworkInterfaces({
        Filters: [{ Name: 'subnet-id', Values: [subnet] }],
      })
      return NetworkInterfaces.map((one) => [
        one.Description === `ELB ${name}`,
        one.Association?.PublicIp !== undefined,
      ])
    },
    seen: [[true, true]],
    seenWithout: [],
  },
  {
    rule: 'DeleteClassicLoadBalancer.interfaces-linger',
    fact: 'the interfaces of a classic load balancer outlive it',
    async observe(bench) {
      const { subnet } = await bench.network()
      await bench.aws.elb.deleteLoadBalancer({ LoadBalancerName: await classicBalancer(bench, subnet) })
      const first = (await bench.interfacesIn(subnet)).length
      await bench.bed.settle()
      return [first, (await bench.interfacesIn(subnet)).length]
    },
    seen: [1, 0],
    seenWithout: [1, 1],
  },
  refusal({
    rule: 'DeleteLoadBalancer/protected',
    fact: 'a load balancer under deletion protection stays',
    code: 'OperationNotPermittedException',
    async stage({ aws, network, balancer }) {
      const LoadBalancerArn = await balancer([(await network()).subnet])
      const protect = (Value: string): Promise<unknown> =>
        aws.elbv2.modifyLoadBalancerAttributes({
          LoadBalancerArn,
          Attributes: [{ Key: 'deletion_protection.enabled', Value }],
        })
      await protect('true')
      return { remove: () => aws.elbv2.deleteLoadBalancer({ LoadBalancerArn }), unblock: () => protect('false') }
    },
  }),
  refusal({
    rule: 'moto',
    fact: 'a target group that a listener uses stays',
    code: 'ResourceInUseException',
    async stage({ aws, network, balancer, targetGroup, listener }) {
      const { vpc, subnet } = await network()
      const TargetGroupArn = await targetGroup(vpc)
      const ListenerArn = await listener(await balancer([subnet]), TargetGroupArn)
      return {
        remove: () => aws.elbv2.deleteTargetGroup({ TargetGroupArn }),
        unblock: () => aws.elbv2.deleteListener({ ListenerArn }),
      }
    },
  }),
  refusal({
    rule: 'DeleteRule/default',
    fact: 'the default rule of a listener goes with it only',
    without: 'EmulatorBug',
    code: 'OperationNotPermittedException',
    forGood: true,
    async stage({ aws, network, subnet, balancer, targetGroup, listener }) {
      const first = await network()
      const arn = await balancer([first.subnet, await subnet(first.vpc, 1)], 'application')
      const ListenerArn = await listener(arn, await targetGroup(first.vpc, 'HTTP'), 'HTTP')
      const { Rules } = await aws.elbv2.describeRules({ ListenerArn })
      const RuleArn = must(Rules?.find(({ IsDefault }) => IsDefault)?.RuleArn, 'default rule')
      return { remove: () => aws.elbv2.deleteRule({ RuleArn }) }
    },
  }),
  {
    rule: 'DescribeTags.unknown',
    fact: 'tags of a load balancer that does not exist are not found',
    observe: ({ aws }) => {
      const arn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/none/0000000000000000'
      return outcome(() => aws.elbv2.describeTags({ ResourceArns: [arn] }))
    },
    seen: 'LoadBalancerNotFoundException',
    seenWithout: 'ok',
  },
]
