// How long a plan takes and how much memory: from the first read to the last check, and the pure half, from facts to a plan, in sizes up to a million.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { seededRandom } from '@cleardown/core/testing'
import { criticalPath } from '../packages/core/src/graph/critical-path.ts'
import { buildGraph } from '../packages/core/src/graph/graph.ts'
import { stronglyConnected } from '../packages/core/src/graph/strongly-connected.ts'
import { topologicalOrder } from '../packages/core/src/graph/topological-order.ts'
import type { PlanFigures } from './graph-plan.ts'
import type { TeardownFigures } from './graph-teardown.ts'
import { measure } from './heap.ts'
import { printTable } from './table.ts'

/** Where it does not take minutes, the best of so many processes: on a shared machine the others only ever add. */
const processes = 3
const coldMs = 1_000
interface Reach {
  readonly ms: number
  readonly megabytes: number
  readonly runs: number
}
const targets: Readonly<Record<number, Reach>> = {
  100000: { ms: 1_500, megabytes: 250, runs: processes },
  1000000: { ms: 15_000, megabytes: 1_536, runs: 1 },
}
const shapes = ['random', 'chain', 'hub', '2-cycles, nothing to cut', '2-cycles of links', 'chain of parts']
const maxRatio = 13

export async function planScale(): Promise<void> {
  await coldPlan()
  await fromFactsToPlan()
  await graphAlone()
}

/** `planTeardown` on the memory cloud, whose calls cost virtual time only; its own listing is in it. */
async function coldPlan(): Promise<void> {
  const { resources, relations, steps, ms, cpuMs } = await best<TeardownFigures>(
    processes,
    'graph-teardown.ts',
    '10000',
  )
  printTable(`planTeardown, the first call of a process, best of ${processes}`, [
    {
      resources,
      relations,
      steps,
      ms: Math.round(ms),
      'cpu ms': Math.round(cpuMs),
      reach: `< ${coldMs} ms`,
      '': verdict(ms < coldMs, cpuMs < coldMs),
    },
  ])
}

async function fromFactsToPlan(): Promise<void> {
  const rows = []
  const random = new Map<number, PlanFigures>()
  for (const [size, reach] of Object.entries(targets))
    for (const shape of shapes) {
      const figures = await best<PlanFigures>(reach.runs, 'graph-plan.ts', shape, size)
      if (shape === 'random') random.set(Number(size), figures)
      const { resources, relations, steps, ms, cpuMs, inputMegabytes, peakMegabytes } = figures
      const fits = peakMegabytes <= reach.megabytes
      rows.push({
        shape,
        resources,
        relations,
        steps,
        ms: Math.round(ms),
        'cpu ms': Math.round(cpuMs),
        'facts MB': Math.round(inputMegabytes),
        'peak MB': Math.round(peakMegabytes),
        reach: `${reach.ms} ms, ${reach.megabytes} MB`,
        '': verdict(ms <= reach.ms && fits, cpuMs <= reach.ms && fits),
      })
    }
  printTable(
    `From facts to a signed and checked plan, each in its own process; 100,000: best of ${processes}; cpu: of the planning thread; peak: resident memory at its highest, less an empty process, less the facts`,
    rows,
  )
  const [small, large] = [random.get(100_000), random.get(1_000_000)]
  if (!small || !large) return
  printTable('1,000,000 against 100,000, random', [
    {
      'ms ratio': large.ms / small.ms,
      'cpu ratio': large.cpuMs / small.cpuMs,
      reach: `<= ${maxRatio}`,
      '': verdict(large.ms / small.ms <= maxRatio, large.cpuMs / small.cpuMs <= maxRatio),
    },
  ])
}

const verdict = (byClock: boolean, byCpu: boolean): string =>
  byClock ? 'met' : byCpu ? 'met by cpu time, missed by the clock' : 'missed'

/** Runs a script of this folder alone, several times; the quickest run counts. */
async function best<T extends { readonly cpuMs: number; readonly ms: number }>(
  runs: number,
  script: string,
  ...options: string[]
): Promise<T> {
  let least: T | undefined
  for (let run = 0; run < runs; run++) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, path, ...options])
    const figures = JSON.parse(stdout) as T
    if (!least || figures.ms < least.ms) least = figures
  }
  return least as T
}

/** Three edges from each node to earlier ones, as in the comparison of graph libraries. */
async function graphAlone(): Promise<void> {
  const rows = []
  for (const size of [1_000, 10_000, 100_000, 1_000_000]) {
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
  const random = seededRandom(1)
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
