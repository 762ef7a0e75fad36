import { executeTeardown, type KindName, memoryLedger, planTeardown, recordCreation } from '@cleardown/core'
import {
  type Client,
  changesBetween,
  type JournalEntry,
  type Json,
  newProject,
  refusedWrites,
  snapshotOf,
  staging,
  writes,
} from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test } from 'vitest'
import { kinds } from '../../src/kinds/index.ts'
import { adapterFor } from './on-the-bed.ts'

const bed = await sharedOpenStackBed()
const perCall = 20
/** All traffic out, by IPv4 and by IPv6. */
const rulesOfEveryGroup = 2

/** Many of one kind by few requests. */
async function bulk(client: Client, path: string, field: string, rows: readonly Json[]): Promise<Json[]> {
  const made: Json[] = []
  for (let at = 0; at < rows.length; at += perCall)
    made.push(...(await client.call('POST', 'neutron', path, { [field]: rows.slice(at, at + perCall) }))[field])
  return made
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** So many of each kind; each network has a subnet, each group its rules. */
interface Size {
  readonly networks: number
  readonly groups: number
  /** In each group, beside those that every group has. */
  readonly rules: number
  readonly ports: number
  readonly addresses: number
  readonly keypairs: number
}

/** `net` tells the subnets of two stages apart. Gives how many that makes, and the names of the keypairs. */
async function stage(
  client: Client,
  run: string,
  net: number,
  size: Size,
): Promise<{ count: number; keypairs: string[] }> {
  const description = `cleardown.run=${run}`
  const make = await staging(client)
  const keys = async (): Promise<string[]> => {
    const names: string[] = []
    for (const index of numbers(size.keypairs)) names.push((await make.keypair(`${run}-key-${index}`)).name)
    return names
  }
  const keypairs = keys() // another service, at the same time
  const networks = await bulk(
    client,
    '/networks',
    'networks',
    numbers(size.networks).map((index) => ({ name: `${run}-net-${index}`, description })),
  )
  const subnets = await bulk(
    client,
    '/subnets',
    'subnets',
    networks.map(({ id }, index) => ({
      name: `${run}-subnet-${index}`,
      network_id: id,
      ip_version: 4,
      cidr: `10.${net}.${index}.0/24`,
      description,
    })),
  )
  const groups = await bulk(
    client,
    '/security-groups',
    'security_groups',
    numbers(size.groups).map((index) => ({ name: `${run}-group-${index}`, description })),
  )
  // one request for each group: a bulk of rules is for one only
  for (const { id } of groups)
    await bulk(
      client,
      '/security-group-rules',
      'security_group_rules',
      numbers(size.rules).map((index) => ({
        security_group_id: id,
        direction: 'ingress',
        protocol: 'tcp',
        ...(index === 0
          ? { remote_group_id: groups[0]?.id }
          : { port_range_min: 8000 + index, port_range_max: 8000 + index }),
      })),
    )
  const ports = await bulk(
    client,
    '/ports',
    'ports',
    numbers(size.ports).map((index) => ({
      name: `${run}-port-${index}`,
      network_id: networks[index % networks.length]?.id,
      security_groups: [groups[index % groups.length]?.id],
      fixed_ips: [], // to find free addresses is what takes Neutron long
      description,
    })),
  )
  for (const _ of numbers(size.addresses)) await make.floatingIp({ description })
  const rules = groups.length * (size.rules + rulesOfEveryGroup)
  const count = [networks, subnets, groups, ports].reduce((sum, { length }) => sum + length, rules)
  return { count: count + size.addresses + size.keypairs, keypairs: await keypairs }
}

test('of a thousand resources the three hundred of one run go: to find them and to verify costs pages, and their removals a fraction of a read each', async () => {
  const client = await newProject(bed, 'many')
  const { project } = client.account
  const others = await stage(client, 'r-10', 10, {
    networks: 20,
    groups: 10,
    rules: 58,
    ports: 20,
    addresses: 5,
    keypairs: 25,
  })
  const guard = await snapshotOf(client)
  const ours = await stage(client, 'r-1', 11, {
    networks: 20,
    groups: 8,
    rules: 14,
    ports: 80,
    addresses: 8,
    keypairs: 36,
  })
  expect(ours.count).toBeGreaterThanOrEqual(300)
  expect(ours.count + others.count).toBeGreaterThanOrEqual(1000)
  const ledger = memoryLedger()
  for (const name of ours.keypairs)
    await recordCreation(
      ledger,
      { kind: 'openstack:keypair' as KindName, run: 'r-1', parents: [], idOf: String },
      async () => name,
    )

  const adapters = [adapterFor(bed, client)]
  let mark = await bed.mark()
  const phase = async (name: string): Promise<JournalEntry[]> => {
    const entries = (await bed.journal(mark)).filter(
      (entry) => entry.project === undefined || entry.project === project,
    )
    mark = await bed.mark()
    const sent = writes(entries).length
    console.log(
      `${ours.count} of ${ours.count + others.count} resources, ${name}: ${entries.length - sent} reads, ${sent} writes`,
    )
    return entries
  }
  const plan = await planTeardown({ adapters, target: { run: 'r-1' }, ledger })
  const planned = await phase('plan')
  expect(writes(planned)).toEqual([])
  // each kind is listed once, with some second looks by what is used, eighty ids to a request
  const oneLook = kinds.length * 2
  expect(planned.length).toBeLessThan(oneLook)

  const run = executeTeardown(plan, { adapters, ledger, settleMs: 500 })
  let executed: JournalEntry[] | undefined
  for await (const event of run)
    if (event.type === 'verified' && event.round === 1) executed ??= await phase('execute and verify')
  const report = await run.report
  const verified = await phase('verify again')
  const { reads, verify } = report.calls
  console.log(
    `${ours.count} of ${ours.count + others.count} resources: the report counts ${reads} reads, ${report.calls.writes} writes, ${verify} to verify`,
  )
  expect(report.outcome).toBe('clean')
  expect(refusedWrites([...(executed ?? []), ...verified])).toEqual([])
  expect(changesBetween(guard, await snapshotOf(client))).toEqual({ gone: [], changed: [], added: [] })
  expect(verify).toBeLessThan(oneLook * 2)
  expect(reads).toBeLessThan(report.calls.writes * 0.6)
}, 900_000)
