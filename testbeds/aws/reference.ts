// A teardown that cheats: it reads the owners of a world and knows the right order. It proves that a world can be
// cleared without one refused write, and gives the floor of calls and seconds that a tool can be measured against.
import { setTimeout as sleep } from 'node:timers/promises'
import { type AwsClients, awsClients, must } from './clients.ts'
import type { Row } from './oracle.ts'
import type { World } from './worlds/world.ts'

export interface ReferenceOptions {
  /** The access key it signs with. */
  key?: string
  pollMs?: number
}

const POLL_MS = 200
const WAIT_LIMIT_MS = 60_000

/** Removes everything of the world that is ours. */
export async function tearDownByReference(
  bed: { endpoint: string },
  world: World<unknown>,
  { key = 'reference', pollMs = POLL_MS }: ReferenceOptions = {},
): Promise<void> {
  const run = new Reference(awsClients(bed.endpoint, { key }), world, pollMs)
  await run.tearDown()
}

class Reference {
  readonly #aws: AwsClients
  readonly #rows: Row[]
  readonly #pollMs: number

  constructor(aws: AwsClients, world: World<unknown>, pollMs: number) {
    this.#aws = aws
    this.#rows = Object.entries(world.owners)
      .filter(([, owner]) => owner === 'ours')
      .map(([key]) => must(world.before[key], key))
    this.#pollMs = pollMs
  }

  async tearDown(): Promise<void> {
    const stacks = this.#ids('stack')
    const importers = stacks.filter((name) => name.includes('-nodegroup-'))
    await Promise.all([
      this.#balancersAndGroups(),
      this.#machines(),
      this.#strays(),
      ...importers.map((name) => this.#stack(name)),
    ])
    await this.#volumes()
    for (const name of stacks.filter((name) => !importers.includes(name))) await this.#stack(name)
    for (const logGroupName of this.#ids('log-group')) await this.#aws.logs.deleteLogGroup({ logGroupName })
  }

  #of(kind: string): Row[] {
    return this.#rows.filter((row) => row.kind === kind)
  }

  #ids(kind: string): string[] {
    return this.#of(kind).map(({ id }) => id)
  }

  /** What a stack, a group of machines or EKS takes along. */
  #alone(kind: string): Row[] {
    const carried = ['aws:cloudformation:stack-name', 'aws:autoscaling:groupName', 'aws:eks:cluster-name']
    return this.#of(kind).filter(({ tags }) => carried.every((tag) => !(tag in tags)))
  }

  async #balancersAndGroups(): Promise<void> {
    const { ec2, elb, elbv2 } = this.#aws
    const services = this.#ids('endpoint-service')
    if (services.length > 0) await ec2.deleteVpcEndpointServiceConfigurations({ ServiceIds: services })
    const endpoints = this.#ids('vpc-endpoint')
    await Promise.all([
      ...this.#ids('load-balancer').map((LoadBalancerArn) => elbv2.deleteLoadBalancer({ LoadBalancerArn })),
      ...this.#ids('classic-load-balancer').map((LoadBalancerName) => elb.deleteLoadBalancer({ LoadBalancerName })),
      ...(endpoints.length > 0 ? [ec2.deleteVpcEndpoints({ VpcEndpointIds: endpoints })] : []),
    ])
    await Promise.all(this.#ids('target-group').map((TargetGroupArn) => elbv2.deleteTargetGroup({ TargetGroupArn })))
    await this.#groups()
    await this.#goneInterfaces(
      this.#of('network-interface').filter(({ name }) => /^(ELB |VPC Endpoint )/.test(name ?? '')),
    )
  }

  async #groups(): Promise<void> {
    const { ec2 } = this.#aws
    const groups = this.#alone('security-group')
      .filter(({ name }) => name !== 'default')
      .map(({ id }) => id)
    if (groups.length === 0) return
    await this.#revokeRulesThatName(new Set(groups))
    await this.#until('the interfaces of our groups', async () => {
      const Filters = [{ Name: 'group-id', Values: groups }]
      return (await ec2.describeNetworkInterfaces({ Filters })).NetworkInterfaces?.length === 0
    })
    await Promise.all(groups.map((GroupId) => ec2.deleteSecurityGroup({ GroupId })))
  }

  /** In all groups, also those of others: a rule that names a group holds it. */
  async #revokeRulesThatName(groups: Set<string>): Promise<void> {
    const { ec2 } = this.#aws
    const { SecurityGroupRules = [] } = await ec2.describeSecurityGroupRules({})
    const hits = SecurityGroupRules.filter((rule) => groups.has(rule.ReferencedGroupInfo?.GroupId ?? ''))
    for (const GroupId of new Set(hits.map((rule) => must(rule.GroupId, 'group of a rule')))) {
      for (const egress of [false, true]) {
        const SecurityGroupRuleIds = hits
          .filter((rule) => rule.GroupId === GroupId && rule.IsEgress === egress)
          .map((rule) => must(rule.SecurityGroupRuleId, 'rule id'))
        if (SecurityGroupRuleIds.length === 0) continue
        const request = { GroupId, SecurityGroupRuleIds }
        await (egress ? ec2.revokeSecurityGroupEgress(request) : ec2.revokeSecurityGroupIngress(request))
      }
    }
  }

  async #goneInterfaces(interfaces: Row[]): Promise<void> {
    if (interfaces.length === 0) return
    await this.#until('the interfaces of services', async () => {
      const Filters = [{ Name: 'network-interface-id', Values: interfaces.map(({ id }) => id) }]
      return (await this.#aws.ec2.describeNetworkInterfaces({ Filters })).NetworkInterfaces?.length === 0
    })
  }

  async #machines(): Promise<void> {
    const InstanceIds = this.#alone('instance')
      .filter(({ tags }) => !('eks:nodegroup-name' in tags))
      .map(({ id }) => id)
    if (InstanceIds.length === 0) return
    await this.#aws.ec2.terminateInstances({ InstanceIds })
    await this.#until('our instances', async () => {
      const { Reservations = [] } = await this.#aws.ec2.describeInstances({ InstanceIds })
      return Reservations.every(({ Instances = [] }) => Instances.every(({ State }) => State?.Name === 'terminated'))
    })
  }

  async #strays(): Promise<void> {
    const left = this.#of('network-interface').filter(({ name }) => name?.startsWith('aws-K8S-'))
    const providers = this.#ids('oidc-provider')
    await Promise.all([
      ...left.map(({ id }) => this.#aws.ec2.deleteNetworkInterface({ NetworkInterfaceId: id })),
      ...providers.map((arn) => this.#aws.iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: arn })),
    ])
  }

  async #volumes(): Promise<void> {
    const volumes = this.#of('volume').filter(({ tags }) => 'CSIVolumeName' in tags)
    await Promise.all(volumes.map(({ id }) => this.#aws.ec2.deleteVolume({ VolumeId: id })))
  }

  async #stack(StackName: string): Promise<void> {
    const { cloudformation } = this.#aws
    await cloudformation.deleteStack({ StackName })
    await this.#until(`stack ${StackName}`, async () => {
      try {
        const { Stacks } = await cloudformation.describeStacks({ StackName })
        const { StackStatus, StackStatusReason } = must(Stacks?.[0], 'stack')
        if (StackStatus === 'DELETE_FAILED') throw new Error(`${StackName}: ${StackStatusReason}`)
        return false
      } catch (error) {
        if ((error as Error).name === 'ValidationError') return true
        throw error
      }
    })
  }

  async #until(what: string, gone: () => Promise<boolean>): Promise<void> {
    const endAt = Date.now() + WAIT_LIMIT_MS
    while (!(await gone())) {
      if (Date.now() > endAt) throw new Error(`The reference waited ${WAIT_LIMIT_MS / 1000} s for ${what}.`)
      await sleep(this.#pollMs)
    }
  }
}
