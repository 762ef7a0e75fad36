import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root: string = join(import.meta.dirname, '..')

export interface Block {
  /** `README.md:23`, where its code begins. */
  readonly at: string
  readonly page: string
  /** `ts`, `sh`, `text` … */
  readonly language: string
  /** What stands behind the language. */
  readonly note: string
  readonly code: string
}

/** Every page of the project that people read, relative to the root. */
export const pages: readonly string[] = [
  ...markdownIn('.'),
  ...['docs', 'docs/decisions'].flatMap(markdownIn),
  ...['packages', 'examples', 'testbeds'].flatMap((folder) =>
    readdirSync(join(root, folder)).flatMap((name) => markdownIn(join(folder, name))),
  ),
]

export const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')
export const folderOf = (page: string): string => join(root, dirname(page))

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const text = textOf(page)
  return [...text.matchAll(/^```(\w+)[ \t]*(.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language = '', note = '', code = ''] = match
    const line = text.slice(0, match.index).split('\n').length + 1
    return { at: `${page}:${line}`, page, language, note, code }
  })
}

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map(({ name }) => join(folder, name))
    .sort()
}
