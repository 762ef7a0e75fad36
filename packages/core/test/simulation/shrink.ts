import type { Ref } from '../../src/model/relation.ts'
import type { Planted, Scenario } from './scenario.ts'
import { simulate, type Verdict } from './simulate.ts'
import { longLife } from './weather.ts'

/** What is left of a scenario: indexes of its parts, and the letters of what is switched off. As text it fits on a command line. */
export interface Cut {
  readonly resources: readonly number[]
  readonly faults: readonly number[]
  readonly happenings: readonly number[]
  readonly lies: readonly number[]
  readonly without: readonly Switch[]
}

/** `lives`: one process from beginning to end. `lag`: fresh lists. `pages`: long pages, always in the same order. `times`: removals take no time. */
const switches = ['lives', 'lag', 'pages', 'policy'] as const
type Switch = (typeof switches)[number]
type Part = Exclude<keyof Cut, 'without'>
const parts: readonly Part[] = ['faults', 'happenings', 'lies', 'resources']
/** A scenario is tried this often at most. */
const mostTries = 600

export const wholeOf = (scenario: Scenario): Cut => ({
  resources: scenario.resources.map((_, index) => index),
  faults: scenario.faults.map((_, index) => index),
  happenings: scenario.happenings.map((_, index) => index),
  lies: scenario.lies.map((_, index) => index),
  without: [],
})

export const cutText = (cut: Cut): string =>
  [...parts.map((part) => `${part}:${cut[part].join(',')}`), `without:${cut.without.join(',')}`].join('/')

/** Reads what `cutText` wrote; throws for anything else. */
export function parseCut(text: string): Cut {
  const fields = new Map(text.split('/').map((field) => field.split(':') as [string, string]))
  const numbers = (part: Part): number[] => (fields.get(part) ?? '').split(',').filter(Boolean).map(Number)
  const without = (fields.get('without') ?? '').split(',').filter(Boolean)
  const cut = {
    resources: numbers('resources'),
    faults: numbers('faults'),
    happenings: numbers('happenings'),
    lies: numbers('lies'),
    without: switches.filter((one) => without.includes(one)),
  }
  if (cutText(cut) !== text) throw new Error(`not a cut as a failed simulation prints it: ${text}`)
  return cut
}

/** The scenario with only these parts. References to what was cut away go with it. */
export function applyCut(scenario: Scenario, cut: Cut): Scenario {
  const pick = <T>(all: readonly T[], which: readonly number[]): T[] =>
    which.map((index) => all[index]).filter((one) => one !== undefined)
  const { kept, dropped } = split(scenario.resources, new Set(cut.resources))
  const off = new Set(cut.without)
  return {
    ...scenario,
    resources: kept.map((one) => withoutPointersTo(one, dropped)),
    faults: pick(scenario.faults, cut.faults),
    happenings: pick(scenario.happenings, cut.happenings),
    lies: pick(scenario.lies, cut.lies),
    ...(off.has('lives') ? { lives: longLife } : {}),
    ...(off.has('lag') ? { listLagMs: 0 } : {}),
    ...(off.has('pages') ? { pageSize: 500, shuffle: false } : {}),
    ...(off.has('policy') ? { policy: { maxRemovals: 100_000, ifBlocked: 'continue', ...pickKeep(scenario) } } : {}),
  }
}

/** What would not be without its whole or its server goes with them. */
function split(all: readonly Planted[], which: ReadonlySet<number>): { kept: Planted[]; dropped: Planted[] } {
  const kept: Planted[] = []
  const dropped: Planted[] = []
  all.forEach((one, index) => {
    const whole = one.spec.partOf?.[0]?.of
    const made = one.spec.managed !== undefined || one.spec.kind.includes('link') || one.spec.kind.endsWith('-rule')
    const needs = [made || Object.keys(one.spec.tags ?? {}).length === 0 ? whole : undefined, one.spec.servedBy?.by]
    const lost = needs.some((ref) => ref && dropped.some((other) => isNamed(other, ref as Ref)))
    if (which.has(index) && !lost) kept.push(one)
    else dropped.push(one)
  })
  return { kept, dropped }
}

const isNamed = ({ id, spec }: Planted, ref: Ref): boolean =>
  'alias' in ref ? (spec.aliases?.includes(ref.alias) ?? false) : id === `${ref.kind} ${ref.id}`

const pickKeep = ({ policy: { keep } }: Scenario): Pick<Scenario['policy'], 'keep'> => (keep ? { keep } : {})

function withoutPointersTo({ spec, ...rest }: Planted, dropped: readonly Planted[]): Planted {
  const gone = new Set(dropped.flatMap(({ id, spec: { aliases = [] } }) => [id, ...aliases]))
  const stands = (to: unknown): boolean => {
    const ref = to as { alias: string } | { kind: string; id: string }
    return !gone.has('alias' in ref ? ref.alias : `${ref.kind} ${ref.id}`)
  }
  const { uses, partOf, inside, restoredBy, servedBy, ...plain } = spec
  return {
    ...rest,
    spec: {
      ...plain,
      ...(uses ? { uses: uses.filter(({ to }) => stands(to)) } : {}),
      ...(partOf ? { partOf: partOf.filter(({ of }) => stands(of)) } : {}),
      ...(inside && stands(inside) ? { inside } : {}),
      ...(restoredBy && stands(restoredBy) ? { restoredBy } : {}),
      ...(servedBy && stands(servedBy.by) ? { servedBy } : {}),
    },
  }
}

/** The smallest cut that was found in which the same rule is still broken. */
export async function shrink(scenario: Scenario, rule: string): Promise<{ cut: Cut; verdict: Verdict }> {
  let cut = wholeOf(scenario)
  let verdict = await simulate(scenario)
  let tries = 0
  const attempt = async (smaller: Cut): Promise<boolean> => {
    if (++tries > mostTries) return false
    const tried = await simulate(applyCut(scenario, smaller))
    if (!tried.violations.some((one) => one.rule === rule)) return false
    cut = smaller
    verdict = tried
    return true
  }
  for (let before = ''; before !== cutText(cut) && tries < mostTries; ) {
    before = cutText(cut)
    for (const one of switches)
      if (!cut.without.includes(one))
        await attempt({ ...cut, without: switches.filter((other) => other === one || cut.without.includes(other)) })
    for (const part of parts)
      for (let size = cut[part].length; size >= 1; size = Math.floor(size / 2))
        for (let at = 0; at < cut[part].length && tries < mostTries; ) {
          const smaller = cut[part].filter((_, index) => index < at || index >= at + size)
          if (!(await attempt({ ...cut, [part]: smaller }))) at += size
        }
  }
  return { cut, verdict }
}

/** What a person needs to see of a small scenario. */
export function describeScenario(scenario: Scenario): string {
  const { resources, faults, happenings, lies, lives, kinds } = scenario
  const used = kinds.filter(({ name }) => resources.some(({ spec }) => spec.kind === name))
  const lines = [
    `target ${JSON.stringify(scenario.target)} policy ${JSON.stringify(scenario.policy)}`,
    ...used.map((kind) => `kind ${JSON.stringify(kind)}`),
    ...resources.map(({ owner, spec }) => `${owner} ${JSON.stringify(spec)}`),
    ...faults.map((fault) => `fault ${JSON.stringify(fault)}`),
    ...happenings.map((one) => `happens ${JSON.stringify(one)}`),
    ...lies.map((lie) => `lie ${JSON.stringify(lie)}`),
    `lives ${JSON.stringify(lives)} listLagMs ${scenario.listLagMs} pageSize ${scenario.pageSize} shuffle ${scenario.shuffle}`,
  ]
  return lines.map((line) => `  ${line}`).join('\n')
}
