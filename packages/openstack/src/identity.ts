import { type Io, MisuseError, type Ref, RefusedError, ref } from '@cleardown/core'
import { authenticate, type Connected } from './authenticate.ts'
import type { ResolvedCloud } from './cloud-config.ts'
import { failureOf } from './failures.ts'
import type { OpenStackOptions } from './options.ts'

type Way = Omit<Io<void>, 'client' | 'place'>

/**
 * Who are we, and in which project? Throws a `RefusedError` where the run must not begin: no credentials, a cloud that does not answer, another project
 * than expected, more power than one project's.
 */
export async function identify(cloud: ResolvedCloud, io: Way, options: OpenStackOptions): Promise<Connected> {
  const connected = await login(cloud, io)
  const { project, user, isAdmin } = connected
  const { expectedProject, allowAdmin = false } = options
  if (expectedProject !== undefined && expectedProject !== project.id && expectedProject !== project.name)
    throw new RefusedError(
      'wrong-account',
      `wrong OpenStack project: cloud "${cloud.name}" gives ${named(project)} to ${named(user)}, expected is ${expectedProject}; nothing was listed or changed`,
    )
  if (isAdmin && !allowAdmin)
    throw new RefusedError(
      'wrong-account',
      `${named(user)} has the role "admin" in ${named(project)} of cloud "${cloud.name}", and would see the resources of all projects; use credentials with the role "member", or set allowAdmin: true`,
    )
  return connected
}

async function login(cloud: ResolvedCloud, io: Way): Promise<Connected> {
  try {
    return await authenticate(cloud, io)
  } catch (error) {
    io.signal.throwIfAborted()
    if (error instanceof MisuseError) {
      // a token of a domain or of the whole system speaks for no project, or for all
      if (error.code === 'no-project') throw new RefusedError('wrong-account', error.message, { cause: error })
      throw error
    }
    const { code, providerCode, message } = failureOf(error)
    if (code === 'unauthenticated' || code === 'gone')
      throw new RefusedError(
        'no-credentials',
        `${cloud.authUrl} does not accept the credentials of cloud "${cloud.name}" (${providerCode}): ${message}. Are they right, and not expired?`,
        { cause: error },
      )
    throw new RefusedError(
      'unreachable',
      `cloud "${cloud.name}" did not answer at ${cloud.authUrl} (${providerCode}): ${message}. ${advice(providerCode, code)}`,
      { cause: error },
    )
  }
}

function advice(providerCode: string, code: string): string {
  if (code === 'denied') return 'Its certificate is not trusted: name its authority with `cacert`.'
  if (providerCode === 'NotJson') return 'Is `auth_url` the identity service, and no proxy in between?'
  return 'Is `auth_url` right, and can it be reached from here?'
}

const named = ({ id, name }: { id: string; name: string }): string => `${name} (${id})`

/** The credential through which we speak: without it the rest of the run is blind. */
export const neededBy = ({ client }: Connected): Ref[] =>
  client.applicationCredential ? [ref('openstack:application-credential', client.applicationCredential)] : []
