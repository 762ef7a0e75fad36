// The Python side of the bed: a virtual environment outside the tree, made once per content of requirements.txt.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The folder with the Python package `bed`. */
export const BED_FOLDER: string = import.meta.dirname

const OLDEST_PYTHON = [3, 11] as const
const INSTALL_LIMIT_MS = 10 * 60_000
const LOCK_POLL_MS = 250

/** The interpreter of the bed's environment; makes the environment when it is missing. */
export async function ensurePython(): Promise<string> {
  const { CLEARDOWN_PYTHON: base = 'python3', CLEARDOWN_CACHE: cache = join(homedir(), '.cache', 'cleardown') } =
    process.env
  const requirements = join(BED_FOLDER, 'requirements.txt')
  const version = await pythonVersion(base)
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .update(version)
    .digest('hex')
    .slice(0, 16)
  const folder = join(cache, `aws-bed-${hash}`)
  const python = join(folder, 'bin', 'python')
  if (existsSync(python)) return python
  await mkdir(cache, { recursive: true })
  await withLock(`${folder}.lock`, async () => {
    if (!existsSync(python)) await install(base, requirements, folder)
  })
  return python
}

async function pythonVersion(base: string): Promise<string> {
  const question = 'import sys; print(".".join(map(str, sys.version_info[:3])))'
  const answer = await run(base, ['-c', question]).catch((cause: unknown) => {
    throw new Error(
      `The AWS bed needs ${base}, which did not run. Install Python ${OLDEST_PYTHON.join('.')} or newer, or set CLEARDOWN_PYTHON.`,
      { cause },
    )
  })
  const version = answer.stdout.trim()
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new Error(
      `The AWS bed needs Python ${OLDEST_PYTHON.join('.')} or newer; ${base} is ${version}. Set CLEARDOWN_PYTHON.`,
    )
  }
  return version
}

/** Built under another name and renamed, so that a half-made environment is never taken for a whole one. */
async function install(base: string, requirements: string, folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`
  const steps: [what: string, command: string, args: string[], hint: string][] = [
    [
      'make a virtual environment',
      base,
      ['-m', 'venv', unfinished],
      'On Debian and Ubuntu install the package python3-venv.',
    ],
    [
      'install requirements.txt',
      join(unfinished, 'bin', 'python'),
      ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '-r', requirements],
      'It comes from the package index that pip is set up for; is there a network?',
    ],
  ]
  try {
    for (const [what, command, args, hint] of steps) {
      await run(command, args, { timeout: INSTALL_LIMIT_MS }).catch((cause: unknown) => {
        const said = (cause as { stderr?: string }).stderr?.trim().split('\n').slice(-3).join('\n') ?? ''
        throw new Error(`The AWS bed could not ${what}. ${hint}\n${said}`, { cause })
      })
    }
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

/** One installer at a time; a lock whose process is gone is taken over. */
async function withLock(path: string, work: () => Promise<void>): Promise<void> {
  const endAt = Date.now() + INSTALL_LIMIT_MS
  while (!(await takeLock(path))) {
    if (Date.now() > endAt)
      throw new Error(`The AWS bed waits for another installation. If there is none, remove ${path}.`)
    await sleep(LOCK_POLL_MS)
  }
  try {
    await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function takeLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = Number(await readFile(path, 'utf8').catch(() => ''))
  if (holder > 0 && !isRunning(holder)) await rm(path, { force: true })
  return false
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
