import { executeTeardown, planTeardown, renderReport } from '@cleardown/core'
import { generateWorld } from '@cleardown/core/testing'
const [seed, size] = process.argv.slice(2).map(Number) as [number, number]
const { adapters, context, target, world } = generateWorld({ seed, size, callMs: 40, spread: 0.4 })
const plan = await planTeardown({ adapters, context, target, policy: { maxRemovals: 2 * size } })
const report = await executeTeardown(plan, { adapters, context }).report
console.log(renderReport(report).slice(0, 9000))
console.log(report.steps.filter((s) => !['done', 'already-gone', 'skipped'].includes(s.result)).slice(0, 5))
console.log(world.refusals().length)
