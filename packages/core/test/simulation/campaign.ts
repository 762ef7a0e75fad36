import { scenarioOf } from './scenario.ts'
import { applyCut, type Cut, cutText, describeScenario, parseCut, shrink } from './shrink.ts'
import { simulate, type Verdict } from './simulate.ts'

/** Size of the largest worlds, unless somebody says otherwise. */
export const defaultSize = 5_000

/** Runs the seeds from `first` on, one after the other; gives those that broke a promise. */
export async function runSeeds(
  first: number,
  count: number,
  size: number = defaultSize,
  onVerdict: (verdict: Verdict) => void = () => undefined,
): Promise<Verdict[]> {
  const failed: Verdict[] = []
  for (let seed = first; seed < first + count; seed++) {
    const verdict = await simulate(scenarioOf(seed, size))
    onVerdict(verdict)
    if (verdict.violations.length > 0) failed.push(verdict)
  }
  return failed
}

/** So many seeds go to one half, then so many to the other: the few large worlds, which take the longest, are shared as well. */
const hand = 50

/** Half of the first `2 * count` seeds. */
export async function runHalf(half: 0 | 1, count: number, size: number): Promise<Verdict[]> {
  const failed: Verdict[] = []
  for (let done = 0; done < count; done += hand)
    failed.push(...(await runSeeds(1 + 2 * done + half * hand, Math.min(hand, count - done), size)))
  return failed
}

/** One seed again, whole or cut down as a failure printed it. */
export async function replay(seed: number, size: number, cut?: string): Promise<Verdict> {
  const scenario = scenarioOf(seed, size)
  return simulate(cut === undefined ? scenario : applyCut(scenario, parseCut(cut)))
}

/** What broke, in which world, how to see it again: shrunk to what is needed for the first broken rule. */
export async function tellFailure({ seed, violations, weather }: Verdict, size: number): Promise<string> {
  const rule = violations[0]?.rule
  if (rule === undefined) return `seed ${seed}: nothing broke`
  const scenario = scenarioOf(seed, size)
  const { cut, verdict } = await shrink(scenario, rule)
  return [
    `seed ${seed} (${weather}): ${verdict.violations[0]?.rule}`,
    ...verdict.violations.map((one) => `  ${one.rule}: ${one.what}`),
    describeScenario(applyCut(scenario, cut)),
    `  again: ${command(seed, size, cut)}`,
  ].join('\n')
}

const command = (seed: number, size: number, cut: Cut): string =>
  `pnpm simulate --runs 1 --seed ${seed} --size ${size} --only ${cutText(cut)}`
