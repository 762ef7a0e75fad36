import type { ResourceKey } from '../model/key.ts'
import type { Plan, Step } from '../model/plan.ts'
import { chainText, durationText, nameOf, plural, shorten, targetText } from './words.ts'

/** So many proofs of a release are named; the data has them all. */
const maxProof = 3

/** The plan for people: what goes in which order, what stays and why, what needs a decision. */
export function renderPlan(plan: Plan): string {
  const resources = new Map(plan.resources.map((resource) => [resource.key, resource]))
  const going = plan.resources.filter(({ step }) => step !== undefined)
  const carried = going.filter(({ decision }) => decision === 'await').length
  const who = plan.identities
    .map(({ adapter, account, places }) => `${adapter} ${account} (${places.join(', ')})`)
    .join('; ')
  const lines = [
    `Plan ${plan.id.slice(0, 12)} for ${targetText(plan.target)}${who ? ` in ${who}` : ''}`,
    plan.steps.length === 0
      ? 'Nothing to do.'
      : `${plural(going.length, 'resource')} ${going.length === 1 ? 'goes' : 'go'} in ${plural(plan.steps.length, 'step')} (${carried} along with others), about ${durationText(plan.estimate.makespanMs)}.`,
  ]
  if (plan.refused.length > 0)
    lines.push('', 'Refused, nothing would be sent:', ...plan.refused.map(({ message }) => `  ✗ ${message}`))
  if (plan.steps.length > 0) {
    lines.push('', 'Steps:')
    lines.push(
      ...shorten(
        plan.steps.map((step, index) => stepLine(step, index, plan)),
        'steps',
      ),
    )
  }
  if (plan.blocked.length > 0) {
    lines.push('', 'Stays until somebody decides or moves it:')
    const text = plan.blocked.map(({ key, because, chain }) =>
      chain.length > 0
        ? `  ${nameOf(key, resources)} ← ${chainText(chain, resources)}`
        : `  ${nameOf(key, resources)}: ${because}`,
    )
    lines.push(...shorten(text, 'blocked'))
  }
  if (plan.kept.length > 0) {
    lines.push('', 'Kept:')
    lines.push(
      ...shorten(
        plan.kept.map(({ key, because }) => `  ${nameOf(key, resources)}: ${because}`),
        'kept',
      ),
    )
  }
  if (plan.findings.length > 0) {
    lines.push('', 'Noticed:')
    lines.push(
      ...shorten(
        plan.findings.map(({ code, message }) => `  ${code}: ${message}`),
        'findings',
      ),
    )
  }
  return `${lines.join('\n')}\n`

  function proofText(proof: readonly ResourceKey[]): string {
    const named = proof.slice(0, maxProof).map((key) => nameOf(key, resources))
    const more = proof.length > maxProof ? [`${proof.length - maxProof} more`] : []
    return `${[...named, ...more].join(', ')} ${proof.length === 1 ? 'is' : 'are'}`
  }

  function stepLine(step: Step, index: number, { steps }: Plan): string {
    const width = String(steps.length).length
    const after = step.needs.length > 0 ? `  after ${list(step.needs.map((need) => need + 1))}` : ''
    return `  ${String(index + 1).padStart(width)}  ${verb(step)}${after}`
  }

  function verb(step: Step): string {
    const target = nameOf(step.target, resources)
    switch (step.action) {
      case 'remove':
        return `remove ${target}${step.except ? `, all but ${step.except.map((key) => nameOf(key, resources)).join(', ')}` : ''}`
      case 'await':
        return `await  ${target} (goes with ${nameOf(step.with, resources)})`
      case 'sever':
        return `sever  ${target} from ${nameOf(step.holder, resources)}, to free ${nameOf(step.freedFor, resources)}`
      case 'quiesce':
        return `quiet  ${target}, which would make ${nameOf(step.freedFor, resources)} again`
      case 'unprotect':
        return `lift   ${step.what} of ${target}`
      case 'unmark':
        return `unmark ${target}: take off ${step.mark}`
      case 'release':
        return `release ${step.finalizer} of ${target}, once ${proofText(step.proof)} read as gone`
    }
  }
}

/** 1, 2, 3, 7 → `1–3, 7`. */
function list(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b)
  const ranges: string[] = []
  for (let at = 0; at < sorted.length; ) {
    let end = at
    while (sorted[end + 1] === (sorted[end] as number) + 1) end++
    ranges.push(end - at > 1 ? `${sorted[at]}–${sorted[end]}` : sorted.slice(at, end + 1).join(', '))
    at = end + 1
  }
  return ranges.join(', ')
}
