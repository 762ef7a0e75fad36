import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { kinds } from '../src/kinds/index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const rows = [...readme.matchAll(/^\| `(aws:[\w-]+)` +\| (.*) \| (.*) \|$/gm)]

test('the README has one row for each kind', () => {
  expect(rows.map(([, name]) => name).sort()).toEqual(kinds.map(({ name }) => name).sort())
})

test('it names the rights for every call that the kinds send', () => {
  const granted = new Set(
    rows.flatMap(([line]) => [...line.matchAll(/`(?:[\w-]+:)?([A-Z]\w+)\*?`/g)].map(([, op]) => op)),
  )
  const sent = kinds.flatMap(({ name }) => {
    const source = readFileSync(new URL(`../src/kinds/${name.replace('aws:', '')}.ts`, import.meta.url), 'utf8')
    return [
      ...source.matchAll(
        /'((?:Describe|List|Get|Delete|Detach|Disassociate|Release|Revoke|Remove|Terminate|Modify|Update|Suspend|Resume|Put|Create|Associate|Attach|Authorize|Add)[A-Z]\w+)'/g,
      ),
    ].map(([, op]) => op)
  })
  expect(sent.length).toBeGreaterThan(60)
  const fields = new Set(['DeleteOnTermination', 'DeletionProtection'])
  expect([...new Set(sent)].filter((op) => !granted.has(op ?? '') && !fields.has(op ?? ''))).toEqual([])
})
