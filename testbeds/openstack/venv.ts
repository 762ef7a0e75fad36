// The Python side of the bed: a virtual environment with the services, made once per content of requirements.txt.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cachedFolder, madeOnce } from './cache.ts'

const run = promisify(execFile)

/** The folder with the Python package `bed`. */
export const BED_FOLDER: string = import.meta.dirname

const OLDEST_PYTHON = [3, 11] as const
const STEP_LIMIT_MS = 10 * 60_000

export interface Environment {
  /** Its folder, in the cache. */
  folder: string
  /** The interpreter. */
  python: string
  /** What made it: the version of the interpreter and all pinned packages. */
  recipe: string
}

/** The bed's environment; makes it when it is missing, which takes one to two minutes and a package index. */
export async function ensureEnvironment(): Promise<Environment> {
  const { CLEARDOWN_PYTHON: base = 'python3' } = process.env
  const requirements = join(BED_FOLDER, 'requirements.txt')
  const version = await pythonVersion(base)
  const recipe = `${version}\n${await readFile(requirements, 'utf8')}`
  const folder = await madeOnce(cachedFolder('openstack-bed', [recipe]), (unfinished) =>
    install(base, requirements, unfinished),
  )
  return { folder, python: pythonOf(folder), recipe }
}

function pythonOf(folder: string): string {
  return join(folder, 'bin', 'python')
}

async function pythonVersion(base: string): Promise<string> {
  const question = 'import sys; print(".".join(map(str, sys.version_info[:3])))'
  const answer = await run(base, ['-c', question]).catch((cause: unknown) => {
    throw new Error(
      `The OpenStack bed needs ${base}, which did not run. Install Python ${OLDEST_PYTHON.join('.')} or newer, or set CLEARDOWN_PYTHON.`,
      { cause },
    )
  })
  const version = answer.stdout.trim()
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new Error(
      `The OpenStack bed needs Python ${OLDEST_PYTHON.join('.')} or newer; ${base} is ${version}. Set CLEARDOWN_PYTHON.`,
    )
  }
  return version
}

async function install(base: string, requirements: string, folder: string): Promise<void> {
  const python = pythonOf(folder)
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check']
  const network = 'It comes from the package index that pip is set up for; is there a network?'
  const steps: [what: string, command: string, args: string[], hint: string][] = [
    [
      'make a virtual environment',
      base,
      ['-m', 'venv', folder],
      'On Debian and Ubuntu install the package python3-venv.',
    ],
    // The pins are complete, so nothing has to be resolved.
    ['install requirements.txt', python, [...pip, '--no-deps', '--no-compile', '-r', requirements], network],
    // Once, on all cores: otherwise each first start pays for it, and pip would do it on one.
    ['compile the packages', python, ['-m', 'compileall', '-q', '-j', '0', join(folder, 'lib')], 'Is the disk full?'],
  ]
  for (const [what, command, args, hint] of steps) {
    await run(command, args, { timeout: STEP_LIMIT_MS }).catch((cause: unknown) => {
      const said = (cause as { stderr?: string }).stderr?.trim().split('\n').slice(-3).join('\n') ?? ''
      throw new Error(`The OpenStack bed could not ${what}. ${hint}\n${said}`, { cause })
    })
  }
}
