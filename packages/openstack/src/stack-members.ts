import { type KindName, type Ref, ref } from '@cleardown/core'
import { byAlias } from './openstack-kind.ts'

/** A member as `GET /stacks/…/resources` gives it, the members of nested stacks among them. */
export interface Member {
  readonly resource_name: string
  readonly resource_type: string
  readonly resource_status: string
  readonly resource_status_reason?: string | null
  readonly physical_resource_id?: string | null
  /** The member of the outer stack that this one's stack stands for. */
  readonly parent_resource?: string
  readonly links?: readonly { readonly rel: string; readonly href: string }[]
}

/** Types whose physical id is our id (Heat, template guide: OpenStack Resource Types). */
const kinds: Readonly<Record<string, KindName>> = {
  'OS::Cinder::Volume': 'openstack:volume',
  'OS::Designate::Zone': 'openstack:zone',
  'OS::Glance::WebImage': 'openstack:image',
  'OS::Heat::Stack': 'openstack:stack',
  'OS::Manila::Share': 'openstack:share',
  'OS::Manila::ShareNetwork': 'openstack:share-network',
  'OS::Neutron::FloatingIP': 'openstack:floating-ip',
  'OS::Neutron::Net': 'openstack:network',
  'OS::Neutron::Port': 'openstack:port',
  'OS::Neutron::RBACPolicy': 'openstack:rbac-policy',
  'OS::Neutron::Router': 'openstack:router',
  'OS::Neutron::SecurityGroup': 'openstack:security-group',
  'OS::Neutron::SecurityGroupRule': 'openstack:security-group-rule',
  'OS::Neutron::Subnet': 'openstack:subnet',
  'OS::Neutron::SubnetPool': 'openstack:subnet-pool',
  'OS::Neutron::Trunk': 'openstack:trunk',
  'OS::Nova::KeyPair': 'openstack:keypair',
  'OS::Nova::Server': 'openstack:server',
  'OS::Nova::ServerGroup': 'openstack:server-group',
  'OS::Octavia::Listener': 'openstack:listener',
  'OS::Octavia::LoadBalancer': 'openstack:load-balancer',
  'OS::Octavia::Pool': 'openstack:pool',
  'OS::Swift::Container': 'openstack:container',
}

/** All kinds that a stack can have as a member. */
export const memberKinds: readonly KindName[] = [
  ...Object.values(kinds),
  'openstack:record-set',
  'openstack:router-interface',
]

export const isLive = ({ physical_resource_id, resource_status }: Member): boolean =>
  Boolean(physical_resource_id) && resource_status !== 'DELETE_COMPLETE'

/** Stands for a nested stack: that is part of this one, is not listed by itself, and its members are told beside it. */
export const isNested = ({ links }: Member): boolean => links?.some(({ rel }) => rel === 'nested') ?? false

/** What a member is to this adapter; undefined: no kind of ours, or not to be told from its id. */
export function refOf({ resource_type, physical_resource_id: id }: Member): Ref | undefined {
  if (!id) return undefined
  if (resource_type === 'OS::Designate::RecordSet') return { alias: `record-set:${id}` }
  if (resource_type === 'OS::Neutron::RouterInterface') {
    const [, router, what, value] = /^([^:]+):(subnet_id|port_id)=(.+)$/.exec(id) ?? []
    if (!router || !value) return undefined
    return what === 'port_id'
      ? ref('openstack:router-interface', value)
      : byAlias('router-subnet', `${router}/${value}`)
  }
  const kind = kinds[resource_type]
  return kind && ref(kind, id)
}

/** `outer.inner`: how Heat's own messages call a member of a nested stack. */
export const pathOf = ({ parent_resource, resource_name }: Member): string =>
  parent_resource ? `${parent_resource}.${resource_name}` : resource_name

/** `/stacks/<name>/<id>` of the stack that a member is in. */
export function stackPathOf({ links }: Member): string | undefined {
  const href = links?.find(({ rel }) => rel === 'stack')?.href
  return href === undefined ? undefined : /\/stacks\/[^/]+\/[^/?]+/.exec(href)?.[0]
}

interface TemplateResource {
  readonly deletion_policy?: unknown
  readonly DeletionPolicy?: unknown
  readonly external_id?: unknown
}
/** A template as the service gives it back: parsed, in Heat's own form or in CloudFormation's. */
export interface Template {
  readonly resources?: Readonly<Record<string, TemplateResource>> | null
  readonly Resources?: Readonly<Record<string, TemplateResource>> | null
}

/** Names of the members that outlive their stack: told to, or only borrowed (`external_id`). */
export const retainedIn = ({ resources, Resources }: Template): string[] =>
  Object.entries({ ...Resources, ...resources })
    .filter(([, one]) => one.external_id || /^retain$/i.test(String(one.deletion_policy ?? one.DeletionPolicy ?? '')))
    .map(([name]) => name)

/** Does any text say that something is retained? Then it is worth reading the nested templates one by one. */
export const mentionsRetention = (texts: Iterable<unknown>): boolean =>
  [...texts].some((text) =>
    /deletion_?policy|external_id/i.test(typeof text === 'string' ? text : JSON.stringify(text)),
  )
