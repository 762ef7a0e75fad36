import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileLedger, planTeardown, type Report, readRuns, renderReport, resumeTeardown } from '@cleardown/core'
import { type Json, newProject, refusedWrites, snapshotOf, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { afterAll, expect, test, vi } from 'vitest'
import { bare, deletions, expectNothingLeftToDo, ownJournal, play, scenarioMs, toolFor } from './play.ts'

// A run is killed, the world changes, another process resumes with nothing but the ledger.
// https://github.com/eksctl-io/eksctl/issues/5632, https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/718
const bed = await sharedOpenStackBed()
const folder = mkdtempSync(join(tmpdir(), 'cleardown-o07-'))
const path = join(folder, 'run.jsonl')
const waiting = { timeout: 240_000, interval: 50 }
afterAll(async () => {
  await bed.clearFaults()
  rmSync(folder, { recursive: true, force: true })
})

test(
  'O07: what is going is joined, what others removed counts as gone, what is new is asked about',
  async () => {
    const make = await staging(await newProject(bed, 'o07'))
    const { client } = make
    const { project } = client.account
    const credential = await make.applicationCredential('tool', { unrestricted: true })
    const auth = { application_credential_id: credential.id, application_credential_secret: credential.secret }
    const guard = await snapshotOf(client)
    const description = 'cleardown.run=r-77'
    const metadata = { 'cleardown.run': 'r-77' }
    const network = await make.network('net', { description })
    const subnet = (name: string, cidr: string): Promise<Json> => make.subnet(name, network, { cidr, description })
    const [front, back] = [await subnet('front', '10.9.0.0/24'), await subnet('back', '10.10.0.0/24')]
    const router = await make.router('router', { description })
    await make.connect(router, front)
    const inBack = await make.port('in-back', network, { fixed_ips: [{ subnet_id: back.id }], description })
    const server = await make.server('web', { ports: [inBack], metadata })
    const volume = await make.volume('data', { metadata })
    await make.attach(server, volume)
    const balancer = await make.loadBalancer('api', front, { description })

    // killed while a server and a load balancer are on their way
    await bed.fault('nova', 'destroy_delay', 5)
    await bed.fault('octavia', 'hold', balancer.id)
    const mark = await bed.mark()
    const script = join(import.meta.dirname, 'o07-process.ts')
    const child = spawn(process.execPath, ['--conditions=@cleardown/source', script, bed.control, project, path], {
      stdio: 'inherit',
      env: { ...process.env, CREDENTIAL_ID: credential.id, CREDENTIAL_SECRET: credential.secret },
    })
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const sent = async (since: number): Promise<string[]> => deletions(await ownJournal({ bed, client }, since))
    await vi.waitFor(async () => {
      const answered = (await ownJournal({ bed, client }, mark)).filter(({ status }) => status !== undefined)
      for (const { id } of [server, balancer]) expect(deletions(answered).join()).toContain(id)
    }, waiting)
    expect(child.exitCode, 'it was at work').toBeNull()
    child.kill('SIGKILL')
    await ended
    const before = await sent(mark)
    expect(await readRuns(fileLedger(path))).toMatchObject([{ planId: expect.any(String) }])

    // meanwhile a person removes a volume, a port and a subnet, and somebody starts a machine in our network
    await client.gone('nova', `/servers/${server.id}`)
    await client.until('cinder', `/volumes/${volume.id}`, 'volume', 'status', 'available')
    await bed.clearFaults('nova')
    await client.call('DELETE', 'cinder', `/volumes/${volume.id}`)
    await client.call('DELETE', 'neutron', `/ports/${inBack.id}`)
    await client.call('DELETE', 'neutron', `/subnets/${back.id}`)
    await client.gone('cinder', `/volumes/${volume.id}`)
    const stranger = await make.server('stranger', { network })
    const { ports } = await client.call('GET', 'neutron', `/ports?device_id=${stranger.id}`)
    const plugged: Json = ports[0] // that is how the machine holds the network
    expect(
      await client.until(
        'octavia',
        `/loadbalancers/${balancer.id}`,
        'loadbalancer',
        'provisioning_status',
        'PENDING_DELETE',
      ),
    ).toBeDefined()

    const later = await bed.mark()
    const resume = (): Promise<Report> =>
      resumeTeardown({ adapters: [toolFor(bed, client, auth).adapter], ledger: fileLedger(path), settleMs: 500 }).report
    const both = Promise.all([resume(), sleep(1_500).then(resume)])
    await sleep(6_000) // it waits for the load balancer, and asks for nothing again
    await bed.clearFaults('octavia')
    const [one, two] = await both
    const [report, second] = one.outcome === 'refused' ? [two, one] : [one, two]

    expect(second.outcome).toBe('refused')
    const held = second.findings.at(-1)
    expect(['held', 'nothing-to-resume']).toContain(held?.code)
    if (held?.code === 'held') expect(held.message).toContain(report.runId)

    expect(refusedWrites(await ownJournal({ bed, client }, mark)).map(({ path }) => path)).toEqual([])
    const after = await sent(later)
    expect(
      after.filter((asked) => before.includes(asked)),
      'asked for twice',
    ).toEqual([])
    for (const { id } of [server, balancer, volume, inBack, back]) expect(after.join()).not.toContain(id)
    expect(report.outcome, renderReport(report)).toBe('blocked')
    const left = report.left.map(({ key, blockers }) => [key, ...blockers.map((one) => one.key)].join())
    const chain = left.find((chain) => chain.includes(network.id))
    expect(chain).toContain(plugged.id)
    expect(chain, 'it ends at the machine').toMatch(new RegExp(`${stranger.id}$`))
    for (const { id } of [volume, inBack, back, balancer, server]) expect(left.join()).not.toContain(id)

    const told = report.findings.find(({ code }) => code === 'resumed')
    const evidence = told?.evidence as Record<'done' | 'goneMeanwhile' | 'joined' | 'new', string[]>
    const gone = [...evidence.done, ...evidence.goneMeanwhile].join()
    for (const { id } of [volume, inBack, back, server]) expect(gone).toContain(id)
    expect(evidence.joined.join()).toContain(balancer.id)
    expect(report.removed.map(({ key }) => key).join()).toContain(balancer.id)

    // the same without the ledger; and with permission it is clean
    const adapters = [toolFor(bed, client, auth).adapter]
    const without = await planTeardown({ adapters, target: { run: 'r-77' } })
    expect(without.blocked.flatMap(({ chain }) => chain.at(-1)?.key ?? []).join()).toContain(stranger.id)
    const keyOf = (id: string) => without.resources.find((one) => one.id === id)?.key
    expect(without.edges).toContainEqual(
      expect.objectContaining({ type: 'partOf', from: keyOf(plugged.id), to: keyOf(stranger.id) }),
    )
    const scene = { bed, client, target: { run: 'r-77' }, ledger: fileLedger(path), tool: toolFor(bed, client, auth) }
    const permitted = await play({ ...scene, policy: { approve: [stranger.id] } })
    expect(permitted.report.outcome, permitted.told).toBe('clean')
    expect(refusedWrites(permitted.journal)).toEqual([])
    expect(bare([...permitted.after.keys()])).toEqual(bare([...guard.keys()]))
    await expectNothingLeftToDo(scene)
    expect(await readFile(path, 'utf8')).not.toContain(credential.secret)
  },
  scenarioMs,
)
