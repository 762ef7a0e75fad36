import { MisuseError } from '../model/errors.ts'

/** The tag, metadata key or label that says whose a resource is. */
const runTag = 'cleardown.run'

/** What to put on everything that a test run creates. Ownership recognises exactly this and nothing like it. */
export interface RunMarks {
  readonly tags: { readonly [runTag]: string }
  /** `name('web')` of the run `r-77` is `r-77-web`. */
  name(part: string): string
}

/**
 * The marks of one run. `run` and each `part` are 1 to 40 of a–z, 0–9 and dashes, without a dash at either end: what is a valid name, tag and
 * label at every provider. Throws a `MisuseError` for anything else.
 */
export function runMarks(run: string): RunMarks {
  assertMark('run', run)
  return {
    tags: { [runTag]: run },
    name(part) {
      assertMark('part', part)
      return `${run}-${part}`
    },
  }
}

/** `field`: what the caller calls it. */
export function assertMark(field: string, value: string): void {
  if (!/^(?!-)[a-z0-9-]{1,40}(?<!-)$/.test(value))
    throw new MisuseError(
      'bad-run',
      `${field} is "${value}"; it must be 1 to 40 of a-z, 0-9 and "-", without "-" at either end`,
    )
}
