import type { KindName, Policy, Target } from '../../src/index.ts'
import type { NewResource, PartOf, Random, Use } from '../../src/kit/testing/index.ts'
import { drawKinds, madeElsewhere } from './random-kinds.ts'
import type { Owner, Planted, Planting } from './scenario.ts'

const second = 1_000

interface Ground {
  readonly random: Random
  readonly target: Target
  readonly marks: Readonly<Record<Owner, Readonly<Record<string, string>>>>
  readonly all: Planted[]
  /** Plain things, which others may use, by index in `all`. */
  readonly things: Planted[]
  readonly stacks: Planted[]
  readonly groups: Planted[]
  cluster?: Planted
  controller?: Planted
}

/** A small world without any likeness: things that use each other, links, parts, stacks, writers, controllers, and whose they are, by lot. */
export function randomWorld(size: number, random: Random): Planting {
  const target = drawTarget(random)
  const ground: Ground = { random, target, marks: marksOf(target), all: [], things: [], stacks: [], groups: [] }
  addThing(ground, 'ours')
  while (ground.all.length < size) drawUnit(ground)()
  const resources = ground.all.slice(0, Math.max(size, 2)) // a unit may be larger than the room that is left
  const honest = !resources.some(
    ({ spec }) => spec.rules?.failsTimes || spec.rules?.sticks || spec.serves === false || hides(spec),
  )
  return {
    target: target.resources ? { resources: marked(resources) } : target,
    policy: drawPolicy(random, resources),
    kinds: drawKinds(random),
    resources,
    honest,
  }
}

const hides = ({ uses = [] }: NewResource): boolean => uses.some(({ hidden }) => hidden)

function drawTarget(random: Random): Target {
  const draw = random.next()
  if (draw < 0.7) return { cluster: 'ci-1' }
  if (draw < 0.85) return { run: 'r-77' }
  if (draw < 0.93) return { tags: { env: 'ci-1' } }
  return { resources: ['by id'] }
}

const idOf = ({ spec }: Planted): string => spec.id as string

/** For a target by id: everything of ours that is not part of something of ours. */
const marked = (resources: readonly Planted[]): string[] =>
  resources
    .filter(({ owner, spec }) => (owner === 'ours' || owner === 'kept') && (!spec.partOf || spec.restoredBy))
    .map(idOf)

function marksOf(target: Target): Ground['marks'] {
  const mine: Record<string, string> = target.run
    ? { 'cleardown.run': target.run }
    : target.tags
      ? { ...target.tags }
      : target.cluster
        ? { cluster: target.cluster }
        : {}
  const theirs = { cluster: 'prod' }
  return {
    ours: mine,
    kept: mine,
    shared: target.cluster ? { 'cluster-shared': target.cluster } : theirs,
    theirs,
    nobody: {},
    // a mark of another cluster contradicts only a cluster's; elsewhere nobody else claims it
    disputed: target.cluster ? { 'cluster-shared': 'ci-10', ...mine } : theirs,
  }
}

function drawOwner(random: Random): Owner {
  const draw = random.next()
  if (draw < 0.76) return 'ours'
  if (draw < 0.85) return 'theirs'
  if (draw < 0.9) return 'nobody'
  if (draw < 0.95) return 'shared'
  return draw < 0.98 ? 'kept' : 'disputed'
}

function drawUnit(ground: Ground): () => void {
  const { random, things, groups, cluster, controller } = ground
  const draw = random.next()
  if (draw < 0.38) return () => addThing(ground, drawOwner(random))
  if (draw < 0.52) return () => addPiece(ground)
  if (draw < 0.66 && things.length > 1) return () => addLink(ground)
  if (draw < 0.72) return () => addRing(ground)
  if (draw < 0.78) return () => addStack(ground)
  if (draw < 0.85) return groups.length > 0 ? () => addBox(ground) : () => addGroup(ground)
  if (draw < 0.88) return () => addCycle(ground)
  if (draw < 0.92) return () => addHeld(ground)
  if (!cluster) return () => addCluster(ground)
  return controller && random.chance(0.8) ? () => addServed(ground, controller) : () => addController(ground, cluster)
}

function plant(ground: Ground, kind: KindName, owner: Owner, spec: Partial<NewResource>, marked = true): Planted {
  const id = `${kind.slice(kind.indexOf(':') + 1)}-${ground.all.length}`
  const planted: Planted = {
    id: `${kind} ${id}`,
    owner,
    spec: {
      kind,
      id,
      name: id,
      tags: marked ? ground.marks[owner] : {},
      ...spec,
      data: { owner, ...spec.data },
    },
  }
  const located = kind === 'cloud:delta' ? { ...planted, spec: fromGlobal(planted.spec) } : planted
  ground.all.push(located)
  return located
}

/** What is global says in which place what it points at is. */
function fromGlobal(spec: NewResource): NewResource {
  const at = (to: Use['to']): Use['to'] => ('kind' in to && !('incarnation' in to) ? { ...to, place: 'here' } : to)
  return {
    ...spec,
    ...(spec.uses ? { uses: spec.uses.map((use) => ({ ...use, to: at(use.to) })) } : {}),
    ...(spec.partOf ? { partOf: spec.partOf.map((part) => ({ ...part, of: at(part.of) })) } : {}),
  }
}

const refOf = (one: Planted): { readonly kind: KindName; readonly id: string } => ({
  kind: one.spec.kind,
  id: idOf(one),
})

function drawUses({ random, things }: Ground, most: number): Use[] {
  const used = new Set<Planted>()
  for (let left = random.between(0, Math.min(most, things.length)); left > 0; left--) {
    const thing = things[random.below(things.length)]
    if (thing) used.add(thing)
  }
  return [...used].map((thing, index) => {
    const draw = random.next()
    return {
      to: refOf(thing),
      field: `field-${index}`,
      ...(draw < 0.1 ? { ifBroken: 'leaks' as const } : {}),
      ...(draw >= 0.1 && draw < 0.35 ? { enforced: false } : {}),
      ...(draw > 0.985 ? { hidden: true } : {}),
    }
  })
}

function addThing(ground: Ground, owner: Owner): Planted {
  const { random, things, stacks } = ground
  const stack = owner === 'ours' && random.chance(0.35) ? stacks[random.below(stacks.length)] : undefined
  const data = owner === 'ours' && !stack && random.chance(0.05)
  const made = plant(
    ground,
    random.pick(['cloud:alpha', 'cloud:beta', 'cloud:gamma', 'cloud:delta']),
    owner,
    {
      uses: drawUses(ground, 3),
      ...(stack ? { partOf: [{ of: refOf(stack), field: 'member' }] } : {}),
      ...(random.chance(0.07) ? { protections: ['termination'] } : {}),
      ...(data ? { holdsData: random.pick(['delete', 'retain', 'unknown']) } : {}),
      ...(random.chance(0.06) ? { changingMs: random.between(1, 60) * second } : {}),
      ...(random.chance(0.02) ? { rules: { failsTimes: random.between(1, 3) } } : {}),
      ...(random.chance(0.01) ? { rules: { sticks: true } } : {}),
    },
    !stack || random.chance(0.5),
  )
  things.push(made)
  return made
}

/** A part that its service made: it goes with its whole, sometimes long after it. */
function addPiece(ground: Ground, of?: Planted): void {
  const { random, things, stacks } = ground
  const whole = of ?? things[random.below(things.length)]
  if (!whole || stacks.includes(whole)) return
  const foreign = whole.owner === 'ours' && ground.target.cluster !== undefined && random.chance(0.03)
  plant(
    ground,
    'cloud:piece',
    foreign ? 'theirs' : whole.owner,
    {
      managed: 'its whole',
      partOf: [{ of: refOf(whole), field: 'attached to' }],
      uses: drawUses(ground, 2).filter(({ to }) => (to as { id: string }).id !== idOf(whole)),
      rules: { outlivesMs: random.pick([0, 0, 5, 60, 200]) * second },
    },
    foreign || random.chance(0.3),
  )
}

function addLink(ground: Ground, holder?: Planted, named?: Planted): void {
  const { random, things } = ground
  const from = holder ?? (things[random.below(things.length)] as Planted)
  const to = named ?? (things[random.below(things.length)] as Planted)
  if (from === to) return
  const stack = from.spec.partOf?.[0]
  const partOf: PartOf[] = [{ of: refOf(from), field: 'holder', alone: true }]
  const together = stack !== undefined && JSON.stringify(stack.of) === JSON.stringify(to.spec.partOf?.[0]?.of)
  if (stack && random.chance(together ? 0.7 : 0.5)) partOf.push(stack)
  const owner = from.owner === 'kept' ? 'ours' : from.owner
  plant(
    ground,
    'cloud:link',
    owner,
    { partOf, uses: [{ to: refOf(to), field: 'names' }] },
    owner !== 'ours' || random.chance(0.7),
  )
}

/** Things that name each other through links. */
function addRing(ground: Ground): void {
  const made = Array.from({ length: ground.random.between(2, 3) }, () => addThing(ground, 'ours'))
  made.forEach((one, index) => void addLink(ground, one, made[(index + 1) % made.length]))
}

/** Two that use each other: nothing may cut that. In one stack they do not hold each other: no provider could have made such a stack. */
function addCycle(ground: Ground): void {
  const [a, b] = [addThing(ground, 'ours'), addThing(ground, drawOwner(ground.random))]
  const stack = stackOf(a)
  const back: Use = {
    to: refOf(b),
    field: 'back',
    ...(ground.random.chance(0.4) ? { ifBroken: 'leaks' as const } : {}),
    ...(stack !== undefined && stack === stackOf(b) ? { enforced: false } : {}),
  }
  const forth: Use = { to: refOf(a), field: 'forth' }
  for (const [one, use] of [
    [a, back],
    [b, forth],
  ] as const)
    ground.all[ground.all.indexOf(one)] = { ...one, spec: { ...one.spec, uses: [...(one.spec.uses ?? []), use] } }
}

function stackOf({ spec }: Planted): string | undefined {
  const of = spec.partOf?.find(({ field }) => field === 'member')?.of
  return of && 'id' in of ? of.id : undefined
}

function addStack(ground: Ground): void {
  ground.stacks.push(plant(ground, 'cloud:stack', 'ours', {}))
}

function addGroup(ground: Ground): void {
  const { random } = ground
  const group = plant(ground, 'cloud:group', random.pick(['ours', 'ours', 'ours', 'kept', 'theirs']), {
    aliases: [`group:${ground.all.length}`],
    uses: drawUses(ground, 2),
  })
  ground.groups.push(group)
  ground.things.push(group)
  addBox(ground)
}

/** A writer makes it again when it is missing. */
function addBox(ground: Ground): void {
  const { random, groups } = ground
  const group = groups[random.below(groups.length)] as Planted
  const within = random.chance(0.6)
  plant(
    ground,
    'cloud:box',
    boxOwner(random, group.owner, within),
    {
      restoredBy: refOf(group),
      uses: drawUses(ground, 2).filter(({ to }) => (to as { id: string }).id !== idOf(group)),
      ...(within ? { partOf: [{ of: refOf(group), field: 'group', alone: true }] } : {}),
    },
    true,
  )
}

/** What is part of something kept is kept; what is only made by something foreign may well be ours. */
function boxOwner(random: Random, group: Owner, within: boolean): Owner {
  if (group === 'kept') return within ? 'kept' : 'ours'
  return group === 'theirs' && random.chance(0.5) ? 'theirs' : 'ours'
}

function addCluster(ground: Ground): void {
  ground.cluster = plant(ground, 'cloud:cluster', 'ours', {
    ...(ground.target.cluster ? { name: ground.target.cluster } : {}),
    aliases: ['cluster:one'],
    uses: drawUses(ground, 2),
  })
}

function addController(ground: Ground, cluster: Planted): void {
  const { random, groups } = ground
  const host = groups[random.below(groups.length)]
  ground.controller = plant(ground, 'kube:app', 'ours', {
    aliases: [`controller:${ground.all.length}`],
    inside: { alias: 'cluster:one' },
    serves: random.chance(0.85),
    uses: host?.spec.aliases
      ? [{ to: { alias: host.spec.aliases[0] as string }, field: 'runs on', enforced: false }]
      : [],
  })
  void cluster
}

/** A Service whose controller has left, with what that made for it elsewhere: a finalizer holds it. */
function addHeld(ground: Ground): void {
  const { random } = ground
  const idle = random.chance(0.4) ? addIdle(ground) : undefined
  const service = plant(ground, 'kube:service', 'ours', {
    aliases: [`service:${ground.all.length}`],
    servedBy: { by: idle ? refOf(idle) : { alias: 'controller:nobody' }, finalizer: 'test/finalizer' },
  })
  for (let left = random.pick([0, 1, 1, 2]); left > 0; left--) {
    const made = plant(ground, random.pick(madeElsewhere), random.chance(0.9) ? 'ours' : 'kept', {
      uses: drawUses(ground, 2),
      partOf: [{ of: { alias: service.spec.aliases?.[0] as string }, field: 'made for', alone: random.chance(0.9) }],
    })
    ground.things.push(made)
    if (random.chance(0.4)) addPiece(ground, made)
  }
}

const addIdle = (ground: Ground): Planted => plant(ground, 'kube:app', 'ours', { serves: false })

/** A Service with what its controller made for it outside of the cluster. */
function addServed(ground: Ground, controller: Planted): void {
  const { random } = ground
  const service = plant(ground, 'kube:service', 'ours', {
    aliases: [`service:${ground.all.length}`],
    inside: { alias: 'cluster:one' },
    servedBy: {
      by: random.chance(0.15) ? { alias: 'controller:nobody' } : refOf(controller),
      finalizer: 'test/finalizer',
    },
  })
  for (let left = random.between(0, 2); left > 0; left--) {
    const made = plant(ground, random.pick(madeElsewhere), 'ours', {
      uses: drawUses(ground, 2),
      partOf: [{ of: { alias: service.spec.aliases?.[0] as string }, field: 'made for', alone: true }],
      servedBy: { by: { alias: controller.spec.aliases?.[0] as string } },
    })
    ground.things.push(made)
  }
}

function drawPolicy(random: Random, resources: readonly Planted[]): Policy {
  const keep = resources.filter(({ owner }) => owner === 'kept').map(idOf)
  const lift = resources.filter(({ spec, owner }) => spec.protections && owner === 'ours' && random.chance(0.7))
  return {
    maxRemovals: 100_000,
    ifBlocked: random.chance(0.9) ? 'continue' : 'refuse-if-protected',
    ...(keep.length > 0 ? { keep } : {}),
    ...(lift.length > 0 ? { liftProtection: lift.map(idOf) } : {}),
    ...(random.chance(0.3) ? { suspected: 'keep' as const } : {}),
    ...(random.chance(0.3) ? { retained: random.pick(['keep', 'remove']) } : {}),
    ...(random.chance(0.4) ? { releaseFinalizers: ['test/finalizer'] } : {}),
    ...(random.chance(0.1) ? { amend: 'never' as const } : {}),
  }
}
