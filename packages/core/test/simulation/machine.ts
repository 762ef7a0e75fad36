import type { Context } from '../../src/adapter/context.ts'
import type { Adapter, Io, Session } from '../../src/adapter/kind.ts'
import type { Lease, Ledger } from '../../src/index.ts'
import type { MemoryClient } from '../../src/kit/testing/client.ts'
import type { VirtualContext } from '../../src/kit/testing/index.ts'
import type { Freeze } from './scenario.ts'
import type { Watch } from './watch.ts'

/** How long the disk takes to make entries durable. */
const syncMs = 2

/**
 * One process on one machine: a context, a ledger and adapters that all die with it at its k-th point. What it awaits then never comes, what was on
 * the wire still takes effect, what was not durable yet is lost, and its lease stays until its heartbeat has been silent for long enough.
 *
 * Or it stands still at its k-th point, for a while: what is on the wire goes on, and what comes back waits until it wakes.
 */
export interface Machine {
  readonly name: string
  readonly context: Context
  readonly ledger: Ledger
  readonly adapters: readonly Adapter[]
  /** It was started to put things back, not to remove. */
  readonly undoOnly: boolean
  /** Resolves when it dies. */
  readonly died: Promise<void>
  /** Resolves when it stands still. */
  readonly froze: Promise<void>
  points(): number
}

export interface MachineOptions {
  readonly name: string
  readonly context: VirtualContext
  /** What all machines share. */
  readonly ledger: Ledger
  readonly adapters: readonly Adapter[]
  readonly watch: Watch
  readonly undoOnly?: boolean
  readonly killAt?: number | undefined
  readonly freeze?: Freeze | undefined
  readonly onPoint?: (point: number) => void
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined)

export function createMachine(options: MachineOptions): Machine {
  const { name, context: world, watch, undoOnly = false, killAt = Infinity, freeze } = options
  let points = 0
  let dead = false
  let frozen: Promise<void> | undefined
  let die: () => void = () => undefined
  const died = new Promise<void>((resolve) => {
    die = resolve
  })
  let standStill: () => void = () => undefined
  const froze = new Promise<void>((resolve) => {
    standStill = resolve
  })

  /** Here a process may stop to exist. */
  const point = (): Promise<void> | undefined => {
    if (dead) return never()
    points++
    options.onPoint?.(points)
    if (points === freeze?.at) {
      frozen = world.sleep(freeze.forMs).then(() => {
        frozen = undefined
      })
      standStill()
    }
    if (points < killAt) return frozen
    dead = true
    die()
    return never()
  }
  /** What comes back to a dead process comes back to nobody. */
  const alive = <T>(work: Promise<T>): Promise<T> =>
    work.then(
      (value) => (dead ? never<T>() : frozen ? frozen.then(() => value) : value),
      async (error) => {
        if (dead) return never<T>()
        await frozen
        throw error
      },
    )
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    await point()
    const value = await alive(work())
    await point()
    return value
  }

  const context: Context = {
    now: world.now,
    monotonic: world.monotonic,
    random: world.random,
    sleep: (ms, signal) => {
      const stop = point()
      return stop ? stop.then(() => alive(world.sleep(ms, signal))) : alive(world.sleep(ms, signal))
    },
  }

  const heldLease = (lease: Lease): Lease => ({
    fence: lease.fence,
    renew: () => guarded(() => lease.renew()),
    release: () => guarded(() => lease.release()),
    leftMs: () => lease.leftMs(),
  })
  const ledger: Ledger = {
    append: (entries, under) =>
      guarded(async () => {
        await world.sleep(syncMs)
        if (dead) return never<number>() // still in the page cache of a machine that is off
        const seq = await options.ledger.append(entries, under)
        watch.durable(entries)
        return seq
      }),
    read: (from) => options.ledger.read(from),
    acquire: (scope, holder) =>
      guarded(async () => {
        const lease = await options.ledger.acquire(scope, holder)
        if (!('fence' in lease)) return lease
        watch.leased(machine)
        return heldLease(lease)
      }),
    close: () => options.ledger.close(),
  }

  const onWire = <C>(io: Io<C>): Io<C> => ({
    ...io,
    request: (what, send) =>
      io.request(what, async (signal) => {
        const stop = point() // not sent yet; who freezes here has sent it
        if (dead) await stop
        const answer = await alive(send(signal))
        await point()
        return answer
      }),
  })
  const wrap = (client: MemoryClient): MemoryClient => ({
    async *list(io, call, kind, query) {
      for await (const raw of client.list(onWire(io), call, kind, query)) yield raw
      watch.listed(machine, kind, query)
    },
    async read(io, call, kind, id) {
      const found = await client.read(onWire(io), call, kind, id)
      watch.listed(machine, kind, { by: 'ids', values: [id] })
      return found
    },
    fill: (io, call, kind, found, detail) => client.fill(onWire(io), call, kind, found, detail),
    write: (io, call, kind, id, work) =>
      client.write(onWire(io), call, kind, id, (state, inside) => {
        watch.beforeWrite(machine, call, kind, id, state, inside)
        const refusal = work(state, inside)
        watch.afterWrite(machine, call, kind, id, refusal)
        return refusal
      }),
    hello: (io) => client.hello(onWire(io as Io<unknown>)),
  })
  const adapters = options.adapters.map(
    (adapter): Adapter => ({
      ...adapter,
      async connect(io): Promise<Session> {
        const session = await adapter.connect(onWire(io as Io<void>))
        return { ...session, client: wrap(session.client as MemoryClient) }
      },
    }),
  )
  const machine: Machine = { name, context, ledger, adapters, undoOnly, died, froze, points: () => points }
  return machine
}
