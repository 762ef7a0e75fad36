// The table of kinds in the README, made from the kinds themselves: `node --conditions=@cleardown/source test/readme.ts` writes it.
import { readFileSync, writeFileSync } from 'node:fs'
import { kinds } from '../src/kinds/index.ts'
import { type Call, factsOf, fakeOpenStack, fixture, live } from './support.ts'

const file = new URL('../README.md', import.meta.url)
const [begin, end] = ['<!-- kinds -->', '<!-- /kinds -->']

/** All that any kind asks for before it lists. */
const extensions = [
  'router',
  'extraroute',
  'extraroute-atomic',
  'trunk',
  'floating-ip-port-forwarding',
  'rbac-policies',
  'subnet_allocation',
  'security-group',
]

/** Ids and names of the fixtures out of a path. */
const template = ({ service, call }: Call): string =>
  service === 'object-store'
    ? call.replace(/ \/.+/, ' /:name')
    : call.replace(/ .*/, (path) => path.replace(/\/(?=[^/]*[\d.])[^/]+|(?<=keypairs)\/[^/]+/g, '/:id'))

async function callsOf(work: (cloud: ReturnType<typeof fakeOpenStack>) => Promise<unknown>): Promise<string[]> {
  const cloud = fakeOpenStack({}, extensions)
  await work(cloud).catch(() => undefined)
  return [...new Set(cloud.calls.map(template))]
}

const cell = (calls: readonly string[]): string => calls.map((call) => `\`${call}\``).join(' ') || 'with its whole'

/** One row for each kind: what is sent to list it, and to remove it. */
export async function kindRows(): Promise<string[]> {
  const rows = kinds.map(async (kind) => {
    const see = await callsOf(({ io }) => Array.fromAsync(kind.find.all(io)))
    const remove = await Promise.all(
      fixture(kind.name).map((_, index) =>
        callsOf(async ({ io }) => kind.remove?.(io, live(factsOf(kind.name, index)))),
      ),
    )
    return `| \`${kind.name}\` | ${kind.service} | ${cell(see)} | ${cell([...new Set(remove.flat())])} |`
  })
  return (await Promise.all(rows)).sort()
}

/** The rows as they stand in the README, without the padding. */
export function writtenRows(): string[] {
  const text = readFileSync(file, 'utf8')
  return text
    .slice(text.indexOf(begin), text.indexOf(end))
    .split('\n')
    .filter((line) => line.startsWith('| `openstack:'))
    .map((line) => line.replace(/ +\|/g, ' |'))
}

if (import.meta.main) {
  const text = readFileSync(file, 'utf8')
  const table = ['| kind | service | to list | to remove |', '| --- | --- | --- | --- |', ...(await kindRows())].join(
    '\n',
  )
  writeFileSync(
    file,
    `${text.slice(0, text.indexOf(begin) + begin.length)}\n\n${table}\n\n${text.slice(text.indexOf(end))}`,
  )
}
