import { type Json, newProject, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test, vi } from 'vitest'
import {
  bare,
  changesOf,
  deletions,
  expectGeneralRules,
  expectNothingLeftToDo,
  expectOrder,
  idsOf,
  play,
  type Scene,
  scenarioMs,
} from './play.ts'

// https://github.com/openshift/openshift-ansible/issues/7388; https://github.com/kubernetes/cloud-provider-openstack/issues/2530;
// https://github.com/karmab/kcli/issues/810; https://github.com/hashicorp/terraform/issues/1494
const bed = await sharedOpenStackBed()

test(
  'O24: a stack and those nested in it go once the ports and the server that held their members are gone; a volume in error_deleting is left for an operator, and goes when he has been there',
  async () => {
    const make = await staging(await newProject(bed, 'o24'))
    const { client } = make
    const metadata = { 'cleardown.run': 'r-77' }
    const description = 'cleardown.run=r-77'
    const group = { type: 'OS::Neutron::SecurityGroup' }
    const guardStack = await make.stack('k8s-r78', { heat_template_version: '2018-08-31', resources: { pods: group } })
    const kept = await make.volume('keep-me', { metadata: { ...metadata, 'do-not-delete': 'true' } })

    const network = await make.network('net', { description })
    const subnet = await make.subnet('subnet', network, { description })
    const stack = await make.stack('k8s-r77', {
      heat_template_version: '2018-08-31',
      resources: {
        pod_access_sg: group,
        data_volume: { type: 'OS::Cinder::Volume', properties: { size: 1 } },
        nodes: { type: 'OS::Heat::ResourceGroup', properties: { count: 1, resource_def: group } },
      },
    })
    const at = `/stacks/k8s-r77/${stack.id}`
    const { resources } = await client.call('GET', 'heat', `${at}/resources?nested_depth=2`)
    const member = (name: string): string =>
      resources.find((one: Json) => one.resource_name === name).physical_resource_id
    const members = ['pod_access_sg', 'data_volume', '0'].map(member)
    const pod = (name: string, held: string): Promise<Json> =>
      make.port(name, network, { device_owner: 'compute:kuryr', security_groups: [held], description })
    const ports = [
      await pod('pod-1', member('pod_access_sg')),
      await pod('pod-2', member('pod_access_sg')),
      await pod('pod-3', member('pod_access_sg')),
      await pod('pod-4', member('0')),
    ]
    const server = await make.server('worker', { network, metadata })
    const volume = (name: string): Promise<Json> => make.volume(name, { metadata })
    const [pvc1, pvc2, pvc3] = [await volume('pvc-1'), await volume('pvc-2'), await volume('pvc-3')]
    const snap = await make.snapshot('snap', pvc2, { metadata })
    await make.attach(server, pvc3)
    await make.attach(server, { id: member('data_volume') })
    await bed.fault('cinder', 'delete_error', 'pvc-1*')
    await client.call('DELETE', 'cinder', `/volumes/${pvc1.id}`)
    await client.until('cinder', `/volumes/${pvc1.id}`, 'volume', 'status', 'error_deleting')
    await bed.clearFaults('cinder', 'delete_error')
    await client.call('DELETE', 'heat', at)
    await client.until('heat', at, 'stack', 'stack_status', 'DELETE_FAILED')
    const nested = resources.find((one: Json) => one.resource_name === 'nodes').physical_resource_id
    await vi.waitFor(
      async () => {
        const { stacks } = await client.call('GET', 'heat', '/stacks?show_nested=true')
        expect(stacks.find(({ id }: Json) => id === nested).stack_status).toBe('DELETE_FAILED')
      },
      { timeout: 240_000, interval: 500 },
    )
    const scene: Scene = {
      bed,
      client,
      target: { run: 'r-77', stacks: [stack.id] },
      policy: { keep: [{ tags: { 'do-not-delete': 'true' } }] },
    }

    const done = await play(scene)
    expect(done.report.outcome, done.told).toBe('incomplete')
    expectGeneralRules(done)
    const { gone, changed, added } = changesOf(done)
    expect({ changed, added }).toEqual({ changed: [], added: [] })
    expect(bare(gone)).toEqual(
      expect.arrayContaining([
        stack.id,
        nested,
        ...members.filter((id) => id !== member('0')),
        ...idsOf(...ports, server, pvc2, snap, pvc3, network, subnet),
      ]),
    )
    for (const id of idsOf(guardStack, kept, pvc1)) expect(bare(gone)).not.toContain(id)
    expectOrder(done, idsOf(...ports, server, pvc3).slice(0, 5), [stack.id])
    expectOrder(done, [snap.id], [pvc2.id])
    expectOrder(done, [server.id], [pvc3.id])

    // members go with the root, by no call of ours; nothing is forced or reset
    const sent = deletions(done.journal)
    for (const id of [...members, nested]) expect(sent.filter((path) => path.includes(id))).toEqual([])
    expect(sent.filter((path) => path.includes(stack.id))).toHaveLength(1)
    expect(done.journal.filter(({ method, path }) => method === 'POST' && path.endsWith('/action'))).toEqual([])

    // per failed member: what held it, whose, by which evidence; the stack itself never knew the ports
    const failed = done.plan.findings.find(({ code }) => code === 'failed-before')?.message ?? ''
    expect(failed).toMatch(/k8s-r77.* is DELETE_FAILED/)
    for (const name of ['pod_access_sg', 'data_volume', 'nodes']) expect(failed).toContain(name)
    for (const { id } of ports) expect(failed).toContain(id)
    expect(failed).toMatch(/openstack:port .*\(owned, tag cleardown\.run = r-77/)
    expect(failed).toMatch(/openstack:volume-attachment/)
    expect(done.report.left).toEqual([
      expect.objectContaining({
        key: expect.stringContaining(pvc1.id),
        why: 'stuck',
        because: expect.stringContaining('error_deleting'),
        manual: [`openstack volume set --state error ${pvc1.id} && openstack volume delete ${pvc1.id}`],
      }),
    ])
    expect(done.report.kept).toContainEqual(
      expect.objectContaining({ key: expect.stringContaining(kept.id), reason: 'kept-by-policy' }),
    )

    // the operator does as he was told
    await (await bed.admin()).call('POST', 'cinder', `/volumes/${pvc1.id}/action`, {
      'os-reset_status': { status: 'error' },
    })
    const second = await play(scene)
    expect(second.report.outcome, second.told).toBe('retained')
    expectGeneralRules(second)
    expect(bare(changesOf(second).gone)).toEqual([pvc1.id])
    await expectNothingLeftToDo(scene)
  },
  scenarioMs,
)
