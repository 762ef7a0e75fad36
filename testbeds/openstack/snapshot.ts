// The databases of a fresh bed, made once and kept in the cache: from nothing they take more than a minute.

import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { cachedFolder, madeOnce } from './cache.ts'
import { disturbances } from './disturb.ts'
import { type Machinery, openMachinery } from './machinery.ts'
import { seedIdentity, seedResources } from './seed.ts'
import { CATALOGUE, forEachService, SERVICES, type ServiceName } from './services.ts'
import { BED_FOLDER, type Environment } from './venv.ts'

/** Whatever decides what is in it. */
const RECIPE = ['bed/prepare.py', 'seed.ts', 'services.ts', 'snapshot.ts']
const FOLDERS = ['db', 'keys', 'images', 'state']
/** Half of the preparation waits for the disk, half computes. */
const AT_ONCE = 2

/** The folder with the pristine data; makes it when it is missing. */
export async function ensureSnapshot(environment: Environment): Promise<string> {
  const recipe = await Promise.all(RECIPE.map((file) => readFile(join(BED_FOLDER, file), 'utf8')))
  return madeOnce(cachedFolder('openstack-data', [environment.recipe, ...recipe]), (folder) =>
    make(environment, folder),
  )
}

async function make(environment: Environment, folder: string): Promise<void> {
  await using machinery = await openMachinery(environment, {
    journal: [],
    disturbances: disturbances(),
    tokens: new Map(),
  })
  for (const name of FOLDERS) await mkdir(join(machinery.data, name))
  const waiting = [...SERVICES]
  const prepareNext = async (): Promise<void> => {
    for (let service = waiting.shift(); service; service = waiting.shift()) await machinery.prepare(service)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, prepareNext))
  const inside = forEachService((service) => machinery.fronts[service].inside)
  const outside = forEachService((service) => machinery.fronts[service].outside)
  await machinery.start(['keystone'])
  await seedIdentity(inside, outside)
  await machinery.start(SERVICES)
  await seedResources(inside)
  await machinery.stop(SERVICES)
  await finishLogs(machinery)
  await cp(machinery.data, folder, { recursive: true })
}

/** Brings all that SQLite still holds beside a database into it. */
async function finishLogs({ data }: Machinery): Promise<void> {
  for (const file of await readdir(join(data, 'db'))) {
    if (!file.endsWith('.sqlite')) continue
    const database = new DatabaseSync(join(data, 'db', file))
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    database.close()
  }
}

/** Puts the pristine data where the services of this machinery look for it. They must not run. */
export async function loadSnapshot(snapshot: string, { data, fronts }: Machinery): Promise<void> {
  await rm(data, { recursive: true, force: true })
  await cp(snapshot, data, { recursive: true })
  relocate(data, fronts)
}

/** Three tables remember addresses and folders of the machinery that made the snapshot. */
function relocate(data: string, fronts: Machinery['fronts']): void {
  edit(data, 'keystone', (database) => {
    const rows = database
      .prepare(
        `SELECT endpoint.id, interface, json_extract(service.extra, '$.name') AS service
         FROM endpoint JOIN service ON service.id = endpoint.service_id`,
      )
      .all() as { id: string; interface: string; service: ServiceName }[]
    const update = database.prepare('UPDATE endpoint SET url = ? WHERE id = ?')
    for (const row of rows) {
      const { outside, inside } = fronts[row.service]
      update.run(`${row.interface === 'public' ? outside : inside}${CATALOGUE[row.service].path}`, row.id)
    }
  })
  edit(data, 'nova_api', (database) => {
    const update = database.prepare('UPDATE cell_mappings SET database_connection = ? WHERE name = ?')
    update.run(`sqlite:///${data}/db/nova_cell0.sqlite`, 'cell0')
    update.run(`sqlite:///${data}/db/nova.sqlite`, 'cell1')
  })
  edit(data, 'glance', (database) => {
    database.prepare(`UPDATE image_locations SET value = ? || image_id`).run(`file://${data}/images/`)
  })
}

function edit(data: string, name: string, work: (database: DatabaseSync) => void): void {
  const file = join(data, 'db', `${name}.sqlite`)
  if (!existsSync(file)) throw new Error(`The snapshot of the OpenStack bed has no ${name} database. Remove ${data}.`)
  const database = new DatabaseSync(file)
  work(database)
  database.close()
}
