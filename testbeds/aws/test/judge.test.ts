// The oracle notices what a careless tool does to things that are not its own.
import { afterAll, expect, it, vi } from 'vitest'
import { awsClients, must } from '../clients.ts'
import { callsUpToLastRemoval, countKinds, foreignWrites, judge, reads, refusedWrites, writes } from '../judge.ts'
import { snapshot } from '../oracle.ts'
import { startAwsBed } from '../start.ts'
import { stageWorld, type World } from '../worlds/world.ts'
import { Bench, outcome } from './bench.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const bed = await startAwsBed()
const aws = awsClients(bed.endpoint)
const bench = new Bench(bed, aws)
afterAll(() => bed.stop())

interface Parts {
  ours: string
  foreign: string
  group: string
  defaultVpc: string
}

function stage(): Promise<World<Parts>> {
  return stageWorld('small', bed, {}, async ({ claim }) => {
    const ours = await bench.vpc()
    await claim('ours')
    const foreign = await bench.vpc()
    const group = await bench.group(foreign)
    await claim('foreign')
    const { Vpcs } = await aws.ec2.describeVpcs({ Filters: [{ Name: 'is-default', Values: ['true'] }] })
    return { ours, foreign, group, defaultVpc: must(Vpcs?.[0]?.VpcId, 'default VPC') }
  })
}

it('sees nothing where nothing was done', async () => {
  const world = await stage()
  const { left, changed, made, damaged } = judge(await snapshot(bed), world)
  expect({ changed, made, damaged }).toEqual({ changed: [], made: [], damaged: [] })
  expect(countKinds(left)).toBe('vpc, security-group, route-table, network-acl')
})

it('sees a foreign tag added, a foreign rule gone, a foreign thing deleted, and a thing made', async () => {
  const world = await stage()
  await aws.ec2.createTags({ Resources: [world.names.defaultVpc], Tags: [{ Key: 'seen', Value: 'yes' }] })
  await aws.ec2.revokeSecurityGroupEgress({
    GroupId: world.names.group,
    IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  })
  await aws.ec2.deleteVpc({ VpcId: world.names.ours })
  const made = await bench.subnet(world.names.foreign)
  const verdict = judge(await snapshot(bed), world)
  expect(verdict.left).toEqual([])
  expect(verdict.changed.map(({ key, owner, addedTags }) => [key, owner, addedTags])).toEqual([
    [`vpc:${world.names.defaultVpc}`, 'account', ['seen']],
    [`security-group:${world.names.group}`, 'foreign', []],
    [expect.stringMatching(/^network-acl:/), 'foreign', []], // the new subnet is associated with it
  ])
  expect(verdict.made.map(({ id }) => id)).toEqual([made])
  expect(verdict.damaged).toEqual([])
  await aws.ec2.deleteSecurityGroup({ GroupId: world.names.group })
  expect(judge(await snapshot(bed), world).damaged).toEqual([`security-group:${world.names.group}`])
})

it('reads from the journal what a tool asked for', async () => {
  const world = await stage()
  await aws.ec2.describeVpcs({})
  await outcome(() => aws.ec2.deleteVpc({ VpcId: world.names.foreign }))
  await aws.ec2.deleteVpc({ VpcId: world.names.ours })
  await aws.ec2.describeVpcs({})
  const journal = await bed.journal()
  expect([reads(journal).length, writes(journal).length]).toEqual([2, 2])
  expect(refusedWrites(journal).map(({ code }) => code)).toEqual(['DependencyViolation'])
  expect(foreignWrites(journal, world).map(({ ids }) => ids)).toEqual([[world.names.foreign]])
  expect(callsUpToLastRemoval(journal)).toBe(3)
})
