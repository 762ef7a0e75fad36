import type { ResourceKey } from '../model/key.ts'
import type { PlanDiff } from '../plan/diff-plans.ts'
import { durationText, nameOf, shorten } from './words.ts'

/** What changed since a plan was reviewed, for people; what goes now and did not before comes first. */
export function renderDiff(diff: PlanDiff): string {
  if (diff.same) return 'The plans are the same.\n'
  const lines = [`Makespan ${durationText(diff.makespanMs.before)} → ${durationText(diff.makespanMs.after)}.`]
  section(
    'Asked otherwise',
    diff.asked.map(({ field, before, after }) => `${field}: ${before} → ${after}`),
  )
  section('Goes now, did not before', diff.alsoGo.map(name))
  section('Does not go any more', diff.noLongerGo.map(name))
  section('Another thing under the same name', diff.replaced.map(name))
  section(
    'Decided otherwise',
    diff.decisions.map(({ key, before, after, because }) => `${nameOf(key)}: ${before} → ${after} (${because})`),
  )
  section('New to be seen', diff.appeared.map(name))
  section('Not to be seen any more', diff.disappeared.map(name))
  section(
    'Order turned',
    diff.reordered.map(([first, second]) => `${nameOf(first)} now before ${nameOf(second)}`),
  )
  section(
    'Noticed now',
    diff.findings.added.map(({ code, message }) => `${code}: ${message}`),
  )
  section(
    'Noticed no more',
    diff.findings.dropped.map(({ code, message }) => `${code}: ${message}`),
  )
  return `${lines.join('\n')}\n`

  function section(title: string, rows: readonly string[]): void {
    if (rows.length === 0) return
    lines.push(
      '',
      `${title}:`,
      ...shorten(
        rows.map((row) => `  ${row}`),
        'of them',
      ),
    )
  }
}

const name = (key: ResourceKey): string => nameOf(key)
