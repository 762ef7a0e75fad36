import type { FailureCode } from '@cleardown/core'
import type { Service } from './services.ts'

/** One refusal of AWS. Absent fields match everything; the first row that matches counts, so the special ones stand before the general. */
export interface Refusal {
  readonly service?: Service | readonly Service[]
  /** AWS's code, without `Exception` at its end. */
  readonly code: string | RegExp
  readonly message?: RegExp
  readonly op?: RegExp
  readonly gives: FailureCode
  /** A case of it, in AWS's words: `[code, message, op]`. */
  readonly says: readonly [code: string, message: string, op?: string]
}

const network: Service = 'ec2'

/** Sources: API references, "Common errors" and "Error codes for the Amazon EC2 API"; where another is named, the thread that reported it. */
export const refusals: readonly Refusal[] = [
  // —— who asks
  {
    code: 'AuthFailure',
    op: /^(ReleaseAddress|DisassociateAddress)$/,
    gives: 'blocked',
    says: ['AuthFailure', 'You do not have permission to access the specified resource.', 'ReleaseAddress'],
  }, // while a NAT gateway or load balancer holds it: openshift/installer#1216
  {
    code: 'AuthFailure',
    message: /not able to validate/,
    gives: 'unauthenticated',
    says: ['AuthFailure', 'AWS was not able to validate the provided access credentials', 'DescribeVpcs'],
  },
  { code: 'AuthFailure', gives: 'denied', says: ['AuthFailure', 'Not authorized for images', 'DescribeVpcs'] },
  {
    code: /^(UnauthorizedOperation|AccessDenied|UnauthorizedAccess|NotAuthorized)$/,
    gives: 'denied',
    says: ['UnauthorizedOperation', 'You are not authorized to perform this operation.', 'DeleteVolume'],
  },
  {
    code: /^(ExpiredToken|RequestExpired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|InvalidAccessKeyId|CredentialsProviderError|TokenProviderError|RequestTimeTooSkewed)$/,
    gives: 'unauthenticated',
    says: ['ExpiredTokenException', 'The security token included in the request is expired'],
  },
  {
    code: /^(OptInRequired|SubscriptionRequired)$/,
    gives: 'unsupported',
    says: ['OptInRequired', 'You are not subscribed to this service.'],
  },

  // —— too fast, or broken on the way
  {
    code: /^(RequestLimitExceeded|Throttling|Throttled|ThrottlingError|RequestThrottled|TooManyRequests|SlowDown|BandwidthLimitExceeded|PriorRequestNotComplete|EC2Throttled|RequestThrottling|Client\.RequestLimitExceeded)$/,
    gives: 'throttled',
    says: ['RequestLimitExceeded', 'Request limit exceeded.', 'DescribeNetworkInterfaces'],
  },
  {
    code: /^(InternalError|InternalFailure|InternalServerError|InternalServer|Internal|ServiceUnavailable|ServiceFailure|ServerInternal|ServerError|Server|Unavailable|RequestTimeout|Timeout|TimeoutError|AbortError)$/,
    gives: 'transient',
    says: ['InternalError', 'An internal error has occurred'],
  },
  {
    code: /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET\w*|UND_ERR\w*)$/,
    gives: 'transient',
    says: ['ECONNRESET', 'socket hang up'],
  },

  // —— it is not there
  {
    code: /(^|\.)NotFound(Fault)?$/,
    gives: 'gone',
    says: ['InvalidSubnetID.NotFound', "The subnet ID 'subnet-0a1' does not exist", 'DeleteSubnet'],
  }, // also .NotFoundException of launch templates
  {
    service: network,
    code: /^(NatGatewayNotFound|Gateway\.NotAttached|InvalidAttachment\.NotFound)$/,
    gives: 'gone',
    says: ['NatGatewayNotFound', 'The Nat Gateway nat-0a1 was not found', 'DeleteNatGateway'],
  },
  {
    service: network,
    code: 'InvalidParameterValue',
    message: /^The (allocation|association) ID '[^']*' does not exist/,
    gives: 'gone',
    says: ['InvalidParameterValue', "The association ID 'eipassoc-0a1' does not exist", 'DisassociateAddress'],
  },
  {
    service: ['elb', 'elbv2'],
    code: /^(LoadBalancer|TargetGroup|Listener|Rule|AccessPoint)NotFound$/,
    gives: 'gone',
    says: ['LoadBalancerNotFoundException', 'One or more load balancers not found', 'DescribeLoadBalancers'],
  },
  {
    service: ['eks', 'logs'],
    code: 'ResourceNotFound',
    gives: 'gone',
    says: ['ResourceNotFoundException', 'No cluster found for name: ci-1.', 'DescribeCluster'],
  },
  {
    service: 'iam',
    code: /^NoSuchEntity$/,
    gives: 'gone',
    says: ['NoSuchEntityException', 'The role with name ci-1-node cannot be found.', 'GetRole'],
  },
  {
    service: 'cloudformation',
    code: /^(ValidationError|StackNotFound)$/,
    message: /does not exist/,
    gives: 'gone',
    says: ['ValidationError', 'Stack with id eksctl-ci-1-cluster does not exist', 'DescribeStacks'],
  },
  {
    service: 'autoscaling',
    code: 'ValidationError',
    message: /not found/,
    gives: 'gone',
    says: [
      'ValidationError',
      "AutoScalingGroup name not found - AutoScalingGroup 'ng-a' not found",
      'DeleteAutoScalingGroup',
    ],
  },

  // —— a protection stands on it
  {
    code: 'OperationNotPermitted',
    message: /deletion protection/i,
    gives: 'protected',
    says: [
      'OperationNotPermitted',
      "Load balancer 'arn:aws:…' cannot be deleted because deletion protection is enabled",
      'DeleteLoadBalancer',
    ],
  },
  {
    service: network,
    code: 'OperationNotPermitted',
    message: /may not be terminated/,
    gives: 'protected',
    says: [
      'OperationNotPermitted',
      "The instance 'i-0a1' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
      'TerminateInstances',
    ],
  },
  {
    service: 'cloudformation',
    code: 'ValidationError',
    message: /TerminationProtection/i,
    gives: 'protected',
    says: [
      'ValidationError',
      'Stack [eksctl-ci-1-cluster] cannot be deleted while TerminationProtection is enabled',
      'DeleteStack',
    ],
  },
  {
    service: 'eks',
    code: 'InvalidRequest',
    message: /deletion protection/i,
    gives: 'protected',
    says: ['InvalidRequestException', 'Cluster ci-1 has deletion protection enabled', 'DeleteCluster'],
  },
  {
    service: ['logs', 'autoscaling'],
    code: /^(Validation|ValidationError|ResourceInUse|InvalidOperation)$/,
    message: /deletion protection/i,
    gives: 'protected',
    says: ['ValidationException', 'The specified log group has deletion protection enabled.', 'DeleteLogGroup'],
  },

  // —— somebody changes it just now
  {
    service: 'eks',
    code: /^(ResourceInUse|InvalidRequest|Client)$/,
    message: /in progress|status (DELETING|CREATING|UPDATING)|currently (being )?(updat|creat|delet)/i,
    gives: 'conflict',
    says: [
      'ResourceInUseException',
      'Cannot delete because cluster ci-1 currently has an update in progress',
      'DeleteCluster',
    ],
  }, // eksctl-io/eksctl#4979
  {
    service: 'cloudformation',
    code: 'ValidationError',
    message: /_IN_PROGRESS state|in progress/i,
    gives: 'conflict',
    says: [
      'ValidationError',
      'Stack:arn:aws:… is in UPDATE_IN_PROGRESS state and can not be updated.',
      'UpdateTerminationProtection',
    ],
  },
  {
    code: /^(OperationInProgress|TokenAlreadyExists|ConcurrentModification|OperationAborted|ScalingActivityInProgress|IncorrectInstanceState|ResourceContention|ConcurrentAccess)(Fault)?$/,
    gives: 'conflict',
    says: [
      'ScalingActivityInProgress',
      'You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.',
      'DeleteAutoScalingGroup',
    ],
  },
  {
    code: /(\.Duplicate|AlreadyExists|\.AlreadyAssociated|\.AlreadyAttached)$/,
    gives: 'conflict',
    says: ['InvalidPermission.Duplicate', 'the specified rule already exists', 'AuthorizeSecurityGroupIngress'],
  },

  // —— something that lives still uses it
  {
    service: network,
    code: 'DependencyViolation',
    gives: 'blocked',
    says: ['DependencyViolation', "The subnet 'subnet-0a1' has dependencies and cannot be deleted.", 'DeleteSubnet'],
  },
  {
    service: network,
    code: /\.InUse$/,
    gives: 'blocked',
    says: ['InvalidIPAddress.InUse', 'Address 203.0.113.7 is in use.', 'ReleaseAddress'],
  },
  {
    service: network,
    code: 'VolumeInUse',
    gives: 'blocked',
    says: ['VolumeInUse', 'Volume vol-0a1 is currently attached to i-0b2', 'DeleteVolume'],
  },
  {
    service: network,
    code: 'InvalidParameterValue',
    message: /currently in use/,
    gives: 'blocked',
    says: ['InvalidParameterValue', "Network interface 'eni-0a1' is currently in use.", 'DeleteNetworkInterface'],
  }, // gruntwork-io/cloud-nuke#1132
  {
    service: network,
    code: 'OperationNotPermitted',
    message: /not allowed to manage/,
    gives: 'blocked',
    says: [
      'OperationNotPermitted',
      "You are not allowed to manage 'ela-attach' attachments.",
      'DetachNetworkInterface',
    ],
  },
  {
    service: network,
    code: 'ExistingVpcEndpointConnections',
    gives: 'blocked',
    says: [
      'ExistingVpcEndpointConnections',
      "Service 'vpce-svc-0a1' has existing active VPC Endpoint connections!",
      'DeleteVpcEndpointServiceConfigurations',
    ],
  },
  {
    service: network,
    code: 'IncorrectState',
    message: /attach/i,
    gives: 'blocked',
    says: ['IncorrectState', 'The VpnGateway vgw-0a1 is currently attached to a VPC', 'DeleteVpnGateway'],
  },
  {
    service: network,
    code: /^(IncorrectState|InvalidState|InvalidAddress\.Locked)$/,
    gives: 'conflict',
    says: ['IncorrectState', "The state of vpce-0a1 is 'pending'", 'DeleteVpcEndpoints'],
  },
  {
    service: ['elbv2', 'autoscaling', 'eks', 'elb'],
    code: /^ResourceInUse(Fault)?$/,
    gives: 'blocked',
    says: [
      'ResourceInUse',
      "Target group 'arn:aws:…' is currently in use by a listener or a rule",
      'DeleteTargetGroup',
    ],
  },
  {
    service: 'iam',
    code: 'DeleteConflict',
    gives: 'blocked',
    says: [
      'DeleteConflictException',
      'Cannot delete entity, must remove roles from instance profile first.',
      'DeleteInstanceProfile',
    ],
  },
  {
    service: 'cloudformation',
    code: 'ValidationError',
    message: /in use by/,
    gives: 'blocked',
    says: [
      'ValidationError',
      'Export eksctl-ci-1-cluster::VPC cannot be deleted as it is in use by eksctl-ci-1-nodegroup-a',
      'DeleteStack',
    ],
  },

  // —— it will not be done for us
  {
    service: 'cloudformation',
    code: 'ValidationError',
    message: /cannot be assumed/,
    gives: 'denied',
    says: ['ValidationError', 'Role arn:aws:iam::111122223333:role/cfn is invalid or cannot be assumed', 'DeleteStack'],
  },
  {
    service: 'iam',
    code: 'UnmodifiableEntity',
    gives: 'denied',
    says: ['UnmodifiableEntityException', 'Cannot perform the operation on the protected role', 'DeleteRole'],
  },
  {
    code: 'OperationNotPermitted',
    gives: 'denied',
    says: ['OperationNotPermitted', 'The operation is not permitted on this resource.', 'DeleteVolume'],
  },
  {
    code: /^(UnsupportedOperation|Unsupported|UnknownOperation|InvalidAction|NotImplemented|FeatureNotAvailable)$/,
    gives: 'unsupported',
    says: ['UnsupportedOperation', 'The functionality you requested is not available in this region.'],
  },

  // —— the call is wrong
  {
    code: /^(CannotDelete|DefaultNetworkAcl|MissingParameter|MissingAction|Malformed\w*|MalformedQueryString|UnknownParameter|IdempotentParameterMismatch|LimitExceeded|InvalidInput|InvalidFilter|InvalidRequest|Client|InvalidNextToken|InvalidConfigurationRequest)$/,
    gives: 'invalid',
    says: [
      'CannotDelete',
      'the specified group: "sg-0a1" name: "default" cannot be deleted by a user',
      'DeleteSecurityGroup',
    ],
  },
  {
    code: /^(Validation|ValidationError|InvalidParameter\w*|Invalid\w+\.Malformed|Invalid\w*Format|InvalidGroupId)$/,
    gives: 'invalid',
    says: ['ValidationError', '1 validation error detected', 'DescribeStacks'],
  },
]
