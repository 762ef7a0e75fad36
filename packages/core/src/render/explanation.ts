import type { Explanation, Neighbour } from '../model/explanation.ts'
import { isResourceKey } from '../model/key.ts'
import { chainText, nameOf, shorten } from './words.ts'

const fates: Readonly<Record<Explanation['fate'], string>> = {
  remove: 'is removed',
  await: 'goes with its whole and is waited for',
  keep: 'is kept',
  ask: 'stays until a person decides',
  blocked: 'should go and cannot',
  removed: 'was removed',
  left: 'is left',
  unknown: 'is not known here',
}

/** The explanation for people: one paragraph per question. */
export function renderExplanation(explanation: Explanation): string {
  const { key, fate, because, reason, ownership, evidence, step, after, before, chain, changes, manual } = explanation
  const lines = [
    `${isResourceKey(key) ? nameOf(key) : key} ${fates[fate]}${reason ? ` (${reason})` : ''}: ${because.join('; ')}`,
  ]
  section('Whose', [
    ...(ownership ? [ownership] : []),
    ...evidence.map(
      ({ says, strength, field, value, owner }) =>
        `${strength} of ${says === 'ours' ? 'ours' : (owner ?? says)}: ${field} = ${value}`,
    ),
  ])
  if (step !== undefined) lines.push('', `Step ${step + 1}.`)
  section('After', after.map(neighbourText))
  section('Before', before.map(neighbourText))
  if (chain.length > 0) lines.push('', `Held by: ${chainText(chain)}`)
  section(
    'What would change it',
    changes.map(({ what, then }) => `${what} → ${then}`),
  )
  section('By hand', manual)
  return `${lines.join('\n')}\n`

  function section(title: string, rows: readonly string[]): void {
    if (rows.length === 0) return
    lines.push('', `${title}:`)
    lines.push(
      ...shorten(
        rows.map((row) => `  ${row}`),
        'of them',
      ),
    )
  }
}

function neighbourText({ step, action, key, because }: Neighbour): string {
  return `${step + 1}  ${action} ${nameOf(key)}${because.length > 0 ? ` (${because.join('; ')})` : ''}`
}
