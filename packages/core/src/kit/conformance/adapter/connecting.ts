import { isDeepStrictEqual } from 'node:util'
import { type Kind, type OwnershipRule, RefusedError } from '../../../adapter/kind.ts'
import { gather } from '../case.ts'
import { needed, openStage } from './stage.ts'
import type { AdapterCase } from './suite.ts'

/** Who we are, what there is, whose marks prove what. */
export const connecting: readonly AdapterCase[] = [
  {
    name: 'says who it is, and the same each time',
    check: (stage) =>
      gather(async (problem) => {
        const { identity } = stage.session
        if (identity.account === '') problem('identity.account is empty')
        if (identity.principal === '') problem('identity.principal is empty')
        if (identity.places.length === 0) problem('identity.places is empty: nothing will be listed')
        if (new Set(identity.places).size < identity.places.length)
          problem(`identity.places has one twice: ${identity.places}`)
        const again = (await openStage(stage.bench)).session.identity
        if (!isDeepStrictEqual(again, identity))
          problem(`a second connect gives ${JSON.stringify(again)}, the first ${JSON.stringify(identity)}`)
        for (const { effect, call } of stage.sent) if (effect === 'write') problem(`connect sends ${call}, a write`)
      }),
  },
  {
    name: 'refuses another account than the expected one',
    async check({ bench }) {
      const adapter = needed(bench.mistaken, 'mistaken')
      const error: unknown = await openStage({ ...bench, adapter }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      if (error === undefined) throw new Error('it connects to another account than it was told to expect')
      if (!(error instanceof RefusedError) || !/^wrong-/.test(error.code))
        throw new Error(
          `connect throws ${String(error)}; it has to be a RefusedError with the code wrong-account or wrong-cluster`,
        )
    },
  },
  {
    name: 'has kinds of the right form',
    check: ({ bench, kinds }) =>
      gather(async (problem) => {
        const names = kinds.map(({ name }) => name)
        if (names.length === 0) problem('the adapter has no kinds')
        for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index)))
          problem(`two kinds are called ${name}`)
        for (const kind of kinds)
          for (const what of wrongIn(kind, bench.adapter.name, names)) problem(`${kind.name}: ${what}`)
      }),
  },
  {
    name: 'has a sample of each kind',
    check: ({ bench, kinds }) =>
      gather(async (problem) => {
        const sampled = new Set(bench.samples.map(({ kind }) => kind))
        for (const { name } of kinds) if (!sampled.has(name)) problem(`${name}: the bench has no sample of it`)
        const able = new Set(kinds.flatMap((kind) => Object.keys(kind).map((ability) => `${kind.name} ${ability}`)))
        for (const what of Object.keys(bench.unable ?? {}))
          if (!able.has(what)) problem(`unable names "${what}", which no kind of the adapter has`)
      }),
  },
  {
    name: 'has marks that belong to one name only',
    check: ({ session }) =>
      gather(async (problem) => {
        for (const rule of session.ownership) for (const what of wrongMarks(rule)) problem(`rule ${rule.rule}: ${what}`)
      }),
  },
]

function wrongIn(kind: Kind, adapter: string, names: readonly string[]): string[] {
  const { typicalMs, worstMs } = kind.latency
  const wrong: string[] = []
  if (!kind.name.startsWith(`${adapter}:`) || kind.name.length === adapter.length + 1)
    wrong.push(`the name has to be ${adapter}:<kind>; core finds the adapter by it`)
  if (kind.service === '') wrong.push('service is empty: its calls have no bucket')
  if (!(typicalMs > 0 && typicalMs <= worstMs && worstMs < Infinity))
    wrong.push(`latency must be 0 < typicalMs ≤ worstMs; it is ${typicalMs}, ${worstMs}`)
  if (kind.attempts !== undefined && !(Number.isInteger(kind.attempts) && kind.attempts > 0))
    wrong.push(`attempts is ${kind.attempts}`)
  for (const used of kind.uses) if (!names.includes(used)) wrong.push(`uses ${used}, which is no kind of the adapter`)
  for (const used of kind.late ?? [])
    if (!kind.find.using?.[used]) wrong.push(`tells ${used} late, and has no find.using for it`)
  for (const used of Object.keys(kind.find.using ?? {}))
    if (!names.includes(used)) wrong.push(`find.using has ${used}, which is no kind of the adapter`)
  if (kind.within !== undefined && kind.find.using?.[kind.within] === undefined)
    wrong.push(`it is within ${kind.within} and find.using["${kind.within}"] is missing`)
  if (kind.link && !(kind.remove && kind.restore)) wrong.push('a link needs remove and restore: it is cut and put back')
  return wrong
}

/** Look-alikes: what proves `ci-1` must not prove `ci-10`. */
function wrongMarks(rule: OwnershipRule): string[] {
  const wrong: string[] = []
  if (rule.rule === '') wrong.push('has no name')
  if (rule.source === '') wrong.push('has no source')
  for (const word of ['cluster', 'run', 'stack', 'prefix'] as const) {
    const mark = rule.mark(word, 'ci-1')
    if (mark === undefined) continue
    if (mark === '') wrong.push(`the mark of ${word} ci-1 is empty`)
    if (mark !== rule.mark(word, 'ci-1')) wrong.push(`the mark of ${word} ci-1 differs from one time to the next`)
    if (mark === rule.mark(word, 'ci-10')) wrong.push(`${word} ci-1 and ci-10 have the same mark ${mark}`)
    if (rule.on === 'tag' && !mark.includes('=')) wrong.push(`the mark ${mark} is no tag: it has to be key=value`)
    const whose = rule.other?.(mark)
    if (rule.strength === 'proof' && rule.other && whose === undefined)
      wrong.push(`does not know its own mark ${mark}: other() gives nothing for it`)
    if (whose !== undefined && whose !== 'ci-1')
      wrong.push(`takes its own mark ${mark}, which it gives for ci-1, for one of ${whose}`)
  }
  return wrong
}
