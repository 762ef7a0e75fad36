/** A key pair as the SDK takes it. */
export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}
/** Keys, or a function that gives them (any credential provider of the SDK). */
export type Credentials = Keys | (() => Promise<Keys>)

interface Sdk {
  autoscaling: typeof import('@aws-sdk/client-auto-scaling')
  cloudformation: typeof import('@aws-sdk/client-cloudformation')
  ec2: typeof import('@aws-sdk/client-ec2')
  eks: typeof import('@aws-sdk/client-eks')
  elb: typeof import('@aws-sdk/client-elastic-load-balancing')
  elbv2: typeof import('@aws-sdk/client-elastic-load-balancing-v2')
  iam: typeof import('@aws-sdk/client-iam')
  logs: typeof import('@aws-sdk/client-cloudwatch-logs')
  sts: typeof import('@aws-sdk/client-sts')
}

/** The services that this adapter speaks to; also the names of their buckets. */
export type Service = keyof Sdk

/** The calls of a service, and what goes in and comes out, as the SDK types them. */
export type Operation<S extends Service> = keyof Sdk[S] extends infer K
  ? K extends `${infer O}Command`
    ? O
    : never
  : never
type Command<S extends Service, O extends string> = Sdk[S][`${O}Command` & keyof Sdk[S]]
type Instance<S extends Service, O extends string> =
  Command<S, O> extends new (...input: never[]) => infer I ? I : never
export type Input<S extends Service, O extends string> = Instance<S, O> extends { readonly input: infer I } ? I : never
export type Output<S extends Service, O extends string> =
  Instance<S, O> extends { resolveMiddleware(...stack: never[]): (...input: never[]) => Promise<{ output: infer R }> }
    ? R
    : never

interface Config {
  readonly region: string
  readonly credentials?: Credentials
  readonly endpoint?: string
}

/** Nothing answers within this time: the endpoint is not there. */
const connectTimeoutMs = 5_000
/** A request that was sent and not answered; core's own deadline is a minute. */
const requestTimeoutMs = 55_000

const settings = <T extends Config>(config: T) =>
  ({
    ...config,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  }) as const

/** One row for each service: loaded on first use, so that a run pays only for what it speaks to. */
const loaders = {
  autoscaling: async (config: Config) => {
    const sdk = await import('@aws-sdk/client-auto-scaling')
    return { sdk, client: new sdk.AutoScalingClient(settings(config)) }
  },
  cloudformation: async (config: Config) => {
    const sdk = await import('@aws-sdk/client-cloudformation')
    return { sdk, client: new sdk.CloudFormationClient(settings(config)) }
  },
  ec2: async (config: Config) => {
    const sdk = await import('@aws-sdk/client-ec2')
    return { sdk, client: new sdk.EC2Client(settings(config)) }
  },
  eks: async (config: Config) => {
    const sdk = await import('@aws-sdk/client-eks')
    return { sdk, client: new sdk.EKSClient(settings(config)) }
  },
  elb: async (config: Config) => {
    const sdk = await import('@aws-sdk/client-elastic-load-balancing')
    return { sdk, client: new sdk.ElasticLoadBalancingClient(settings(config)) }
  },
  elbv2: async (config: Config) => {
    const sdk = await import('@aws-sdk/client-elastic-load-balancing-v2')
    return { sdk, client: new sdk.ElasticLoadBalancingV2Client(settings(config)) }
  },
  iam: async (config: Config) => {
    const sdk = await import('@aws-sdk/client-iam')
    return { sdk, client: new sdk.IAMClient(settings(config)) }
  },
  logs: async (config: Config) => {
    const sdk = await import('@aws-sdk/client-cloudwatch-logs')
    return { sdk, client: new sdk.CloudWatchLogsClient(settings(config)) }
  },
  sts: async (config: Config) => {
    const sdk = await import('@aws-sdk/client-sts')
    return { sdk, client: new sdk.STSClient(settings(config)) }
  },
}

/** One service in one region. */
export interface Loaded {
  send(op: string, input: object, signal: AbortSignal): Promise<unknown>
  /** The provider that this client found by itself; others share it, so that a role is assumed once. */
  readonly credentials: () => Promise<Keys>
}

export async function loadService(service: Service, config: Config): Promise<Loaded> {
  const { sdk, client } = await loaders[service](config)
  const commands = sdk as unknown as Record<string, new (input: object) => unknown>
  const sender = client as unknown as { send(command: unknown, how: { abortSignal: AbortSignal }): Promise<unknown> }
  return {
    credentials: client.config.credentials as () => Promise<Keys>,
    async send(op, input, signal) {
      const Command = commands[`${op}Command`]
      if (!Command) throw new TypeError(`${service} has no call ${op}`)
      return sender.send(new Command(input), { abortSignal: signal })
    },
  }
}
