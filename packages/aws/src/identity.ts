import { type Io, type Ref, RefusedError, ref } from '@cleardown/core'
import type { Aws } from './client.ts'
import { failureOf } from './failures.ts'
import type { AwsOptions } from './options.ts'

export interface Caller {
  readonly account: string
  /** The caller's ARN. */
  readonly principal: string
}

/**
 * Who are we? Asked in every region: one that is not enabled, or does not exist, must not look like an empty one.
 * Throws a `RefusedError` where the run must not begin.
 */
export async function identify(
  io: Omit<Io<void>, 'client' | 'place'>,
  client: Aws,
  options: AwsOptions,
): Promise<Caller> {
  const { regions, expectedAccount } = options
  const answers = await Promise.all(regions.map((region) => ask(io, client, region)))
  const caller = answers.find((answer) => 'account' in answer)
  for (const [index, answer] of answers.entries())
    if ('error' in answer) throw refusal(answer.error, regions[index] ?? '', options, caller)
  if (!caller) throw new RefusedError('no-credentials', 'AWS did not say who the caller is')
  if (expectedAccount !== undefined && caller.account !== expectedAccount)
    throw new RefusedError(
      'wrong-account',
      `wrong AWS account: the credentials are of ${caller.account} (${caller.principal}), expected is ${expectedAccount}; nothing was read or changed`,
    )
  return caller
}

async function ask(
  io: Omit<Io<void>, 'client' | 'place'>,
  client: Aws,
  region: string,
): Promise<Caller | { readonly error: unknown }> {
  try {
    const answer = (await client.send({ ...io, place: region }, 'sts', 'GetCallerIdentity', {})) as {
      Account?: string
      Arn?: string
    }
    return { account: answer.Account ?? '', principal: answer.Arn ?? '' }
  } catch (error) {
    io.signal.throwIfAborted()
    return { error }
  }
}

function refusal(cause: unknown, region: string, { endpoint }: AwsOptions, caller: Caller | undefined): RefusedError {
  const { code, providerCode, message } = failureOf(cause)
  if (code !== 'unauthenticated' && code !== 'denied')
    return new RefusedError(
      'unreachable',
      `AWS in ${region} did not answer at ${endpoint ?? `sts.${region}.amazonaws.com`}: ${providerCode}, ${message}`,
      { cause },
    )
  if (caller)
    return new RefusedError(
      'no-credentials',
      `region ${region} does not accept the credentials of account ${caller.account} (${providerCode}): is it enabled for that account?`,
      { cause },
    )
  return new RefusedError(
    'no-credentials',
    `AWS in ${region} does not accept the caller, or there are no credentials: ${providerCode}, ${message}`,
    { cause },
  )
}

/** The role through which we speak: without it the rest of the run is blind. */
export function neededBy(principal: string): Ref[] {
  const role = /:assumed-role\/([^/]+)\//.exec(principal)?.[1]
  return role ? [ref('aws:role', role, 'global')] : []
}
