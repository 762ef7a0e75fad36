// The worlds of the AWS bed: the reference, which cheats, beside cleardown, which has to find out. Equal delays, one run after the other.
import { aws } from '@cleardown/aws'
import { executeTeardown, type Plan, type Policy, planTeardown, type Target } from '@cleardown/core'
import {
  type AwsBed,
  type Change,
  callsUpToLastRemoval,
  type Delay,
  type DelayName,
  type JournalEntry,
  judge,
  reads,
  refusedWrites,
  type StageOptions,
  snapshot,
  stageO01,
  stageO02,
  stageO20,
  stageW0,
  stageW1,
  stageW1f,
  stageW3,
  startAwsBed,
  tearDownByReference,
  WORLD_DELAYS,
  type World,
  writes,
} from '@cleardown/testbed-aws'
import { type Cell, printTable } from './table.ts'

interface Staged {
  readonly world: World<unknown>
  readonly target: Target
  readonly policy: Policy
}

const eksctl = { cluster: 'test-1' }
const ci = { cluster: 'ci-1' }

/** The endpoint service in front of a load balancer carries no mark: a person names it. */
const approving = (names: { readonly endpointService: string }): Policy => ({
  retained: 'remove',
  approve: [names.endpointService],
})

const stages: Readonly<Record<string, (bed: AwsBed, options: StageOptions) => Promise<Staged>>> = {
  W0: async (bed, options) => ({
    world: await stageW0(bed, options),
    target: eksctl,
    policy: { retained: 'remove' },
  }),
  W1: async (bed, options) => {
    const world = await stageW1(bed, options)
    return { world, target: eksctl, policy: approving(world.names) }
  },
  W1f: async (bed, options) => {
    const world = await stageW1f(bed, options)
    return { world, target: eksctl, policy: approving(world.names) }
  },
  W3: async (bed, options) => {
    const world = await stageW3(bed, options)
    return { world, target: eksctl, policy: approving(world.names) }
  },
  O01: async (bed, options) => ({ world: await stageO01(bed, options), target: ci, policy: { retained: 'remove' } }),
  O02: async (bed, options) => ({ world: await stageO02(bed, options), target: { ...ci, run: 'r-77' }, policy: {} }),
  O20: async (bed, options) => ({ world: await stageO20(bed, options), target: ci, policy: {} }),
}

/** Under which other tools were measured; what is not named is as in the tests. */
const peerDelays: Partial<Record<DelayName, Delay>> = {
  nat: { seconds: 3 },
  'elb-eni': { seconds: 4 },
  'elbv2-eni': { seconds: 4 },
  'eks-cluster': { seconds: 5 },
  'eks-nodegroup': { seconds: 5 },
  instance: { seconds: 2 },
  vpce: { seconds: 2 },
  'stack-patience': { seconds: 8 },
}
const delaysOf: Readonly<Record<string, Partial<Record<DelayName, Delay>>>> = { short: WORLD_DELAYS, peers: peerDelays }

export async function awsWorlds(options: {
  readonly worlds: readonly string[]
  readonly delays: string
}): Promise<void> {
  const delays = delaysOf[options.delays]
  if (!delays) throw new Error(`there are no delays "${options.delays}": ${Object.keys(delaysOf).join(', ')}`)
  const strange = options.worlds.filter((name) => !Object.hasOwn(stages, name))
  if (strange.length > 0) throw new Error(`there is no world ${strange.join(', ')}: ${Object.keys(stages).join(', ')}`)

  await using bed = await startAwsBed()
  const rows: Record<string, Cell>[] = []
  for (const [name, stage] of Object.entries(stages)) {
    if (options.worlds.length > 0 && !options.worlds.includes(name)) continue
    const reference = await measure(bed, await stage(bed, { delays }), runReference)
    const ours = await measure(bed, await stage(bed, { delays }), runCleardown)
    const alike = reference.left === ours.left // who stops sooner is not quicker
    rows.push({ world: name, tool: 'reference', ...reference.row, '× reference': '' })
    rows.push({
      world: name,
      tool: 'cleardown',
      ...ours.row,
      '× reference': alike ? ours.seconds / reference.seconds : '-',
    })
  }
  printTable(`AWS worlds under ${options.delays} delays`, rows)
  console.log(`
up to the last removal: every call until the last accepted write, planning included · watching: reads after it until all was seen gone
verify: reads of the two verification rounds · seconds: from the first read to the last thing seen gone, without verification
harm: not ours and gone, changed or made · unmarked: shared, and without our own mark now, as planned · the reference is told what is ours and in which order it goes: it plans nothing`)
}

interface Run {
  readonly outcome: string
  /** `performance.now()` when the last thing was seen gone. */
  readonly endedAt: number
  readonly planSeconds?: number
  readonly plannedWrites?: number
  readonly verifyReads: number
  /** `id tag`: what the plan takes off what stays. */
  readonly marks?: ReadonlySet<string>
}

async function measure(
  bed: AwsBed,
  staged: Staged,
  tool: (bed: AwsBed, staged: Staged) => Promise<Run>,
): Promise<{ row: Record<string, Cell>; left: number; seconds: number }> {
  const startedAt = performance.now()
  const run = await tool(bed, staged)
  const journal = await bed.journal()
  const upTo = journal.slice(0, callsUpToLastRemoval(journal))
  const verdict = judge(await snapshot(bed), staged.world)
  const harmed = verdict.changed.filter((change) => !onlyUnmarked(change, run.marks ?? new Set()))
  const ours = Object.values(staged.world.owners).filter((owner) => owner === 'ours').length
  const seconds = (run.endedAt - startedAt) / 1_000
  const row = {
    outcome: run.outcome,
    left: `${verdict.left.length}/${ours}`,
    harm: verdict.damaged.length + harmed.length + verdict.made.length,
    unmarked: verdict.changed.length - harmed.length,
    'refused writes': refusedWrites(journal).length,
    calls: upTo.length,
    reads: reads(upTo).length,
    writes: writes(upTo).length,
    'planned writes': run.plannedWrites ?? '-',
    watching: watchingReads(journal, run),
    verify: run.verifyReads,
    'plan s': run.planSeconds ?? '-',
    seconds,
  }
  return { row, left: verdict.left.length, seconds }
}

/** A shared thing that has lost our own mark and nothing else: that was planned. */
function onlyUnmarked({ key, lostTags, addedTags, is }: Change, marks: ReadonlySet<string>): boolean {
  return is === undefined && addedTags.length === 0 && lostTags.every((tag) => marks.has(`${idOf(key)} ${tag}`))
}

function watchingReads(journal: JournalEntry[], { verifyReads }: Run): number {
  return Math.max(0, reads(journal.slice(callsUpToLastRemoval(journal))).length - verifyReads)
}

async function runReference(bed: AwsBed, { world }: Staged): Promise<Run> {
  // W1f cannot be cleared: somebody else's machine holds a subnet; the reference stops there
  const outcome = await tearDownByReference(bed, world).then(
    () => 'done',
    () => 'stopped',
  )
  return { outcome, endedAt: performance.now(), verifyReads: 0 }
}

async function runCleardown(bed: AwsBed, { target, policy }: Staged): Promise<Run> {
  const adapters = [
    aws({
      regions: ['us-east-1'],
      expectedAccount: bed.account,
      endpoint: bed.endpoint,
      credentials: { accessKeyId: 'cleardown', secretAccessKey: 'none' },
    }),
  ]
  const startedAt = performance.now()
  const plan = await planTeardown({ adapters, target, policy })
  const planSeconds = (performance.now() - startedAt) / 1_000
  let endedAt = performance.now()
  const run = executeTeardown(plan, {
    adapters,
    settleMs: 1_000,
    onEvent: ({ type }) => {
      if (type === 'gone') endedAt = performance.now()
    },
  })
  const report = await run.report
  return {
    outcome: report.outcome,
    endedAt,
    planSeconds,
    plannedWrites: plan.steps.filter(({ action }) => action !== 'await').length,
    verifyReads: report.calls.verify,
    marks: marksOf(plan),
  }
}

function marksOf({ steps, resources }: Plan): Set<string> {
  const ids = new Map(resources.map(({ key, id }) => [key, id]))
  return new Set(
    steps.flatMap((step) =>
      step.action === 'unmark' ? [`${ids.get(step.target)} ${step.mark.slice(0, step.mark.indexOf('='))}`] : [],
    ),
  )
}

/** Of the oracle's `kind:id`. */
const idOf = (key: string): string => key.slice(key.indexOf(':') + 1)
