// planTeardown on the memory cloud in a process that has done nothing before: `graph-teardown.ts <size>` prints its figures as one line of JSON.
import { planTeardown } from '@cleardown/core'
import { generateWorld } from '@cleardown/core/testing'

export interface TeardownFigures {
  readonly resources: number
  readonly relations: number
  readonly steps: number
  readonly ms: number
  readonly cpuMs: number
}

const size = Number(process.argv[2])
const { adapters, context, target } = generateWorld({ seed: 1, size })
const cpuBefore = process.threadCpuUsage()
const startedAt = performance.now()
const plan = await planTeardown({ adapters, context, target, policy: { maxRemovals: size } })
const ms = performance.now() - startedAt
const { user, system } = process.threadCpuUsage(cpuBefore)
const figures: TeardownFigures = {
  resources: plan.resources.length,
  relations: plan.edges.length,
  steps: plan.steps.length,
  ms,
  cpuMs: (user + system) / 1000,
}
console.log(JSON.stringify(figures))
