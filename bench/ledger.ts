// What the file ledger writes and reads: group commit means that those who wait share one fdatasync.
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileLedger, type LedgerEntry, type ResourceKey, resourceKey } from '@cleardown/core'
import { type Cell, printTable } from './table.ts'

const longestMs = 1_500
const mostEntries = 100_000
const targetAppends = 50_000 // a second, at 100 waiters
const replayed = 200_000
const targetReplayMs = 2_000

/**
 * Appends per second while 1 to 1,000 steps each wait for their own entry, beside what the disk alone takes in writes of the same size, which is all
 * that any ledger could do; then how quickly a long one is read back.
 */
export async function ledger(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cleardown-ledger-'))
  try {
    const rows = []
    for (const waiters of [1, 10, 100, 1_000]) rows.push(await append(join(folder, `${waiters}`), waiters))
    printTable(`File ledger in ${tmpdir()}: durable appends (target: ${targetAppends} a second at 100 waiters)`, rows)
    printTable(`Replay (target: ${targetReplayMs} ms)`, [await replay(join(folder, 'long'))])
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function append(path: string, waiters: number): Promise<Record<string, Cell>> {
  const written = fileLedger(path)
  const lease = await written.acquire('bench', 'bench')
  if (!('fence' in lease)) throw new Error(`the lease of a new ledger is held by ${lease.heldBy}`)
  let next = 0
  const waitedMs: number[] = []
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const wait = async (): Promise<void> => {
    while (next < mostEntries && performance.now() - startedAt < longestMs) {
      const askedAt = performance.now()
      await written.append([intent(next++)], lease.fence)
      waitedMs.push(performance.now() - askedAt)
    }
  }
  await Promise.all(Array.from({ length: waiters }, wait))
  const tookMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  await lease.release()
  await written.close()
  waitedMs.sort((a, b) => a - b)
  const { size } = await stat(path)
  const perSecond = Math.round((next / tookMs) * 1_000)
  const disk = waiters * (await syncsPerSecond(`${path}.disk`, Math.round((size / next) * waiters)))
  return {
    waiters,
    entries: next,
    'appends/s': perSecond,
    'median ms': waitedMs[waitedMs.length >> 1] ?? 0,
    'p99 ms': waitedMs[Math.floor(waitedMs.length * 0.99)] ?? 0,
    'CPU µs each': (user + system) / next,
    'disk alone/s': Math.round(disk),
    'of the disk': perSecond / disk,
    target: waiters === 100 ? (perSecond >= targetAppends ? 'met' : 'missed') : '',
  }
}

/** How often so many bytes are written and synced, one after the other. */
async function syncsPerSecond(path: string, bytes: number): Promise<number> {
  const file = await open(path, 'a')
  const data = Buffer.alloc(bytes, 'x')
  const startedAt = performance.now()
  let count = 0
  for (; performance.now() - startedAt < 500; count++) {
    await file.appendFile(data)
    await file.datasync()
  }
  const tookMs = performance.now() - startedAt
  await file.close()
  return (count / tookMs) * 1_000
}

async function replay(path: string): Promise<Record<string, Cell>> {
  const written = fileLedger(path)
  for (let from = 0; from < replayed; from += 10_000)
    await written.append(Array.from({ length: 10_000 }, (_, index) => intent(from + index)))
  await written.close()
  const { size } = await stat(path)
  const again = fileLedger(path)
  const startedAt = performance.now()
  let entries = 0
  for await (const entry of again.read()) if (entry.type === 'intent') entries++
  const tookMs = performance.now() - startedAt
  await again.close()
  if (entries !== replayed) throw new Error(`${replayed} entries were appended and ${entries} read back`)
  return {
    entries,
    MB: size / 2 ** 20,
    ms: Math.round(tookMs),
    'entries/s': Math.round((entries / tookMs) * 1_000),
    target: tookMs <= targetReplayMs ? 'met' : 'missed',
  }
}

const intent = (index: number): LedgerEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  type: 'intent',
  runId: 'bench',
  planId: 'a'.repeat(64),
  step: index,
  action: 'remove',
  target: keyOf(index),
  incarnation: `subnet-${index}`,
  principal: 'arn:aws:iam::111122223333:role/ci',
  attempt: 1,
})

function keyOf(index: number): ResourceKey {
  return resourceKey({ kind: 'aws:subnet', account: '111122223333', place: 'us-east-1', id: `subnet-${index}` })
}
