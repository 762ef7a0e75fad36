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

const row = (
  gives: FailureCode,
  code: Refusal['code'],
  says: Refusal['says'],
  more: Pick<Refusal, 'service' | 'message' | 'op'> = {},
): Refusal => ({ gives, code, says, ...more })

/** Sources: API references, "Common errors" and "Error codes for the Amazon EC2 API"; where another is named, the thread that reported it. */
export const refusals: readonly Refusal[] = [
  // —— who asks
  // while a NAT gateway or load balancer holds it: openshift/installer#1216
  row(
    'blocked',
    'AuthFailure',
    ['AuthFailure', 'You do not have permission to access the specified resource.', 'ReleaseAddress'],
    { op: /^(ReleaseAddress|DisassociateAddress)$/ },
  ),
  row(
    'unauthenticated',
    'AuthFailure',
    ['AuthFailure', 'AWS was not able to validate the provided access credentials'],
    { message: /not able to validate/ },
  ),
  row('denied', 'AuthFailure', ['AuthFailure', 'Not authorized for images']),
  row('denied', /^(UnauthorizedOperation|AccessDenied|UnauthorizedAccess|NotAuthorized)$/, [
    'UnauthorizedOperation',
    'You are not authorized to perform this operation.',
  ]),
  row(
    'unauthenticated',
    /^(ExpiredToken|RequestExpired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|InvalidAccessKeyId|CredentialsProviderError|TokenProviderError|RequestTimeTooSkewed)$/,
    ['ExpiredTokenException', 'The security token included in the request is expired'],
  ),
  row('unsupported', /^(OptInRequired|SubscriptionRequired)$/, [
    'OptInRequired',
    'You are not subscribed to this service.',
  ]),

  // —— too fast, or broken on the way
  row(
    'throttled',
    /^(RequestLimitExceeded|Throttling|Throttled|ThrottlingError|RequestThrottled|TooManyRequests|SlowDown|BandwidthLimitExceeded|PriorRequestNotComplete|EC2Throttled|RequestThrottling|Client\.RequestLimitExceeded)$/,
    ['RequestLimitExceeded', 'Request limit exceeded.'],
  ),
  row(
    'transient',
    /^(InternalError|InternalFailure|InternalServerError|InternalServer|Internal|ServiceUnavailable|ServiceFailure|ServerInternal|ServerError|Server|Unavailable|RequestTimeout|Timeout|TimeoutError|AbortError)$/,
    ['InternalError', 'An internal error has occurred'],
  ),
  row(
    'transient',
    /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET\w*|UND_ERR\w*)$/,
    ['ECONNRESET', 'socket hang up'],
  ),

  // —— it is not there
  // also .NotFoundException of launch templates
  row('gone', /(^|\.)NotFound(Fault)?$/, ['InvalidSubnetID.NotFound', "The subnet ID 'subnet-0a1' does not exist"]),
  row(
    'gone',
    /^(NatGatewayNotFound|Gateway\.NotAttached|InvalidAttachment\.NotFound)$/,
    ['NatGatewayNotFound', 'The Nat Gateway nat-0a1 was not found'],
    { service: 'ec2' },
  ),
  row('gone', 'InvalidParameterValue', ['InvalidParameterValue', "The association ID 'eipassoc-0a1' does not exist"], {
    service: 'ec2',
    message: /^The (allocation|association) ID '[^']*' does not exist/,
  }),
  row(
    'gone',
    /^(LoadBalancer|TargetGroup|Listener|Rule|AccessPoint)NotFound$/,
    ['LoadBalancerNotFoundException', 'One or more load balancers not found'],
    { service: ['elb', 'elbv2'] },
  ),
  row('gone', 'ResourceNotFound', ['ResourceNotFoundException', 'No cluster found for name: ci-1.'], {
    service: ['eks', 'logs'],
  }),
  row('gone', /^NoSuchEntity$/, ['NoSuchEntityException', 'The role with name ci-1-node cannot be found.'], {
    service: 'iam',
  }),
  row(
    'gone',
    /^(ValidationError|StackNotFound)$/,
    ['ValidationError', 'Stack with id eksctl-ci-1-cluster does not exist'],
    { service: 'cloudformation', message: /does not exist/ },
  ),
  row(
    'gone',
    'ValidationError',
    ['ValidationError', "AutoScalingGroup name not found - AutoScalingGroup 'ng-a' not found"],
    { service: 'autoscaling', message: /not found/ },
  ),

  // —— a protection stands on it
  row(
    'protected',
    'OperationNotPermitted',
    ['OperationNotPermitted', "Load balancer 'arn:aws:…' cannot be deleted because deletion protection is enabled"],
    { message: /deletion protection/i },
  ),
  row(
    'protected',
    'OperationNotPermitted',
    [
      'OperationNotPermitted',
      "The instance 'i-0a1' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
    ],
    { service: 'ec2', message: /may not be terminated/ },
  ),
  row(
    'protected',
    'ValidationError',
    ['ValidationError', 'Stack [eksctl-ci-1-cluster] cannot be deleted while TerminationProtection is enabled'],
    { service: 'cloudformation', message: /TerminationProtection/i },
  ),
  row('protected', 'InvalidRequest', ['InvalidRequestException', 'Cluster ci-1 has deletion protection enabled'], {
    service: 'eks',
    message: /deletion protection/i,
  }),
  row(
    'protected',
    /^(Validation|ValidationError|ResourceInUse|InvalidOperation)$/,
    ['ValidationException', 'The specified log group has deletion protection enabled.'],
    { service: ['logs', 'autoscaling'], message: /deletion protection/i },
  ),

  // —— somebody changes it just now
  // eksctl-io/eksctl#4979
  row(
    'conflict',
    /^(ResourceInUse|InvalidRequest|Client)$/,
    ['ResourceInUseException', 'Cannot delete because cluster ci-1 currently has an update in progress'],
    {
      service: 'eks',
      message: /in progress|status (DELETING|CREATING|UPDATING)|currently (being )?(updat|creat|delet)/i,
    },
  ),
  // a member went between the look and the call: rebuy-de/aws-nuke#270
  row(
    'conflict',
    'ValidationError',
    ['ValidationError', 'The specified resources to retain must be in a valid state.'],
    {
      service: 'cloudformation',
      message: /to retain must be in a valid state/,
    },
  ),
  row(
    'conflict',
    'ValidationError',
    ['ValidationError', 'Stack:arn:aws:… is in UPDATE_IN_PROGRESS state and can not be updated.'],
    { service: 'cloudformation', message: /_IN_PROGRESS state|in progress/i },
  ),
  row(
    'conflict',
    /^(OperationInProgress|TokenAlreadyExists|ConcurrentModification|OperationAborted|ScalingActivityInProgress|IncorrectInstanceState|ResourceContention|ConcurrentAccess)(Fault)?$/,
    [
      'ScalingActivityInProgress',
      'You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.',
    ],
  ),
  row('conflict', /(\.Duplicate|AlreadyExists|\.AlreadyAssociated|\.AlreadyAttached)$/, [
    'InvalidPermission.Duplicate',
    'the specified rule already exists',
  ]),

  // —— something that lives still uses it
  row(
    'blocked',
    'DependencyViolation',
    ['DependencyViolation', "The subnet 'subnet-0a1' has dependencies and cannot be deleted."],
    { service: 'ec2' },
  ),
  row('blocked', /\.InUse$/, ['InvalidIPAddress.InUse', 'Address 203.0.113.7 is in use.'], {
    service: 'ec2',
  }),
  row('blocked', 'VolumeInUse', ['VolumeInUse', 'Volume vol-0a1 is currently attached to i-0b2'], {
    service: 'ec2',
  }),
  // gruntwork-io/cloud-nuke#1132
  row(
    'blocked',
    'InvalidParameterValue',
    ['InvalidParameterValue', "Network interface 'eni-0a1' is currently in use."],
    { service: 'ec2', message: /currently in use/ },
  ),
  row(
    'blocked',
    'OperationNotPermitted',
    ['OperationNotPermitted', "You are not allowed to manage 'ela-attach' attachments."],
    { service: 'ec2', message: /not allowed to manage/ },
  ),
  row(
    'blocked',
    'ExistingVpcEndpointConnections',
    ['ExistingVpcEndpointConnections', "Service 'vpce-svc-0a1' has existing active VPC Endpoint connections!"],
    { service: 'ec2' },
  ),
  row('blocked', 'IncorrectState', ['IncorrectState', 'The VpnGateway vgw-0a1 is currently attached to a VPC'], {
    service: 'ec2',
    message: /attach/i,
  }),
  row(
    'conflict',
    /^(IncorrectState|InvalidState|InvalidAddress\.Locked)$/,
    ['IncorrectState', "The state of vpce-0a1 is 'pending'"],
    { service: 'ec2' },
  ),
  row(
    'blocked',
    /^ResourceInUse(Fault)?$/,
    ['ResourceInUse', "Target group 'arn:aws:…' is currently in use by a listener or a rule"],
    { service: ['elbv2', 'autoscaling', 'eks', 'elb'] },
  ),
  row(
    'blocked',
    'DeleteConflict',
    ['DeleteConflictException', 'Cannot delete entity, must remove roles from instance profile first.'],
    { service: 'iam' },
  ),
  row(
    'blocked',
    'ValidationError',
    ['ValidationError', 'Export eksctl-ci-1-cluster::VPC cannot be deleted as it is in use by eksctl-ci-1-nodegroup-a'],
    { service: 'cloudformation', message: /in use by/ },
  ),

  // —— it will not be done for us
  row(
    'denied',
    'ValidationError',
    ['ValidationError', 'Role arn:aws:iam::111122223333:role/cfn is invalid or cannot be assumed'],
    { service: 'cloudformation', message: /cannot be assumed/ },
  ),
  row(
    'denied',
    'UnmodifiableEntity',
    ['UnmodifiableEntityException', 'Cannot perform the operation on the protected role'],
    { service: 'iam' },
  ),
  row('denied', 'OperationNotPermitted', ['OperationNotPermitted', 'The operation is not permitted on this resource.']),
  row(
    'unsupported',
    /^(UnsupportedOperation|Unsupported|UnknownOperation|InvalidAction|NotImplemented|FeatureNotAvailable)$/,
    ['UnsupportedOperation', 'The functionality you requested is not available in this region.'],
  ),

  // —— the call is wrong
  row(
    'invalid',
    /^(CannotDelete|DefaultNetworkAcl|MissingParameter|MissingAction|Malformed\w*|MalformedQueryString|UnknownParameter|IdempotentParameterMismatch|LimitExceeded|InvalidInput|InvalidFilter|InvalidRequest|Client|InvalidNextToken|InvalidConfigurationRequest)$/,
    ['CannotDelete', 'the specified group: "sg-0a1" name: "default" cannot be deleted by a user'],
  ),
  row(
    'invalid',
    /^(Validation|ValidationError|InvalidParameter\w*|Invalid\w+\.Malformed|Invalid\w*Format|InvalidGroupId)$/,
    ['ValidationError', '1 validation error detected'],
  ),
]
