import type { Ref } from '../../model/relation.ts'
import type { NewResource, State } from './resource.ts'
import type { Store, Surroundings } from './store.ts'

/** All that has to be made again for it: itself first, then what the same provider keeps inside it. */
export function snapshot(store: Store, state: State): NewResource[] {
  const all = new Set([state])
  for (const one of all)
    for (const part of store.pointingAt(one, 'partOf'))
      if (part.provider === state.provider && part.phase !== 'gone') all.add(part)
  return [...all].map(({ spec, tags }) => ({ ...spec, tags: { ...tags } }))
}

/** Makes it again, with new ids and the same names. Nothing is made while something that it uses is missing. */
export function restore({ store, add }: Surroundings, writer: State, template: readonly NewResource[]): void {
  const renamed = new Map<string, string>()
  for (const spec of template)
    if (spec.id !== undefined) {
      const again = store.kindOf(spec.kind).idIsName ? spec.id : store.freshId(spec.kind)
      renamed.set(`${spec.kind} ${spec.id}`, again)
    }
  const replaced = (ref: Ref): Ref =>
    'alias' in ref ? { alias: inText(ref.alias) } : { ...ref, id: renamed.get(`${ref.kind} ${ref.id}`) ?? ref.id }
  const inText = (alias: string): string => {
    for (const [old, id] of renamed) {
      const was = old.slice(old.indexOf(' ') + 1)
      if (alias.endsWith(`:${was}`) || alias === was) return `${alias.slice(0, alias.length - was.length)}${id}`
    }
    return alias
  }
  const fresh = template.map(
    (spec): NewResource => ({
      ...spec,
      ...(spec.id === undefined ? {} : { id: renamed.get(`${spec.kind} ${spec.id}`) ?? spec.id }),
      ...(spec.aliases ? { aliases: spec.aliases.map(inText) } : {}),
      ...(spec.uses ? { uses: spec.uses.map((use) => ({ ...use, to: replaced(use.to as Ref) })) } : {}),
      ...(spec.partOf ? { partOf: spec.partOf.map((part) => ({ ...part, of: replaced(part.of as Ref) })) } : {}),
    }),
  )
  const made = new Set(fresh.map(({ kind, id }) => `${kind} ${id}`))
  const missing = fresh
    .flatMap((spec) => spec.uses ?? [])
    .filter((use) => use.ifBroken !== 'leaks')
    .some(({ to }) => {
      const ref = to as Ref
      return !('kind' in ref && made.has(`${ref.kind} ${ref.id}`)) && store.resolve(ref, writer) === undefined
    })
  if (missing) return
  for (const spec of fresh) {
    const home = { account: spec.account ?? writer.account, place: spec.place ?? writer.place }
    if (spec.id !== undefined && store.resolve({ kind: spec.kind, id: spec.id }, home)) return // somebody was faster
    add(spec, writer)
  }
}
