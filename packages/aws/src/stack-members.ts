import { type KindName, type Ref, ref } from '@cleardown/core'
import { attachmentRef } from './aws-kind.ts'
import { ruleAlias } from './kinds/security-group-rule.ts'
import { resolveProperty, type TemplateResources } from './stack-template.ts'

/** A member as ListStackResources gives it. */
export interface Member {
  readonly LogicalResourceId: string
  readonly ResourceType: string
  readonly ResourceStatus: string
  readonly PhysicalResourceId?: string
  readonly ResourceStatusReason?: string
}

/** Types whose physical id is our id, or becomes it by a small change. */
const kinds: Readonly<
  Record<string, readonly [kind: KindName, id?: ((physical: string) => string) | undefined, place?: 'global']>
> = {
  'AWS::AutoScaling::AutoScalingGroup': ['aws:auto-scaling-group'],
  'AWS::CloudFormation::Stack': ['aws:stack'],
  'AWS::EC2::EIPAssociation': ['aws:address-association'],
  'AWS::EC2::Instance': ['aws:instance'],
  'AWS::EC2::InternetGateway': ['aws:internet-gateway'],
  'AWS::EC2::LaunchTemplate': ['aws:launch-template'],
  'AWS::EC2::NatGateway': ['aws:nat-gateway'],
  'AWS::EC2::NetworkAcl': ['aws:network-acl'],
  'AWS::EC2::NetworkInterface': ['aws:network-interface'],
  'AWS::EC2::RouteTable': ['aws:route-table'],
  'AWS::EC2::SecurityGroup': ['aws:security-group'],
  'AWS::EC2::Subnet': ['aws:subnet'],
  'AWS::EC2::SubnetRouteTableAssociation': ['aws:route-table-association'],
  'AWS::EC2::Volume': ['aws:volume'],
  'AWS::EC2::VPC': ['aws:vpc'],
  'AWS::EC2::VPCEndpoint': ['aws:vpc-endpoint'],
  'AWS::EC2::VPCEndpointService': ['aws:vpc-endpoint-service'],
  'AWS::EKS::Addon': ['aws:addon', (id) => id.replace('|', '/')],
  'AWS::EKS::Cluster': ['aws:eks-cluster'],
  'AWS::EKS::FargateProfile': ['aws:fargate-profile', (id) => id.replace('|', '/')],
  'AWS::EKS::Nodegroup': ['aws:nodegroup', (id) => id.replace('|', '/')],
  'AWS::ElasticLoadBalancing::LoadBalancer': ['aws:classic-load-balancer'],
  'AWS::ElasticLoadBalancingV2::Listener': ['aws:listener'],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ['aws:load-balancer'],
  'AWS::ElasticLoadBalancingV2::TargetGroup': ['aws:target-group'],
  'AWS::IAM::InstanceProfile': ['aws:instance-profile', undefined, 'global'],
  'AWS::IAM::OIDCProvider': ['aws:oidc-provider', undefined, 'global'],
  'AWS::IAM::Role': ['aws:role', undefined, 'global'],
  'AWS::Logs::LogGroup': ['aws:log-group'],
}

/** Deleted already, or left out of a deletion: no part of the stack any more. */
const notAMember = new Set(['DELETE_COMPLETE', 'DELETE_SKIPPED'])
export const isLive = (member: Member): boolean =>
  member.PhysicalResourceId !== undefined && !notAMember.has(member.ResourceStatus)

/** What a member is to this adapter. Empty: no kind of ours, or not to be told from what the stack says. */
export function refsOf(member: Member, members: readonly Member[], template: TemplateResources): Ref[] {
  const { ResourceType, PhysicalResourceId: physical, LogicalResourceId } = member
  if (!physical) return []
  const row = kinds[ResourceType]
  const own = row ? [ref(row[0], row[1]?.(physical) ?? physical, row[2])] : []
  const properties = template[LogicalResourceId]?.Properties ?? {}
  const { IpProtocol, Roles } = properties
  const ids = new Map(
    members.flatMap((one) =>
      one.PhysicalResourceId ? [[one.LogicalResourceId, one.PhysicalResourceId] as const] : [],
    ),
  )
  const property = (name: string): string | undefined => resolveProperty(properties[name], ids)

  switch (ResourceType) {
    case 'AWS::EC2::EIP': {
      const allocation = /eipalloc-\w+/.exec(physical)?.[0] // `<address>|<allocation>`, before only the address
      return [allocation ? ref('aws:elastic-ip', allocation) : { alias: `elastic-ip:${physical}` }]
    }
    case 'AWS::EC2::VPCGatewayAttachment': {
      const vpc = /vpc-\w+/.exec(physical)?.[0] ?? property('VpcId') // `IGW|<vpc>`, before a made-up name
      return vpc ? [attachmentRef(vpc)] : []
    }
    case 'AWS::EC2::Route': {
      if (/^rtb-\w+\|/.test(physical)) return [ref('aws:route', physical)]
      const table = property('RouteTableId')
      const destination =
        property('DestinationCidrBlock') ?? property('DestinationIpv6CidrBlock') ?? property('DestinationPrefixListId')
      return table && destination ? [ref('aws:route', `${table}|${destination}`)] : []
    }
    case 'AWS::EC2::SecurityGroupIngress':
    case 'AWS::EC2::SecurityGroupEgress': {
      if (physical.startsWith('sgr-')) return [ref('aws:security-group-rule', physical)]
      const egress = ResourceType.endsWith('Egress')
      const group = property('GroupId')
      const named = property(egress ? 'DestinationSecurityGroupId' : 'SourceSecurityGroupId')
      const port = (name: string): number | null => (properties[name] === undefined ? null : Number(properties[name]))
      const permission = {
        protocol: String(IpProtocol ?? '-1'),
        from: port('FromPort'),
        to: port('ToPort'),
      }
      return group && named ? [{ alias: ruleAlias(group, egress, named, permission) }] : []
    }
    case 'AWS::IAM::InstanceProfile': {
      const roles = Array.isArray(Roles) ? Roles.map((role) => resolveProperty(role, ids)) : []
      return [
        ...own,
        ...roles.flatMap((role) => (role ? [ref('aws:role-in-profile', `${physical}/${role}`, 'global')] : [])),
      ]
    }
    default:
      return own
  }
}
