// One set of services: their fronts, their settings in a folder of their own, and their processes.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning } from './cache.ts'
import { type Front, openFront, type Watch } from './front.ts'
import { type Running, run } from './process.ts'
import { forEachService, PASSWORD, SERVICES, type ServiceName } from './services.ts'
import { BED_FOLDER, type Environment } from './venv.ts'

const PREFIX = 'cleardown-openstack-'
const START_LIMIT_MS = 180_000

export interface Machinery extends AsyncDisposable {
  readonly fronts: Readonly<Record<ServiceName, Front>>
  /** Databases, keys, images, state: what a snapshot keeps. */
  readonly data: string
  /** Where the services look for what shall go wrong. */
  readonly faults: string
  readonly folder: string
  /** Creates the tables of one service. */
  prepare(service: ServiceName): Promise<void>
  /** Starts those that do not run; resolves when all answer. */
  start(services: readonly ServiceName[]): Promise<void>
  stop(services: readonly ServiceName[]): Promise<void>
  pids(): Partial<Record<ServiceName, number>>
}

export async function openMachinery(environment: Environment, watch: Watch): Promise<Machinery> {
  await removeAbandoned()
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  const data = join(folder, 'data')
  const settings = join(folder, 'etc')
  const logs = join(folder, 'log')
  const faults = join(folder, 'faults.json')
  await Promise.all([data, settings, logs].map((path) => mkdir(path)))
  const opened = await Promise.all(SERVICES.map(async (service) => [service, await openFront(service, watch)] as const))
  const fronts = Object.fromEntries(opened) as Record<ServiceName, Front>
  await writeSettings(settings, {
    data,
    defaults: join(environment.folder, 'etc'),
    password: PASSWORD,
    'public.octavia': fronts.octavia.outside,
    ...forEachService((service) => fronts[service].inside),
  })
  await cp(join(environment.folder, 'etc', 'nova', 'api-paste.ini'), join(settings, 'api-paste.ini'))
  await writeFile(faults, '{}')

  const processes = new Map<ServiceName, Running>()
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OS_'))),
    BED_FAULTS: faults,
    BED_KEYSTONE: `${fronts.keystone.inside}/v3`,
    BED_PASSWORD: PASSWORD,
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
    PYTHONPATH: `${BED_FOLDER}:${join(BED_FOLDER, 'bed', 'plugins')}`,
    PYTHONWARNINGS: 'ignore',
    TMPDIR: folder,
    XDG_CACHE_HOME: join(environment.folder, 'cache'), // the entry points of 200 packages are read once, not per start
  }
  const python = (module: string, service: ServiceName): Running =>
    run({
      python: environment.python,
      args: ['-m', module, service, settings],
      folder,
      env,
      log: join(logs, `${service}.log`),
    })

  const stop: Machinery['stop'] = async (services) => {
    await Promise.all(
      services.map(async (service) => {
        fronts[service].behind(Promise.resolve(undefined))
        await processes.get(service)?.stop()
        processes.delete(service)
      }),
    )
  }
  return {
    fronts,
    data,
    faults,
    folder,
    async prepare(service) {
      const process = python('bed.prepare', service)
      await process.said
    },
    async start(services) {
      const ports = services
        .filter((service) => !processes.has(service))
        .map((service) => {
          const process = python('bed.serve', service)
          processes.set(service, process)
          const port = process.said.then(Number)
          fronts[service].behind(port)
          return port
        })
      await inTime(Promise.all(ports))
    },
    stop,
    pids: () => Object.fromEntries([...processes].map(([service, { pid }]) => [service, pid])),
    async [Symbol.asyncDispose]() {
      await stop(SERVICES)
      await Promise.all(SERVICES.map((service) => fronts[service].close()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function inTime(work: Promise<unknown>): Promise<void> {
  const limit = new AbortController()
  const late = sleep(START_LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`The services of the OpenStack bed were not ready after ${START_LIMIT_MS / 1000} s.`)
  })
  await Promise.race([work, late]).finally(() => limit.abort())
}

/** The templates of bed/etc, with every `${name}` filled in. */
async function writeSettings(folder: string, values: Readonly<Record<string, string>>): Promise<void> {
  const templates = join(BED_FOLDER, 'bed', 'etc')
  for (const file of await readdir(templates)) {
    const template = await readFile(join(templates, file), 'utf8')
    const text = template.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined) throw new Error(`${file} of the OpenStack bed asks for ${name}, which nobody gives.`)
      return value
    })
    await writeFile(join(folder, file), text)
  }
}

/** Folders of beds whose process was killed: nobody else would. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN
    if (pid > 0 && !isRunning(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}
