// The oracle: what exists, whose it is, what was left and what was harmed. It reads with a key of its own, so that the
// journal stays the tool's and the clock stands still.
import { type AwsClients, awsClients, must, ORACLE_KEY } from './clients.ts'

/** One live thing as the oracle sees it. */
export interface Row {
  kind: string
  id: string
  name?: string
  vpc?: string
  state?: string
  tags: Record<string, string>
  /** Its whole description without the tags: rules, attributes, members. Equal means untouched. */
  fingerprint: string
}

/** `kind:id` of everything alive. Terminated instances and deleted NAT gateways are listed by AWS, yet dead. */
export type Snapshot = Map<string, Row>

/** Changes with what others do, not with what is done to the thing itself. */
const MOVES_BY_ITSELF = ['AvailableIpAddressCount', 'LastModifiedTime']

type Json = Record<string, unknown>

interface Found {
  kind: string
  id: string | undefined
  described: object
  name?: string | undefined
  vpc?: string | undefined
  state?: string | undefined
  tags?: unknown
}

export async function snapshot(bed: { endpoint: string }): Promise<Snapshot> {
  const clients = awsClients(bed.endpoint, { key: ORACLE_KEY })
  const found = await Promise.all([network(clients), machines(clients), balancers(clients), services(clients)])
  const rows = found.flat().map(toRow)
  return new Map(rows.map((row) => [`${row.kind}:${row.id}`, row]))
}

function toRow({ kind, id, described, name, vpc, state, tags }: Found): Row {
  const { $metadata: _, Tags, TagSet, tags: own, ...rest } = described as Json
  return {
    kind,
    id: must(id, `id of a ${kind}`),
    ...(name === undefined ? {} : { name }),
    ...(vpc === undefined ? {} : { vpc }),
    ...(state === undefined ? {} : { state }),
    tags: tagMap(tags ?? Tags ?? TagSet ?? own),
    fingerprint: JSON.stringify(sorted(rest)),
  }
}

function tagMap(tags: unknown): Record<string, string> {
  if (!Array.isArray(tags)) return { ...(tags as Record<string, string> | undefined) }
  return Object.fromEntries(tags.map((tag: { Key: string; Value: string }) => [tag.Key, tag.Value]))
}

/** Keys and lists in one order, because AWS promises none. */
function sorted(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !MOVES_BY_ITSELF.includes(key))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

async function network({ ec2 }: AwsClients): Promise<Found[]> {
  const answers = await Promise.all([
    ec2.describeVpcs({}).then(({ Vpcs = [] }) => Vpcs.map((one) => row('vpc', one.VpcId, one))),
    ec2.describeSubnets({}).then(({ Subnets = [] }) => Subnets.map((one) => row('subnet', one.SubnetId, one))),
    ec2
      .describeSecurityGroups({})
      .then(({ SecurityGroups = [] }) =>
        SecurityGroups.map((one) => row('security-group', one.GroupId, one, { name: one.GroupName })),
      ),
    ec2
      .describeNetworkInterfaces({})
      .then(({ NetworkInterfaces = [] }) =>
        NetworkInterfaces.map((one) =>
          row('network-interface', one.NetworkInterfaceId, one, { name: one.Description, state: one.Status }),
        ),
      ),
    ec2
      .describeRouteTables({})
      .then(({ RouteTables = [] }) => RouteTables.map((one) => row('route-table', one.RouteTableId, one))),
    ec2
      .describeInternetGateways({})
      .then(({ InternetGateways = [] }) =>
        InternetGateways.map((one) =>
          row('internet-gateway', one.InternetGatewayId, one, { vpc: one.Attachments?.[0]?.VpcId }),
        ),
      ),
    ec2
      .describeNatGateways({})
      .then(({ NatGateways = [] }) =>
        NatGateways.filter(({ State }) => State !== 'deleted').map((one) =>
          row('nat-gateway', one.NatGatewayId, one, { state: one.State }),
        ),
      ),
    ec2
      .describeAddresses({})
      .then(({ Addresses = [] }) => Addresses.map((one) => row('address', one.AllocationId, one))),
    ec2
      .describeNetworkAcls({})
      .then(({ NetworkAcls = [] }) => NetworkAcls.map((one) => row('network-acl', one.NetworkAclId, one))),
    ec2
      .describeVpcEndpoints({})
      .then(({ VpcEndpoints = [] }) =>
        VpcEndpoints.filter(({ State }) => String(State) !== 'deleted').map((one) =>
          row('vpc-endpoint', one.VpcEndpointId, one, { state: one.State }),
        ),
      ),
    ec2
      .describeVpcEndpointServiceConfigurations({})
      .then(({ ServiceConfigurations = [] }) =>
        ServiceConfigurations.map((one) => row('endpoint-service', one.ServiceId, one)),
      ),
    ec2
      .describeVpcPeeringConnections({})
      .then(({ VpcPeeringConnections = [] }) =>
        VpcPeeringConnections.filter(({ Status }) => !['deleted', 'rejected'].includes(String(Status?.Code))).map(
          (one) => row('peering-connection', one.VpcPeeringConnectionId, one),
        ),
      ),
    ec2
      .describeDhcpOptions({})
      .then(({ DhcpOptions = [] }) => DhcpOptions.map((one) => row('dhcp-options', one.DhcpOptionsId, one))),
  ])
  return answers.flat()
}

async function machines({ ec2, autoscaling }: AwsClients): Promise<Found[]> {
  const answers = await Promise.all([
    ec2.describeInstances({ MaxResults: 1000 }).then(({ Reservations = [] }) =>
      Reservations.flatMap(({ Instances = [] }) => Instances)
        .filter(({ State }) => State?.Name !== 'terminated')
        .map((one) => row('instance', one.InstanceId, one, { state: one.State?.Name })),
    ),
    ec2
      .describeVolumes({})
      .then(({ Volumes = [] }) => Volumes.map((one) => row('volume', one.VolumeId, one, { state: one.State }))),
    ec2
      .describeLaunchTemplates({})
      .then(({ LaunchTemplates = [] }) =>
        LaunchTemplates.map((one) =>
          row('launch-template', one.LaunchTemplateId, one, { name: one.LaunchTemplateName }),
        ),
      ),
    ec2.describeKeyPairs({}).then(({ KeyPairs = [] }) => KeyPairs.map((one) => row('key-pair', one.KeyPairId, one))),
    autoscaling
      .describeAutoScalingGroups({})
      .then(({ AutoScalingGroups = [] }) =>
        AutoScalingGroups.map((one) => row('autoscaling-group', one.AutoScalingGroupName, one)),
      ),
  ])
  return answers.flat()
}

async function balancers({ elb, elbv2 }: AwsClients): Promise<Found[]> {
  const [classic, modern, groups] = await Promise.all([
    elb.describeLoadBalancers({}).then(({ LoadBalancerDescriptions = [] }) => LoadBalancerDescriptions),
    elbv2.describeLoadBalancers({}).then(({ LoadBalancers = [] }) => LoadBalancers),
    elbv2.describeTargetGroups({}).then(({ TargetGroups = [] }) => TargetGroups),
  ])
  const tagsOf = async (arn: string | undefined): Promise<unknown> =>
    (await elbv2.describeTags({ ResourceArns: [must(arn, 'ARN')] })).TagDescriptions?.[0]?.Tags
  return Promise.all([
    ...classic.map(async (one) => {
      const name = must(one.LoadBalancerName, 'name')
      const answer = await elb.describeTags({ LoadBalancerNames: [name] })
      return row('classic-load-balancer', name, one, { vpc: one.VPCId, tags: answer.TagDescriptions?.[0]?.Tags })
    }),
    ...modern.map(async (one) => {
      const LoadBalancerArn = must(one.LoadBalancerArn, 'ARN')
      const { Attributes } = await elbv2.describeLoadBalancerAttributes({ LoadBalancerArn })
      const { Listeners } = await elbv2.describeListeners({ LoadBalancerArn })
      const more = { name: one.LoadBalancerName, tags: await tagsOf(LoadBalancerArn) }
      return row('load-balancer', LoadBalancerArn, { ...one, Attributes, Listeners }, more)
    }),
    ...groups.map(async (one) =>
      row('target-group', one.TargetGroupArn, one, {
        name: one.TargetGroupName,
        tags: await tagsOf(one.TargetGroupArn),
      }),
    ),
  ])
}

async function services(clients: AwsClients): Promise<Found[]> {
  const answers = await Promise.all([clusters(clients), stacks(clients), identities(clients), logGroups(clients)])
  return answers.flat()
}

async function clusters({ eks }: AwsClients): Promise<Found[]> {
  const { clusters: names = [] } = await eks.listClusters({})
  const found = await Promise.all(
    names.map(async (name) => {
      const cluster = must((await eks.describeCluster({ name })).cluster, 'cluster')
      const { nodegroups = [] } = await eks.listNodegroups({ clusterName: name })
      const { addons = [] } = await eks.listAddons({ clusterName: name })
      const { fargateProfileNames = [] } = await eks.listFargateProfiles({ clusterName: name })
      const vpc = cluster.resourcesVpcConfig?.vpcId
      return [
        row('eks-cluster', name, cluster, { vpc, state: cluster.status }),
        ...nodegroups.map((one) => row('eks-nodegroup', `${name}/${one}`, {})),
        ...addons.map((one) => row('eks-addon', `${name}/${one}`, {})),
        ...fargateProfileNames.map((one) => row('eks-fargate-profile', `${name}/${one}`, {})),
      ]
    }),
  )
  return found.flat()
}

async function stacks({ cloudformation }: AwsClients): Promise<Found[]> {
  const { Stacks = [] } = await cloudformation.describeStacks({})
  const alive = Stacks.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
  return alive.map((one) => row('stack', one.StackName, one, { state: one.StackStatus }))
}

async function identities({ iam }: AwsClients): Promise<Found[]> {
  const [{ Roles = [] }, { Policies = [] }, { InstanceProfiles = [] }, { OpenIDConnectProviderList = [] }] =
    await Promise.all([
      iam.listRoles({ MaxItems: 500 }),
      iam.listPolicies({ Scope: 'Local' }),
      iam.listInstanceProfiles({ MaxItems: 500 }),
      iam.listOpenIDConnectProviders({}),
    ])
  const roles = Roles.map(async (one) => {
    const RoleName = must(one.RoleName, 'role name')
    const [{ AttachedPolicies }, { PolicyNames }, { Tags }] = await Promise.all([
      iam.listAttachedRolePolicies({ RoleName }),
      iam.listRolePolicies({ RoleName }),
      iam.listRoleTags({ RoleName }),
    ])
    return row('role', RoleName, { ...one, AttachedPolicies, PolicyNames }, { tags: Tags })
  })
  const providers = OpenIDConnectProviderList.map(async ({ Arn }) => {
    const provider = await iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn: must(Arn, 'ARN') })
    return row('oidc-provider', Arn, provider)
  })
  return Promise.all([
    ...roles,
    ...Policies.map((one) => row('policy', one.Arn, one)),
    ...InstanceProfiles.map((one) => row('instance-profile', one.InstanceProfileName, one)),
    ...providers,
  ])
}

async function logGroups({ logs }: AwsClients): Promise<Found[]> {
  const { logGroups: groups = [] } = await logs.describeLogGroups({})
  return groups.map((one) => row('log-group', one.logGroupName, one))
}

function row(
  kind: string,
  id: string | undefined,
  described: object,
  more: Omit<Found, 'kind' | 'id' | 'described'> = {},
): Found {
  return { kind, id, described, vpc: (described as { VpcId?: string }).VpcId, ...more }
}
