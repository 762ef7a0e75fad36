import { scenarioOf } from '../packages/core/test/simulation/scenario.ts'
import { simulate } from '../packages/core/test/simulation/simulate.ts'
const [runs, first, size] = process.argv.slice(2).map(Number) as [number, number, number]
const t = performance.now(); const c0 = process.cpuUsage()
const rules = new Map<string, { count: number; seeds: number[]; what: string }>()
let slow = 0
const outcomes = new Map<string, number>()
for (let seed = first; seed < first + runs; seed++) {
  const s = performance.now()
  const v = await simulate(scenarioOf(seed, size))
  outcomes.set(v.outcome, (outcomes.get(v.outcome) ?? 0) + 1)
  const ms = performance.now() - s
  if (ms > 400) { slow++; console.log('slow', seed, v.weather, v.size, ms | 0, v.reads, v.writes) }
  const once = new Set<string>()
  for (const { rule, what } of v.violations) {
    if (once.has(rule)) continue
    once.add(rule)
    const r = rules.get(rule) ?? { count: 0, seeds: [], what: `[${v.weather}] ${what}` }
    r.count++
    if (r.seeds.length < 8) r.seeds.push(seed)
    rules.set(rule, r)
  }
}
const c1 = process.cpuUsage(c0); console.log("cpu", ((c1.user + c1.system) / 1000 / runs).toFixed(1), Math.round(performance.now() - t), 'ms', ((performance.now() - t) / runs).toFixed(1), 'ms/run', slow, Object.fromEntries(outcomes))
for (const [rule, r] of rules) console.log(`${r.count} × ${rule}: ${r.seeds.join(' ')}\n     ${r.what.slice(0, 600)}`)
