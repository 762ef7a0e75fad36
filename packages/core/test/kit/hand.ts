import { type Connection, connect } from '../../src/adapter/connection.ts'
import type { Facts, Kind } from '../../src/adapter/kind.ts'
import {
  type MemoryCloud,
  type MemoryCloudOptions,
  memoryCloud,
  type WorldResource,
} from '../../src/kit/testing/index.ts'
import type { Failure } from '../../src/model/failure.ts'
import type { Json } from '../../src/model/json.ts'

/** What the memory cloud answers to a call: `ok`, or its own code. */
type Answer = Promise<string>

/** The memory cloud, called by hand through the same contract as by core. */
export interface Hand extends MemoryCloud {
  connected(): Promise<readonly Connection[]>
  /** With the second look; undefined = not found by id. */
  facts(resource: WorldResource): Promise<Facts | undefined>
  remove(resource: WorldResource, except?: readonly string[]): Answer
  refusal(resource: WorldResource): Promise<Failure | undefined>
  release(resource: WorldResource, finalizer: string): Answer
  unmark(resource: WorldResource, mark: string): Answer
  restore(resource: WorldResource, it: Facts): Answer
  unprotect(resource: WorldResource, id: string): Answer
  protect(resource: WorldResource, before: Json): Answer
  pause(resource: WorldResource): Answer
  resume(resource: WorldResource): Answer
  /** Ids of a complete listing, or the provider's code. */
  list(resource: WorldResource): Promise<readonly string[] | string>
  wait(ms: number): Promise<void>
  alive(): readonly string[]
}

export async function byHand(options: Partial<MemoryCloudOptions> = {}): Promise<Hand> {
  return handOf(memoryCloud({ seed: 'by hand', jitter: 0, ...options }))
}

export function handOf(cloud: MemoryCloud): Hand {
  const signal = new AbortController().signal
  let connections: Connection[] | undefined

  const connected = async (): Promise<Connection[]> => {
    const traffic = { sent() {}, throttled() {} }
    connections ??= await Promise.all(cloud.adapters.map((adapter) => connect(adapter, cloud.context, signal, traffic)))
    return connections
  }
  const at = async ({ kind, provider, account, place }: WorldResource) => {
    const connection = (await connected()).find(
      ({ identity }) => identity.adapter === provider && identity.account === account,
    )
    const of = connection?.kinds.get(kind)
    if (!connection || !of) throw new Error(`nobody speaks for ${kind}`)
    return { connection, of, io: connection.io(place) }
  }
  const facts = async (resource: WorldResource): Promise<Facts | undefined> => {
    const { of, io } = await at(resource)
    const raw = await of.read?.(io, resource.id)
    if (raw === undefined) return undefined
    const [labelled] = of.labels ? await of.labels(io, [raw]) : [raw]
    const [full] = of.more ? await of.more(io, [labelled]) : [labelled]
    return of.facts(full)
  }
  const call = async (resource: WorldResource, work: (of: Kind, io: never, it: never) => Promise<void> | undefined) => {
    const { connection, of, io } = await at(resource)
    const it = (await facts(resource)) ?? {
      id: resource.id,
      incarnation: resource.incarnation,
      phase: 'gone',
      state: '',
      relations: [],
      data: {},
    }
    const done = await connection.attempt(
      { kind: of, call: 'call', place: resource.place, it: it as Facts },
      async () => work(of, io as never, { ...it, key: resource.key } as never),
    )
    return 'failure' in done ? done.failure : undefined
  }
  const word = (failure: { providerCode: string } | undefined): string => failure?.providerCode ?? 'ok'

  return {
    ...cloud,
    facts,
    connected,
    remove: async (resource: WorldResource, except?: readonly string[]) =>
      word(await call(resource, (of, io, it) => of.remove?.(io, it, except ? { except } : undefined))),
    refusal: (resource: WorldResource) => call(resource, (of, io, it) => of.remove?.(io, it)),
    release: async (resource: WorldResource, finalizer: string) =>
      word(await call(resource, (of, io, it) => of.release?.(io, it, finalizer))),
    unmark: async (resource: WorldResource, mark: string) =>
      word(await call(resource, (of, io, it) => of.unmark?.(io, it, mark))),
    restore: async (resource: WorldResource, it: Facts) =>
      word(await call(resource, (of, io) => of.restore?.(io, it as never))),
    unprotect: async (resource: WorldResource, id: string) =>
      word(await call(resource, (of, io, it) => of.unprotect?.apply(io, it, id))),
    protect: async (resource: WorldResource, before: Json) =>
      word(await call(resource, (of, io, it) => of.unprotect?.undo(io, it, before))),
    pause: async (resource: WorldResource) =>
      word(await call(resource, (of, io, it) => of.quiesce?.apply(io, it, resource.id))),
    resume: async (resource: WorldResource) =>
      word(await call(resource, (of, io, it) => of.quiesce?.undo(io, it, { paused: false }))),
    /** Ids of a complete listing. */
    list: async (resource: WorldResource) => {
      const { connection, of } = await at(resource)
      const { found, failure } = await connection.list(of, resource.place, { all: true })
      return failure ? failure.providerCode : found.map((raw) => of.facts(raw).id)
    },
    wait: (ms: number) => cloud.context.sleep(ms),
    alive: () => cloud.world.alive().map(({ id }) => id),
  }
}
