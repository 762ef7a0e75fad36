import type { ResourceKey } from '../model/key.ts'
import type { PlannedResource } from '../model/plan.ts'
import type { Report } from '../model/report.ts'
import { chainText, durationText, nameOf, plural, shorten } from './words.ts'

const meaning: Readonly<Record<Report['outcome'], string>> = {
  clean: 'nothing is left',
  retained: 'only what you wanted kept is left',
  blocked: 'something is left that needs a decision',
  incomplete: 'something is left or could not be seen',
  interrupted: 'stopped before the end; it can be resumed',
  refused: 'nothing was touched',
}

/** The report for people. Pass the plan's resources to have names beside ids. */
export function renderReport(report: Report, planned: readonly PlannedResource[] = []): string {
  const resources: ReadonlyMap<ResourceKey, PlannedResource> = new Map(
    planned.map((resource) => [resource.key, resource]),
  )
  const lines = [`${report.outcome}: ${meaning[report.outcome]} (exit code ${report.exitCode})`]
  const took = Date.parse(report.endedAt) - Date.parse(report.startedAt)
  lines.push(
    `${plural(report.removed.length, 'resource')} read as gone by steps, ${plural(report.left.length, 'resource')} left, ${report.kept.length} kept; ${durationText(took)}, ` +
      `${report.calls.reads} reads and ${report.calls.writes} writes, ${report.calls.verify} reads to verify.`,
  )
  if (report.timing?.longest)
    lines.push(
      `Longest wait: ${durationText(report.timing.longest.waitedMs)} for ${nameOf(report.timing.longest.key, resources)}.`,
    )
  if (report.timing?.phases)
    lines.push(
      `Time: ${Object.entries(report.timing.phases)
        .map(([phase, ms]) => `${phase} ${durationText(ms)}`)
        .join(', ')}.`,
    )
  const refusals = report.findings.filter(({ severity }) => severity === 'refusal')
  if (refusals.length > 0) lines.push('', 'Refused:', ...refusals.map(({ message }) => `  ✗ ${message}`))
  const roots = decisive(report)
  if (roots.length > 0) {
    lines.push('', 'What the rest hangs on:')
    lines.push(
      ...shorten(
        roots.map(
          ({ key, because, holds }) => `  ${nameOf(key, resources)}, which holds ${plural(holds, 'other')}: ${because}`,
        ),
        'lines',
      ),
    )
  }
  if (report.left.length > 0) {
    lines.push('', 'Left:')
    const text = report.left.flatMap(({ key, why, because, blockers, manual }) => [
      `  ${nameOf(key, resources)}: ${why}, ${because}`,
      ...(blockers.length > 0 ? [`    ${nameOf(key, resources)} ← ${chainText(blockers, resources)}`] : []),
      ...(blockers.length === 0 ? manual.map((command) => `    ${command}`) : []),
    ])
    lines.push(...shorten(text, 'lines'))
  }
  if (report.kept.length > 0)
    lines.push(
      '',
      'Kept:',
      ...shorten(
        report.kept.map(({ key, because }) => `  ${nameOf(key, resources)}: ${because}`),
        'kept',
      ),
    )
  const noticed = report.findings.filter(({ severity }) => severity !== 'refusal')
  if (noticed.length > 0)
    lines.push(
      '',
      'Noticed:',
      ...shorten(
        noticed.map(({ code, message }) => `  ${code}: ${message}`),
        'findings',
      ),
    )
  return `${lines.join('\n')}\n`
}

/** The ends of the chains, the one that holds most first: deciding about these frees the rest. */
function decisive({ left }: Report): { key: ResourceKey; because: string; holds: number }[] {
  const ends = new Map<ResourceKey, { because: string; holds: number }>()
  for (const { blockers } of left) {
    const end = blockers.at(-1)
    if (!end) continue
    const known = ends.get(end.key) ?? { because: end.because, holds: 0 }
    ends.set(end.key, { ...known, holds: known.holds + 1 })
  }
  return [...ends].map(([key, end]) => ({ key, ...end })).sort((a, b) => b.holds - a.holds || (a.key < b.key ? -1 : 1))
}
