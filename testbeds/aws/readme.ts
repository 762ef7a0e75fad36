// The table of rules in the README, made from what the bed itself says. As a program it brings the README up to date:
//   node --conditions=@cleardown/source testbeds/aws/readme.ts
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BedRule } from './control.ts'
import { startAwsBed } from './start.ts'

const README = join(import.meta.dirname, 'README.md')
const START = '<!-- rules -->'
const END = '<!-- /rules -->'
const TITLES: Record<BedRule['kind'], string> = {
  refusal: 'Refusals: the call fails',
  behaviour: 'Behaviour: the call does something else than in moto',
  repair: 'Repairs: gaps of moto that are nobody’s rule',
}

/** The README as it should be, for these rules. */
export async function readmeWith(rules: BedRule[]): Promise<{ present: string; wanted: string }> {
  const present = await readFile(README, 'utf8')
  const [before = '', rest = ''] = present.split(START)
  const [, after = ''] = rest.split(END)
  return { present, wanted: `${before}${START}\n\n${tables(rules)}\n\n${END}${after}` }
}

function tables(rules: BedRule[]): string {
  return Object.entries(TITLES)
    .map(([kind, title]) => {
      const rows = rules
        .filter((rule) => rule.kind === kind)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, source }) => `| \`${name}\` | ${source} |`)
      return [`### ${title} (${rows.length})`, '', '| rule | source |', '|---|---|', ...rows].join('\n')
    })
    .join('\n\n')
}

if (import.meta.main) {
  await using bed = await startAwsBed()
  const { wanted } = await readmeWith(await bed.rules())
  await writeFile(README, wanted)
}
