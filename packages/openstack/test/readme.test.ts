import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openstack } from '../src/index.ts'
import { kindRows, writtenRows } from './readme.ts'

test('the README names for each kind the calls that are really sent; `test/readme.ts` writes them', async () => {
  expect(writtenRows()).toEqual(await kindRows())
})

test('the README names every option', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| `(\w+)` /gm)].map(([, option]) => option)
  let known = ''
  try {
    openstack({ none: true } as never)
  } catch (error) {
    known = (error as Error).message
  }
  expect(rows.sort()).toEqual(/known are (.*)$/.exec(known)?.[1]?.split(', ').sort())
})
