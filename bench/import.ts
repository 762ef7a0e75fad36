// What importing the built packages costs: each time in a new process, because the second import in one costs nothing.
import { execFile } from 'node:child_process'
import { glob, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ImportCost } from './import-once.ts'
import { printTable } from './table.ts'

const targetMs = 40
const times = 15
const core = join(import.meta.dirname, '../packages/core')

/** Milliseconds, network calls and written files while `@cleardown/core` is imported; its drawing part beside it, which has a dependency. */
export async function imports(): Promise<void> {
  await assertBuilt()
  const rows = []
  for (const entry of ['@cleardown/core', '@cleardown/core/render']) {
    const costs: ImportCost[] = []
    for (let time = 0; time < times; time++) costs.push(await importOnce(entry))
    const ms = costs.map((cost) => cost.ms).sort((a, b) => a - b)
    const median = ms[times >> 1] ?? 0
    const network = Math.max(...costs.map((cost) => cost.network))
    const filesWritten = Math.max(...costs.map((cost) => cost.filesWritten))
    rows.push({
      import: entry,
      'best ms': ms[0] ?? 0,
      'median ms': median,
      'worst ms': ms.at(-1) ?? 0,
      network,
      'files written': filesWritten,
      target: median <= targetMs && network + filesWritten === 0 ? 'met' : 'missed',
    })
  }
  printTable(
    `Import of the built package, ${times} new processes (target: ≤ ${targetMs} ms, no network, no file)`,
    rows,
  )
}

async function importOnce(entry: string): Promise<ImportCost> {
  const child = join(import.meta.dirname, 'import-once.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--permission', '--allow-fs-read=*', child, entry])
  return JSON.parse(stdout) as ImportCost
}

async function assertBuilt(): Promise<void> {
  const built = await stat(join(core, 'dist/index.js')).catch(() => undefined)
  let newestMs = 0
  for await (const file of glob('src/**/*.ts', { cwd: core }))
    newestMs = Math.max(newestMs, (await stat(join(core, file))).mtimeMs)
  if (built === undefined || built.mtimeMs < newestMs)
    throw new Error('packages/core/dist is missing or older than its sources; run pnpm build first')
}
