// What the probes work with: one bed, its clients, and small verbs that give ids.
import { type AwsClients, must } from '../clients.ts'
import type { DelayName } from '../control.ts'
import type { AwsBed } from '../start.ts'
import { fromGroup, makeGroup, makeInstance, makeInterface, makeSubnet, makeVpc } from '../worlds/making.ts'
import { WORLD_DELAYS } from '../worlds/world.ts'

/** A policy that allows one thing, for whatever needs a policy. */
export const POLICY: string = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' }],
})
const TRUST = JSON.stringify({ Version: '2012-10-17', Statement: [] })

export class Bench {
  readonly bed: AwsBed
  readonly aws: AwsClients
  #made = 0

  constructor(bed: AwsBed, aws: AwsClients) {
    this.bed = bed
    this.aws = aws
  }

  /** Nothing asynchronous ends before `bed.settle()`. */
  freezeTime = async (): Promise<void> => {
    for (const name of Object.keys(WORLD_DELAYS)) await this.bed.setDelay(name as DelayName, { calls: 1_000_000 })
  }

  name = (prefix: string): string => {
    this.#made += 1
    return `${prefix}-${this.#made}`
  }

  endpointOf = (): string => this.bed.endpoint

  vpc = (): Promise<string> => makeVpc(this.aws, '10.0.0.0/16')

  subnet = (vpc: string, number = 0): Promise<string> =>
    makeSubnet(this.aws, vpc, `10.0.${number}.0/24`, number % 2 === 0 ? 'us-east-1a' : 'us-east-1b')

  group = (vpc: string): Promise<string> => makeGroup(this.aws, vpc, this.name('group'))

  interface = (subnet: string, groups: string[] = []): Promise<string> =>
    makeInterface(this.aws, subnet, groups, this.name('interface'))

  instance = (subnet: string): Promise<string> => makeInstance(this.aws, subnet, [])

  network = async (): Promise<{ vpc: string; subnet: string }> => {
    const vpc = await this.vpc()
    return { vpc, subnet: await this.subnet(vpc) }
  }

  internetGateway = async (vpc: string): Promise<string> => {
    const { InternetGateway } = await this.aws.ec2.createInternetGateway({})
    const id = must(InternetGateway?.InternetGatewayId, 'internet gateway')
    await this.aws.ec2.attachInternetGateway({ InternetGatewayId: id, VpcId: vpc })
    return id
  }

  address = async (): Promise<string> => {
    return must((await this.aws.ec2.allocateAddress({ Domain: 'vpc' })).AllocationId, 'address')
  }

  natGateway = async (subnet: string): Promise<{ id: string; address: string }> => {
    const address = await this.address()
    const { NatGateway } = await this.aws.ec2.createNatGateway({ SubnetId: subnet, AllocationId: address })
    return { id: must(NatGateway?.NatGatewayId, 'NAT gateway'), address }
  }

  balancer = async (subnets: string[], type: 'network' | 'application' = 'network'): Promise<string> => {
    const request = { Name: this.name('balancer'), Type: type, Subnets: subnets }
    return must((await this.aws.elbv2.createLoadBalancer(request)).LoadBalancers?.[0]?.LoadBalancerArn, 'balancer')
  }

  targetGroup = async (vpc: string, protocol: 'TCP' | 'HTTP' = 'TCP'): Promise<string> => {
    const request = { Name: this.name('targets'), Protocol: protocol, Port: 80, VpcId: vpc, TargetType: 'ip' as const }
    return must((await this.aws.elbv2.createTargetGroup(request)).TargetGroups?.[0]?.TargetGroupArn, 'target group')
  }

  listener = async (balancer: string, targetGroup: string, protocol: 'TCP' | 'HTTP' = 'TCP'): Promise<string> => {
    const { Listeners } = await this.aws.elbv2.createListener({
      LoadBalancerArn: balancer,
      Port: 80,
      Protocol: protocol,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
    })
    return must(Listeners?.[0]?.ListenerArn, 'listener')
  }

  role = async (): Promise<{ name: string; arn: string }> => {
    const name = this.name('role')
    const { Role } = await this.aws.iam.createRole({ RoleName: name, AssumeRolePolicyDocument: TRUST })
    return { name, arn: must(Role?.Arn, 'role') }
  }

  policy = async (): Promise<string> => {
    const { Policy } = await this.aws.iam.createPolicy({ PolicyName: this.name('policy'), PolicyDocument: POLICY })
    return must(Policy?.Arn, 'policy')
  }

  cluster = async (
    more: { deletionProtection?: boolean } = {},
  ): Promise<{ name: string; vpc: string; subnets: string[]; role: string }> => {
    const vpc = await this.vpc()
    const subnets = [await this.subnet(vpc), await this.subnet(vpc, 1)]
    const role = (await this.role()).arn
    const name = this.name('cluster')
    await this.aws.eks.createCluster({ name, roleArn: role, resourcesVpcConfig: { subnetIds: subnets }, ...more })
    return { name, vpc, subnets, role }
  }

  launchTemplate = async (): Promise<string> => {
    const { LaunchTemplate } = await this.aws.ec2.createLaunchTemplate({
      LaunchTemplateName: this.name('template'),
      LaunchTemplateData: { ImageId: 'ami-760aaa0f', InstanceType: 't3.micro' },
    })
    return must(LaunchTemplate?.LaunchTemplateId, 'launch template')
  }

  autoscalingGroup = async (subnet: string, size: number): Promise<{ name: string; template: string }> => {
    const template = await this.launchTemplate()
    const name = this.name('machines')
    await this.aws.autoscaling.createAutoScalingGroup({
      AutoScalingGroupName: name,
      MinSize: 0,
      MaxSize: 5,
      DesiredCapacity: size,
      VPCZoneIdentifier: subnet,
      LaunchTemplate: { LaunchTemplateId: template },
    })
    return { name, template }
  }

  stack = async (
    resources: object,
    more: { outputs?: object; protected?: boolean; role?: string } = {},
  ): Promise<string> => {
    const StackName = this.name('stack')
    await this.aws.cloudformation.createStack({
      StackName,
      TemplateBody: JSON.stringify({ Resources: resources, ...(more.outputs ? { Outputs: more.outputs } : {}) }),
      ...(more.protected ? { EnableTerminationProtection: true } : {}),
      ...(more.role ? { RoleARN: more.role } : {}),
    })
    return StackName
  }

  stackStatus = async (StackName: string): Promise<string> => {
    const { Stacks } = await this.aws.cloudformation.describeStacks({ StackName })
    return must(Stacks?.[0]?.StackStatus, 'status')
  }

  interfacesIn = async (subnet: string): Promise<string[]> => {
    const Filters = [{ Name: 'subnet-id', Values: [subnet] }]
    const { NetworkInterfaces = [] } = await this.aws.ec2.describeNetworkInterfaces({ Filters })
    return NetworkInterfaces.map(
      (one) => `${one.InterfaceType} ${one.RequesterManaged ? 'managed' : 'free'} ${one.Status}`,
    )
  }

  allowFrom = async (target: string, source: string): Promise<void> => {
    await this.aws.ec2.authorizeSecurityGroupIngress({ GroupId: target, IpPermissions: fromGroup(source, 443) })
  }
}

/** The code of a refusal, or `ok`. */
export async function outcome(call: () => Promise<unknown>): Promise<string> {
  try {
    await call()
    return 'ok'
  } catch (error) {
    return (error as Error).name
  }
}
