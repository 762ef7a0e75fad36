import type { Json } from '../model/json.ts'
import type { Abilities } from '../model/resource.ts'
import type { Target } from '../model/target.ts'
import { namesOf } from './direct-evidence.ts'
import type { Seen } from './store.ts'

/** What the kind can do with this one, as data. */
export function describeAbilities(seen: Seen, target: Target): Abilities {
  const { kind, facts } = seen
  const unprotect = Object.fromEntries(
    (facts.protections ?? []).flatMap(({ id }): [string, Json][] => {
      const before = kind.unprotect?.before(facts, id)
      return before === undefined ? [] : [[id, before]]
    }),
  )
  const quiesce = kind.quiesce?.before(facts, facts.id)
  return {
    remove: kind.remove !== undefined && facts.fixed === undefined,
    restore: kind.restore !== undefined,
    unmark: kind.unmark ? ownMarks(seen, target) : [],
    unprotect,
    ...(quiesce === undefined ? {} : { quiesce }),
    silent: kind.quiesce !== undefined && quiesce === undefined,
    finalizers: kind.release
      ? facts.relations.flatMap((relation) =>
          relation.type === 'servedBy' && relation.finalizer ? [relation.finalizer] : [],
        )
      : [],
    ...(kind.oneAtATime ? { oneAtATime: kind.oneAtATime(facts) } : {}),
    ...(kind.manual ? { manual: kind.manual(facts) } : {}),
    latency: kind.latency,
  }
}

/** Marks of the target on it (`kubernetes.io/cluster/ci-1=shared`): what `unmark` takes off when the thing itself stays. */
function ownMarks(seen: Seen, target: Target): string[] {
  const marks = new Set<string>()
  for (const rule of seen.connection.session.ownership) {
    if (rule.on !== 'tag' || rule.strength !== 'proof' || (rule.kinds && !rule.kinds.includes(seen.kind.name))) continue
    for (const { word, value } of namesOf(target)) {
      const mark = rule.mark(word, value)
      const at = mark?.indexOf('=') ?? -1
      if (mark && at > 0 && seen.facts.tags?.[mark.slice(0, at)] === mark.slice(at + 1)) marks.add(mark)
    }
  }
  return [...marks].sort()
}
