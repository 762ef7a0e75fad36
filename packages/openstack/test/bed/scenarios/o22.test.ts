import { explain } from '@cleardown/core'
import { type Json, newProject, type Staging, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test } from 'vitest'
import {
  bare,
  changesOf,
  expectGeneralRules,
  expectNothingLeftToDo,
  expectOrder,
  idsOf,
  play,
  type Scene,
  scenarioMs,
  toolFor,
} from './play.ts'

// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1679, 1125, 2091, 798; https://github.com/openshift/installer/issues/5000, 3395
const bed = await sharedOpenStackBed()
const mark = 'cleardown.run=r-77'

async function tagged(make: Staging, path: string, made: Promise<Json>): Promise<Json> {
  const one = await made
  await make.client.call('PUT', 'neutron', `${path}/${one.id}/tags`, { tags: [mark] })
  return one
}

/** A server of ours whose build went wrong late: it is in ERROR, and its port is still bound to it. */
async function failedServer(make: Staging, port: Json): Promise<Json> {
  const server = await make.server('s1', { ports: [port], metadata: { 'cleardown.run': 'r-77' } })
  const admin = await bed.admin()
  await admin.call('POST', 'nova', `/servers/${server.id}/action`, { 'os-resetState': { state: 'error' } })
  return make.client.until('nova', `/servers/${server.id}`, 'server', 'status', 'ERROR')
}

/** Of somebody else: the network that was given, and a port whose owner says nothing, though keepalived answers on it. */
async function given(make: Staging): Promise<{ network: Json; subnet: Json; p9: Json }> {
  const network = await make.network('given')
  const subnet = await make.subnet('given', network)
  const p9 = await make.port('vip', network, { allowed_address_pairs: [{ ip_address: '10.9.0.200' }] })
  return { network, subnet, p9 }
}

test(
  'O22: on a given network our server goes before its trunk and that before its ports; the trunk and the ports of others stay as they are',
  async () => {
    const make = await staging(await newProject(bed, 'o22'))
    const { network } = await given(make)
    const p8 = await make.port('p8', network)
    await make.trunk('t8', p8, [])
    const p1 = await tagged(make, '/ports', make.port('p1', network))
    const p2 = await tagged(make, '/ports', make.port('p2', network))
    const trunk = await tagged(make, '/trunks', make.trunk('t1', p1, [p2]))
    const server = await failedServer(make, p1)
    const scene: Scene = {
      bed,
      client: make.client,
      target: { run: 'r-77' },
      policy: { keep: [network.id] },
    }

    const done = await play(scene)
    expect(done.report.outcome, done.told).toBe('retained')
    expectGeneralRules(done)
    expect(done.report.kept.find(({ key }) => key.endsWith(`/${network.id}`))).toMatchObject({
      reason: 'kept-by-policy',
    })
    const { gone, changed, added } = changesOf(done)
    expect({ changed, added }).toEqual({ changed: [], added: [] })
    expect(bare(gone)).toEqual(idsOf(p1, p2, trunk, server).sort())

    expectOrder(done, [server.id], [trunk.id])
    expectOrder(done, [trunk.id], idsOf(p1, p2))
    const after = (id: string): string =>
      explain(done.plan, id)
        .after.flatMap(({ because }) => because)
        .join('\n')
    expect(after(trunk.id)).toContain(server.id)
    expect(after(p1.id)).toContain(trunk.id)
    expect(after(p2.id)).toContain('sub_ports')
    await expectNothingLeftToDo(scene)
  },
  scenarioMs,
)

/** A cloud whose network service has no trunks: the extension is not listed, and nothing is at its address. */
const withoutTrunks: typeof fetch = async (asked, options) => {
  const { pathname } = new URL(asked instanceof Request ? asked.url : asked)
  if (pathname.startsWith('/v2.0/trunks'))
    return Response.json(
      { NeutronError: { type: 'HTTPNotFound', message: 'The resource could not be found.', detail: '' } },
      { status: 404 },
    )
  const answer = await fetch(asked, options)
  if (pathname !== '/v2.0/extensions') return answer
  const { extensions } = (await answer.json()) as { extensions: { alias: string }[] }
  return Response.json({ extensions: extensions.filter(({ alias }) => !alias.startsWith('trunk')) })
}

test(
  'O22: where the cloud has no trunks that is said, and it is no error',
  async () => {
    const make = await staging(await newProject(bed, 'o22'))
    const { client } = make
    const { network } = await given(make)
    const p1 = await tagged(make, '/ports', make.port('p1', network))
    const server = await failedServer(make, p1)
    const scene: Scene = {
      bed,
      client,
      target: { run: 'r-77' },
      policy: { keep: [network.id] },
      tool: toolFor(bed, client, undefined, withoutTrunks),
    }

    const done = await play(scene)
    expect(done.report.outcome, done.told).toBe('retained')
    expectGeneralRules(done)
    const { gone, changed, added } = changesOf(done)
    expect({ changed, added }).toEqual({ changed: [], added: [] })
    expect(bare(gone)).toEqual(idsOf(p1, server).sort())
    for (const kind of ['openstack:trunk', 'openstack:subport'])
      expect(done.report.coverage).toContainEqual(expect.objectContaining({ kind, seen: 'unsupported' }))
    expect(done.report.findings.map(({ code }) => code)).not.toContain('not-seen')
    await expectNothingLeftToDo(scene)
  },
  scenarioMs,
)
