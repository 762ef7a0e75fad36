import type { Facts, Request } from '../../../adapter/kind.ts'
import type { KindName } from '../../../model/key.ts'
import type { Ref, Relation } from '../../../model/relation.ts'
import { type Answer, labelOf, nameOf, type Seen, type Send, type Stage } from './stage.ts'

/** A sample whose removal was asked for, waited for, and asked for once more. */
interface Removal {
  readonly seen: Seen
  readonly answer: Answer
  readonly gone: boolean
  /** Others of its kind that went too. */
  readonly harmed: readonly string[]
  readonly again: Answer
  readonly harmedAgain: readonly string[]
  /** Requests of the first removal: through `io.request`, those among them that write, and at the provider (undefined: the bench does not count). */
  readonly told: number
  readonly writes: number
  /** Reads after the last write. */
  readonly waited: number
  readonly reached: number | undefined
}

export interface TakenDown {
  /** In their order. */
  readonly removals: readonly Removal[]
  /** Samples that were not there any more at their turn, though nobody had asked for it; as they had been. */
  readonly wentAlong: readonly Seen[]
}

/** Removes the samples one after the other in their order; those that went with an earlier one and those that are only awaited are passed over. */
export async function takeDown(stage: Stage): Promise<TakenDown> {
  const removals: Removal[] = []
  const wentAlong: Seen[] = []
  const before = await stage.samples()
  for (const sample of stage.bench.samples) {
    const kind = stage.kindOf(sample.kind)
    const found = await stage.find(sample)
    const was = before.find((seen) => labelOf(seen) === nameOf(sample))
    if (found === undefined && was) wentAlong.push(was)
    if (found && kind.remove && found.facts.fixed === undefined) removals.push(await removeTwice(stage, found))
  }
  return { removals, wentAlong }
}

async function removeTwice(stage: Stage, found: Seen): Promise<Removal> {
  const { bench, sent } = stage
  const seen = await unprotected(stage, found)
  const before = await neighboursOf(stage, seen)
  const [sentBefore, reachedBefore] = [sent.length, await bench.requests?.()]
  const answer = await remove(stage, seen)
  const reached = reachedBefore === undefined ? undefined : ((await bench.requests?.()) ?? 0) - reachedBefore
  const requests = sent.slice(sentBefore)
  const refused = answer !== 'no-answer' && 'failure' in answer
  const gone = !refused && (await isGone(stage, seen))
  const between = await neighboursOf(stage, seen)
  const again = await remove(stage, seen)
  await bench.settle?.()
  return {
    seen,
    answer,
    gone,
    harmed: missing(seen, before, between),
    again,
    harmedAgain: missing(seen, between, await neighboursOf(stage, seen)),
    told: requests.length,
    writes: requests.filter(({ effect }) => effect === 'write').length,
    waited: readsAfterWrites(requests),
    reached,
  }
}

/** None where nothing was said to be a write: that is a case of its own. */
function readsAfterWrites(requests: readonly Request[]): number {
  const last = requests.findLastIndex(({ effect }) => effect === 'write')
  return last < 0 ? 0 : requests.length - 1 - last
}

const neighboursOf = async (stage: Stage, { kind, place, facts }: Seen): Promise<Seen[]> =>
  (await stage.list(kind, place)).filter((one) => one.facts.id !== facts.id && one.facts.phase !== 'going')

/** Who is no longer there, or going, though it is no part of what was removed. */
const missing = (removed: Seen, before: readonly Seen[], after: readonly Seen[]): string[] =>
  before.filter((one) => !isPartOf(one, removed) && !after.some(({ facts }) => facts.id === one.facts.id)).map(labelOf)

export function remove(stage: Stage, seen: Seen, request?: Send): Promise<Answer> {
  const { kind, place } = seen
  const io = stage.io(place, request ? { request } : {})
  return stage.ask(seen, 'remove', async () => await kind.remove?.(io, stage.live(seen)))
}

/** As a run does it: what protects it is lifted first. */
export async function unprotected(stage: Stage, seen: Seen): Promise<Seen> {
  const { kind, place, facts } = seen
  const set = (facts.protections ?? []).filter(
    ({ id, liftable }) => liftable && kind.unprotect?.before(facts, id) !== undefined,
  )
  if (set.length === 0) return seen
  for (const { id } of set) await kind.unprotect?.apply(stage.io(place), stage.live(seen), id)
  return (await stage.find({ kind: kind.name, id: facts.id, place })) ?? seen
}

/** Waits as long as the kind says that it takes at worst. By id and by listing: a run believes both. */
export async function isGone(stage: Stage, { kind, place, facts }: Seen): Promise<boolean> {
  const { context } = stage
  await stage.bench.settle?.()
  const { typicalMs, worstMs } = kind.latency
  const until = context.monotonic() + worstMs
  for (;;) {
    const read = kind.read ? await readNow(stage, { kind: kind.name, id: facts.id, place }) : undefined
    const listed = read === undefined ? (await stage.list(kind, place)).map((one) => one.facts) : [read]
    if (!listed.some(({ id, incarnation }) => id === facts.id && incarnation === facts.incarnation)) return true
    if (context.monotonic() >= until) return false
    await context.sleep(Math.min(Math.max(typicalMs / 4, 1), 5_000))
  }
}

/** Undefined = it is not there. A refusal that says so counts as well: that it has to be `undefined` is a case of its own. */
async function readNow(
  stage: Stage,
  { kind: name, id, place }: { kind: KindName; id: string; place: string },
): Promise<Facts | undefined> {
  const kind = stage.kindOf(name)
  try {
    const raw: unknown = await kind.read?.(stage.io(place), id)
    const facts = raw === undefined ? undefined : kind.facts(raw)
    return facts?.phase === 'gone' ? undefined : facts
  } catch (error) {
    if (stage.failureOf(error, name, 'read').code === 'gone') return undefined
    throw error
  }
}

export const isPartOf = (part: Seen, whole: Seen): boolean =>
  relationsOf(part, whole).some(({ type }) => type === 'partOf')

/** What either says about `from` and `to`, as seen by `from`. */
export function relationsOf(from: Seen, to: Seen): Relation[] {
  const is = (ref: Ref, one: Seen): boolean =>
    'alias' in ref
      ? (one.facts.aliases ?? []).includes(ref.alias)
      : ref.kind === one.kind.name && ref.id === one.facts.id
  return [
    ...from.facts.relations.filter((relation) => 'to' in relation && is(relation.to, to)),
    ...to.facts.relations.filter((relation) => 'from' in relation && is(relation.from, from)),
  ]
}
