import { scenarioOf } from '../packages/core/test/simulation/scenario.ts'
import { applyCut, cutText, describeScenario, parseCut, shrink } from '../packages/core/test/simulation/shrink.ts'
import { simulate } from '../packages/core/test/simulation/simulate.ts'
const [seed, size, rule, only] = process.argv.slice(2) as [string, string, string?, string?]
const whole = scenarioOf(Number(seed), Number(size))
const first = await simulate(only ? applyCut(whole, parseCut(only)) : whole)
for (const v of first.violations) console.log('*', v.rule, '|', v.what)
const r = rule || first.violations[0]?.rule
if (r && !only) {
  const { cut, verdict } = await shrink(whole, r)
  console.log(cutText(cut)); console.log(describeScenario(applyCut(whole, cut)))
  for (const v of verdict.violations) console.log('**', v.rule, '|', v.what)
  console.log(verdict.outcome, verdict.points)
}
