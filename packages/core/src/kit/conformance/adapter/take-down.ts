import type { Facts } from '../../../adapter/kind.ts'
import type { KindName } from '../../../model/key.ts'
import type { Ref } from '../../../model/relation.ts'
import { type Answer, nameOf, type Seen, type Stage } from './stage.ts'

/** A sample whose removal was asked for and waited for. */
export interface Removal {
  readonly seen: Seen
  readonly answer: Answer
  readonly gone: boolean
  /** Others of its kind, as they were right before. */
  readonly neighbours: readonly Seen[]
}

/** Removes the samples one after the other in their order; those that went with an earlier one and those that are only awaited are passed over. */
export async function* takeDown(stage: Stage): AsyncGenerator<Removal, void, undefined> {
  for (const sample of stage.bench.samples) {
    const kind = stage.kindOf(sample.kind)
    const all = await stage.list(kind, stage.placeOf(sample))
    const seen = all.find(({ facts }) => facts.id === sample.id)
    if (seen === undefined || kind.remove === undefined || seen.facts.fixed !== undefined) continue
    const neighbours = all.filter((one) => one !== seen && one.facts.phase !== 'going')
    const bare = await unprotected(stage, seen)
    const answer = await remove(stage, bare)
    const refused = answer !== 'no-answer' && 'failure' in answer
    yield { seen: bare, answer, gone: !refused && (await isGone(stage, bare)), neighbours }
  }
}

export function remove(stage: Stage, seen: Seen): Promise<Answer> {
  const { kind, place } = seen
  return stage.ask(seen, 'remove', async () => await kind.remove?.(stage.io(place), stage.live(seen)))
}

/** As a run does it: what protects it is lifted first. */
async function unprotected(stage: Stage, seen: Seen): Promise<Seen> {
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

/** Neighbours that are no longer there, or going, though they are no part of what was removed. */
export async function harmed(
  stage: Stage,
  { seen, neighbours }: Pick<Removal, 'seen' | 'neighbours'>,
): Promise<string[]> {
  const now = new Map((await stage.list(seen.kind, seen.place)).map(({ facts }) => [facts.id, facts]))
  return neighbours
    .filter((one) => !isPartOf(one, seen))
    .filter(({ facts }) => {
      const after = now.get(facts.id)
      return after === undefined || after.phase === 'going'
    })
    .map(({ kind, facts }) => nameOf({ kind: kind.name, id: facts.id }))
}

function isPartOf(part: Seen, whole: Seen): boolean {
  const is = (ref: Ref, one: Seen): boolean =>
    'alias' in ref
      ? (one.facts.aliases ?? []).includes(ref.alias)
      : ref.kind === one.kind.name && ref.id === one.facts.id
  return (
    part.facts.relations.some((relation) => relation.type === 'partOf' && 'to' in relation && is(relation.to, whole)) ||
    whole.facts.relations.some(
      (relation) => relation.type === 'partOf' && 'from' in relation && is(relation.from, part),
    )
  )
}
