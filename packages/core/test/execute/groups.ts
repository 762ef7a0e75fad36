import type { NewResource, World } from '../../src/kit/testing/index.ts'
import { mine } from './tear-down.ts'

/** Two groups of ours, `sg-a` and `sg-b`; each has a rule that names the other: `a-b` is that of `sg-a`. */
export function addPair(
  world: World,
  [one, other]: readonly [string, string] = ['a', 'b'],
  more: (rule: string) => Partial<NewResource> = () => ({}),
): void {
  const [a, b] = [`sg-${one}`, `sg-${other}`].map((id) => world.add({ kind: 'cloud:group', id, tags: mine }))
  if (!a || !b) throw new Error('no groups')
  for (const [id, holder, names] of [
    [`${one}-${other}`, a, b],
    [`${other}-${one}`, b, a],
  ] as const)
    world.add({
      kind: 'cloud:rule',
      id,
      partOf: [{ of: holder, field: 'group', alone: true }],
      uses: [{ to: names, field: 'names' }],
      ...more(id),
    })
}
