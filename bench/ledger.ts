// What the file ledger writes and reads: group commit means that those who wait share one fdatasync.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileLedger, type LedgerEntry, type ResourceKey, resourceKey } from '@cleardown/core'
import { printTable } from './table.ts'

const longestMs = 1_500
const mostEntries = 100_000

/** Appends per second while 1 to 1000 steps each wait for their own entry, then how quickly the file is read back. */
export async function ledger(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cleardown-ledger-'))
  try {
    const rows = []
    for (const waiters of [1, 10, 100, 1_000]) rows.push(await appendAndReplay(join(folder, `${waiters}`), waiters))
    printTable(`File ledger in ${tmpdir()}: durable appends, then replay`, rows)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function appendAndReplay(path: string, waiters: number): Promise<Record<string, number>> {
  const written = fileLedger(path)
  const lease = await written.acquire('bench', 'bench')
  if (!('fence' in lease)) throw new Error(`the lease of a new ledger is held by ${lease.heldBy}`)
  let next = 0
  const waitedMs: number[] = []
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
  await lease.release()
  await written.close()
  waitedMs.sort((a, b) => a - b)

  const { size } = await stat(path)
  const again = fileLedger(path)
  const readAt = performance.now()
  let entries = 0
  for await (const entry of again.read()) if (entry.type === 'intent') entries++
  const readMs = performance.now() - readAt
  await again.close()
  if (entries !== next) throw new Error(`${next} entries were appended and ${entries} read back`)
  return {
    waiters,
    entries,
    'appends/s': Math.round((next / tookMs) * 1_000),
    'median ms': waitedMs[waitedMs.length >> 1] ?? 0,
    'p99 ms': waitedMs[Math.floor(waitedMs.length * 0.99)] ?? 0,
    MB: size / 2 ** 20,
    'replay ms': Math.round(readMs),
    'replay/s': Math.round((entries / readMs) * 1_000),
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
