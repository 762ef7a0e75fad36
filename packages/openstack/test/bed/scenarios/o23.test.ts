import { addMember, type Json, newProject, type Staging, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { expect, test } from 'vitest'
import {
  bare,
  changesOf,
  expectGeneralRules,
  expectNothingLeftToDo,
  expectOrder,
  idsOf,
  ledgerWith,
  play,
  type Scene,
  scenarioMs,
  toolFor,
} from './play.ts'

// https://github.com/kubernetes-sigs/kubespray/issues/5760, 6283; https://github.com/canonical/github-runner-operator/issues/808;
// https://github.com/openshift/release/issues/43547
const bed = await sharedOpenStackBed()

interface Job {
  readonly ids: readonly string[]
  readonly network: Json
  readonly servers: readonly Json[]
  readonly keypair: Json
  readonly group: Json
  readonly credential: Json
}

/** What a CI job has while it is at work: everything is marked that can be; keypair, server group and credential cannot. */
async function stageJob(make: Staging, run: string): Promise<Job> {
  const description = `cleardown.run=${run}`
  const metadata = { 'cleardown.run': run }
  const network = await make.network(`${run}-net`, { description })
  const subnet = await make.subnet(`${run}-subnet`, network, { description })
  const router = await make.router(`${run}-router`, { description })
  const joint = await make.connect(router, subnet)
  const security = await make.securityGroup(`${run}-k8s`, { description })
  const keypair = await make.keypair(`kubernetes-tf-${run.replace('-', '')}`)
  const group = await make.serverGroup('k8s-node-srvgrp')
  const server = (name: string): Promise<Json> =>
    make.server(`${run}-${name}`, { network, securityGroups: [security], keypair, group, metadata })
  const servers = [await server('node-1'), await server('node-2')]
  const volume = await make.volume(`${run}-data`, { metadata })
  const credential = await make.applicationCredential(`ac-${run.replace('-', '')}`)
  const ports = (await make.client.call('GET', 'neutron', `/ports?network_id=${network.id}`)).ports
  const ids = [
    ...idsOf(network, subnet, router, security, group, volume, credential, ...servers, ...ports),
    keypair.name,
  ]
  return { ids: [...new Set([...ids, joint])].sort(), network, servers, keypair, group, credential }
}

/** As long ago as both jobs began. Nova sorts and pages by this text, so each has its own, with microseconds. */
async function age(servers: readonly Json[]): Promise<void> {
  for (const [index, { id }] of servers.entries()) {
    const at = new Date(Date.now() - 5 * 3_600_000 + index * 1_000).toISOString().replace('T', ' ').replace('Z', '000')
    await bed.sql('nova', 'UPDATE instances SET created_at=? WHERE uuid=?', at, id)
  }
}

test(
  'O23: only the killed job goes, though the other one is as old; what is permanent and the credential in use stay',
  async () => {
    const make = await staging(await newProject(bed, 'o23'))
    const { client } = make
    const team = await make.network('team')
    await make.subnet('team', team)
    await make.server('bastion', { network: team, securityGroups: [await make.securityGroup('ci-runner')] })
    const cleaner = await make.applicationCredential('ac-clean', { unrestricted: true })
    const running = await stageJob(make, 'r-77')
    const killed = await stageJob(make, 'r-76')
    await age([...running.servers, ...killed.servers])
    // keypairs belong to users: one of the same name, of somebody else
    const human = await staging(await newProject(bed, 'human'))
    await human.keypair(killed.keypair.name)
    const scene: Scene = {
      bed,
      client,
      target: { run: 'r-76' },
      ledger: await ledgerWith('r-76', {
        'openstack:keypair': [killed.keypair.name],
        'openstack:server-group': [killed.group.id],
        'openstack:application-credential': [killed.credential.id],
      }),
      tool: toolFor(bed, client, {
        application_credential_id: cleaner.id,
        application_credential_secret: cleaner.secret,
      }),
    }

    const done = await play(scene)
    expect(done.report.outcome, done.told).toBe('clean')
    expectGeneralRules(done)
    const { gone, changed, added } = changesOf(done)
    expect(bare(gone)).toEqual(killed.ids)
    expect({ changed, added }).toEqual({ changed: [], added: [] })
    expect(bare([...done.after.keys()])).toEqual(expect.arrayContaining([cleaner.id, ...running.ids]))

    expect(done.journal.filter(({ status }) => status === 401)).toEqual([])
    expectOrder(done, idsOf(...killed.servers), [killed.network.id])
    // why the other job is left, however old
    const left = done.plan.findings.find(({ code }) => code === 'left-out')?.message ?? ''
    expect(left).toMatch(/whatever its age: .* r-77 \(\d+\)/)
    expect(done.told).toContain(left)
    expect((await human.client.ask('GET', 'nova', `/os-keypairs/${killed.keypair.name}`)).status).toBe(200)
    await expectNothingLeftToDo(scene)
  },
  scenarioMs,
)

test(
  'O23: a keypair of another user cannot be seen: the server that was started with it says whose it is, and it stays',
  async () => {
    const make = await staging(await newProject(bed, 'o23'))
    const { client } = make
    const admin = await bed.admin()
    const colleague = `${client.account.project}-colleague`
    await addMember(admin, client.account.project, colleague)
    const theirs = await staging(await bed.client(colleague, client.account.project))
    const network = await make.network('net', { description: 'cleardown.run=r-76' })
    await make.subnet('sub', network, { description: 'cleardown.run=r-76' })
    const key = await theirs.keypair('kubernetes-tf-r76')
    const metadata = { 'cleardown.run': 'r-76', kubespray_groups: 'k8s_cluster' }
    const server = await theirs.server('node', { network, keypair: key, metadata })
    const ours = await make.keypair(key.name) // of the same name, and another one

    const done = await play({ bed, client, target: { run: 'r-76' } })
    expect(done.report.outcome, done.told).toBe('clean')
    expectGeneralRules(done)
    expect(bare(changesOf(done).gone)).toContain(server.id)
    expect((await theirs.client.ask('GET', 'nova', `/os-keypairs/${key.name}`)).status).toBe(200)
    expect(bare([...done.after.keys()])).toContain(ours.name)
    const told = done.plan.findings.find(({ code }) => code === 'not-visible')?.message ?? ''
    for (const words of [server.id, key.name, theirs.client.userId, 'it stays']) expect(told).toContain(words)
    expect(done.told).toContain(told)
  },
  scenarioMs,
)

test(
  'O23: where an age is asked for, what nothing tells the age of is named',
  async () => {
    const make = await staging(await newProject(bed, 'o23'))
    const network = await make.network('net', { description: 'cleardown.run=r-76' })
    await make.subnet('sub', network, { description: 'cleardown.run=r-76' })
    const keypair = await make.keypair('kubernetes-tf-r76')
    const metadata = { 'cleardown.run': 'r-76', kubespray_groups: 'k8s_cluster' }
    const server = await make.server('node', { network, keypair, metadata })
    await age([server])
    const scene: Scene = { bed, client: make.client, target: { run: 'r-76' } }

    const done = await play({ ...scene, policy: { minAgeMs: 1 } })
    expect(done.report.outcome, done.told).toBe('clean')
    expect(bare(changesOf(done).gone)).toContain(keypair.name)
    const told = done.plan.findings.find(({ code }) => code === 'age-unknown')?.message ?? ''
    expect(told).toContain(`openstack:keypair ${keypair.name}`)
    for (const { id } of [server, network]) expect(told).not.toContain(id)
  },
  scenarioMs,
)

/** A network and a credential of the killed job, and the credential that the tool works with. */
async function stageCredentials(tools: { unrestricted: boolean; own: boolean }) {
  const make = await staging(await newProject(bed, 'o23'))
  const { client } = make
  const network = await make.network('net', { description: 'cleardown.run=r-76' })
  const { unrestricted } = tools
  const credential = await make.applicationCredential('ac-r76', { unrestricted })
  const used = tools.own ? credential : await make.applicationCredential('ac-clean', { unrestricted })
  const done = await play({
    bed,
    client,
    target: { run: 'r-76' },
    ledger: await ledgerWith('r-76', { 'openstack:application-credential': [credential.id] }),
    tool: toolFor(bed, client, { application_credential_id: used.id, application_credential_secret: used.secret }),
  })
  return { done, network, credential }
}

test(
  'O23: with a restricted credential the job’s own one is listed for a person, and nobody is asked what is sure to be refused',
  async () => {
    const { done, network, credential } = await stageCredentials({ unrestricted: false, own: false })
    expect(done.report.outcome, done.told).toBe('incomplete')
    expectGeneralRules(done)
    expect(bare(changesOf(done).gone)).toEqual([network.id])
    expect(done.report.left).toEqual([
      expect.objectContaining({
        key: expect.stringContaining(credential.id),
        because: expect.stringContaining('restricted'),
        manual: [`openstack application credential delete ${credential.id}`],
      }),
    ])
  },
  scenarioMs,
)

test(
  'O23: the credential in use is never removed, also where it is the job’s own; it is told with the command for a person',
  async () => {
    const { done, network, credential } = await stageCredentials({ unrestricted: true, own: true })
    expectGeneralRules(done)
    expect(bare(changesOf(done).gone)).toEqual([network.id])
    expect(done.journal.filter(({ status }) => status === 401)).toEqual([])
    expect(done.told).toContain(credential.id)
    expect(done.plan.resources.find(({ id }) => id === credential.id)?.manual).toBe(
      `openstack application credential delete ${credential.id}`,
    )
  },
  scenarioMs,
)
