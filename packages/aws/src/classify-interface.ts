import type { NetworkInterface } from '@aws-sdk/client-ec2'
import { type KindName, type Ref, ref } from '@cleardown/core'
import type { Placed } from './aws-kind.ts'

/** Who has a network interface, and so what takes it away. */
export type InterfaceUse =
  /** Nobody: it can be deleted. `instance`: whose it was, by its own tag. */
  | { readonly is: 'free'; readonly instance?: Ref; readonly because: string }
  /** Attached. `goesWith`: terminating the instance removes it. */
  | { readonly is: 'instance'; readonly instance: Ref; readonly goesWith: boolean; readonly because: string }
  /** A service of AWS: nobody else may detach or delete it. `whole`: what it goes with, where that has a kind. */
  | { readonly is: 'service'; readonly by: string; readonly whole?: Ref; readonly because: string }

type Raw = NetworkInterface & Placed

interface Service {
  readonly description?: RegExp
  readonly type?: string
  readonly requester?: RegExp
  /** For people; `$1` is what the description names. */
  readonly by: string
  readonly kind?: KindName
  /** The id of its resource, from what the description names. */
  id?(named: string, raw: Raw): string
  /** It stays after its service is gone, detached, and may then be deleted by anybody. */
  readonly leavesFree?: true
}

/** By what AWS writes into `Description`, `InterfaceType` and `RequesterId` (EC2 User Guide, requester-managed interfaces; the description formats are observed). */
const services: readonly Service[] = [
  {
    description: /^ELB ((?:net|app|gwy)\/\S+)/,
    by: 'load balancer $1',
    kind: 'aws:load-balancer',
    id: (named, raw) => loadBalancerArn(named, raw),
  },
  { description: /^ELB ([^/\s]+)$/, by: 'classic load balancer $1', kind: 'aws:classic-load-balancer' },
  { description: /^Interface for NAT Gateway (nat-\w+)/, by: 'NAT gateway $1', kind: 'aws:nat-gateway' },
  { description: /^VPC Endpoint Interface (vpce-\w+)/, by: 'VPC endpoint $1', kind: 'aws:vpc-endpoint' },
  {
    description: /^Amazon EKS ([0-9A-Za-z][\w-]*)$/,
    by: 'the control plane of EKS cluster $1',
    kind: 'aws:eks-cluster',
  },
  { description: /^Network Interface for Transit Gateway Attachment (\S+)/, by: 'transit gateway attachment $1' },
  {
    description: /^AWS Lambda VPC ENI-?(\S*)/,
    by: 'Lambda function $1 (20 to 60 min after it is gone)',
    leavesFree: true,
  },
  { description: /^EFS mount target for (fs-\w+)/, by: 'EFS file system $1' },
  { description: /^RDSNetworkInterface/, by: 'an RDS database' },
  { description: /^(?:DMSNetworkInterface|DMS )/, by: 'a DMS replication instance', leavesFree: true },
  { description: /^RedshiftNetworkInterface/, by: 'a Redshift cluster' },
  { description: /^ElastiCache (\S+)/, by: 'ElastiCache $1' },
  { description: /^AWS created network interface for (?:directory )?(d-\w+)/, by: 'directory $1' },
  { description: /^Route 53 Resolver: (\S+)/, by: 'Route 53 resolver endpoint $1' },
  { description: /^ClientVPN Endpoint resource/, by: 'a Client VPN endpoint' },
  { description: /^EC2 Instance Connect Endpoint (\S+)/, by: 'instance connect endpoint $1' },
  { description: /^arn:aws[\w-]*:ecs:\S+:attachment\/(\S+)/, by: 'ECS task attachment $1' },
  { requester: /:Comprehend$/, by: 'a Comprehend job', leavesFree: true },
  { type: 'lambda', by: 'a Lambda function (20 to 60 min after it is gone)', leavesFree: true },
  { type: 'efs', by: 'an EFS mount target' },
  { type: 'transit_gateway', by: 'a transit gateway attachment' },
  { type: 'global_accelerator_managed', by: 'Global Accelerator' },
  { type: 'api_gateway_managed', by: 'an API Gateway VPC link' },
  { type: 'quicksight', by: 'a QuickSight VPC connection' },
]

/** Pure. Only what is certain is free: what a service made stays the service's, whatever its status. */
export function classifyInterface(raw: Raw, tags: Readonly<Record<string, string>>): InterfaceUse {
  const free = raw.Status === 'available'
  const service = serviceOf(raw)
  if (service && !(free && service.row.leavesFree)) return service.use

  const trunk = tags['vpcresources.k8s.aws/trunk-eni-id']
  if (raw.InterfaceType === 'branch' && trunk && !free)
    return {
      is: 'service',
      by: `trunk interface ${trunk}`,
      whole: ref('aws:network-interface', trunk),
      because: 'tag vpcresources.k8s.aws/trunk-eni-id',
    }

  const { InstanceId, DeviceIndex, DeleteOnTermination } = raw.Attachment ?? {}
  if (InstanceId && !free) {
    const goesWith = DeviceIndex === 0 || DeleteOnTermination === true
    return { is: 'instance', instance: ref('aws:instance', InstanceId), goesWith, because: 'Attachment.InstanceId' }
  }
  if (raw.RequesterManaged && !service)
    return {
      is: 'service',
      by: `an AWS service (requester ${raw.RequesterId ?? 'unknown'}, ${raw.Description || 'no description'})`,
      because: 'RequesterManaged',
    }

  const instance =
    tags['node.k8s.amazonaws.com/instance_id'] ?? /^aws-K8S-(i-[0-9a-f]+)/.exec(raw.Description ?? '')?.[1]
  return instance
    ? { is: 'free', instance: ref('aws:instance', instance), because: 'tag node.k8s.amazonaws.com/instance_id' }
    : { is: 'free', because: 'Status available' }
}

function serviceOf(raw: Raw): { readonly row: Service; readonly use: InterfaceUse } | undefined {
  for (const row of services) {
    const match = row.description?.exec(raw.Description ?? '')
    if (row.description && !match) continue
    if (row.type && row.type !== raw.InterfaceType) continue
    if (row.requester && !row.requester.test(raw.RequesterId ?? '')) continue
    // A description is free text: a person may write `ELB x`. What a service made says so elsewhere too.
    if (row.description && !raw.RequesterManaged && !ofService(raw)) continue
    const named = match?.[1] ?? ''
    const whole = row.kind && named ? ref(row.kind, row.id?.(named, raw) ?? named) : undefined
    const because = row.description ? 'Description' : row.type ? 'InterfaceType' : 'RequesterId'
    return {
      row,
      use: { is: 'service', by: row.by.replace('$1', named).replace('  ', ' '), ...(whole ? { whole } : {}), because },
    }
  }
  return undefined
}

/** Control plane interfaces, for one, are not requester-managed, but attached by a service's account. */
function ofService(raw: Raw): boolean {
  const owner = raw.Attachment?.InstanceOwnerId
  if (owner === undefined) return false
  return owner.startsWith('amazon-') || (raw.OwnerId !== undefined && owner !== raw.OwnerId)
}

function loadBalancerArn(named: string, { Region, OwnerId }: Raw): string {
  return `arn:${partitionOf(Region)}:elasticloadbalancing:${Region}:${OwnerId ?? ''}:loadbalancer/${named}`
}

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  if (region.startsWith('us-gov-')) return 'aws-us-gov'
  return 'aws'
}
