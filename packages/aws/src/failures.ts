import { type Failure, type FailureCode, type KindName, type Ref, ref } from '@cleardown/core'
import { originOf } from './client.ts'
import { type Refusal, refusals } from './refusals.ts'
import type { Service } from './services.ts'

/** What is known about the call that was refused. */
export interface About {
  readonly service?: Service | undefined
  readonly op?: string | undefined
  readonly principal?: string | undefined
  /** Id of the resource that the call was for. */
  readonly id?: string | undefined
}

/** Names the SDK's error: the first row of the table that matches. Never throws. */
export function failureOf(error: unknown, about: About = {}): Failure {
  const providerCode = codeOf(error)
  const message = error instanceof Error && error.message ? error.message : providerCode
  const origin = originOf(error)
  const call = { ...about, ...(origin ? { service: origin.service, op: origin.op } : {}) }
  const row = rowOf(providerCode, message, call)
  const code = row?.gives ?? byStatus(error)
  const blockers = code === 'blocked' ? blockersIn(error, message, about.id) : []
  const retryAfterMs = retryAfter(error)
  return {
    code,
    message,
    providerCode,
    ...(blockers.length > 0 ? { blockers } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(code === 'denied' ? { missing: missingIn(message, call) } : {}),
  }
}

export function rowOf(providerCode: string, message: string, { service, op }: About): Refusal | undefined {
  const bare = providerCode.replace(/Exception$/, '').replace(/^(Client|Server)\.(?=\w)/, '')
  return refusals.find(
    (row: Refusal) =>
      (typeof row.code === 'string' ? row.code === bare : row.code.test(bare)) &&
      (row.service === undefined ||
        service === undefined ||
        row.service === service ||
        row.service.includes(service)) &&
      (row.message === undefined || row.message.test(message)) &&
      (row.op === undefined || (op !== undefined && row.op.test(op))),
  )
}

interface SdkError {
  readonly name?: unknown
  readonly code?: unknown
  readonly Code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
  readonly clusterName?: unknown
  readonly nodegroupName?: unknown
}

/** AWS's code is the error's name; the runtime's (`ECONNREFUSED`) is its code, sometimes one level down. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  const { name, code } = error as SdkError
  if (typeof code === 'string' && /^[A-Z_]+$/.test(code)) return code
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  if (inner) return codeOf(inner)
  return typeof name === 'string' && name !== '' ? name : 'unknown'
}

/** No row matched: the HTTP status still tells a broken server from a refusal. */
function byStatus(error: unknown): FailureCode {
  const status = typeof error === 'object' && error !== null ? ((error as SdkError).$metadata?.httpStatusCode ?? 0) : 0
  if (status === 429) return 'throttled'
  return status >= 500 ? 'transient' : 'unknown'
}

function retryAfter(error: unknown): number | undefined {
  const seconds = Number((error as SdkError | undefined)?.$response?.headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}

/** Rights are named by IAM's prefix, which is not always the service's short name. */
const prefixes: Readonly<Partial<Record<Service, string>>> = {
  elb: 'elasticloadbalancing',
  elbv2: 'elasticloadbalancing',
}

function missingIn(message: string, { service, op, principal }: About): NonNullable<Failure['missing']> {
  const said = /User: (\S+) is not authorized to perform: ([\w-]+:\w+)/.exec(message)
  const guess = service && op ? `${prefixes[service] ?? service}:${op}` : 'unknown'
  return {
    principal: said?.[1] ?? principal ?? 'unknown',
    permission: said?.[2] ?? guess,
    explicit: /explicit deny/i.test(message),
  }
}

/** Kinds by the prefix of their ids, for messages that name who holds it. */
const prefixKinds: Readonly<Record<string, KindName>> = {
  eni: 'aws:network-interface',
  i: 'aws:instance',
  igw: 'aws:internet-gateway',
  nat: 'aws:nat-gateway',
  rtb: 'aws:route-table',
  sg: 'aws:security-group',
  subnet: 'aws:subnet',
  vol: 'aws:volume',
  vpce: 'aws:vpc-endpoint',
}

function blockersIn(error: unknown, message: string, id: string | undefined): Ref[] {
  const { clusterName, nodegroupName } = error as SdkError
  if (typeof clusterName === 'string' && typeof nodegroupName === 'string')
    return [ref('aws:nodegroup', `${clusterName}/${nodegroupName}`)]
  const exportUsers = /in use by (.+)$/.exec(message)?.[1]
  const region = id?.startsWith('arn:') ? id.split(':')[3] : undefined
  if (/^Export /.test(message) && exportUsers && region)
    return exportUsers.split(/, | and /).map((name) => ({ alias: `stack:${region}/${name.trim().replace(/\.$/, '')}` }))
  return [...new Set([...message.matchAll(/\b([a-z]+)-[0-9a-f]{8,17}\b/g)].map(([whole]) => whole))]
    .filter((found) => found !== id)
    .flatMap((found) => {
      const kind = prefixKinds[found.slice(0, found.indexOf('-'))]
      return kind ? [ref(kind, found)] : []
    })
}
