// SDK clients for one bed. The access key is the name of the caller: it stands in the journal and in GetCallerIdentity.
import { AutoScaling } from '@aws-sdk/client-auto-scaling'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { EC2 } from '@aws-sdk/client-ec2'
import { EKS } from '@aws-sdk/client-eks'
import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAM } from '@aws-sdk/client-iam'
import { STS } from '@aws-sdk/client-sts'

export interface AwsClients {
  autoscaling: AutoScaling
  cloudformation: CloudFormation
  ec2: EC2
  eks: EKS
  elb: ElasticLoadBalancing
  elbv2: ElasticLoadBalancingV2
  iam: IAM
  logs: CloudWatchLogs
  sts: STS
}

/** Sees the world as it is: no journal, no fault, no tick of the clock, no stale read. */
export const ORACLE_KEY = 'oracle'

export interface ClientSettings {
  key?: string
  region?: string
  maxAttempts?: number
}

export function awsClients(endpoint: string, settings: ClientSettings = {}): AwsClients {
  const common = {
    endpoint,
    region: settings.region ?? 'us-east-1',
    maxAttempts: settings.maxAttempts ?? 1,
    credentials: { accessKeyId: settings.key ?? 'stage', secretAccessKey: 'none' },
  }
  return {
    autoscaling: new AutoScaling(common),
    cloudformation: new CloudFormation(common),
    ec2: new EC2(common),
    eks: new EKS(common),
    elb: new ElasticLoadBalancing(common),
    elbv2: new ElasticLoadBalancingV2(common),
    iam: new IAM(common),
    logs: new CloudWatchLogs(common),
    sts: new STS(common),
  }
}

/** A field that the answer must have. */
export function must<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Error(`The answer has no ${what}.`)
  return value
}
