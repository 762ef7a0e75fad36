// pnpm simulate [--runs N] [--seed S] [--size K] [--workers W] [--only cut]: random worlds, faults, deaths and rivals on virtual time, checked against
// the truth after each call (packages/core/test/simulation). Every failure is shrunk, and comes back from the command that is printed with it.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { defaultSize, replay, runSeeds, tellFailure } from '../packages/core/test/simulation/campaign.ts'
import type { Verdict } from '../packages/core/test/simulation/simulate.ts'
import { printTable } from './table.ts'

/** A worker is given so many seeds at a time. */
const batch = 500
/** So many failures are shrunk and shown. */
const mostShown = 5

interface Batch {
  readonly first: number
  readonly count: number
  readonly size: number
}

function readOptions(): Batch & { readonly workers: number; readonly only: string | undefined } {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      size: { type: 'string', default: String(defaultSize) },
      workers: { type: 'string', default: String(availableParallelism()) },
      only: { type: 'string' },
    },
  })
  const [count, first, size, workers] = [values.runs, values.seed, values.size, values.workers].map(Number)
  for (const one of [count, first, size, workers])
    if (!Number.isSafeInteger(one) || (one ?? 0) < 1)
      throw new Error('--runs, --seed, --size and --workers are whole numbers above 0')
  return { count, first, size, workers, only: values.only } as ReturnType<typeof readOptions>
}

/** Hands the seeds out to workers in batches; `onVerdicts` hears of each batch. */
async function spread(all: Batch, workers: number, onVerdicts: (verdicts: readonly Verdict[]) => void): Promise<void> {
  let next = all.first
  const take = (): Batch | undefined => {
    const first = next
    const count = Math.min(batch, all.first + all.count - first)
    next += count
    return count > 0 ? { first, count, size: all.size } : undefined
  }
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let work = take(); work; work = take()) onVerdicts(await inWorker(work))
    }),
  )
}

/** A process that has run for long is no faster than a new one, and a leak shows in nobody else's seeds. */
function inWorker(work: Batch): Promise<readonly Verdict[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: work })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

/** Each weather by itself; a run under two of them counts for both. */
function tally(verdicts: readonly Verdict[]): Record<string, string | number>[] {
  const names = [...new Set(verdicts.flatMap(({ weather }) => weather.split(' + ')))].sort()
  return names.map((name) => {
    const own = verdicts.filter(({ weather }) => weather.split(' + ').includes(name))
    const ended = (outcome: string): number => own.filter((one) => one.outcome === outcome).length
    const sum = (of: (verdict: Verdict) => number): number => own.reduce((total, one) => total + of(one), 0)
    return {
      weather: name,
      runs: own.length,
      resources: sum(({ size }) => size),
      removed: sum(({ removed }) => removed),
      calls: sum(({ reads, writes }) => reads + writes),
      deaths: sum(({ deaths }) => deaths),
      clean: ended('clean'),
      retained: ended('retained'),
      blocked: ended('blocked'),
      incomplete: ended('incomplete'),
      interrupted: ended('interrupted'),
      refused: ended('refused'),
      broken: own.filter(({ violations }) => violations.length > 0).length,
    }
  })
}

async function main(): Promise<void> {
  const { only, workers, ...all } = readOptions()
  const startedAt = performance.now()
  const verdicts: Verdict[] = []
  if (only !== undefined) verdicts.push(await replay(all.first, all.size, only))
  else if (all.count === 1) verdicts.push(await replay(all.first, all.size))
  else await spread(all, workers, (some) => void verdicts.push(...some))
  const seconds = (performance.now() - startedAt) / 1_000
  const perRun = (seconds * 1_000) / verdicts.length
  printTable(
    `${verdicts.length} teardowns in ${seconds.toFixed(1)} s (${perRun.toFixed(1)} ms each), worlds of up to ${all.size}`,
    tally(verdicts),
  )
  const failed = verdicts.filter(({ violations }) => violations.length > 0).sort((a, b) => a.seed - b.seed)
  for (const verdict of failed.slice(0, mostShown))
    console.log(
      only === undefined
        ? `\n${await tellFailure(verdict, all.size)}`
        : verdict.violations.map(({ rule, what }) => `  ${rule}: ${what}`).join('\n'),
    )
  if (failed.length === 0) return
  console.log(`\n${failed.length} broke a promise: ${failed.map(({ seed }) => seed).join(' ')}`)
  process.exitCode = 1
}

if (isMainThread) await main()
else {
  const { first, count, size } = workerData as Batch
  const verdicts: Verdict[] = []
  await runSeeds(first, count, size, (verdict) => void verdicts.push(verdict))
  parentPort?.postMessage(verdicts)
}
