import { access, readdir } from 'node:fs/promises'
import type { Io } from '@cleardown/core'
import type { OpenStack } from '@cleardown/openstack'
import { ledgerOf, ledgerPath, options } from './options.ts'

export interface Job {
  readonly run: string
  /** `over` is proved by a heartbeat that has ended, or said by a person where there is none. Neither age nor silence prove it. */
  readonly life: 'lives' | 'over' | 'unknown'
  readonly because: string
  /** Something that it made may be left. */
  readonly open: boolean
}

/** The scope of the lease that `alive.ts` holds. */
export const heartbeat = (run: string): string => `job ${run}`

const recentMs = 60 * 60_000

/** Every job that is named, has a ledger here, or a mark on a server or volume of the project. Watches heartbeats for some seconds. */
export async function findJobs(io: Io<OpenStack>): Promise<readonly Job[]> {
  const files = await readdir(options.ledgers).catch(() => [])
  const recorded = files.filter((file) => file.endsWith('.jsonl')).map((file) => file.slice(0, -'.jsonl'.length))
  const servers = await marked(io, 'compute', '/servers/detail', 'servers')
  const volumes = await marked(io, 'block-storage', '/volumes/detail', 'volumes')
  const runs = new Set([...options.run, ...recorded, ...servers.keys(), ...volumes.keys()])
  return await Promise.all([...runs].sort().map((run) => look(io, run, servers.get(run) ?? [], volumes.has(run))))
}

async function look(io: Io<OpenStack>, run: string, servers: readonly string[], hasVolume: boolean): Promise<Job> {
  const open = servers.length > 0 || hasVolume || (await hasOpenRecord(run))
  const exists = await access(`${ledgerPath(run)}.leases`).then(
    () => true,
    () => false,
  )
  if (exists) {
    const lease = await ledgerOf(run).acquire(heartbeat(run), `clean-up, process ${process.pid}`)
    if ('heldBy' in lease)
      return { run, open, life: 'lives', because: `its heartbeat goes on (${lease.heldBy}, since ${lease.since})` }
    await lease.release()
    return { run, open, life: 'over', because: 'its heartbeat has ended' }
  }
  if (options.run.includes(run)) return { run, open, life: 'over', because: 'it has no heartbeat, and --run names it' }
  const last = Math.max(...(await Promise.all(servers.map((id) => lastAction(io, id)))))
  if (io.now() - last < recentMs)
    return { run, open, life: 'lives', because: `a server of it was worked on at ${new Date(last).toISOString()}` }
  return { run, open, life: 'unknown', because: 'it has no heartbeat; if it is over, name it with --run' }
}

/** Was something created since the last run that left nothing? */
async function hasOpenRecord(run: string): Promise<boolean> {
  let open = false
  for await (const entry of ledgerOf(run).read()) {
    if (entry.type === 'creating' || entry.type === 'run-opened') open = true
    if (entry.type === 'run-closed') open = entry.outcome !== 'clean' && entry.outcome !== 'retained'
  }
  return open
}

/** Ids by the run that stands in their metadata. */
async function marked(
  io: Io<OpenStack>,
  service: 'compute' | 'block-storage',
  path: string,
  field: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  type Row = { readonly id: string; readonly metadata?: { readonly 'cleardown.run'?: string } }
  for await (const { id, metadata } of io.client.list<Row>(io, service, path, {}, field)) {
    const run = metadata?.['cleardown.run']
    if (run !== undefined) found.set(run, [...(found.get(run) ?? []), id])
  }
  return found
}

/** Milliseconds of the cloud's clock. A server that is going has none any more. */
async function lastAction(io: Io<OpenStack>, server: string): Promise<number> {
  const path = `/servers/${server}/os-instance-actions`
  const rows = io.client.list<{ readonly start_time: string; readonly updated_at?: string }>(
    io,
    'compute',
    path,
    {},
    'instanceActions',
  )
  const times = (await Array.fromAsync(rows)).map(({ start_time, updated_at }) => `${updated_at ?? start_time}Z`)
  return Math.max(...times.map((time) => Date.parse(time)))
}
