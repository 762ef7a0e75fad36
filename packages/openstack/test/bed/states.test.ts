import { executeTeardown, memoryLedger, planTeardown } from '@cleardown/core'
import { newProject, refusedWrites, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test } from 'vitest'
import { adapterFor, tearDown } from './on-the-bed.ts'

const bed = await sharedOpenStackBed()
const scenarioMs = 300_000

test(
  'a stack whose deletion failed goes once those that held its members are gone; what only an operator can free is told with the command',
  async () => {
    const make = await staging(await newProject(bed, 'heat'))
    const { client } = make
    const metadata = { 'cleardown.run': 'r-77' }
    const description = 'cleardown.run=r-77'
    const network = await make.network('net', { description })
    await make.subnet('subnet', network, { description })
    const group = { type: 'OS::Neutron::SecurityGroup' }
    const stack = await make.stack('k8s-r77', {
      heat_template_version: '2018-08-31',
      resources: {
        pods: group,
        data: { type: 'OS::Cinder::Volume', properties: { size: 1 } },
        nodes: { type: 'OS::Heat::ResourceGroup', properties: { count: 1, resource_def: group } },
      },
    })
    const at = `/stacks/k8s-r77/${stack.id}`
    const { resources } = await client.call('GET', 'heat', `${at}/resources?nested_depth=2`)
    const member = (name: string): string =>
      resources.find((one: { resource_name: string }) => one.resource_name === name).physical_resource_id
    for (const name of ['pods', '0']) await make.port(name, network, { security_groups: [member(name)], description })
    const server = await make.server('worker', { network, metadata })
    const stuck = await make.volume('pvc-1', { metadata })
    const copied = await make.volume('pvc-2', { metadata })
    const attached = await make.volume('pvc-3', { metadata })
    await make.snapshot('snap', copied, { metadata })
    await make.attach(server, attached)
    await make.attach(server, { id: member('data') })
    await bed.fault('cinder', 'delete_error', 'pvc-1*')
    await client.call('DELETE', 'cinder', `/volumes/${stuck.id}`)
    await client.until('cinder', `/volumes/${stuck.id}`, 'volume', 'status', 'error_deleting')
    await bed.clearFaults()
    await client.call('DELETE', 'heat', at)
    await client.until('heat', at, 'stack', 'stack_status', 'DELETE_FAILED')

    const done = await tearDown(bed, make, { run: 'r-77', unmarked: { 'openstack:stack': stack.id } })
    expect(done.report.outcome).toBe('incomplete')
    expect(done.report.left.map(({ key, why, manual }) => [key.split('/').at(-1), why, manual])).toEqual([
      [stuck.id, 'stuck', [`openstack volume set --state error ${stuck.id} && openstack volume delete ${stuck.id}`]],
    ])
    expect(done.refused).toEqual([])
    const failed = done.plan.findings.find(({ code }) => code === 'failed-before')
    expect(failed?.message).toMatch(/k8s-r77.* is DELETE_FAILED.*volume-attachment/s)
    // members go with the stack, never by themselves
    const paths = done.journal.filter(({ method }) => method === 'DELETE').map(({ path }) => path)
    for (const id of ['pods', 'data', '0'].map(member)) expect(paths.join('\n')).not.toContain(id)
    await client.gone('cinder', `/volumes/${member('data')}`)
  },
  scenarioMs,
)

test(
  'a load balancer in ERROR goes at once, one that is PENDING when it is settled, and one that never settles is told',
  async () => {
    const make = await staging(await newProject(bed, 'octavia'))
    const { client } = make
    const network = await make.network('net')
    const subnet = await make.subnet('subnet', network)
    const balancer = (name: string, tags: readonly string[] = []): Promise<{ id: string }> =>
      make.loadBalancer(name, subnet, { tags })
    const made = (name: string): Promise<{ id: string }> => {
      const word = `kube_service_ci-1_default_${name}`
      return balancer(word, [word])
    }
    const [web, api, never, team] = [
      await made('web'),
      await made('api'),
      await made('never'),
      await balancer('team-lb'),
    ]
    const put = (id: string, state: string): Promise<unknown> =>
      bed.sql('octavia', 'UPDATE load_balancer SET provisioning_status=? WHERE id=?', state, id)
    await put(web.id, 'PENDING_UPDATE')
    await put(api.id, 'ERROR')
    await put(never.id, 'PENDING_UPDATE')

    const adapters = [adapterFor(bed, client)]
    const mark = await bed.mark()
    const plan = await planTeardown({ adapters, target: { cluster: 'ci-1' }, policy: { ifBlocked: 'continue' } })
    const run = executeTeardown(plan, { adapters, ledger: memoryLedger(), settleMs: 500, stepTimeoutMs: 15_000 })
    for await (const event of run) {
      // what Octavia does by itself in the end, once the removal has begun to wait for it
      if (event.type === 'gone' && event.key.endsWith(api.id)) await put(web.id, 'ACTIVE')
    }
    const { outcome, left, removed } = await run.report
    expect(outcome).toBe('incomplete')
    const gone = removed.map(({ key }) => key.split('/').at(-1))
    expect(gone).toEqual(expect.arrayContaining([web.id, api.id]))
    const stays = left.find(({ key }) => key.endsWith(never.id))
    expect(stays?.manual).toEqual([
      `openstack loadbalancer status show ${never.id} && openstack loadbalancer failover ${never.id}`,
    ])
    const journal = (await bed.journal(mark)).filter(({ project }) => project === client.account.project)
    const deletions = journal.filter(({ method }) => method === 'DELETE').map(({ path }) => path)
    expect(
      deletions.filter((path) => path.includes(never.id) || path.includes(team.id) || path.includes('/ports/')),
    ).toEqual([])
    expect(refusedWrites(journal).filter(({ status = 500 }) => status < 500)).toEqual([])
    expect((await client.ask('GET', 'octavia', `/loadbalancers/${team.id}`)).status).toBe(200)
  },
  scenarioMs,
)
