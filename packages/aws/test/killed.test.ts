import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileLedger, planTeardown, type Report, resumeTeardown } from '@cleardown/core'
import {
  type AwsBed,
  awsClients,
  type HealthyCluster,
  refusedWrites,
  snapshot,
  stageO01,
  startAwsBed,
  writes,
} from '@cleardown/testbed-aws'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { adaptersAt, o07Policy, o07Target } from './on-the-bed.ts'

// O07: a run is killed, the world changes, another process resumes with nothing but the ledger.
// https://github.com/eksctl-io/eksctl/issues/5632, https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/718
let bed: AwsBed
const folder = mkdtempSync(join(tmpdir(), 'cleardown-killed-'))
const path = join(folder, 'run.jsonl')
beforeAll(async () => {
  bed = await startAwsBed()
}, 240_000)
afterAll(async () => {
  await bed.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Kills it, as the machine would, as soon as the journal shows what is waited for. */
async function runAndKill(when: (sent: readonly string[]) => boolean): Promise<void> {
  const script = join(import.meta.dirname, 'teardown-process.ts')
  const child = spawn(process.execPath, ['--conditions=@cleardown/source', script, bed.endpoint, path], {
    stdio: 'inherit',
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  while (child.exitCode === null && !when(writes(await bed.journal()).map(({ action }) => action))) await sleep(50)
  expect(child.exitCode, 'it was at work').toBeNull()
  child.kill('SIGKILL')
  await ended
}

/** While nobody is at work: the volume and a private subnet are removed by hand, and somebody starts a machine in a public subnet. */
async function meanwhile({
  volume,
  privateSubnets,
  publicSubnets,
  nodegroupStack,
}: HealthyCluster): Promise<{ subnet: string; stranger: string }> {
  const { ec2, cloudformation } = awsClients(bed.endpoint, { key: 'somebody' })
  for (let look = 0; look < 100; look++) {
    const { StackSummaries = [] } = await cloudformation.listStacks({ StackStatusFilter: ['DELETE_IN_PROGRESS'] })
    if (!StackSummaries.some(({ StackName }) => StackName === nodegroupStack)) break
    await sleep(200)
  }
  await ec2.deleteVolume({ VolumeId: volume })
  const { NetworkInterfaces = [] } = await ec2.describeNetworkInterfaces({})
  const used = new Set(NetworkInterfaces.map(({ SubnetId }) => SubnetId))
  const subnet = privateSubnets.find((one) => !used.has(one)) ?? privateSubnets[0] ?? ''
  await ec2.deleteSubnet({ SubnetId: subnet })
  const { Images = [] } = await ec2.describeImages({})
  const { Instances = [] } = await ec2.runInstances({
    ImageId: Images[0]?.ImageId ?? '',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: publicSubnets[0] ?? '',
  })
  return { subnet, stranger: Instances[0]?.InstanceId ?? '' }
}

it('O07: what is going is joined, what others removed counts as gone, what is new is asked about', {
  timeout: 180_000,
}, async () => {
  const { names } = await stageO01(bed)
  await runAndKill((sent) => sent.includes('DeleteLoadBalancer') && sent.includes('DeleteStack'))
  const before = writes(await bed.journal())
  const { subnet, stranger } = await meanwhile(names)

  await bed.clearJournal()
  const adapters = adaptersAt(bed.endpoint)
  const ledger = fileLedger(path)
  const resume = (more: object = {}): Promise<Report> =>
    resumeTeardown({ adapters, ledger, settleMs: 500, ...more }).report
  const [one, two] = await Promise.all([resume(), sleep(1_500).then(() => resume())])
  const [report, second] = one.outcome === 'refused' ? [two, one] : [one, two]

  expect(second.outcome).toBe('refused')
  // it watches the lease for as long as it takes to know; meanwhile the first may have come to its end
  expect(['held', 'nothing-to-resume']).toContain(second.findings.at(-1)?.code)

  const after = writes(await bed.journal())
  expect(refusedWrites([...after])).toEqual([])
  const twice = after.filter(({ action, ids }) =>
    before.some((old) => old.action === action && old.ids.join() === ids.join()),
  )
  expect(twice, 'a second call for what was being removed').toEqual([])
  const told = report.steps
    .filter(({ result }) => result !== 'done' && result !== 'already-gone')
    .map((one) => JSON.stringify(one))
  expect(report.outcome, told.join(' | ')).toBe('blocked')
  expect(report.left.flatMap(({ blockers }) => blockers.at(-1)?.key ?? []).join()).toContain(stranger)
  const resumed = report.findings.find(({ code }) => code === 'resumed')
  const evidence = resumed?.evidence as { goneMeanwhile: string[]; done: string[] }
  expect([...evidence.goneMeanwhile, ...evidence.done].join()).toContain(names.volume)
  expect(report.left.map(({ key }) => key).join()).not.toContain(subnet)
  expect(report.removed.length).toBeGreaterThan(2)

  const plan = await planTeardown({
    adapters,
    target: o07Target,
    policy: { ...o07Policy, approve: [stranger] },
    ledger,
  })
  expect(plan.blocked, 'with permission nothing is in the way, with and without the ledger').toEqual([])
  const without = await planTeardown({ adapters, target: o07Target, policy: o07Policy })
  expect(without.blocked.flatMap(({ chain }) => chain.at(-1)?.key ?? []).join()).toContain(stranger)
  const left = await snapshot(bed)
  expect(JSON.stringify([...left])).toContain(stranger)
})
