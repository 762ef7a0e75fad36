import type { FailureCode, KindName } from '@cleardown/core'
import type { Service } from './services.ts'

/** One refusal of OpenStack. Absent fields match everything; the first row that matches counts, so the special ones stand before the general. */
export interface Refusal {
  readonly service?: Service
  readonly status: number | readonly number[]
  /** Neutron's `type`, the one key of Nova, Cinder and Manila, Octavia's `faultcode`, Heat's and Designate's `type`, else the `title`. */
  readonly type?: string | RegExp
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path?: RegExp
  /** Only for what was read with a protection on it: status and words are those of other refusals too. */
  readonly standing?: true
  readonly gives: FailureCode
  /** What the ids in its text are: a hint for people and for the search, never a reason. */
  readonly names?: KindName
  /** A case of it, in the service's words. */
  readonly says: readonly [type: string, message: string]
}

const neutron = (
  gives: FailureCode,
  type: string | RegExp,
  says: Refusal['says'],
  more: Pick<Refusal, 'names' | 'path' | 'method'> & { status?: number } = {},
): Refusal => ({ service: 'network', status: 409, gives, type, says, ...more })

/**
 * Sources: neutron and neutron-lib, exceptions; nova, cinder, octavia, glance, heat, manila, designate, api layers of 2026.2. Texts are never a
 * key: one of Cinder's stands for three causes, two of Octavia's for one.
 */
export const refusals: readonly Refusal[] = [
  // —— something that lives still uses it
  neutron('blocked', 'SecurityGroupInUse', ['SecurityGroupInUse', 'Security Group 5d9a… in use.']),
  neutron(
    'blocked',
    'NetworkInUse',
    [
      'NetworkInUse',
      'Unable to complete operation on network e333…. There are one or more ports still in use on the network, id for these ports is: 995e….',
    ],
    { names: 'openstack:port' },
  ),
  neutron('blocked', 'RouterInUse', ['RouterInUse', 'Router 9a16… has ports still attached: 995e…'], {
    names: 'openstack:router-interface',
  }),
  neutron(
    'blocked',
    /^PortInUseAs(TrunkParent|SubPort)$/,
    ['PortInUseAsTrunkParent', 'Port 3f52… is currently a parent port for trunk 6978….'],
    { names: 'openstack:trunk' },
  ),
  neutron('blocked', /^Router(InterfaceInUseBy(FloatingIP|Route)|ExternalGatewayInUseByFloatingIp)$/, [
    'RouterInterfaceInUseByFloatingIP',
    'Router interface for subnet 0435… on router 9a16… cannot be deleted, as it is required by one or more floating IPs.',
  ]),

  // —— a protection stands on it
  // a router's, dhcp's or address's port: only its owner removes it
  neutron('protected', 'ServicePortInUse', [
    'ServicePortInUse',
    'Port 995e… cannot be deleted directly via the port API: has device owner network:router_interface.',
  ]),
  neutron('protected', 'SecurityGroupCannotRemoveDefault', [
    'SecurityGroupCannotRemoveDefault',
    'Insufficient rights for removing default security group.',
  ]),
  neutron('protected', 'TrunkDisabled', ['TrunkDisabled', 'Trunk 6978… is currently disabled.']),
  // newer policies leave ports of servers, bare metal and shares to their services, whoever asks
  neutron('protected', 'PolicyNotAuthorized', ['PolicyNotAuthorized', 'rule:delete_port is disallowed by policy'], {
    status: 403,
    method: 'DELETE',
    path: /^\/ports\/[^/]+$/,
  }),

  {
    service: 'compute',
    status: 409,
    method: 'DELETE',
    path: /^\/servers\/[^/]+$/,
    standing: true,
    gives: 'protected',
    says: ['conflictingRequest', 'Instance 221f… is locked'],
  },
  {
    service: 'image',
    status: 403,
    method: 'DELETE',
    standing: true,
    gives: 'protected',
    says: ['Forbidden', 'Image 9f56… is protected and cannot be deleted.'],
  },

  // —— all others of Neutron's that say so in their type
  neutron('blocked', /InUse|FipAssociated|OverQuota/, [
    'SubnetInUse',
    'Unable to complete operation on subnet 0435…: One or more ports have an IP allocation from this subnet.',
  ]),
  neutron(
    'conflict',
    'RevisionNumberConstraintFailed',
    ['RevisionNumberConstraintFailed', 'Constrained to 3, but current revision is 4'],
    { status: 412 },
  ),

  // —— block storage: 400 for what is attached, has snapshots or is in error_deleting, in the same words
  {
    service: 'block-storage',
    status: 400,
    method: 'DELETE',
    gives: 'blocked',
    says: ['badRequest', 'Invalid volume: Volume status must be available or error or …'],
  },
  {
    service: 'block-storage',
    status: 409,
    type: 'conflictingRequest',
    gives: 'blocked',
    names: 'openstack:server',
    says: [
      'conflictingRequest',
      'ConflictNovaUsingAttachment: Detach volume from instance 221f… using the Compute API',
    ],
  },

  // —— PENDING_*, of it or of its load balancer, is told in different texts
  {
    service: 'load-balancer',
    status: 409,
    gives: 'conflict',
    says: ['Client', 'Invalid state PENDING_UPDATE of loadbalancer resource c41a…'],
  },

  // —— others that hold on
  {
    service: 'image',
    status: 409,
    gives: 'blocked',
    says: [
      'Conflict',
      'Image 9f56… could not be deleted because it is in use: The image cannot be deleted because it is in use',
    ],
  },
  {
    service: 'object-store',
    status: 409,
    gives: 'blocked',
    says: ['text', 'There was a conflict when trying to complete your request.'],
  },
  {
    service: 'shared-file-system',
    status: 409,
    gives: 'blocked',
    says: ['conflictingRequest', 'Can not delete share network 0a1b…, it has 1 share(s).'],
  },

  // its state or its snapshots, and never its owner's rights: those may delete (manila/api/v2/shares.py, delete: InvalidShare)
  {
    service: 'shared-file-system',
    status: 403,
    method: 'DELETE',
    path: /^\/shares\/[^/]+$/,
    gives: 'blocked',
    says: ['forbidden', 'Invalid share: Share still has 1 dependent snapshots.'],
  },

  // —— who asks
  {
    status: 401,
    gives: 'unauthenticated',
    says: ['Unauthorized', 'The request you have made requires authentication.'],
  },
  {
    status: 403,
    gives: 'denied',
    says: ['forbidden', 'Policy doesn’t allow os_compute_api:os-flavor-manage:delete to be performed.'],
  },

  // —— too fast, or broken on the way
  { status: [413, 429, 498], gives: 'throttled', says: ['overLimit', 'This request was rate-limited.'] },
  { status: [408, 500, 502, 503, 504], gives: 'transient', says: ['text', '503 Service Unavailable'] },

  // —— it is not there
  { status: [404, 410], gives: 'gone', says: ['NetworkNotFound', 'Network e333… could not be found.'] },

  // —— somebody changes it just now: a server's state, a stack's action
  {
    status: [409, 412],
    gives: 'conflict',
    says: ['conflictingRequest', 'Cannot ’delete’ instance 221f… while it is in task_state deleting'],
  },

  // —— the service cannot do it, or the call is wrong
  {
    status: [405, 406, 501],
    gives: 'unsupported',
    says: ['computeFault', 'Version 2.96 is not supported by the API.'],
  },
  {
    status: [400, 411, 415, 422],
    gives: 'invalid',
    says: ['Client', 'Validation failure: Cannot delete Load Balancer c41a… - it has children'],
  },
] satisfies readonly Refusal[]
