// Starts the OpenStack bed. As a program it prints one JSON line and runs until its stdin closes or it is told to stop:
//   node --conditions=@cleardown/source testbeds/openstack/start.ts
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BedControl, type BedDescription, connectOpenStackBed } from './control.ts'
import { controlMethods, serveControl } from './control-server.ts'
import { disturbances } from './disturb.ts'
import type { Watch } from './front.ts'
import { type Machinery, openMachinery } from './machinery.ts'
import { ADMIN } from './seed.ts'
import { forEachService, PASSWORD, REGION, SERVICES } from './services.ts'
import { ensureSnapshot, loadSnapshot } from './snapshot.ts'
import { ensureEnvironment } from './venv.ts'

export interface OpenStackBed extends BedControl, AsyncDisposable {
  /** Ends all services and removes the bed's folder. */
  close(): Promise<void>
}

/**
 * Starts all services on free ports of the loopback, after making what is missing: the Python environment (one to two
 * minutes) and the first databases (as long again). They end with the process that started them, even when that is killed.
 */
export async function startOpenStackBed(): Promise<OpenStackBed> {
  const environment = await ensureEnvironment()
  const snapshot = await ensureSnapshot(environment)
  const watch: Watch = { journal: [], disturbances: disturbances(), tokens: new Map() }
  const machinery = await openMachinery(environment, watch)
  try {
    await loadSnapshot(snapshot, machinery)
    const described = await describe(machinery)
    const server = await serveControl(
      controlMethods(machinery, watch, snapshot, () => ({ ...described, control: server.address })),
    )
    await machinery.start(SERVICES)
    const close = async (): Promise<void> => {
      await server.close()
      await machinery[Symbol.asyncDispose]()
    }
    return { ...(await connectOpenStackBed(server.address)), close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await machinery[Symbol.asyncDispose]()
    throw error
  }
}

async function describe({ folder, data, fronts }: Machinery): Promise<Omit<BedDescription, 'control'>> {
  const [key, cert] = await Promise.all(
    ['key', 'cert'].map((name) => readFile(join(data, 'keys', 'tls', `${name}.pem`))),
  )
  const identity = { key: String(key), cert: String(cert) }
  const tls = await Promise.all(SERVICES.map(async (name) => [name, await fronts[name].listenTls(identity)] as const))
  const endpoints = forEachService((service) => fronts[service].outside)
  const authUrl = `${endpoints.keystone}/v3`
  const cloudsFile = join(folder, 'clouds.yaml')
  await writeFile(cloudsFile, cloudsYaml(authUrl, [ADMIN.user, 'alpha', 'beta']))
  return {
    pid: process.pid,
    authUrl,
    endpoints,
    inside: forEachService((service) => fronts[service].inside),
    region: REGION,
    cloudsFile,
    password: PASSWORD,
    tls: {
      endpoints: Object.fromEntries(tls) as BedDescription['endpoints'],
      certificateFile: join(data, 'keys', 'tls', 'cert.pem'),
    },
    folder,
  }
}

/** A clouds.yaml with one cloud per name, which is its user's and its project's name too. JSON is YAML. */
export function cloudsYaml(authUrl: string, names: readonly string[]): string {
  const cloud = (name: string): object => ({
    auth: {
      auth_url: authUrl,
      username: name,
      password: PASSWORD,
      project_name: name,
      user_domain_id: 'default',
      project_domain_id: 'default',
    },
    region_name: REGION,
    identity_api_version: 3,
  })
  const clouds = Object.fromEntries(names.map((name) => [name, cloud(name)]))
  return `${JSON.stringify({ clouds }, undefined, 2)}\n`
}

if (import.meta.main) {
  const bed = await startOpenStackBed()
  const end = (): void => void bed.close().finally(() => process.exit(0))
  process.once('SIGINT', end).once('SIGTERM', end)
  process.stdin.once('end', end).once('error', end).resume()
  const { pid, control, authUrl, endpoints, region, cloudsFile, password, tls, folder } = bed
  console.log(JSON.stringify({ pid, control, authUrl, endpoints, region, cloudsFile, password, tls, folder }))
}
