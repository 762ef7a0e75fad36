// The same staged job, torn down by three tools: alone in its project, and beside another job that must stay as it is. Judged by the services' own
// journal and by a look at the project that no tool takes part in.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  changesBetween,
  type Inventory,
  newProject,
  type OpenStackBed,
  refusedWrites,
  snapshotOf,
  staging,
  startOpenStackBed,
  writes,
} from '@cleardown/testbed-openstack'
import { type Cell, printTable } from '../../table.ts'
import { cleardown } from './cleardown.ts'
import { naiveScript } from './naive-script.ts'
import { projectCleanup } from './project-cleanup.ts'
import { stageJob } from './stage.ts'
import type { Task, Tool } from './tool.ts'

const tools: Readonly<Record<string, Tool>> = {
  'project cleanup': projectCleanup,
  'naive script': naiveScript,
  cleardown,
}

/** Where another job of the same project is: nowhere, begun before ours, begun after ours and after the age gate of tools that have one. */
const worlds = ['alone', 'older-job', 'younger-job'] as const
type World = (typeof worlds)[number]

const repeats = 2
/** A tool that left something gets a second chance, as a CI job that is started again. */
const runs = 2

interface Staged {
  readonly task: Task
  /** Keys of what is to go. */
  readonly ours: readonly string[]
}

export async function sideBySide(options: { readonly worlds: readonly string[] }): Promise<void> {
  const strange = options.worlds.filter((name) => !worlds.some((world) => world === name))
  if (strange.length > 0) throw new Error(`there is no world ${strange.join(', ')}: ${worlds.join(', ')}`)
  const wanted = worlds.filter((world) => options.worlds.length === 0 || options.worlds.includes(world))

  await using bed = await startOpenStackBed()
  const rows: Record<string, Cell>[] = []
  const details: string[] = []
  for (const world of wanted)
    for (let repeat = 1; repeat <= repeats; repeat++)
      for (const [name, tool] of Object.entries(tools)) {
        const { task, ours } = await stage(bed, world)
        for (let run = 1; run <= runs; run++) {
          const { row, detail } = await measure(tool, task, ours)
          rows.push({ world, tool: name, repeat, run, ...row })
          details.push(`${world}, ${name}, repeat ${repeat}, run ${run}: ${detail}`)
          console.error(details.at(-1), row) // the whole takes long: who waits sees it grow
        }
        await rm(task.folder, { recursive: true })
      }
  printTable('One job of a shared OpenStack project', rows)
  console.log(`
left: of what the oracle saw of the job · damage: what is not the job's and gone, changed or made · true: exit code 0 with nothing of the job left, or another one with something left
refused: writes by the status of their answer · calls: all requests, signing in and planning included · seconds: from start to end of the tool, here with all that shares the machine

${details.join('\n')}`)
}

async function stage(bed: OpenStackBed, world: World): Promise<Staged> {
  const client = await newProject(bed, 'peers')
  const make = await staging(client)
  if (world === 'older-job') await stageJob(make, 'job-before')
  const before = await snapshotOf(client)
  const job = await stageJob(make, 'job-1')
  const ours = changesBetween(before, await snapshotOf(client)).added
  const folder = await mkdtemp(join(tmpdir(), 'cleardown-peers-'))
  const task = { bed, client, job, folder }
  if (world !== 'younger-job') return { task, ours }
  const madeUntil = new Date()
  await sleep(1_000) // the services tell times in whole seconds
  await stageJob(make, 'job-after')
  return { task: { ...task, madeUntil }, ours }
}

interface Measured {
  readonly row: Record<string, Cell>
  readonly detail: string
}

async function measure(tool: Tool, task: Task, ours: readonly string[]): Promise<Measured> {
  const { bed, client } = task
  const before = await snapshotOf(client)
  const mark = await bed.mark()
  const startedAt = performance.now()
  const exitCode = await tool(task)
  const seconds = (performance.now() - startedAt) / 1_000
  const journal = await bed.journal(mark)
  const after = await settled(task)

  const left = ours.filter((key) => after.has(key))
  const { gone, changed, added } = changesBetween(before, after)
  const damage = [...gone, ...changed, ...added].filter((key) => !ours.includes(key))
  const refused = refusedWrites(journal)
  const row = {
    left: `${left.length}/${ours.length}`,
    damage: damage.length,
    exit: exitCode,
    true: (exitCode === 0) === (left.length === 0) ? 'yes' : 'no',
    refused: counted(refused.map(({ status = 0 }) => String(status))),
    calls: journal.length,
    writes: writes(journal).length,
    seconds,
  }
  const shown = (keys: readonly string[], of: Inventory): string =>
    counted(keys.map((key) => of.get(key)?.kind ?? key)) || 'nothing'
  const detail = [
    `left ${shown(left, after)}`,
    `damage: gone ${shown(intersection(gone, damage), before)}, changed ${shown(intersection(changed, damage), before)}, made ${shown(added, after)}`,
    `refused ${refused.map(({ status, method, path }) => `${status} ${method} ${path.replace(/[0-9a-f-]{32,36}/g, '…')}`).join(', ') || 'nothing'}`,
  ].join('; ')
  return { row, detail }
}

/** What was asked for before the tool ended may take its time: it counts as gone. Looks until two looks agree. */
async function settled({ client }: Task): Promise<Inventory> {
  for (let last = await snapshotOf(client); ; ) {
    await sleep(3_000)
    const now = await snapshotOf(client)
    const { gone, changed, added } = changesBetween(last, now)
    if (gone.length + changed.length + added.length === 0) return now
    last = now
  }
}

const intersection = (some: readonly string[], others: readonly string[]): string[] =>
  some.filter((one) => others.includes(one))

/** `409 ×6, 403 ×1`, the most frequent first. */
function counted(words: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts]
    .sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1))
    .map(([word, count]) => `${word} ×${count}`)
    .join(', ')
}
