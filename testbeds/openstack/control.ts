// What the test that owns a bed can do with it. The bed is in another process or in this one; both ways over HTTP, because
// one bed serves many test files.
import { type Client, signIn } from './client.ts'
import type { Disturbance } from './disturb.ts'
import type { JournalEntry } from './journal.ts'
import { ADMIN } from './seed.ts'
import type { Addresses, ServiceName } from './services.ts'

/** Lists of globs on names and ids, or seconds; looked up by the drivers at every operation. */
export interface Faults {
  nova: {
    spawn_delay: number
    /** The server stays in BUILD until the fault is cleared. */
    spawn_hang: string
    /** The server ends in ERROR. */
    spawn_error: string
    destroy_delay: number
    destroy_hang: string
    destroy_error: string
  }
  cinder: {
    create_delay: number
    create_error: string
    /** Volumes, snapshots and backups. */
    delete_delay: number
    delete_hang: string
    /** `error_deleting`; for a backup `error`. */
    delete_error: string
    backup_delay: number
    backup_hang: string
    backup_error: string
  }
  octavia: {
    /** How long each PENDING state takes: 1 s unless told, at least 0.2 s. */
    delay: number
    /** Stays PENDING until the fault is cleared. */
    hold: string
    /** Ends in ERROR. */
    error: string
  }
}

/** A database by its file name. */
export type DatabaseName = Exclude<ServiceName, 'nova'> | 'nova' | 'nova_api' | 'nova_cell0'

/** What a bed is, as its command prints it. */
export interface BedDescription {
  /** Of the process that keeps the bed. */
  pid: number
  /** For `connectOpenStackBed`. */
  control: string
  authUrl: string
  /** Of each service, for clients. */
  endpoints: Addresses
  /** The same past journal and disturbances. */
  inside: Addresses
  region: string
  /** Clouds `alpha` and `beta` (ordinary members, each of its own project) and `admin`. */
  cloudsFile: string
  /** Everybody's. */
  password: string
  /** A second address of each service, with a self-signed certificate; the catalogue does not know them. */
  tls: { endpoints: Addresses; certificateFile: string }
  /** Logs of the services are in its folder `log`. */
  folder: string
}

export interface BedControl extends BedDescription {
  /** The processes behind the services. */
  pids(): Promise<Readonly<Record<ServiceName, number>>>
  /** What clients asked, in order; after a mark when one is given. */
  journal(since?: number): Promise<readonly JournalEntry[]>
  /** The place in the journal that comes next. */
  mark(): Promise<number>
  disturb(disturbance: Disturbance): Promise<void>
  /** Ends all disturbances. */
  calm(): Promise<void>
  /** Adds a glob to a fault, or sets its seconds. */
  fault<S extends keyof Faults, F extends keyof Faults[S] & string>(
    service: S,
    fault: F,
    value: Faults[S][F],
  ): Promise<void>
  /** Ends all faults, or those of one name; what hangs goes on. */
  clearFaults(service?: keyof Faults, fault?: string): Promise<void>
  /** Runs a statement in a service's database while that runs: for states that no request can bring about. */
  sql<Row = Record<string, unknown>>(
    database: DatabaseName,
    statement: string,
    ...values: (string | number | null)[]
  ): Promise<Row[]>
  /** Stops a service: clients get the 503 of a load balancer without servers. `restart` brings it back. */
  stop(service: ServiceName): Promise<void>
  restart(service: ServiceName): Promise<void>
  /** Everything as after the start; takes as long. A project of its own per test is cheaper. */
  reset(): Promise<void>
  /** A client of the bed's own, unseen by the journal. */
  client(user: string, project?: string): Promise<Client>
  admin(): Promise<Client>
}

/** A bed that some other process, or another test file's worker, has started. */
export async function connectOpenStackBed(control: string): Promise<BedControl> {
  const call = async <Result>(method: string, ...values: unknown[]): Promise<Result> => {
    const response = await fetch(`${control}/${method}`, { method: 'POST', body: JSON.stringify(values) })
    const text = await response.text()
    if (!response.ok) throw new Error(`The OpenStack bed could not ${method}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Result
  }
  const description = await call<BedDescription>('describe')
  const client: BedControl['client'] = (user, project = user) => signIn(description.inside, { user, project })
  return {
    ...description,
    pids: () => call('pids'),
    journal: (since = 0) => call('journal', since),
    mark: () => call('mark'),
    disturb: (disturbance) => call('disturb', disturbance),
    calm: () => call('calm'),
    fault: (service, fault, value) => call('fault', service, fault, value),
    clearFaults: (service, fault) => call('clearFaults', service, fault),
    sql: (database, statement, ...values) => call('sql', database, statement, ...values),
    stop: (service) => call('stop', service),
    restart: (service) => call('restart', service),
    reset: () => call('reset'),
    client,
    admin: () => client(ADMIN.user, ADMIN.project),
  }
}
