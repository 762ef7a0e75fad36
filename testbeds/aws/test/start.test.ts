// The bed starts by itself, says so once, and never outlives the process that started it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { awsClients } from '../clients.ts'
import { startAwsBed } from '../start.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const PROGRAM = join(import.meta.dirname, '..', 'start.ts')
const GONE_LIMIT_MS = 10_000

async function isUp(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/moto-api/rules/rules`).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function isGone(endpoint: string): Promise<boolean> {
  const endAt = Date.now() + GONE_LIMIT_MS
  while (Date.now() < endAt) {
    if (!(await isUp(endpoint))) return true
    await sleep(100)
  }
  return false
}

it('takes a free port on the loopback, and is gone after stop', async () => {
  const bed = await startAwsBed()
  const other = await startAwsBed()
  expect(bed.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(other.endpoint).not.toBe(bed.endpoint)
  expect([await isUp(bed.endpoint), await isUp(other.endpoint)]).toEqual([true, true])
  await bed.stop()
  await bed.stop()
  expect([await isUp(bed.endpoint), await isUp(other.endpoint)]).toEqual([false, true])
  await other[Symbol.asyncDispose]()
  expect(await isUp(other.endpoint)).toBe(false)
})

it('answers first calls to every service at once, while it is reset', async () => {
  await using bed = await startAwsBed()
  const { autoscaling, cloudformation, ec2, eks, elb, elbv2, iam, logs, sts } = awsClients(bed.endpoint)
  const calls = await Promise.allSettled([
    autoscaling.describeAutoScalingGroups({}),
    eks.listClusters({}),
    elbv2.describeLoadBalancers({}),
    elb.describeLoadBalancers({}),
    iam.listRoles({}),
    cloudformation.describeStacks({}),
    ec2.describeVpcs({}),
    logs.describeLogGroups({}),
    sts.getCallerIdentity({}),
    bed.reset(),
  ])
  expect(calls.filter(({ status }) => status === 'rejected')).toEqual([])
})

it('prints one JSON line as a program, and dies with it', async () => {
  const program = spawn(process.execPath, ['--conditions=@cleardown/source', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const reader = createInterface({ input: program.stdout }).on('line', (line) => lines.push(line))
  await once(reader, 'line')
  const { endpoint, account } = JSON.parse(String(lines[0])) as { endpoint: string; account: string }
  expect(account).toBe('111122223333')
  expect(await isUp(endpoint)).toBe(true)
  program.kill('SIGKILL') // no handler runs: only the closed pipe can tell
  await once(program, 'exit')
  expect(await isGone(endpoint)).toBe(true)
  expect(lines).toHaveLength(1)
})

it('stops on a signal to the program', async () => {
  const program = spawn(process.execPath, ['--conditions=@cleardown/source', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: program.stdout }), 'line')) as [string]
  program.kill('SIGTERM')
  const [code] = (await once(program, 'exit')) as [number]
  expect(code).toBe(0)
  expect(await isUp((JSON.parse(line) as { endpoint: string }).endpoint)).toBe(false)
})

it('says what is missing, and leaves nothing half-made', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'cleardown-'))
  const before = { ...process.env }
  try {
    Object.assign(process.env, { CLEARDOWN_CACHE: cache })
    Object.assign(process.env, { CLEARDOWN_PYTHON: join(cache, 'no-python') })
    await expect(startAwsBed()).rejects.toThrow('Install Python 3.11 or newer, or set CLEARDOWN_PYTHON')
    const old = await script(join(cache, 'old-python'), 'echo 3.9.1')
    Object.assign(process.env, { CLEARDOWN_PYTHON: old })
    await expect(startAwsBed()).rejects.toThrow(`${old} is 3.9.1`)
    Object.assign(process.env, {
      CLEARDOWN_PYTHON: await script(join(cache, 'bare-python'), 'case "$1" in -c) echo 3.12.0;; *) exit 1;; esac'),
    })
    await expect(startAwsBed()).rejects.toThrow('install the package python3-venv')
    expect((await readdir(cache)).sort()).toEqual(['bare-python', 'old-python'])
  } finally {
    process.env = before
    await rm(cache, { recursive: true })
  }
})

async function script(path: string, text: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  return path
}
