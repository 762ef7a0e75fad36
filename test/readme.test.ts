import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Block, blocksOf, pages, root } from './markdown.ts'

// Every ts block is type-checked as a program of its own. Those in a README that speak to no provider run as they are; a text block right
// behind one has lines that it prints, in that order.
const limitMs = 60_000
const readmes = pages.filter((page) => basename(page) === 'README.md')
const programs = pages.flatMap((page) => {
  const all = blocksOf(page)
  return all.flatMap((block, index) => {
    const next = all[index + 1]
    return block.language === 'ts' && block.note === ''
      ? [{ ...block, prints: next?.language === 'text' ? next.code.trimEnd().split('\n') : [] }]
      : []
  })
})
const runsOffline = ({ page, code }: Block): boolean =>
  readmes.includes(page) && !/from '@cleardown\/(aws|openstack|kubernetes|testbed-\w+)'/.test(code)

// Git, lint and tests pass over folders of this name.
const parent = join(root, '.vitest')
let folder: string
const workspace = ['packages', 'testbeds'].flatMap((parent) =>
  readdirSync(join(root, parent)).map((name) => {
    const path = join(root, parent, name)
    return { path, name: (JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { name: string }).name }
  }),
)
const fileOf = (block: Block): string => join(folder, `${block.at.replace(/[^A-Za-z0-9]+/g, '-')}.ts`)

beforeAll(() => {
  mkdirSync(parent, { recursive: true })
  folder = mkdtempSync(join(parent, 'readme-'))
  // a reader's project, which has installed all of them
  mkdirSync(join(folder, 'node_modules/@cleardown'), { recursive: true })
  for (const { name, path } of workspace) symlinkSync(path, join(folder, 'node_modules', name))
  for (const block of programs) writeFileSync(fileOf(block), block.code)
  // what a harness of the reader's own would export
  writeFileSync(
    join(folder, 'your-harness.ts'),
    [
      "import type { AdapterBench } from '@cleardown/core/conformance'",
      'export declare function createNetwork(what: object): Promise<{ id: string }>',
      'export declare function makeBench(): Promise<AdapterBench>',
      'export declare function removeBench(bench: AdapterBench): Promise<void>',
      '',
    ].join('\n'),
  )
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        declaration: false,
        isolatedDeclarations: false,
        moduleDetection: 'force',
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: ['*.ts'],
    }),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('there are programs to check', () => {
  expect(programs.length).toBeGreaterThanOrEqual(6)
  expect(programs.filter(runsOffline).length).toBeGreaterThanOrEqual(4)
})

test('every ts block has the types that it needs', { timeout: limitMs }, () => {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: root, encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
})

describe('runs as it stands', () => {
  test.each(programs.filter(runsOffline))('$at', { timeout: limitMs }, (block) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@cleardown/source', fileOf(block)], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    let from = 0
    for (const line of block.prints) {
      const at = stdout.indexOf(line, from)
      expect(at, `"${line}" is printed after what stands before it:\n${stdout}`).toBeGreaterThanOrEqual(0)
      from = at + line.length
    }
  })
})

describe('commands', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  const own = new Set(['exec', 'changeset', 'install'])
  const commands = pages.flatMap((page) =>
    blocksOf(page)
      .filter(({ language }) => language === 'sh' || language === 'bash')
      .flatMap(({ at, code }) =>
        code
          .split('\n')
          .map((line) => line.replace(/\s*#.*$/, '').trim())
          .filter((line) => line !== '')
          .map((line) => ({ at, line })),
      ),
  )

  test.each(commands)('$at: $line', ({ line }) => {
    const script = /^npx --yes pnpm@12 (\S+)/.exec(line)?.[1]
    const file = /^(?:node --conditions=@cleardown\/source )?(\.?[\w./-]+)$/.exec(line)?.[1]
    if (script !== undefined) expect(own.has(script) || script in manifest.scripts).toBe(true)
    else expect(readFileSync(join(root, file ?? line), 'utf8')).not.toBe('')
  })
})
