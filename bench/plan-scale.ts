// How long a plan takes, from the first read to the last check, and how long its pure half: the graph and the fixpoint.
import { type Policy, planTeardown } from '@cleardown/core'
import { generateWorld, seededRandom } from '@cleardown/core/testing'
import { connectAll } from '../packages/core/src/adapter/connect-all.ts'
import { discover } from '../packages/core/src/discover/discover.ts'
import { criticalPath } from '../packages/core/src/graph/critical-path.ts'
import { buildGraph } from '../packages/core/src/graph/graph.ts'
import { stronglyConnected } from '../packages/core/src/graph/strongly-connected.ts'
import { topologicalOrder } from '../packages/core/src/graph/topological-order.ts'
import type { Discovery } from '../packages/core/src/model/resource.ts'
import { buildPlan } from '../packages/core/src/plan/build-plan.ts'
import { measure } from './heap.ts'
import { printTable } from './table.ts'

const seed = 1
const targetMs = 1_000
const policy: Policy = { maxRemovals: Number.MAX_SAFE_INTEGER }
const sizes = [1_000, 10_000, 100_000]

export async function planScale(): Promise<void> {
  await wholePlan()
  await pureHalf()
  await graphAlone()
}

/** `planTeardown` on the memory cloud, whose calls cost virtual time only. */
async function wholePlan(): Promise<void> {
  const size = 10_000
  const { adapters, context, target } = generateWorld({ seed, size })
  const { result, firstMs, bestMs, megabytes } = await measure(4, () =>
    planTeardown({ adapters, context, target, policy }),
  )
  printTable(`planTeardown of ${size} resources (target: below ${targetMs} ms)`, [
    {
      resources: result.resources.length,
      relations: result.edges.length,
      steps: result.steps.length,
      'first ms': Math.round(firstMs),
      'best of 4 ms': Math.round(bestMs),
      'plan MB': megabytes,
      target: firstMs < targetMs ? 'met' : bestMs < targetMs ? 'met warm, missed cold' : 'missed',
    },
  ])
}

/** From facts that are in memory to a checked plan: no adapter, no clock. */
async function pureHalf(): Promise<void> {
  const rows = []
  for (const size of sizes) {
    const found = await measure(1, () => discoverWorld(size))
    const discovery = found.result
    const { result, firstMs, bestMs, megabytes } = await measure(size > 10_000 ? 2 : 4, () =>
      buildPlan({ discovery, target: { cluster: 'ci-1' }, policy, now: 0 }),
    )
    rows.push({
      resources: discovery.resources.length,
      relations: discovery.edges.length,
      steps: result.steps.length,
      'discover ms': Math.round(found.firstMs),
      'first plan ms': Math.round(firstMs),
      'best plan ms': Math.round(bestMs),
      'facts MB': found.megabytes,
      'plan MB': megabytes,
    })
  }
  printTable('From facts to a checked plan, pure; making and discovering the world beside it', rows)
}

async function discoverWorld(size: number): Promise<Discovery> {
  const { adapters, context, target } = generateWorld({ seed, size, neighbours: 0 })
  const { connections } = await connectAll(adapters, context, new AbortController().signal, () => undefined)
  return discover({ connections, target, approved: [] })
}

/** Three edges from each node to earlier ones, as in the comparison of graph libraries. */
async function graphAlone(): Promise<void> {
  const rows = []
  for (const size of [...sizes, 1_000_000]) {
    const { from, to } = randomEdges(size)
    const weight = Float64Array.from({ length: size }, (_, node) => 1_000 + (node % 97))
    const built = await measure(3, () => buildGraph(size, from, to))
    const groups = await measure(3, () => stronglyConnected(built.result))
    const order = await measure(3, () => topologicalOrder(built.result))
    const path = await measure(3, () => criticalPath(built.result, weight))
    rows.push({
      nodes: size,
      edges: from.length,
      'build ms': built.bestMs,
      'groups ms': groups.bestMs,
      'order ms': order.bestMs,
      'critical path ms': path.bestMs,
      'first, all four, ms': Math.round(built.firstMs + groups.firstMs + order.firstMs + path.firstMs),
      'graph MB': built.megabytes,
    })
  }
  printTable('Graph algorithms alone, best of 3', rows)
}

function randomEdges(size: number): { from: Int32Array; to: Int32Array } {
  const random = seededRandom(seed)
  const perNode = 3
  const from = new Int32Array((size - 1) * perNode)
  const to = new Int32Array((size - 1) * perNode)
  for (let edge = 0; edge < from.length; edge++) {
    const node = 1 + Math.floor(edge / perNode)
    from[edge] = node
    to[edge] = random.below(node)
  }
  return { from, to }
}
