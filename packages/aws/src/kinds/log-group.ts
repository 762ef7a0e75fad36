import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs'
import type { Io } from '@cleardown/core'
import { type AwsKind, awsKind, cli, createdAt, regionOf, type Sure } from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'

type Raw = Sure<LogGroup, 'logGroupName'>

const protection = 'deletionProtectionEnabled'
const controlPlane = /^\/aws\/eks\/[^/]+\/cluster$/

async function* named(io: Io<Aws>, names: readonly string[]): AsyncGenerator<Raw, void, undefined> {
  for (const name of names)
    for await (const raw of pages<Raw>(
      io,
      'logs',
      'DescribeLogGroups',
      { logGroupNamePrefix: name, limit: 50 },
      'logGroups',
    ))
      if (raw.logGroupName === name) yield raw
}

/** Its tags are not asked for: that would be one question for each group of the account. The control plane's has a name that only EKS gives. */
export const logGroup: AwsKind = awsKind({
  name: 'aws:log-group',
  service: 'logs',
  uses: [],
  find: { all: (io) => pages<Raw>(io, 'logs', 'DescribeLogGroups', { limit: 50 }, 'logGroups'), ids: named },
  facts: (raw) => ({
    id: raw.logGroupName,
    name: raw.logGroupName,
    aliases: raw.logGroupArn ? [raw.logGroupArn] : [],
    incarnation: `${raw.logGroupName}@${raw.creationTime ?? ''}`,
    phase: 'steady',
    state: 'available',
    ...createdAt(raw.creationTime === undefined ? undefined : new Date(raw.creationTime)),
    ...(controlPlane.test(raw.logGroupName) ? {} : { holdsData: 'unknown' as const }),
    relations: [],
    protections: raw.deletionProtectionEnabled
      ? [{ id: protection, liftable: true, says: 'deletion protection of the log group' }]
      : [],
    data: { region: regionOf(raw.arn ?? raw.logGroupArn ?? ''), bytes: raw.storedBytes ?? 0 },
  }),
  async remove(io, it) {
    await send(io, 'logs', 'DeleteLogGroup', { logGroupName: it.id })
  },
  unprotect: {
    before: (it) => (it.protections?.length ? true : undefined),
    apply: async (io, it) =>
      void (await send(io, 'logs', 'PutLogGroupDeletionProtection', {
        logGroupIdentifier: it.id,
        deletionProtectionEnabled: false,
      })),
    undo: async (io, it) =>
      void (await send(io, 'logs', 'PutLogGroupDeletionProtection', {
        logGroupIdentifier: it.id,
        deletionProtectionEnabled: true,
      })),
  },
  manual: (it) => cli('logs', 'delete-log-group', { 'log-group-name': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once; the control plane makes it anew until it is gone itself
})
