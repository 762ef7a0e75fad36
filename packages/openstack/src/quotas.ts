import type { Io, Limit, Session } from '@cleardown/core'
import type { OpenStack, Service } from './client.ts'

const usual: Limit = { ratePerSecond: 20, burst: 40, concurrency: 8 }
const heavy: Limit = { ratePerSecond: 10, burst: 20, concurrency: 4 }

/**
 * What each service takes of one project; core slows down further where it is told to. OpenStack publishes no limits and clouds set their own,
 * mostly on connections: few at once and many in a row is what they bear (gophercloud, openstacksdk: `*_max_concurrency`, `*_rate_limit`).
 */
export const limits: Readonly<Record<Service, Limit>> = {
  identity: heavy,
  compute: usual,
  network: usual,
  image: heavy,
  'block-storage': usual,
  'load-balancer': heavy,
  orchestration: heavy,
  dns: heavy,
  'object-store': usual,
  'shared-file-system': heavy,
  placement: heavy,
}

interface Quota {
  readonly id: string
  readonly used: number
  readonly limit: number
}
type Reader = (io: Io<OpenStack>) => Promise<Quota[]>

/** One call for each service that is there and tells what is used; -1 is without limit, and left out. */
const readers: Readonly<Partial<Record<Service, Reader>>> = {
  async compute(io) {
    const { limits: said } = await io.client.get<{ limits: { absolute: Readonly<Record<string, number>> } }>(
      io,
      'compute',
      '/limits',
    )
    const rows: readonly [string, string, string][] = [
      ['instances', 'totalInstancesUsed', 'maxTotalInstances'],
      ['cores', 'totalCoresUsed', 'maxTotalCores'],
      ['ram', 'totalRAMUsed', 'maxTotalRAMSize'],
      ['server_groups', 'totalServerGroupsUsed', 'maxServerGroups'],
    ]
    return rows.flatMap(([name, used, limit]) => limited(`compute:${name}`, said.absolute[used], said.absolute[limit]))
  },
  async network(io) {
    const { quota } = await io.client.get<{ quota: Readonly<Record<string, { used: number; limit: number }>> }>(
      io,
      'network',
      `/quotas/${io.client.project}/details`,
    )
    return Object.entries(quota).flatMap(([name, { used, limit }]) => limited(`network:${name}`, used, limit))
  },
  async 'block-storage'(io) {
    const { quota_set } = await io.client.get<{
      quota_set: Readonly<Record<string, string | { in_use: number; limit: number }>>
    }>(io, 'block-storage', `/os-quota-sets/${io.client.project}`, { usage: true })
    return Object.entries(quota_set).flatMap(([name, said]) =>
      typeof said === 'object' ? limited(`block-storage:${name}`, said.in_use, said.limit) : [],
    )
  },
}

const limited = (id: string, used: number | undefined, limit: number | undefined): Quota[] =>
  used === undefined || limit === undefined || limit < 0 ? [] : [{ id, used, limit }]

/** What is used of what is allowed. Octavia tells its limits but not what is used, so it is not among them. */
export const readQuotas: NonNullable<Session<OpenStack>['quotas']> = async (io) => {
  const there = Object.entries(readers).filter(([service]) => io.client.has(service as Service, io.place))
  const all = await Promise.all(there.map(([, reader]) => reader(io)))
  return all.flat()
}
