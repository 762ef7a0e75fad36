import type { Adapter } from '@cleardown/core'
import {
  memoryCloud,
  standardKinds,
  type VirtualContext,
  type World,
  type WorldResource,
} from '@cleardown/core/testing'

export interface Quickstart {
  /** One for the cloud, one for the cluster. */
  readonly adapters: readonly Adapter[]
  readonly context: VirtualContext
  readonly world: World
  /** Everything of `ci-10`: the environment next door, which only looks like ours. */
  readonly neighbour: readonly WorldResource[]
}

const minute = 60_000

/**
 * The test environment `ci-1` as a CI job leaves it behind, over two providers:
 *
 * - a stack with the network, the cluster, its security groups, two node groups and their instances
 * - in the cluster: a load balancer controller and three Services; for each the controller made a load balancer, a target group and a
 *   security group outside, and the load balancer's interfaces live on in the subnets for minutes after it is gone
 * - a rule in the nodes' group that names a load balancer's group, and one in that group that names the nodes': neither can go first
 * - two volumes that a storage controller made for claims
 *
 * And next door, in the same account, `ci-10`.
 */
export function quickstartWorld(): Quickstart {
  const { adapters, context, world } = memoryCloud({ seed: 'quickstart', kinds: standardKinds })
  const network = addNetwork(world, 'ci-1')
  const workers = addWorkers(world, 'ci-1', network)
  addWorkloads(world, 'ci-1', network, workers)

  const before = new Set(world.alive())
  const theirs = addNetwork(world, 'ci-10')
  addWorkers(world, 'ci-10', theirs)
  const neighbour = world.alive().filter((resource) => !before.has(resource))
  return { adapters, context, world, neighbour }
}

interface Network {
  readonly tags: { readonly cluster: string }
  readonly vpc: WorldResource
  readonly subnets: readonly WorldResource[]
  readonly nodeGroup: WorldResource
  readonly cluster: WorldResource
}

/** VPC, subnets, gateways and the cluster itself: all members of one stack. */
function addNetwork(world: World, name: string): Network {
  const tags = { cluster: name }
  const stack = world.add({ kind: 'cloud:stack', name: `${name}-base`, tags })
  const member = [{ of: stack, field: 'stack member' }]
  const vpc = world.add({ kind: 'cloud:vpc', name, tags, partOf: member })
  const inVpc = [{ to: vpc, field: 'vpc' }]
  const subnets = ['public-a', 'public-b', 'private-a', 'private-b'].map((zone) =>
    world.add({ kind: 'cloud:subnet', name: `${name}-${zone}`, tags, partOf: member, uses: inVpc }),
  )
  const [publicSubnet] = subnets as [WorldResource]
  world.add({ kind: 'cloud:internet-gateway', name, tags, partOf: member, uses: inVpc })
  const address = world.add({ kind: 'cloud:address', name: `${name}-nat`, tags, partOf: member })
  world.add({
    kind: 'cloud:nat-gateway',
    name,
    tags,
    partOf: member,
    uses: [
      { to: publicSubnet, field: 'subnet' },
      { to: address, field: 'address' },
    ],
  })
  world.add({
    kind: 'cloud:route-table',
    name: `${name}-private`,
    tags,
    partOf: member,
    uses: [...inVpc, ...subnets.slice(2).map((to) => ({ to, field: 'associations', ifBroken: 'leaks' as const }))],
  })
  const control = world.add({
    kind: 'cloud:security-group',
    name: `${name}-control-plane`,
    tags,
    partOf: member,
    uses: inVpc,
  })
  const nodeGroup = world.add({
    kind: 'cloud:security-group',
    name: `${name}-nodes`,
    tags,
    partOf: member,
    uses: inVpc,
  })
  addRule(world, control, nodeGroup, stack)
  addRule(world, nodeGroup, control, stack)
  const role = world.add({ kind: 'cloud:role', name: `${name}-cluster`, tags, partOf: member })
  const cluster = world.add({
    kind: 'cloud:cluster',
    name,
    tags,
    aliases: [`cluster:${name}`],
    partOf: member,
    uses: [
      ...subnets.map((to) => ({ to, field: 'subnets' })),
      { to: control, field: 'security group' },
      { to: role, field: 'role' },
    ],
  })
  return { tags, vpc, subnets, nodeGroup, cluster }
}

/** Two node groups that keep two instances each alive. */
function addWorkers(world: World, name: string, { tags, subnets, nodeGroup, cluster }: Network): WorldResource[] {
  const stack = world.add({ kind: 'cloud:stack', name: `${name}-workers`, tags })
  const member = [{ of: stack, field: 'stack member' }]
  const template = world.add({
    kind: 'cloud:launch-template',
    name: `${name}-workers`,
    tags,
    partOf: member,
    uses: [{ to: nodeGroup, field: 'security group' }],
  })
  return subnets.slice(2).map((subnet, index) => {
    const group = world.add({
      kind: 'cloud:node-group',
      name: `${name}-workers-${index + 1}`,
      tags,
      aliases: [`node-group:${name}-workers-${index + 1}`],
      partOf: member,
      uses: [
        { to: cluster, field: 'cluster' },
        { to: template, field: 'launch template' },
        { to: subnet, field: 'subnet' },
      ],
    })
    for (let count = 0; count < 2; count++) {
      const instance = world.add({
        kind: 'cloud:instance',
        tags,
        partOf: [{ of: group, field: 'node group', alone: true }],
        restoredBy: group,
        uses: [{ to: subnet, field: 'subnet' }],
      })
      world.add({
        kind: 'cloud:interface',
        tags,
        managed: 'the instance',
        partOf: [{ of: instance, field: 'attached to' }],
        uses: [
          { to: subnet, field: 'subnet' },
          { to: nodeGroup, field: 'security groups' },
        ],
      })
    }
    return group
  })
}

/** What runs in the cluster, and what its controllers made outside of it. */
function addWorkloads(world: World, name: string, network: Network, workers: readonly WorldResource[]): void {
  const inside = network.cluster
  const onNodes = workers.map((to) => ({ to, field: 'runs on', enforced: false }))
  const balancing = world.add({
    kind: 'kube:deployment',
    name: 'kube-system/balancer-controller',
    inside,
    serves: true,
    aliases: [`controller:${name}/balancer`],
    uses: onNodes,
  })
  const storage = world.add({
    kind: 'kube:deployment',
    name: 'kube-system/storage-controller',
    inside,
    serves: true,
    aliases: [`controller:${name}/storage`],
    uses: onNodes,
  })
  for (const app of ['web', 'api', 'gateway']) {
    world.add({ kind: 'kube:deployment', name: `shop/${app}`, inside })
    addService(world, name, network, balancing, app)
  }
  for (const index of [0, 1]) {
    const id = `shop/orders-${index}`
    const claim = world.add({
      kind: 'kube:claim',
      name: id,
      inside,
      aliases: [`claim:${name}/${id}`],
      servedBy: { by: storage, finalizer: 'storage/volume' },
    })
    world.add({ kind: 'kube:deployment', name: id, inside, uses: [{ to: claim, field: 'mounts' }] })
    world.add({
      kind: 'cloud:volume',
      name: id,
      tags: network.tags,
      holdsData: 'delete',
      partOf: [{ of: claim, field: 'made for', alone: true }],
      servedBy: { by: storage },
    })
  }
}

/** A Service, and outside of the cluster the load balancer that the controller made for it. */
function addService(world: World, name: string, network: Network, controller: WorldResource, app: string): void {
  const { tags, vpc, subnets, nodeGroup } = network
  const service = world.add({
    kind: 'kube:service',
    name: `shop/${app}`,
    inside: network.cluster,
    aliases: [`service:${name}/shop/${app}`],
    servedBy: { by: controller, finalizer: 'balancer/resources' },
  })
  const madeFor = [{ of: service, field: 'made for', alone: true }]
  const servedBy = { by: controller }
  const group = world.add({
    kind: 'cloud:security-group',
    name: `${name}-balancer-${app}`,
    tags,
    partOf: madeFor,
    servedBy,
    uses: [{ to: vpc, field: 'vpc' }],
  })
  addRule(world, group, nodeGroup)
  if (app === 'web') addRule(world, nodeGroup, group)
  const targets = world.add({ kind: 'cloud:target-group', name: `${name}-${app}`, tags, partOf: madeFor, servedBy })
  const places = subnets.slice(0, 2).map((to) => ({ to, field: 'subnets' }))
  const balancer = world.add({
    kind: 'cloud:load-balancer',
    name: `${name}-${app}`,
    tags,
    aliases: [`${app}.${name}.balancers.example`],
    partOf: madeFor,
    servedBy,
    uses: [...places, { to: group, field: 'security groups' }, { to: targets, field: 'listeners' }],
  })
  for (const { to } of places)
    world.add({
      kind: 'cloud:interface',
      tags,
      managed: 'the load balancer',
      partOf: [{ of: balancer, field: 'attached to' }],
      uses: [
        { to, field: 'subnet' },
        { to: group, field: 'security groups' },
      ],
      rules: { outlivesMs: 3 * minute },
    })
}

/** A rule in `holder` that lets traffic of `named` in: as long as it stands, `named` cannot go. */
function addRule(world: World, holder: WorldResource, named: WorldResource, stack?: WorldResource): void {
  world.add({
    kind: 'cloud:security-group-rule',
    tags: { ...holder.tags },
    partOf: [{ of: holder, field: 'group', alone: true }, ...(stack ? [{ of: stack, field: 'stack member' }] : [])],
    uses: [{ to: named, field: 'source group' }],
  })
}
