import { changesBetween, newProject, type Staging, snapshotOf, staging, writes } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test } from 'vitest'
import { stageJob } from './kubespray-job.ts'
import { tearDown } from './on-the-bed.ts'

const bed = await sharedOpenStackBed()
const newStaging = async (prefix: string): Promise<Staging> => staging(await newProject(bed, prefix))
const unchanged = { gone: [], changed: [], added: [] }
const scenarioMs = 300_000

test(
  'a job goes as a whole, in an order in which no call is refused, and the job beside it stays as it is',
  async () => {
    const make = await newStaging('ci')
    const before = await snapshotOf(make.client)
    const other = await stageJob(make, 'r-10')
    const guard = await snapshotOf(make.client)
    const job = await stageJob(make, 'r-1')

    const done = await tearDown(bed, make, job)
    expect(done.report.outcome, done.told).toBe('clean')
    expect(done.refused).toEqual([])
    expect(changesBetween(guard, await snapshotOf(make.client))).toEqual(unchanged)

    const again = await tearDown(bed, make, job)
    expect(again.plan.steps).toEqual([])
    expect(writes(again.journal)).toEqual([])

    const last = await tearDown(bed, make, other)
    expect(last.report.outcome, last.told).toBe('clean')
    expect(last.refused).toEqual([])
    expect(changesBetween(before, await snapshotOf(make.client))).toEqual(unchanged)
  },
  scenarioMs,
)

test(
  'from a router that was given only the job’s own interface goes',
  async () => {
    const make = await newStaging('given')
    const router = await make.router('shared')
    await stageJob(make, 'r-20', { router, cidr: '10.20.0.0/24' })
    const guard = await snapshotOf(make.client)
    const job = await stageJob(make, 'r-2', { router, cidr: '10.2.0.0/24' })

    const done = await tearDown(bed, make, job)
    expect(done.report.outcome, done.told).toBe('clean')
    expect(done.refused).toEqual([])
    const { gone, added, changed } = changesBetween(guard, await snapshotOf(make.client))
    expect([...gone, ...added]).toEqual([])
    expect(changed.filter((what) => !what.includes(router.id))).toEqual([])
  },
  scenarioMs,
)

test(
  'a machine of somebody else in the network keeps network, subnet and its way out, and is named',
  async () => {
    const make = await newStaging('dev')
    const job = await stageJob(make, 'r-3')
    const box = await make.server('dev-box', { network: job.network })
    const ports = `/ports?device_id=${box.id}`
    const look = async (): Promise<unknown> => [
      await make.client.call('GET', 'nova', `/servers/${box.id}`),
      await make.client.call('GET', 'neutron', ports),
    ]
    const guard = await look()

    const done = await tearDown(bed, make, job)
    expect(done.report.outcome, done.told).toBe('blocked')
    expect(done.refused).toEqual([])
    expect(await look()).toEqual(guard)
    const left = new Set(done.report.left.map(({ key }) => key.split('/')[0]))
    for (const kind of ['network', 'subnet', 'router']) expect(left).toContain(`openstack:${kind}`)
    for (const kind of ['load-balancer', 'volume', 'trunk']) expect(left).not.toContain(`openstack:${kind}`)

    await make.client.call('DELETE', 'nova', `/servers/${box.id}`)
    await make.client.gone('nova', `/servers/${box.id}`)
    expect((await tearDown(bed, make, job)).report.outcome).toBe('clean')
  },
  scenarioMs,
)
