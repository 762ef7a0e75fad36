import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileLedger, readRuns } from '@cleardown/core'
import {
  changesBetween,
  type JournalEntry,
  newProject,
  refusedWrites,
  snapshotOf,
  staging,
  writes,
} from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const here = import.meta.dirname
const bed = await sharedOpenStackBed()
const client = await newProject(bed, 'ci')
const make = await staging(client)
const project = client.account.project
const folder = await mkdtemp(join(tmpdir(), 'cleardown-ci-job-'))
const ledgers = join(folder, 'ledgers')
const summary = join(folder, 'summary.md')
const waiting = { timeout: 240_000, interval: 100 }
const scenarioMs = 600_000

const started: Script[] = []
let env: NodeJS.ProcessEnv

interface Script {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  said(): string
  /** With all that it has started. */
  kill(signal: NodeJS.Signals): Promise<unknown>
}

function start(command: string, ...words: string[]): Script {
  const child = spawn(command, words, { cwd: here, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (part) => (text += part))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const kill = (signal: NodeJS.Signals): Promise<unknown> => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), signal)
    return ended
  }
  const script = { child, ended, said: () => text, kill }
  started.push(script)
  return script
}
const node = (script: string, ...words: string[]): Script =>
  start(process.execPath, script, '--project', project, ...words)

async function run(script: string, ...words: string[]): Promise<{ code: number | null; said: string }> {
  const one = node(script, ...words)
  return { code: await one.ended, said: one.said() }
}

/** The job, when it has made everything and is at work. */
async function job(name: string, cidr: string): Promise<Script> {
  const script = start('sh', 'job.sh', name, cidr)
  const ended = script.ended.then((code) => {
    throw new Error(`${name} ended with ${code}: ${script.said()}`)
  })
  ended.catch(() => undefined) // it is killed later on
  await Promise.race([vi.waitFor(() => expect(script.said()).toContain(`${name} is at work`), waiting), ended])
  return script
}

const own = async (since: number): Promise<JournalEntry[]> =>
  (await bed.journal(since)).filter((entry) => entry.project === project)

beforeAll(async () => {
  const credential = await make.applicationCredential('ac-clean')
  const auth = {
    auth_url: bed.authUrl,
    application_credential_id: credential.id,
    application_credential_secret: credential.secret,
  }
  const clouds = { ci: { auth_type: 'v3applicationcredential', auth, region_name: bed.region } }
  await writeFile(join(folder, 'clouds.yaml'), JSON.stringify({ clouds }))
  const [{ networks }, { images }, { flavors }] = await Promise.all([
    client.call('GET', 'neutron', '/networks?router:external=true&name=public'),
    client.call('GET', 'glance', '/images?name=tiny&visibility=public'),
    client.call('GET', 'nova', '/flavors'),
  ])
  env = {
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    HOME: folder,
    NODE_OPTIONS: '--conditions=@cleardown/source',
    NODE_COMPILE_CACHE: join(folder, 'compiled'), // each creation is three processes
    OS_CLIENT_CONFIG_FILE: join(folder, 'clouds.yaml'),
    OS_CLOUD: 'ci',
    CLEARDOWN_LEDGERS: ledgers,
    EXTERNAL_NETWORK: networks[0].id,
    IMAGE: images[0].id,
    FLAVOR: flavors.find(({ name }: { name: string }) => name === 'tiny').id,
  }
})

afterAll(async () => {
  for (const script of started) await script.kill('SIGKILL')
  await bed.clearFaults()
  await rm(folder, { recursive: true, force: true })
})

test(
  'a killed clean-up of a killed job is finished by the next one, beside a job that goes on',
  async () => {
    const network = await make.network('team')
    await make.subnet('team', network)
    const keypair = await make.keypair('a-human')
    const runner = await make.securityGroup('ci-runner')
    await make.server('bastion', { network, keypair, securityGroups: [runner] })
    await job('r-77', '10.77.0.0/24')
    const guard = await snapshotOf(client)

    const killed = await job('r-76', '10.76.0.0/24')
    await killed.kill('SIGKILL')
    const servers = [...(await snapshotOf(client)).values()]
      .filter(({ kind, name }) => kind === 'server' && name.startsWith('r-76-'))
      .map(({ id }) => id)
    expect(servers).toHaveLength(2)

    const ready = await run('before.ts')
    expect(ready.said).toMatch(/^job r-76: its heartbeat has ended; clean-up\.ts removes it$/m)
    expect(ready.said).toMatch(/^job r-77: its heartbeat goes on .*; clean-up\.ts leaves it$/m)
    expect(ready.code).toBe(0)

    await bed.fault('nova', 'destroy_delay', 5)
    const mark = await bed.mark()
    const first = node('clean-up.ts')
    await vi.waitFor(async () => expect(removals(await own(mark), servers)).not.toEqual([]), waiting)
    await first.kill('SIGKILL')
    expect(await readRuns(fileLedger(join(ledgers, 'r-76.jsonl')))).toMatchObject([{ planId: expect.any(String) }])

    const second = await run('clean-up.ts', '--summary', summary)
    expect(second.said).toMatch(/^r-77: its heartbeat goes on .*; left alone$/m)
    expect(second.said).toContain('resumed:')
    expect(second.said).toMatch(/^clean: /m)
    expect(second.code).toBe(0)

    const journal = await own(mark)
    expect(refusedWrites(journal).map(({ method, path, status }) => `${status} ${method} ${path}`)).toEqual([])
    expect(removals(journal, servers).sort()).toEqual([...servers].sort())
    expect(changesBetween(guard, await snapshotOf(client))).toEqual({ gone: [], changed: [], added: [] })
    const text = await readFile(summary, 'utf8')
    expect(text).toMatch(/^\| r-76 \| \*\*clean\*\*: \d+ removed, 0 left, \d+ s \|$/m)
    expect(text).toMatch(/^\| r-77 \| left alone \(lives\): its heartbeat goes on/m)

    const after = await bed.mark()
    expect(await run('clean-up.ts', '--run', 'r-77')).toMatchObject({ code: 3 })
    expect(writes(await own(after))).toEqual([])
  },
  scenarioMs,
)

/** Servers of ours whose removal was asked for; one that was asked for twice is there twice. */
function removals(journal: readonly JournalEntry[], servers: readonly string[]): string[] {
  return journal
    .filter(({ method }) => method === 'DELETE')
    .flatMap(({ path }) => servers.filter((id) => path.endsWith(`/servers/${id}`)))
}

test('a job without a heartbeat lives while its servers are worked on, and is over when a person says so, not when it is old', async () => {
  const network = await make.network('quiet')
  await make.subnet('quiet', network)
  const { id } = await make.server('r-78-web', { network, metadata: { 'cleardown.run': 'r-78' } })
  const mark = await bed.mark()
  expect((await run('clean-up.ts')).said).toMatch(/^r-78: a server of it was worked on at .*; left alone$/m)

  const old = '2020-01-01 00:00:00'
  await bed.sql('nova', 'UPDATE instance_actions SET start_time=?, updated_at=? WHERE instance_uuid=?', old, old, id)
  expect((await run('clean-up.ts')).said).toMatch(/^r-78: it has no heartbeat; .*; left alone$/m)
  expect(writes(await own(mark))).toEqual([])

  expect(await run('clean-up.ts', '--run', 'r-78')).toMatchObject({ code: 0, said: expect.stringMatching(/^clean: /m) })
  expect(writes(await own(mark)).map(({ method, path }) => `${method} ${path}`)).toEqual([`DELETE /v2.1/servers/${id}`])
})

test('in a wrong project, and with a cloud that does not exist, nothing is looked at', async () => {
  const mark = await bed.mark()
  const wrong = await run('before.ts', '--project', 'somebody-elses')
  expect(wrong).toMatchObject({ code: 3, said: expect.stringContaining('expected is somebody-elses') })
  const unknown = await run('clean-up.ts', '--cloud', 'cii')
  expect(unknown).toMatchObject({ code: 3, said: expect.stringContaining('ci') })
  expect((await own(mark)).filter(({ path }) => !path.startsWith('/v3'))).toEqual([])
})

test('a job that needs more than the quota has left is told so before it begins', async () => {
  const quota_set = { instances: 1, force: true }
  await (await bed.admin()).call('PUT', 'nova', `/os-quota-sets/${client.projectId}`, { quota_set })
  const { code, said } = await run('before.ts')
  expect(said).toMatch(/no room for 2 more of compute:instances: \d of 1 are used/)
  expect(code).toBe(3)
})

test('a service that does not answer is named before a job begins', async () => {
  await bed.disturb({ kind: '503', service: 'cinder', count: 100 })
  const { code, said } = await run('before.ts')
  await bed.calm()
  expect(said).toMatch(/the service block-storage is not there: .*503/)
  expect(code).toBe(3)
})
