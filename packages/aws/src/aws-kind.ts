import {
  defineKind,
  type Evidence,
  type Facts,
  type Json,
  type Kind,
  partOf,
  type Ref,
  type Relation,
  ref,
} from '@cleardown/core'
import type { Aws } from './client.ts'
import { failureOf } from './failures.ts'

/** A kind of this adapter. */
export type AwsKind = Kind<Aws>
export const awsKind: <R, D extends Json>(kind: Kind<Aws, R, D>) => Kind<Aws, R, D> = defineKind<Aws>()

/** The fields `K` of an answer that AWS always sends, although the SDK types all fields as optional. */
export type Sure<T, K extends keyof T> = T & { readonly [P in K]-?: NonNullable<T[P]> }

/** What an answer does not say and a command for a person needs. */
export interface Placed {
  readonly Region: string
}

interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** Tags, the name among them, and the stack that made it: the same for everything that AWS tags as a list. */
export function marksOf(
  tagList: readonly Tag[] | undefined,
): Pick<Facts, 'tags' | 'name' | 'evidence'> & { readonly tags: Readonly<Record<string, string>> } {
  const tags = Object.fromEntries((tagList ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']))
  const { Name: name } = tags
  return { tags, ...(name ? { name } : {}), evidence: stackEvidence(tags) }
}

/**
 * Members come from the stack's own list. What only carries the tag was left out of it on purpose (DeletionPolicy, a skipped deletion, copied
 * by a group): a hint while the stack is ours.
 */
export function stackEvidence(tags: Readonly<Record<string, string>>): Evidence[] {
  const stack = tags['aws:cloudformation:stack-id']
  if (!stack) return []
  return [
    {
      rule: 'stack-tag',
      says: 'ours',
      strength: 'hint',
      field: 'tag aws:cloudformation:stack-id',
      value: stack,
      through: ref('aws:stack', stack),
    },
  ]
}

interface Operated {
  readonly Operator?: { readonly Managed?: boolean | undefined; readonly Principal?: string | undefined } | undefined
}

/** EKS Auto Mode and others keep resources in our account that only they may remove. */
export function operated(
  raw: Operated,
  tags: Readonly<Record<string, string>>,
): { fixed?: string; relations: Relation[] } {
  if (!raw.Operator?.Managed) return { relations: [] }
  const principal = raw.Operator.Principal ?? 'an AWS service'
  const cluster = tags['eks:eks-cluster-name'] ?? tags['aws:eks:cluster-name']
  return {
    fixed: `managed by ${principal}`,
    relations: cluster ? [partOf(ref('aws:eks-cluster', cluster), `Operator ${principal}`)] : [],
  }
}

export function iso(time: Date | string | undefined): string | undefined {
  return time instanceof Date ? time.toISOString() : time
}

/** `{ createdAt }`, or nothing where the answer has no time. */
export function createdAt(time: Date | string | undefined): { createdAt?: string } {
  const at = iso(time)
  return at === undefined ? {} : { createdAt: at }
}

export function* slices<T>(all: readonly T[], size: number): Generator<readonly T[], void, undefined> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size)
}

/** The answer, or undefined where AWS says that it does not exist. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (failureOf(error).code === 'gone') return undefined
    throw error
  }
}

/** The name at the end of an IAM ARN; names are unique in an account, whatever the path. */
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
export const regionOf = (arn: string): string => arn.split(':')[3] ?? ''

export const roleRef = (arn: string): Ref => ref('aws:role', nameOf(arn), 'global')
export const profileRef = (arn: string): Ref => ref('aws:instance-profile', nameOf(arn), 'global')

/** The attachment of a VPC's internet gateway. A VPC has at most one, so its id is told by the VPC's, in CloudFormation's own form. */
export const attachmentId = (vpc: string): string => `IGW|${vpc}`
export const attachmentRef = (vpc: string): Ref => ref('aws:internet-gateway-attachment', attachmentId(vpc))

/** A command of the AWS CLI, to be pasted as it is. */
export function cli(
  service: string,
  command: string,
  options: Readonly<Record<string, string | true>>,
  region?: string,
): string {
  const words = ['aws', service, command]
  for (const [name, value] of Object.entries(options))
    words.push(`--${name}`, ...(value === true ? [] : [quoted(value)]))
  if (region) words.push('--region', region)
  return words.join(' ')
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
