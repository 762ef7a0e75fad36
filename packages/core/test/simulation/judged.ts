/**
 * Seeds whose finding was looked at and is the judge's, not the engine's.
 * 7784: the link was cut for a thing that went; another's has taken its id since, and the judge takes that for what the link named.
 */
const judged: ReadonlySet<number> = new Set([7784])

export const byEngine = <V extends { readonly seed: number }>(failed: readonly V[]): readonly V[] =>
  failed.filter(({ seed }) => !judged.has(seed))
