import type { Graph } from '../graph/graph.ts'
import { bytes, int32s } from '../graph/numbers.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Step } from '../model/plan.ts'
import type { Policy } from '../model/policy.ts'
import type { Resource } from '../model/resource.ts'
import { askedAt, goneAt, type Moments } from './carry.ts'
import { isStack } from './cut-inside.ts'
import { blockLength } from './fetch.ts'
import type { JustInTime } from './just-in-time.ts'
import { needsReader } from './needs.ts'
import { holderOf, isCut, type Preparation } from './prepare.ts'
import { each, nameOf, some, type World } from './world.ts'

/** From asked to answered; only so that the critical path counts calls at all. */
export const callMs = 300

export interface Ordering {
  readonly world: World
  readonly moments: Moments
  readonly preparations: readonly Preparation[]
  readonly early: JustInTime
  readonly policy: Policy
  /** Relations that are not waited for. */
  readonly dropped: ReadonlySet<number>
  /** Leads from each moment and preparation to those before it. */
  readonly before: Graph
  /** What each takes, in milliseconds. */
  readonly weight: Float64Array
}

export interface Written {
  readonly steps: Step[]
  /** Step → the resource that it aims at. */
  readonly targets: Int32Array
  /** Moment → the step after which it has come; −1: none. */
  readonly stepAt: Int32Array
}

/** One step for each removal, cut and preparation, and one for each part that somebody outside its whole waits for. */
export function writeSteps(ordering: Ordering, sequence: Int32Array): Written {
  const { world, moments, preparations, early, before, weight } = ordering
  const { resources, keys, wholes, edges } = world
  const base = 2 * world.size
  const retained = new Set(ordering.policy.retainMembers ?? [])
  const steps: Step[] = []
  const targets = int32s(before.size)
  const stepAt = int32s(before.size).fill(-1)
  const reader = needsReader(ordering, stepAt)
  const served = servedHeads(ordering)
  const waitedFor = bytes(before.size)
  for (let slot = 0; slot < before.targets.length; slot++) waitedFor[before.targets[slot] as number] = 1

  for (let start = 0; start < sequence.length; start += blockLength) {
    const end = Math.min(start + blockLength, sequence.length)
    reader.fetch(sequence, start, end)
    for (let at = start; at < end; at++) {
      const node = sequence[at] as number
      if (node >= base) writePreparation(node)
      else if (node % 2 === 0) writeAsked(node / 2)
      else writeGone((node - 1) / 2)
    }
  }
  return { steps, targets: targets.subarray(0, steps.length), stepAt }

  function push(moment: number, target: number, step: Step): void {
    stepAt[moment] = steps.length
    targets[steps.length] = target
    steps.push(step)
  }

  function writePreparation(node: number): void {
    const prepared = preparations[node - base] as Preparation
    const { needs, because } = reader.read(node)
    const common = { target: key(prepared.target), needs, because, estimateMs: callMs }
    if (prepared.action === 'release')
      push(node, prepared.target, { action: 'release', finalizer: prepared.what, proof: prepared.proof, ...common })
    else {
      const { action, what, value } = prepared
      push(node, prepared.target, {
        action,
        what,
        before: value,
        freedFor: key(early.madeFor[node - base] as number),
        ...common,
      })
    }
  }

  function writeAsked(node: number): void {
    if (moments.head[node] !== node) return
    const { needs, because } = reader.read(askedAt(node))
    const estimateMs = weight[goneAt(node)] as number
    const target = key(node)
    if (isCut(moments, node)) {
      const freed = early.cutFor.get(node) ?? node
      const [holder, freedFor] = [key(holderOf(world, node)), key(freed)]
      push(askedAt(node), node, { action: 'sever', target, holder, freedFor, needs, because, estimateMs })
    } else {
      const step: Step = {
        action: 'remove',
        target,
        route: served[node] === 1 ? 'served' : 'direct',
        needs,
        because,
        estimateMs,
      }
      const except = retained.size > 0 ? leftOut(node) : []
      push(askedAt(node), node, except.length > 0 ? { ...step, except } : step)
    }
    stepAt[goneAt(node)] = stepAt[askedAt(node)] as number
  }

  /** A part gets a step where somebody outside its whole waits for it. */
  function writeGone(node: number): void {
    const head = moments.head[node] as number
    if (head < 0 || head === node || waitedFor[goneAt(node)] === 0) return
    const { abilities, facts, link } = resources[node] as Resource
    const asked = stepAt[askedAt(head)] as number
    if (link) {
      // a rule cannot outlive its group, nor a route its table: reading the holder as gone is enough
      stepAt[goneAt(node)] = asked
      return
    }
    push(goneAt(node), node, {
      action: 'await',
      target: key(node),
      with: key(head),
      otherwise: abilities.remove && facts.fixed === undefined && !memberOnly(node) ? 'remove' : 'report',
      needs: [asked],
      because: [partReason(node)],
      estimateMs: weight[goneAt(node)] as number,
    })
  }

  function partReason(node: number): string {
    let text = 'goes with its whole'
    each(wholes.out, node, (whole, edge) => {
      if (whole === moments.carrier[node]) text = `part of ${nameOf(world, whole)} (${edges[edge]?.because})`
    })
    return text
  }

  /** Members of a stack are the stack's to remove. */
  function memberOnly(node: number): boolean {
    const carrier = moments.carrier[node] as number
    return some(
      wholes.out,
      node,
      (whole, edge) => whole === carrier && edges[edge]?.alone !== true && isStack(resources[whole] as Resource),
    )
  }

  function leftOut(head: number): ResourceKey[] {
    const out: ResourceKey[] = []
    each(wholes.in, head, (part) => {
      const { facts, key: partKey } = resources[part] as Resource
      if ((moments.head[part] as number) < 0 && (retained.has(facts.id) || retained.has(partKey))) out.push(partKey)
    })
    return out
  }

  function key(node: number): ResourceKey {
    return keys[node] as ResourceKey
  }
}

/** Which removals a server has to finish, for itself or for what goes along. */
function servedHeads({ world, moments, dropped }: Ordering): Uint8Array {
  const served = bytes(world.size)
  const { offsets, targets, edgeIds } = world.servers.out
  for (let node = 0; targets.length > 0 && node < world.size; node++)
    for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++) {
      const { facts } = world.resources[targets[slot] as number] as Resource
      if (facts.serves !== false && !dropped.has(edgeIds[slot] as number)) served[moments.head[node] as number] = 1
    }
  return served
}
