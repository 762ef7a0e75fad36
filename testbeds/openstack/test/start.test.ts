// The bed starts beside another one, says so once, and never outlives the process that started it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, vi } from 'vitest'
import { isRunning } from '../cache.ts'
import { type BedControl, type BedDescription, connectOpenStackBed } from '../control.ts'
import { sharedOpenStackBed } from '../shared-bed.ts'
import { newProject, staging } from '../staging.ts'
import { startOpenStackBed } from '../start.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

const PROGRAM = join(import.meta.dirname, '..', 'start.ts')

async function program(): Promise<{ child: ChildProcess; lines: string[]; bed: BedControl }> {
  const child = spawn(process.execPath, ['--conditions=@cleardown/source', PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await once(reader, 'line')
  return { child, lines, bed: await connectOpenStackBed((JSON.parse(String(lines[0])) as BedDescription).control) }
}

const running = (pids: readonly number[]): number[] => pids.filter(isRunning)

it('runs beside another bed, starts over when told, and dies with a program that is killed', async () => {
  const shared = await sharedOpenStackBed()
  const { child, lines, bed } = await program()
  expect(new URL(bed.authUrl).hostname).toBe('127.0.0.1')
  expect(bed.authUrl).not.toBe(shared.authUrl)
  const make = await staging(await newProject(bed, 'own'))
  const network = await make.network('own')
  expect((await (await shared.admin()).ask('GET', 'neutron', `/networks/${network.id}`)).status).toBe(404)
  await bed.fault('octavia', 'delay', 5)
  await bed.reset()
  expect((await (await bed.admin()).ask('GET', 'neutron', `/networks/${network.id}`)).status).toBe(404)
  const again = await staging(await newProject(bed, 'own'))
  await again.subnet('s', await again.network('own'))

  const pids = Object.values(await bed.pids())
  expect(running(pids)).toHaveLength(8)
  child.kill('SIGKILL') // no handler runs: only the closed pipes can tell
  await once(child, 'exit')
  await vi.waitFor(() => expect(running(pids)).toEqual([]), { timeout: 10_000 })
  expect(lines).toHaveLength(1)
  expect(running(Object.values(await shared.pids()))).toHaveLength(8)
})

it('stops when the stdin of its program closes', async () => {
  const { child, bed } = await program()
  const pids = Object.values(await bed.pids())
  child.stdin?.end()
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
  expect(running(pids)).toEqual([])
  expect(await readdir(bed.folder).catch(({ code }: NodeJS.ErrnoException) => code)).toBe('ENOENT')
})

it('says what is missing, and leaves nothing half-made', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'cleardown-'))
  const before = { ...process.env }
  try {
    Object.assign(process.env, { CLEARDOWN_CACHE: cache, CLEARDOWN_PYTHON: join(cache, 'no-python') })
    await expect(startOpenStackBed()).rejects.toThrow('Install Python 3.11 or newer, or set CLEARDOWN_PYTHON')
    const old = await script(join(cache, 'old-python'), 'echo 3.9.1')
    Object.assign(process.env, { CLEARDOWN_PYTHON: old })
    await expect(startOpenStackBed()).rejects.toThrow(`${old} is 3.9.1`)
    const bare = 'case "$1" in -c) echo 3.12.0;; *) exit 1;; esac'
    Object.assign(process.env, { CLEARDOWN_PYTHON: await script(join(cache, 'bare-python'), bare) })
    await expect(startOpenStackBed()).rejects.toThrow('install the package python3-venv')
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
