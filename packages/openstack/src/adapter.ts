import type { Adapter, Session } from '@cleardown/core'
import type { OpenStack } from './client.ts'
import { resolveCloud } from './cloud-config.ts'
import { type Environment, processEnvironment } from './environment.ts'
import { failureOf } from './failures.ts'
import { identify, neededBy } from './identity.ts'
import { kinds } from './kinds/index.ts'
import type { OpenStackOptions } from './options.ts'
import { ownershipRules } from './ownership.ts'
import { limits, readQuotas } from './quotas.ts'
import { version } from './version.ts'

/** The adapter for options that were checked. Files and variables are read at `connect`, each time anew. */
export function createAdapter(options: OpenStackOptions, environment: () => Environment = processEnvironment): Adapter {
  return {
    name: 'openstack',
    version,
    failure: (error) => failureOf(error),
    async connect(io): Promise<Session<OpenStack>> {
      const connected = await identify(resolveCloud(options, environment()), io, options)
      const { client, project, user, region } = connected
      const principal = `${user.name} (${user.id})`
      return {
        identity: { account: project.id, principal, places: [region], needs: neededBy(connected) },
        client,
        ownership: ownershipRules,
        kinds,
        limits,
        failure: (error, { it }) =>
          failureOf(error, { principal, id: it?.id, isProtected: (it?.protections ?? []).length > 0 }),
        quotas: readQuotas,
      }
    },
  }
}
