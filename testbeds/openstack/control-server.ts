// The bed's own HTTP server: one POST per method of BedControl, its values as a JSON list.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { json } from 'node:stream/consumers'
import type { BedDescription } from './control.ts'
import type { Disturbance } from './disturb.ts'
import type { Watch } from './front.ts'
import type { Machinery } from './machinery.ts'
import { SERVICES, type ServiceName } from './services.ts'
import { loadSnapshot } from './snapshot.ts'

const LOCK_PATIENCE_MS = 30_000

// biome-ignore lint/suspicious/noExplicitAny: what JSON brings; control.ts types the other end
type Methods = Record<string, (...values: any[]) => unknown>

export interface ControlServer {
  address: string
  close(): Promise<void>
}

export async function serveControl(methods: Methods): Promise<ControlServer> {
  const server = createServer(async (incoming, response) => {
    try {
      const method = methods[(incoming.url ?? '').slice(1)]
      if (!method) throw new Error(`there is no ${incoming.url}`)
      const result = await method(...((await json(incoming)) as unknown[]))
      response.end(result === undefined ? '' : JSON.stringify(result))
    } catch (error) {
      response.writeHead(500).end(String((error as Error).message))
    }
  })
  const address = await listen(server)
  return {
    address,
    close: async () => {
      const end = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await end
    },
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export function controlMethods(
  machinery: Machinery,
  watch: Watch,
  snapshot: string,
  describe: () => BedDescription,
): Methods {
  const { journal, disturbances } = watch
  const readFaults = async (): Promise<FaultTable> => JSON.parse(await readFile(machinery.faults, 'utf8')) as FaultTable
  /** In one go: the services read it at any time. */
  const writeFaults = async (table: FaultTable): Promise<void> => {
    await writeFile(`${machinery.faults}.new`, JSON.stringify(table))
    await rename(`${machinery.faults}.new`, machinery.faults)
  }
  return {
    describe,
    pids: () => machinery.pids(),
    journal: (since: number) => journal.filter(({ n }) => n > since),
    mark: () => journal.at(-1)?.n ?? 0,
    disturb: (disturbance: Disturbance) => disturbances.add(disturbance),
    calm: () => disturbances.clear(),
    async fault(service: string, fault: string, value: string | number) {
      const table = await readFaults()
      const row = table[service] ?? {}
      const before = row[fault]
      row[fault] = typeof value === 'number' ? value : [...(Array.isArray(before) ? before : []), value]
      await writeFaults({ ...table, [service]: row })
    },
    async clearFaults(service?: string | null, fault?: string | null) {
      const table = await readFaults()
      if (service && fault) delete table[service]?.[fault]
      else if (service) delete table[service]
      await writeFaults(service ? table : {})
    },
    sql(name: string, statement: string, ...values: SQLInputValue[]) {
      const file = join(machinery.data, 'db', `${name}.sqlite`)
      const database = new DatabaseSync(file, { timeout: LOCK_PATIENCE_MS })
      try {
        return database.prepare(statement).all(...values)
      } finally {
        database.close()
      }
    },
    stop: (service: ServiceName) => machinery.stop([service]),
    async restart(service: ServiceName) {
      await machinery.stop([service])
      await machinery.start([service])
    },
    async reset() {
      await machinery.stop(SERVICES)
      await loadSnapshot(snapshot, machinery)
      disturbances.clear()
      journal.length = 0
      await writeFaults({})
      await machinery.start(SERVICES)
    },
  }
}

type FaultTable = Record<string, Record<string, number | string[]>>
