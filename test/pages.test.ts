import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { kinds as awsKinds } from '../packages/aws/src/kinds/index.ts'
import { exitCodes } from '../packages/core/src/index.ts'
import { kinds as openstackKinds } from '../packages/openstack/src/kinds/index.ts'
import { blocksOf, folderOf, pages, root, textOf } from './markdown.ts'

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-')

describe.each(pages)('%s', (page) => {
  const prose = textOf(page).replaceAll(/^```[\s\S]*?^```$/gm, '')

  test('links lead somewhere', () => {
    for (const [, link = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue
      const [path = '', anchor] = link.split('#')
      const file = path === '' ? join(root, page) : resolve(folderOf(page), path)
      expect(existsSync(file), link).toBe(true)
      if (anchor) {
        const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
          slug(heading ?? ''),
        )
        expect(headings, link).toContain(anchor)
      }
    }
  })

  test('what it quotes from a file stands in that file', () => {
    for (const { at, note, code } of blocksOf(page)) {
      const file = /^file=(\S+)$/.exec(note)?.[1]
      if (file !== undefined) expect(readFileSync(join(root, file), 'utf8'), at).toContain(code)
    }
  })

  test('files and folders that it names in code are there', () => {
    for (const [, path = ''] of prose.matchAll(/`((?:packages|docs|testbeds|examples|test)\/[\w./-]+)`/g))
      expect(existsSync(join(root, path)) || existsSync(join(folderOf(page), path)), path).toBe(true)
  })
})

test.each([
  ['aws', awsKinds],
  ['openstack', openstackKinds],
] as const)('README.md names every kind of the adapter for %s', (provider, kinds) => {
  const listed = new RegExp(`<!-- ${provider}-kinds -->(.*)<!-- /${provider}-kinds -->`).exec(textOf('README.md'))?.[1]
  const names = kinds.map(({ name }) => name.slice(provider.length + 1)).sort()
  expect(listed).toBe(`${names.length}: ${names.join(', ')}`)
})

test('docs/safety.md has the exit codes that the code has', () => {
  const rows = [...textOf('docs/safety.md').matchAll(/^\| `(\w+)` +\| (\d) +\|/gm)].map(([, word, code]) => [
    word,
    Number(code),
  ])
  expect(Object.fromEntries(rows)).toEqual(exitCodes)
})

test('docs/safety.md has a row for each field of the policy', () => {
  const source = readFileSync(join(root, 'packages/core/src/model/policy.ts'), 'utf8')
  const [, body = ''] = /export interface Policy \{\n([\s\S]*?)\n\}/.exec(source) ?? []
  const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field)
  const section =
    textOf('docs/safety.md')
      .split(/^## /m)
      .find((one) => one.startsWith('Policy')) ?? ''
  const rows = [...section.matchAll(/^\| `(\w+)` +\|/gm)].map(([, field]) => field)
  expect(fields.length).toBeGreaterThan(10)
  expect(rows.sort()).toEqual(fields.sort())
})
