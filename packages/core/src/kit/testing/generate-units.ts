import type { Random } from './random.ts'
import type { NewResource, PartOf, WorldResource } from './resource.ts'
import type { World } from './world.ts'

export interface Environment {
  readonly world: World
  readonly random: Random
  readonly name: string
  /** It is the environment whose cluster the `kube` adapter speaks to. */
  readonly inCluster: boolean
  /** What its resources may use although it is not its own. */
  readonly shared: readonly WorldResource[]
  readonly networks: Network[]
}

interface Network {
  readonly member: readonly PartOf[]
  readonly vpc: WorldResource
  readonly subnets: readonly [WorldResource, ...WorldResource[]]
  readonly groups: WorldResource[]
  cluster?: WorldResource
  controller?: WorldResource
}

/** Some resources that belong together. `size`: how many at most; `weight`: how often. */
interface Unit {
  readonly size: number
  readonly weight: number
  add(): void
}

type Plain = Omit<NewResource, 'kind'>

/** What can be added to the environment now. */
export function unitsOf(environment: Environment): Unit[] {
  const { random, networks } = environment
  const network = networks.at(-1)
  const alone: Unit = { size: 1, weight: 2, add: () => addAlone(environment, network) }
  if (!network) return [alone]
  const instances = random.between(1, 6)
  const balancer = 5
  const { controller } = network
  return [
    alone,
    { size: 4 + instances * 3, weight: 3, add: () => addNodeGroup(environment, network, instances) },
    { size: balancer + 1, weight: 2, add: () => addBalancer(environment, network) },
    ...(controller
      ? [
          { size: balancer + 2, weight: 2, add: () => addBalancer(environment, network, controller) },
          { size: 3, weight: 2, add: () => addClaim(environment, network, controller) },
        ]
      : []),
    { size: 6, weight: 2, add: () => addGroups(environment, network, 3) },
    { size: 2, weight: 2, add: () => addGroups(environment, network, 1) },
    { size: 2, weight: 1, add: () => addNat(environment, network) },
    ...(network.cluster ? [] : [{ size: 3, weight: 6, add: () => addCluster(environment, network) }]),
  ]
}

/** A VPC with subnets and a group, sometimes made by a stack; at most `size` resources. */
export function addNetwork(environment: Environment, size: number): void {
  const { random, networks, name } = environment
  const add = adder(environment)
  const stack =
    size >= 8 && random.chance(0.6) ? add('stack', { name: `${name}-network-${networks.length}` }) : undefined
  const member = stack ? [{ of: stack, field: 'stack member' }] : []
  const vpc = add('vpc', { partOf: member })
  const inVpc = [{ to: vpc, field: 'vpc' }]
  const subnet = (index: number): WorldResource =>
    add('subnet', { name: `${name}-${networks.length}-${index}`, partOf: member, uses: inVpc })
  const count = Math.max(1, Math.min(random.between(2, 6), size - 5))
  const subnets: [WorldResource, ...WorldResource[]] = [subnet(0)]
  for (let index = 1; index < count; index++) subnets.push(subnet(index))
  const group = add('security-group', { partOf: member, uses: inVpc })
  if (size >= 8) add('internet-gateway', { partOf: member, uses: inVpc })
  networks.push({ member, vpc, subnets, groups: [group] })
}

function addCluster(environment: Environment, network: Network): void {
  const { name, networks, inCluster } = environment
  const add = adder(environment)
  const first = inCluster && !networks.some((one) => one.cluster)
  const role = add('role', { partOf: network.member })
  const group = add('security-group', { partOf: network.member, uses: [{ to: network.vpc, field: 'vpc' }] })
  network.groups.push(group)
  const cluster = add('cluster', {
    name: first ? name : `${name}-${networks.length}`,
    aliases: [`cluster:${name}/${networks.length}`],
    partOf: network.member,
    uses: [
      ...network.subnets.map((to) => ({ to, field: 'subnets' })),
      { to: group, field: 'security group' },
      { to: role, field: 'role' },
    ],
  })
  network.cluster = cluster
}

/**
 * A group that keeps its instances alive; each has a root volume and an interface. Sometimes a stack made it. On the first one of a cluster
 * runs the controller that works for everything else in it.
 */
function addNodeGroup(environment: Environment, network: Network, count: number): void {
  const { world, random, name, networks, inCluster } = environment
  const add = adder(environment)
  const subnet = random.pick(network.subnets)
  const group = pickGroup(environment, network)
  const stack = random.chance(0.5) ? add('stack', { name: `${name}-workers-${world.count()}` }) : undefined
  const partOfStack = stack ? [{ of: stack, field: 'stack member' }] : []
  const template = add('launch-template', { partOf: partOfStack, uses: [{ to: group, field: 'security groups' }] })
  const nodes = add('node-group', {
    aliases: [`node-group:${world.count()}`],
    partOf: partOfStack,
    uses: [
      ...(network.cluster ? [{ to: network.cluster, field: 'cluster' }] : []),
      { to: template, field: 'launch template' },
      { to: subnet, field: 'subnets' },
    ],
  })
  if (inCluster && network.cluster && !network.controller)
    network.controller = world.add({
      kind: 'kube:deployment',
      name: `system-${networks.length}/controller`,
      aliases: [`controller:${name}/${networks.length}/all`],
      inside: network.cluster,
      serves: true,
      uses: [{ to: nodes, field: 'runs on', enforced: false }],
    })
  for (let index = 0; index < count; index++) {
    const instance = add('instance', {
      partOf: [{ of: nodes, field: 'node group', alone: true }],
      restoredBy: nodes,
      uses: [{ to: subnet, field: 'subnet' }],
    })
    const partOf = [{ of: instance, field: 'attached to' }]
    add('volume', { managed: 'the instance', partOf })
    add('interface', {
      managed: 'the instance',
      partOf,
      uses: [
        { to: subnet, field: 'subnet' },
        { to: group, field: 'security groups' },
      ],
    })
  }
}

/** A load balancer whose interfaces outlive it; for a Service where a controller is given, else made by hand with a rule of its own. */
function addBalancer(environment: Environment, network: Network, controller?: WorldResource): void {
  const { world, random } = environment
  const add = adder(environment)
  const subnet = random.pick(network.subnets)
  const service =
    controller && network.cluster
      ? world.add({
          kind: 'kube:service',
          name: `default/web-${world.count()}`,
          aliases: [`service:${world.count()}`],
          inside: network.cluster,
          servedBy: { by: controller, finalizer: 'balancer/resources' },
        })
      : undefined
  const made: Plain =
    service && controller
      ? { partOf: [{ of: service, field: 'made for', alone: true }], servedBy: { by: controller } }
      : {}
  const group = add('security-group', { ...made, uses: [{ to: network.vpc, field: 'vpc' }] })
  const targets = add('target-group', made)
  const balancer = add('load-balancer', {
    ...made,
    aliases: [`balancer-${world.count()}.example`],
    uses: [
      { to: subnet, field: 'subnets' },
      { to: group, field: 'security groups' },
      { to: targets, field: 'listeners' },
    ],
  })
  add('interface', {
    managed: 'the load balancer',
    partOf: [{ of: balancer, field: 'attached to' }],
    uses: [
      { to: subnet, field: 'subnet' },
      { to: group, field: 'security groups' },
    ],
    rules: { outlivesMs: 1_000 * random.between(30, 240) },
  })
  addRule(environment, pickGroup(environment, network), group)
  if (!service) addRule(environment, group, pickGroup(environment, network, group))
}

/** A claim in use, and the volume that the controller made for it. */
function addClaim(environment: Environment, network: Network, controller: WorldResource): void {
  const { world } = environment
  const { cluster } = network
  if (!cluster) return
  const name = `data/db-${world.count()}`
  const claim = world.add({
    kind: 'kube:claim',
    name,
    aliases: [`claim:${name}`],
    inside: cluster,
    servedBy: { by: controller, finalizer: 'storage/volume' },
  })
  world.add({ kind: 'kube:deployment', name, inside: cluster, uses: [{ to: claim, field: 'mounts' }] })
  adder(environment)('volume', {
    holdsData: 'delete',
    partOf: [{ of: claim, field: 'made for', alone: true }],
    servedBy: { by: controller },
  })
}

/** Security groups whose rules name each other in a ring; a single one names an older one. */
function addGroups(environment: Environment, network: Network, count: number): void {
  const add = adder(environment)
  const groups = Array.from({ length: count }, () =>
    add('security-group', { uses: [{ to: network.vpc, field: 'vpc' }] }),
  )
  groups.forEach((group, index) => {
    const next = groups[(index + 1) % groups.length]
    addRule(environment, group, next && next !== group ? next : pickGroup(environment, network, group))
  })
  network.groups.push(...groups)
}

function addNat(environment: Environment, network: Network): void {
  const add = adder(environment)
  const address = add('address', {})
  add('nat-gateway', {
    uses: [
      { to: environment.random.pick(network.subnets), field: 'subnet' },
      { to: address, field: 'address' },
    ],
  })
}

function addAlone(environment: Environment, network: Network | undefined): void {
  const { random, shared } = environment
  const kind = random.pick([
    'volume',
    'log-group',
    'role',
    'launch-template',
    ...(network ? ['database', 'instance'] : []),
  ])
  const subnet = network && random.pick(network.subnets)
  const helper = shared.length > 0 && random.chance(0.2) ? shared[random.below(shared.length)] : undefined
  adder(environment)(kind, {
    uses: [
      ...(subnet && (kind === 'database' || kind === 'instance') ? [{ to: subnet, field: 'subnet' }] : []),
      ...(helper ? [{ to: helper, field: 'shared' }] : []),
    ],
  })
}

/** A rule in `holder` that lets traffic of `named` in. */
function addRule(environment: Environment, holder: WorldResource, named: WorldResource): void {
  adder(environment)('security-group-rule', {
    partOf: [{ of: holder, field: 'group', alone: true }],
    uses: holder === named ? [] : [{ to: named, field: 'source group' }],
  })
}

function pickGroup({ random }: Environment, { groups }: Network, not?: WorldResource): WorldResource {
  const [first, ...rest] = groups.filter((group) => group !== not)
  if (!first) throw new Error('every network has a group')
  return random.pick([first, ...rest])
}

const adder =
  ({ world, name }: Environment) =>
  (kind: string, more: Plain): WorldResource =>
    world.add({ kind: `cloud:${kind}`, tags: { cluster: name }, ...more })
