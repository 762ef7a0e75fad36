import { MisuseError } from '../../model/errors.ts'

/** One fact that has to hold, for any test runner. */
export interface ConformanceCase {
  /** A fact, unique in its suite; what `skip` names. */
  readonly name: string
  /** Why it is not asked here; absent = it is. Hand it to the runner, so that the skip and its reason are seen. */
  readonly skip?: string
  /** Rejects with all problems that it found. Rejects also when it is skipped: a runner that does not know of skips must not show it as passed. */
  run(): Promise<void>
}

/** Case name → why it cannot be asked. */
export type Skips = Readonly<Record<string, string>>

/** Throws a `MisuseError` for a skip without a reason, or of a case that there is not (any more). */
export function casesOf<C extends { readonly name: string }>(
  cases: readonly C[],
  skips: Skips,
  run: (one: C) => Promise<void>,
): readonly ConformanceCase[] {
  const names = new Set(cases.map(({ name }) => name))
  for (const [name, reason] of Object.entries(skips)) {
    if (!names.has(name))
      throw new MisuseError(
        'unknown-case',
        `skip names "${name}", and there is no such case; there are: ${[...names].join(' · ')}`,
      )
    if (typeof reason !== 'string' || reason.trim() === '')
      throw new MisuseError('no-reason', `skip of "${name}" needs a reason`)
  }
  return cases.map((one) => {
    const { name } = one
    const skip = Object.hasOwn(skips, name) ? skips[name] : undefined
    return skip === undefined
      ? { name, run: () => run(one) }
      : { name, skip, run: () => Promise.reject(new MisuseError('skipped', `"${name}" is skipped: ${skip}`)) }
  })
}

/** Ends a case that found something. */
export class ConformanceError extends Error {
  override readonly name: string = 'ConformanceError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    const shown = problems.slice(0, 20)
    if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`)
    super(shown.join('\n'))
    this.problems = problems
  }
}

/** Gathers what is wrong over all kinds, so that one run tells everything; rejects when there is anything. */
export async function gather(look: (problem: (text: string) => void) => Promise<void>): Promise<void> {
  const problems: string[] = []
  await look((text) => problems.push(text))
  if (problems.length > 0) throw new ConformanceError(problems)
}
