import type { Adapter } from '../../adapter/kind.ts'
import type { Fault } from './faults.ts'
import { defaultAccount, defaultPlaces, type MemoryProvider, memoryAdapter } from './provider.ts'
import type { MemoryKind } from './resource.ts'
import { type VirtualContext, virtualContext } from './virtual-context.ts'
import { createWorld, type World } from './world.ts'

export interface MemoryCloudOptions {
  /** The same seed and the same calls give the same world, to the millisecond. */
  readonly seed: number | string
  /** Default: `cloud` and `kube`, in one account and one place each. */
  readonly providers?: readonly MemoryProvider[]
  /** Kinds that differ from the defaults of `MemoryKind`; others come into being with their first resource. */
  readonly kinds?: readonly MemoryKind[]
  readonly faults?: readonly Fault[]
  /** Default: a new virtual context of the seed. */
  readonly context?: VirtualContext
  /** From a request to its answer; default 40 ms. */
  readonly callMs?: number
  /** Lists are as old as this; default 0. */
  readonly listLagMs?: number
  /** Default 500. */
  readonly pageSize?: number
  /** Each resource's durations differ by at most this share, by a fixed amount of its own; default 0.2. */
  readonly jitter?: number
  /** In place of `jitter`: each duration is multiplied by e to the power of a normal deviate of this width (lognormal, as in real estates; cut off at two). */
  readonly spread?: number
  /** Lists come in another order each time; default false. */
  readonly shuffle?: boolean
}

export interface MemoryCloud {
  /** One for each provider, in their order. */
  readonly adapters: readonly Adapter[]
  readonly context: VirtualContext
  readonly world: World
}

/**
 * A cloud in memory behind the real adapter contract, on virtual time. It enforces what real providers enforce, by rules of its own that
 * know nothing of plans: live users, protections, asynchronous removals, parts that outlive their whole, writers, finalizers, lagging lists.
 *
 * ```ts
 * const { adapters, context, world } = memoryCloud({ seed: 1 })
 * const vpc = world.add({ kind: 'cloud:vpc', tags: { cluster: 'ci-1' } })
 * world.add({ kind: 'cloud:subnet', tags: { cluster: 'ci-1' }, uses: [{ to: vpc, field: 'vpc' }] })
 * const plan = await planTeardown({ adapters, context, target: { cluster: 'ci-1' } })
 * ```
 */
export function memoryCloud(options: MemoryCloudOptions): MemoryCloud {
  const { seed, providers = [{ name: 'cloud' }, { name: 'kube' }] } = options
  const context = options.context ?? virtualContext({ seed })
  const inside = createWorld({
    seed,
    context,
    kinds: options.kinds ?? [],
    faults: options.faults ?? [],
    jitter: options.jitter ?? 0.2,
    spread: options.spread ?? 0,
    home: (name) => {
      const provider = providers.find((one) => one.name === name)
      if (!provider)
        throw new Error(`no provider "${name}": memoryCloud has ${providers.map((one) => one.name).join(', ')}`)
      return { account: provider.account ?? defaultAccount, place: (provider.places ?? defaultPlaces)[0] ?? 'here' }
    },
  })
  const adapters = providers.map((provider) =>
    memoryAdapter({
      ...provider,
      inside,
      context,
      seed,
      callMs: options.callMs ?? 40,
      listLagMs: options.listLagMs ?? 0,
      pageSize: options.pageSize ?? 500,
      shuffle: options.shuffle ?? false,
    }),
  )
  return { adapters, context, world: inside.world }
}
