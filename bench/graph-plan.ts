// One plan of one shape and size, alone in its process: `graph-plan.ts <shape> <size>` prints its figures as one line of JSON.
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { buildPlan } from '../packages/core/src/plan/build-plan.ts'
import { shapes } from './graph-worlds.ts'
import { liveMegabytes } from './heap.ts'

export interface PlanFigures {
  readonly resources: number
  readonly relations: number
  readonly steps: number
  readonly ms: number
  /** Of the one thread that plans: what `ms` would be on an idle machine. */
  readonly cpuMs: number
  /** What the input holds. */
  readonly inputMegabytes: number
  /** Resident memory at its highest, less that of an empty process and less the input. */
  readonly peakMegabytes: number
}

/** Looks at the whole process from a thread of its own: the planner gives nobody a turn. */
const watcher = `
const { workerData: highest } = require('node:worker_threads')
for (;;) {
  Atomics.wait(highest, 1, 0, 50)
  const now = Math.round(process.memoryUsage.rss() / 1024)
  if (now > highest[0]) highest[0] = now
}`

const [shape = '', size = ''] = process.argv.slice(2)
const make = shapes[shape]
if (!make) throw new Error(`there is no shape "${shape}"`)
const highest = new Int32Array(new SharedArrayBuffer(8))
const watching = new Worker(watcher, { eval: true, workerData: highest })
await new Promise((started) => watching.once('online', started))
const emptyRss = process.memoryUsage.rss() / 2 ** 20
const emptyLive = await liveMegabytes()

// At once, as a program does it: left idle in between, V8 begins to save memory and marks the heap more often.
const discovery = make(Number(size))
highest[0] = 0
const { ms, cpuMs, ...counts } = planned()
await pause(100)
const peakRss = (highest[0] ?? 0) / 1024
// Weighed afterwards: collecting all garbage just before the plan makes V8 take the heap for one that hardly grows and mark it again and again.
await liveMegabytes() // the buffers of the plan's arrays go with the first collection, and are not counted at the second
const inputMegabytes = (await liveMegabytes()) - emptyLive
const figures: PlanFigures = {
  ...counts,
  ms,
  cpuMs,
  inputMegabytes,
  peakMegabytes: peakRss - emptyRss - inputMegabytes,
}
console.log(JSON.stringify(figures))
process.exit(0)

function planned(): Pick<PlanFigures, 'resources' | 'relations' | 'steps' | 'ms' | 'cpuMs'> {
  const cpuBefore = process.threadCpuUsage()
  const startedAt = performance.now()
  const plan = buildPlan({ discovery, target: { cluster: 'ci-1' }, policy: { maxRemovals: Number(size) }, now: 0 })
  const ms = performance.now() - startedAt
  const { user, system } = process.threadCpuUsage(cpuBefore)
  const { resources, edges, steps } = plan
  return {
    resources: resources.length,
    relations: edges.length,
    steps: steps.length,
    ms,
    cpuMs: (user + system) / 1000,
  }
}
