import { addNetwork, type Environment, unitsOf } from './generate-units.ts'
import { type MemoryCloud, type MemoryCloudOptions, memoryCloud } from './memory-cloud.ts'
import { seededRandom } from './random.ts'
import type { WorldResource } from './resource.ts'
import { standardKinds } from './standard-kinds.ts'
import type { World } from './world.ts'

export interface GenerateOptions extends Partial<MemoryCloudOptions> {
  readonly seed: number | string
  /** How many resources belong to `ci-1`, exactly; at least 10. */
  readonly size: number
  /** How many belong to others, beside it; default a third of `size`. */
  readonly neighbours?: number
  /** How many of others' resources use one of ours, and so block it; default 0. */
  readonly foreignUsers?: number
  /** How many resources without any mark use one of ours; default 0. */
  readonly strays?: number
  /** How many shared resources ours use; default 2. */
  readonly shared?: number
}

export interface GeneratedWorld extends MemoryCloud {
  readonly target: { readonly cluster: 'ci-1' }
  /** Everything of `ci-1`. Nothing of it is protected; without foreign users and strays all of it can go. */
  readonly ours: readonly WorldResource[]
  /** Marked as another's. */
  readonly theirs: readonly WorldResource[]
  /** Marked as shared with `ci-1`. */
  readonly shared: readonly WorldResource[]
  /** Without any mark. */
  readonly strays: readonly WorldResource[]
}

/**
 * An account as test environments leave it: the cluster `ci-1` with networks, stacks, node groups that restore their instances, load balancers
 * whose interfaces outlive them (some made by a controller for a Service), security groups that name each other, data stores; beside it
 * environments of other names, look-alikes among them. The same options give the same world.
 */
export function generateWorld(options: GenerateOptions): GeneratedWorld {
  const {
    seed,
    size,
    neighbours = Math.floor(size / 3),
    foreignUsers = 0,
    strays = 0,
    shared = 2,
    ...cloudOptions
  } = options
  if (size < 10) throw new Error(`a generated world has at least 10 resources, not ${size}`)
  const cloud = memoryCloud({ seed, kinds: standardKinds, ...cloudOptions })
  const { world } = cloud
  const random = seededRandom(`${seed} world`)

  const common = added(world, () => {
    for (let index = 0; index < shared; index++)
      world.add({
        kind: random.pick(['cloud:role', 'cloud:log-group', 'cloud:database']),
        name: `shared-${index}`,
        tags: { 'cluster-shared': 'ci-1' },
      })
  })
  const ours = added(world, () => {
    fill({ world, random, name: 'ci-1', inCluster: true, shared: common, networks: [] }, size)
  })
  const names = ['ci-10', 'prod', 'ci-1-blue', 'ci-11']
  const theirs = added(world, () => {
    for (let left = neighbours, index = 0; left > 0; index++) {
      const part = Math.min(left, Math.max(10, Math.ceil(neighbours / names.length)))
      const name = names[index % names.length] ?? 'prod'
      fill(
        {
          world,
          random,
          name: index < names.length ? name : `${name}-${index}`,
          inCluster: false,
          shared: [],
          networks: [],
        },
        part,
      )
      left -= part
    }
    for (const used of pickUsable(foreignUsers)) userOf(used, { cluster: 'prod' })
  })
  const unmarked = added(world, () => {
    for (const used of pickUsable(strays)) userOf(used, {})
  })
  return { ...cloud, target: { cluster: 'ci-1' }, ours, theirs, shared: common, strays: unmarked }

  function pickUsable(count: number): WorldResource[] {
    const usable = ours.filter(({ kind }) => kind === 'cloud:subnet' || kind === 'cloud:security-group')
    return random.shuffled(usable).slice(0, count)
  }
  function userOf(used: WorldResource, tags: Readonly<Record<string, string>>): void {
    world.add({
      kind: 'cloud:interface',
      tags,
      uses: [{ to: used, field: used.kind === 'cloud:subnet' ? 'subnet' : 'security groups' }],
    })
  }
}

/** Adds units until the environment has exactly `size` resources. */
function fill(environment: Environment, size: number): void {
  const { world, random } = environment
  const start = world.count()
  const left = (): number => size - (world.count() - start)
  const perNetwork = random.between(60, 400)
  addNetwork(environment, Math.min(left(), 24))
  let nextNetwork = perNetwork
  while (left() > 0) {
    if (size - left() >= nextNetwork && left() >= 12) {
      addNetwork(environment, 24)
      nextNetwork += perNetwork
      continue
    }
    const units = unitsOf(environment)
      .filter((unit) => unit.size <= left())
      .flatMap((unit) => Array.from({ length: unit.weight }, () => unit))
    const unit = units[random.below(units.length)]
    if (!unit) throw new Error('every environment has room for a resource that stands alone')
    unit.add()
  }
}

function added(world: World, work: () => void): WorldResource[] {
  const before = world.count()
  work()
  return world.all().slice(before)
}
