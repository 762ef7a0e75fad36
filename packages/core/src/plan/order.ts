import { criticalPath } from '../graph/critical-path.ts'
import { buildGraph } from '../graph/graph.ts'
import { topologicalOrder } from '../graph/topological-order.ts'
import { BrokenInvariantError } from '../model/errors.ts'
import type { Step } from '../model/plan.ts'
import type { Policy } from '../model/policy.ts'
import type { Edge } from '../model/relation.ts'
import type { Resource } from '../model/resource.ts'
import { askedAt, goneAt, type Moments, role, via } from './carry.ts'
import { freedBy, holderOf, isCut, type Preparation } from './prepare.ts'
import { each, nameOf, some, type World } from './world.ts'

/** From asked to answered; only so that the critical path counts calls at all. */
const callMs = 300
/** So many reasons are written out per step; the needs themselves are all there. */
const maxReasons = 12

export interface Ordered {
  readonly steps: readonly Step[]
  /** Resource → the step that removes it or that it goes with; −1 for what stays. */
  readonly stepOf: Int32Array
  readonly makespanMs: number
  readonly criticalPath: readonly number[]
}

/** Moments and preparations become steps with needs, the longest remaining path first, then by key. */
export function order(world: World, moments: Moments, preparations: readonly Preparation[], policy: Policy): Ordered {
  const { size } = world
  const base = 2 * size
  const from = [...moments.from]
  const to = [...moments.to]
  const early = addPreparations(world, moments, preparations, from, to)
  const graph = buildGraph(base + preparations.length, from, to)

  const weight = new Float64Array(graph.size)
  for (let node = 0; node < size; node++) {
    if ((moments.head[node] as number) < 0) continue
    weight[goneAt(node)] = latencyOf(world, node)
    if (moments.head[node] === node) weight[askedAt(node)] = callMs
  }
  for (let index = 0; index < preparations.length; index++) weight[base + index] = callMs
  const { bottom, path } = criticalPath(graph, weight)
  const sequence = topologicalOrder(graph, bottom)
  if (!sequence) throw new BrokenInvariantError('the order of the plan has a cycle after cycles were broken')

  const incoming = buildGraph(graph.size, to, from)
  const steps: Step[] = []
  const stepAt = new Int32Array(graph.size).fill(-1) // moment → the step after which it has come
  const stepOf = new Int32Array(size).fill(-1)

  for (const node of sequence) {
    if (node >= base) emitPreparation(node)
    else if (node % 2 === 0) emitAsked(node / 2)
    else emitGone((node - 1) / 2)
  }
  for (let node = 0; node < size; node++) {
    const head = moments.head[node] as number
    if (head >= 0)
      stepOf[node] = stepAt[goneAt(node)] === -1 ? (stepAt[askedAt(head)] as number) : (stepAt[goneAt(node)] as number)
  }
  return { steps, stepOf, makespanMs: bottomMax(bottom), criticalPath: pathSteps(path, stepAt) }

  function emitPreparation(node: number): void {
    const { action, target, what, value, frees } = preparations[node - base] as Preparation
    push(node, {
      action,
      target: key(target),
      what,
      before: value,
      freedFor: key(frees),
      ...needsOf(node),
      estimateMs: callMs,
    })
  }

  function emitAsked(node: number): void {
    if (moments.head[node] !== node) return
    const estimateMs = latencyOf(world, node)
    if (isCut(moments, node)) {
      const freedFor = early.get(node) ?? freedBy(world, moments, node)[0] ?? node
      push(askedAt(node), {
        action: 'sever',
        target: key(node),
        holder: key(holderOf(world, node, freedFor)),
        freedFor: key(freedFor),
        ...needsOf(askedAt(node)),
        estimateMs,
      })
    } else {
      const except = leftOut(node)
      push(askedAt(node), {
        action: 'remove',
        target: key(node),
        route: routeOf(node),
        ...(except.length > 0 ? { except } : {}),
        ...needsOf(askedAt(node)),
        estimateMs,
      })
    }
    stepAt[goneAt(node)] = stepAt[askedAt(node)] as number
  }

  /** A part gets a step where somebody outside its whole waits for it. */
  function emitGone(node: number): void {
    const head = moments.head[node] as number
    if (head < 0 || head === node) return
    const awaited = some(graph, goneAt(node), () => true)
    if (!awaited) return
    const { abilities, facts, link } = world.resources[node] as Resource
    if (link) {
      // a rule cannot outlive its group, nor a route its table: reading the holder as gone is enough
      stepAt[goneAt(node)] = stepAt[askedAt(head)] as number
      return
    }
    push(goneAt(node), {
      action: 'await',
      target: key(node),
      with: key(head),
      otherwise: abilities.remove && facts.fixed === undefined && !memberOnly(node) ? 'remove' : 'report',
      needs: [stepAt[askedAt(head)] as number],
      because: [partReason(node)],
      estimateMs: latencyOf(world, node),
    })
  }

  function push(moment: number, step: Step): void {
    stepAt[moment] = steps.length
    steps.push(step)
  }

  function needsOf(moment: number): { needs: number[]; because: string[] } {
    const needs = new Map<number, string>()
    each(incoming, moment, (before, edge) => {
      const step = stepAt[before] as number
      if (step >= 0 && !needs.has(step))
        needs.set(step, edge < moments.via.length ? reason(edge) : 'comes last before the removal that it frees')
    })
    const sorted = [...needs].sort(([a], [b]) => a - b)
    const because = sorted.slice(0, maxReasons).map(([, text]) => text)
    if (sorted.length > maxReasons) because.push(`and ${sorted.length - maxReasons} more`)
    return { needs: sorted.map(([step]) => step), because }
  }

  function reason(edge: number): string {
    const id = moments.id[edge] as number
    switch (moments.via[edge]) {
      case via.uses:
        return told(world.uses.edges[id], 'uses')
      case via.writer:
        return told(world.writers.edges[id], 'would be made again by')
      case via.server:
        return told(world.servers.edges[id], 'is finished by')
      default:
        return ''
    }
  }

  function told(edge: Edge | undefined, verb: string): string {
    if (!edge) return ''
    const [user, used] = [edge.from, edge.to].map((one) => nameOf(world, world.indexOf.get(one) as number))
    return `${user} ${verb} ${used} (${edge.because})`
  }

  function partReason(node: number): string {
    let text = 'goes with its whole'
    each(world.wholes.out, node, (whole, edge) => {
      if (whole === moments.carrier[node])
        text = `part of ${nameOf(world, whole)} (${world.wholes.edges[edge]?.because})`
    })
    return text
  }

  /** Members of a stack are the stack's to remove. */
  function memberOnly(node: number): boolean {
    const carrier = moments.carrier[node] as number
    return some(
      world.wholes.out,
      node,
      (whole, edge) =>
        whole === carrier &&
        world.wholes.edges[edge]?.alone !== true &&
        (world.resources[whole] as Resource).kind.endsWith(':stack'),
    )
  }

  function leftOut(head: number): ReturnType<typeof key>[] {
    const retainable = new Set(policy.retainMembers ?? [])
    const out: ReturnType<typeof key>[] = []
    each(world.wholes.in, head, (part) => {
      const { facts, key: partKey } = world.resources[part] as Resource
      if ((moments.head[part] as number) < 0 && (retainable.has(facts.id) || retainable.has(partKey))) out.push(partKey)
    })
    return out
  }

  function routeOf(node: number): 'served' | 'direct' {
    return some(world.servers.out, node, (server) => (world.resources[server] as Resource).facts.serves !== false)
      ? 'served'
      : 'direct'
  }

  function key(node: number): Resource['key'] {
    return (world.resources[node] as Resource).key
  }
}

/**
 * A preparation (and a cut) comes last before what it frees: it needs every other need of that removal. A link that frees several comes before the
 * first of them that is asked.
 */
function addPreparations(
  world: World,
  moments: Moments,
  preparations: readonly Preparation[],
  from: number[],
  to: number[],
): Map<number, number> {
  const base = 2 * world.size
  const cuts: number[] = []
  for (let node = 0; node < world.size; node++) if (isCut(moments, node)) cuts.push(node)
  const early = new Map<number, number>()
  if (cuts.length === 0 && preparations.length === 0) return early

  const plain = buildGraph(base, moments.from, moments.to)
  const place = topologicalOrder(plain)
  if (!place) throw new BrokenInvariantError('the moments of the plan have a cycle after cycles were broken')
  const rank = new Int32Array(base)
  place.forEach((node, index) => {
    rank[node] = index
  })
  const incoming = buildGraph(base, moments.to, moments.from)
  const isCutGone = (moment: number): boolean => moment % 2 === 1 && moments.role[(moment - 1) / 2] === role.cut

  const lastBefore = (preparation: number, removal: number): void => {
    each(incoming, removal, (need) => {
      if (isCutGone(need)) return
      from.push(need)
      to.push(preparation)
    })
  }
  for (const link of cuts) {
    const freed = freedBy(world, moments, link).sort(
      (a, b) =>
        (rank[askedAt(moments.head[a] as number)] as number) - (rank[askedAt(moments.head[b] as number)] as number),
    )
    const first = freed[0]
    if (first === undefined) continue
    early.set(link, first)
    lastBefore(askedAt(link), askedAt(moments.head[first] as number))
  }
  preparations.forEach((preparation, index) => {
    from.push(base + index)
    to.push(preparation.before)
    lastBefore(base + index, preparation.before)
  })
  return early
}

const latencyOf = (world: World, node: number): number =>
  (world.resources[node] as Resource).abilities.latency.typicalMs

const bottomMax = (bottom: Float64Array): number => bottom.reduce((most, one) => Math.max(most, one), 0)

function pathSteps(path: readonly number[], stepAt: Int32Array): number[] {
  const steps: number[] = []
  for (const moment of path) {
    const step = stepAt[moment] as number
    if (step >= 0 && steps.at(-1) !== step) steps.push(step)
  }
  return steps
}
