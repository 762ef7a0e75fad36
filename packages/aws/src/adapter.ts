import type { Adapter, Session } from '@cleardown/core'
import { partitionOf } from './classify-interface.ts'
import { type Aws, createClient } from './client.ts'
import { failureOf } from './failures.ts'
import { identify, neededBy } from './identity.ts'
import { kinds } from './kinds/index.ts'
import type { AwsOptions } from './options.ts'
import { ownershipRules } from './ownership.ts'
import { limits } from './quotas.ts'
import type { Service } from './services.ts'
import { version } from './version.ts'

/** Where IAM is spoken to. */
const globalRegions: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
}

const serviceOf: ReadonlyMap<string, Service> = new Map(kinds.map((kind) => [kind.name, kind.service as Service]))

/** Names errors; the principal is known only after `connect`. */
const failureFor =
  (principal?: string): Session['failure'] =>
  (error, { kind, call, it }) =>
    failureOf(error, { service: serviceOf.get(kind), op: call, principal, id: it?.id })

/** The adapter for options that were checked. `client` is for tests; default: AWS itself. */
export function createAdapter(options: AwsOptions, client?: Aws): Adapter {
  return {
    name: 'aws',
    version,
    failure: (error) => failureOf(error),
    async connect(io): Promise<Session<Aws>> {
      const { regions, credentials, endpoint } = options
      const aws =
        client ??
        createClient({
          globalRegion: globalRegions[partitionOf(regions[0] ?? '')] ?? 'us-east-1',
          ...(credentials ? { credentials } : {}),
          ...(endpoint ? { endpoint } : {}),
        })
      const { account, principal } = await identify(io, aws, options)
      return {
        identity: { account, principal, places: regions, needs: neededBy(principal) },
        client: aws,
        ownership: ownershipRules,
        kinds,
        limits,
        failure: failureFor(principal),
      }
    },
  }
}
